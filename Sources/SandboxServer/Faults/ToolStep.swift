import ParallelJSON
import ParallelSystem

/// A call of an MCP tool that a scenario asks for.
struct ToolStep: Sendable, Equatable {
    /// The name of the server; nil for the first that has the tool.
    let server: String?
    let tool: String
    /// Whether the call is made to fail: it is reported with an error, and the server is not called.
    let fails: Bool

    private static let maximumCount = 50

    /// Reads names of tools separated by commas: `find`, `crm/find`, `find!` for a failing call, `find*3` for three.
    /// Returns nil for anything else, and for more than 50 calls.
    static func steps(_ text: String) -> [ToolStep]? {
        var steps: [ToolStep] = []
        for part in text.parts(between: ",") {
            let pieces = part.trimmed.parts(between: "*", maxSplits: 1)
            let fails = pieces[0].ends(with: "!")
            let names = (fails ? pieces[0].dropLast() : pieces[0]).parts(between: "/", maxSplits: 1)
            guard let count = pieces.count > 1 ? Int(pieces[1]) : 1, (1...maximumCount).contains(count),
                let tool = names.last, !tool.isEmpty, steps.count + count <= maximumCount
            else { return nil }
            let step = ToolStep(server: names.count > 1 ? String(names[0]) : nil, tool: String(tool), fails: fails)
            steps += Array(repeating: step, count: count)
        }
        return steps
    }

    /// Returns the arguments of the calls: of all, or those of a list; nil for anything else.
    static func arguments(_ value: JSONValue?) -> [JSONValue]? {
        guard let list = value?.array ?? value.map({ [$0] }), !list.isEmpty else { return nil }
        return list.allSatisfy { $0.object != nil } ? list : nil
    }
}
