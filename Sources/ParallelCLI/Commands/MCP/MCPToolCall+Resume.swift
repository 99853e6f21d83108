import ParallelAPI
import ParallelMCP
import ParallelSystem
import ParallelTerminal

extension MCPToolCall {
    /// Returns the command that goes on waiting for what a tool of Parallel's Task MCP has started.
    func resumeHints(for id: RunOrGroupID) -> [Hint] {
        let headers = options.connection.header
        // If the key was given in a header, 'task result' would use another one.
        if !id.isGroup, resolved.builtIn == .task, headers.headers.isEmpty, headers.bearerVariable == nil {
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
