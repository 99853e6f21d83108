import ParallelMCP
import ParallelOutput
import ParallelSystem

/// Names the tools of a server that may destroy something: runs call tools without asking anybody.
enum DestructiveTools {
    /// - Parameter allowed: the tools that runs may use; nil allows all.
    static func tell(_ tools: [MCPTool], of server: String, allowing allowed: [String]?, _ output: Output) {
        let names = tools.filter { tool in
            tool.isDestructive && allowed.map { $0.contains(where: tool.name.isExactly) } != false
        }.map { "'\($0.name)'" }
        guard !names.isEmpty else { return }
        let shown = names.prefix(20).joined(separator: ", ") + (names.count > 20 ? ", …" : "")
        output.warn(
            "\(shown.shortened(to: 1_000)) of the MCP server '\(server)' may destroy something, and a run calls tools "
                + "without asking")
        output.note("  to limit a run to other tools, name each with --allow-tool in 'mcp add'")
    }
}
