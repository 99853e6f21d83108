import ParallelAPI
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// Shows the warnings of runs, each once as a line on standard error, with advice for those that are understood.
enum RunWarnings {
    /// - Parameter prefix: names the run, if there are several.
    static func tell(_ run: TaskRun, prefix: String = "", _ output: Output, _ context: Context) {
        // Several runs may end at the same time.
        output.together { for warning in run.warnings { tell(warning, prefix, output, context) } }
    }

    private static func tell(_ warning: String, _ prefix: String, _ output: Output, _ context: Context) {
        // A run has it when it is created, and still when it has ended; others may have it too. The reference id is
        // always another one.
        let common = output.said(warning.withoutReferenceIDs)
        let isNew = output.remember(common)
        guard output.remember(prefix + common) || isNew else { return }
        if isNew {
            output.warn(saying: warning, behind: prefix)
            advise(on: warning, output, context)
        } else {
            // The beginning says which warning this run has too.
            output.warn(prefix + common.shortened(to: 80))
        }
    }

    /// Shows the warnings of many runs, each with the number of runs that had it.
    static func tell(_ warnings: [(text: String, runs: Int)], _ output: Output, _ context: Context) {
        for warning in warnings {
            output.warn(saying: "\(warning.text) (\(counted(warning.runs, "run")))")
            advise(on: warning.text, output, context)
        }
    }

    private static func advise(on warning: String, _ output: Output, _ context: Context) {
        guard let name = unlistedServer(warning) else { return }
        let test = context.command(["mcp", "test", context.maskedWord(name)])
        output.note(
            "Parallel could not list the server's tools (it could not reach it or its credentials were refused; "
                + "the run went on without it), check with: \(command: test)", behind: "  ")
    }

    private static let beginning = "Error listing tools from MCP server "

    /// Whether the warning says that a run went on without one of its MCP servers.
    static func isOfUnlistedServer(_ warning: String) -> Bool { warning.begins(with: beginning) }

    /// The error if `--require-mcp` was given and a run had to do without a server.
    static let missingServer = "Parallel could not use an MCP server that --require-mcp asks for"

    /// Returns the server that the API names in "Error listing tools from MCP server NAME: 502 …" (until summer 2026 in
    /// "… NAME. Reference ID: …", here without the id where several runs have it), which has no other mark than this
    /// text. Returns nil if no entry of a registry can have such a name.
    private static func unlistedServer(_ warning: String) -> String? {
        guard warning.begins(with: beginning) else { return nil }
        let rest = warning.dropping(bytes: beginning.utf8.count)
        let word = rest.upTo { $0 == " " }
        let end = rest[word.endIndex...]
        let isOld = word.ends(with: ".") && (end.isEmpty || end.begins(with: " Reference ID:"))
        guard isOld || word.ends(with: ":") else { return nil }
        let name = String(word.dropLast())
        return ServerRegistry.isValidName(name) ? name : nil
    }
}
