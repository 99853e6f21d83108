import ParallelAPI
import ParallelMCP
import ParallelSystem
import ParallelTerminal

extension MCPToolCall {
    /// Returns the command that waits again for the run or group that a tool of Parallel's Task MCP has created.
    func resumeHints(for id: WorkID) -> [Hint] {
        let headers = options.connection.header
        // If the key was given in a header, `task result` would use another key.
        if !id.isGroup, resolved.builtIn == .task, headers.headers.isEmpty, headers.bearerVariable == nil {
            return ResumeCommand(connection: options.connection.connection).hints(for: [id.text], context)
        }
        let argument = "\(TaskMCPTool.idArgument)=\(context.maskedWord(id.text))"
        let command = context.command(
            ["mcp", "call"], operands: [MCPConnection.shown(options.server), TaskMCPTool.getStatus.rawValue],
            flags: ["--arg", argument, "--wait"] + options.connection.words)
        return ["pick it up again with: \(command: command)"]
    }
}
