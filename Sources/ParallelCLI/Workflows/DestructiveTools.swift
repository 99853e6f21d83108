import ParallelMCP
import ParallelOutput
import ParallelSystem

/// Names the tools that a server calls destructive: runs call tools without asking anybody.
enum DestructiveTools {
    private static let maximumNames = 20

    /// Returns the names of such tools among those that runs may use; without `allowed`, that is all of them.
    static func names(in tools: [MCPTool], allowing allowed: [String]?) -> [String] {
        let names = tools.filter { tool in
            tool.isDestructive && allowed.map { $0.contains(where: tool.name.isExactly) } != false
        }.map { $0.name.shortened(to: 100) }
        return names.count > maximumNames ? names.prefix(maximumNames) + ["…"] : names
    }

    /// What limits a stored server to some of its tools.
    static let entryRemedy = "list these as \"allowedTools\" in its entry"

    /// - Parameters:
    ///   - work: what uses the tools.
    ///   - remedy: what to do to limit it to other tools.
    static func tell(
        _ names: [String], of server: String, by work: String = "a run", remedy: String, _ output: Output
    ) {
        guard !names.isEmpty else { return }
        let list = names.map { "'\($0)'" }.joined(separator: ", ")
        output.warn(
            "the MCP server '\(server)' calls \(list) destructive, and \(work) calls tools without asking")
        output.note("  to limit \(work) to other tools, \(remedy)")
    }
}
