import ParallelHTTP
import ParallelMCP
import ParallelSystem
import ParallelTerminal

/// What a report of a bug should name, without network and secrets.
enum Versions {
    /// The parts and their versions, on one line.
    static func line(_ context: Context) -> String { rows(context).map { "\($0.0) \($0.1)" }.joined(separator: ", ") }

    static func rows(_ context: Context) -> [(String, String)] {
        let terminal = context.terminal
        let isTerminal = terminal.stdoutIsTerminal || terminal.stderrIsTerminal
        return [
            (context.programName, Version.number), ("Swift", swift), ("libcurl", CurlLibrary.version),
            ("libedit", LineEditor.library ?? "not found (prompts have the terminal's own editing)"),
            ("MCP", MCPVersion.all.joined(separator: " ")), ("system", SystemName.text),
            ("terminal", isTerminal ? "\(terminal.term ?? "no TERM") \(terminal.columns)x\(terminal.rows)" : "none"),
        ]
    }

    private static var swift: String {
        #if compiler(>=6.4)
            "6.4 or newer"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2 or older"
        #endif
    }
}
