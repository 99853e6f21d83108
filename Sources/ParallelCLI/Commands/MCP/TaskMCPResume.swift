import ParallelCore
import ParallelSystem

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

    func hints(for id: TaskMCPStatus.ID) -> [Hint] {
        let headers = options.connection.header
        // With a key that is in a header, 'task result' would ask in the name of somebody else.
        if !id.isGroup, connection.builtIn == .task, headers.headers.isEmpty, headers.bearerVariable == nil {
            return ResumeCommand(connection: options.connection.connection).hints(for: [id.text], context)
        }
        let words =
            [context.programName, "mcp", "call", MCPConnection.shown(options.server), TaskMCPTool.getStatus.rawValue]
            + ["--arg", "\(TaskMCPTool.idArgument)=\(id.text)", "--wait"] + options.connection.words
        return ["pick it up again with: \(command: ShellQuoting.line(words))"]
    }
}
