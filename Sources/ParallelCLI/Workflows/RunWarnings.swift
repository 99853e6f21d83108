import ParallelAPI
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// The warnings of a run, each a line on standard error, with what can be done about those that are understood.
enum RunWarnings {
    /// `prefix` says which of several runs is meant.
    static func tell(_ run: TaskRun, prefix: String = "", _ output: Output, _ context: Context) {
        for warning in run.warnings {
            output.warn(saying: warning, behind: prefix)
            guard let name = unlistedServer(warning) else { continue }
            let test = context.command(["mcp", "test", context.toldWord(name)])
            output.note(
                "Parallel could not list the server's tools (it could not reach it or its credentials were refused; "
                    + "the run went on without it), check with: \(command: test)", behind: "  ")
        }
    }

    /// The server that the API's "Error listing tools from MCP server NAME. Reference ID: …" names: nothing but this
    /// text tells it. Nil where the name could not be one of the registry.
    private static func unlistedServer(_ warning: String) -> String? {
        let start = "Error listing tools from MCP server "
        guard warning.begins(with: start) else { return nil }
        let rest = warning.dropping(bytes: start.utf8.count)
        let word = rest.upTo { $0 == " " }
        guard word.ends(with: "."), rest[word.endIndex...].begins(with: " Reference ID:") else { return nil }
        let name = String(word.dropLast())
        return ServerRegistry.isValidName(name) ? name : nil
    }
}
