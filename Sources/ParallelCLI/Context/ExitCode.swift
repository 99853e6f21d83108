/// The exit codes of the program; this is the only list of them.
package enum ExitCode: Int32, Sendable, CaseIterable {
    case success = 0
    case unexpected = 1
    case usage = 2
    case notAuthenticated = 3
    case refused = 4
    case stillRunning = 5
    case runFailed = 6
    case unreachable = 7
    case partial = 8
    case hungUp = 129
    case interrupted = 130
    case terminated = 143

    /// What the code means, for help, man page and README.
    package var meaning: String {
        switch self {
        case .success: "success; also when the reader of a pipe has closed it"
        case .unexpected:
            "something unexpected, such as a file error; a no; --select, --pick, --grep: no match"
        case .usage: "bad usage or input; nothing was run or called"
        case .notAuthenticated:
            "not authenticated: no API key, or the API or the MCP server did not accept the credentials"
        case .refused: "the API or the MCP server answered with an error"
        case .stillRunning:
            "the wait ended before the runs or the call did"
        case .runFailed:
            "the run failed, was cancelled or stopped without a result; also a tool's own error"
        case .unreachable: "the server could not be reached, or the connection broke"
        case .partial:
            "some rows, items, servers or calls failed; mcp test: not for tasks; mcp check, export: drift"
        case .hungUp: "the terminal was closed (SIGHUP)"
        case .interrupted: "interrupted (Ctrl-C)"
        case .terminated: "terminated (SIGTERM)"
        }
    }
}
