import ParallelAPI
import ParallelMCP
import ParallelSystem
import ParallelTerminal

/// The command that goes on waiting for what a tool of Parallel's Task MCP has started.
struct TaskMCPResume {
    private let connection: ServerConnection
    private let options: MCPCallCommand.Options
    private let context: Context

    init(_ connection: ServerConnection, _ options: MCPCallCommand.Options, _ context: Context) {
        self.connection = connection
        self.options = options
        self.context = context
    }

    func hints(for id: RunOrGroupID) -> [Hint] {
        let headers = options.connection.header
        // With a key that is in a header, 'task result' would ask in the name of somebody else.
        if !id.isGroup, connection.builtIn == .task, headers.headers.isEmpty, headers.bearerVariable == nil {
            return ResumeCommand(connection: options.connection.connection).hints(for: [id.text], context)
        }
        let argument = "\(TaskMCPTool.idArgument)=\(context.streams.secrets.masked(id.text))"
        let flags = ["--arg", argument, "--wait"] + options.connection.words
        let words = ShellQuoting.operand(
            MCPConnection.shown(options.server), TaskMCPTool.getStatus.rawValue,
            flags: " " + ShellQuoting.line(flags))
        return ["pick it up again with: \(command: "\(ShellQuoting.quoted(context.programName)) mcp call \(words)")"]
    }
}
