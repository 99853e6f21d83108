import ParallelJSON
import ParallelSystem

/// What the words of a prompt ask of the stand-in for a model; `parallel-sandbox help scenarios` explains them.
struct ModelScenario: Sendable {
    private static let prefix = "sandbox:"

    /// The prompt without these words.
    private(set) var prompt = ""
    /// The tools to call, in order; nil for the model's own choice.
    private(set) var tools: [ToolStep]?
    /// The arguments of the calls, the last ones also of all further calls; empty for made-up ones.
    private(set) var arguments: [JSONValue] = []
    private(set) var fault: InjectedFault?
    private(set) var ending = ModelAnswer.Ending.completed
    /// Whether no server gives its tools.
    private(set) var failsLists = false
    /// Whether every call fails.
    private(set) var failsCalls = false

    /// - Throws: a 400 for a word that is not known.
    init(_ text: String) throws(APIFailure) {
        var rest: [Substring] = []
        for word in text.parts(between: " ") {
            guard word.begins(with: Self.prefix) else {
                rest.append(word)
                continue
            }
            try read(String(word.dropFirst(Self.prefix.count)))
        }
        prompt = rest.joined(separator: " ")
    }

    private mutating func read(_ word: String) throws(APIFailure) {
        let parts = word.parts(between: "=", maxSplits: 1).map(String.init)
        switch (parts[0], parts.count > 1 ? parts[1] : nil) {
        case ("tools", let names?): tools = ToolStep.steps(names)
        case ("args", let text?): arguments = ToolStep.arguments(try? JSONValue.parse(text)) ?? []
        case ("list-fails", nil): failsLists = true
        case ("tool-fails", nil): failsCalls = true
        case ("pause", nil): ending = .paused
        case ("fails", nil): ending = .failed
        case ("incomplete", nil): ending = .incomplete
        default:
            fault = InjectedFault(word)
            if fault == nil {
                throw APIFailure(
                    status: 400,
                    message: "Sandbox: unknown word 'sandbox:\(word)'; see 'parallel-sandbox help scenarios'"
                )
            }
        }
    }
}
