import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// A run or group that a call of Parallel's Task MCP has started.
struct StartedTask {
    let id: WorkID
    let server: String
    let tool: String

    static func all(in calls: [ToolCall]) -> [StartedTask] {
        calls.compactMap { call in
            guard case .content(let text) = call.outcome,
                let tool = TaskMCPTool(rawValue: call.tool), !tool.isReading,
                let arguments = try? JSONValue.parse(call.arguments),
                let id = TaskMCPStatus.id(in: Array(text.utf8), to: arguments.object ?? [:])
            else { return nil }
            return StartedTask(id: id, server: call.server, tool: call.tool)
        }
    }
}

/// Waits for a task that a model has started, through the same MCP server.
struct TaskWait {
    let options: AskOptions
    let output: Output
    let context: Context

    /// Returns the result in words for the model. Throws if there is none, with the command that gets it later.
    func result(of task: StartedTask, at servers: [ResolvedServer]) async throws -> String {
        guard let resolved = servers.first(where: { $0.server.name.isExactly(task.server) }) else {
            throw ErrorReport(
                .unexpected, "\(task.id.name) is at a server that was not named", hints: hints(for: task))
        }
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "waiting for \(task.id.name)")
        output.note("waiting for \(task.id.name)")
        let elapsed = context.clock.stopwatch()
        let endpoint = MCPEndpoint(resolved.server, at: resolved.url, secrets: context.streams.secrets)
        let logins = StoredLogins(output: output, context: context)
        let account = try zip(servers, logins.accounts(at: servers, options.accounts))
            .first { $0.0.server.name.isExactly(task.server) }?.1
        let login = logins.credentials(of: resolved, account: account, fields: endpoint.headers)
        let client = MCPClient(
            endpoint, transport: APIConnection.transport(output, context, keepsCookies: true), credentials: login,
            clock: context.clock, clientVersion: Version.number, memory: EraCache(environment: context.environment),
            patience: .seconds(30)
        ) { _ in }
        let (context, options) = (context, options)
        let ending = try await ResumableWait.perform(
            interrupted: "interrupted; \(task.id.text) continues", hints: { hints(for: task) }, context
        ) {
            try await progress.shown {
                try await client.use {
                    try await client.connect()
                    return try await TaskMCPFollowing(
                        client: client, id: task.id, isNew: true, clock: context.clock,
                        rest: { options.wait.timeout.map { $0 - elapsed() } }, progress: progress
                    ).ending()
                }
            }
        }
        guard !ending.status.isUnsuccessful, !ending.result.saysToolFailed else {
            let word = ending.status.word ?? "failed"
            throw ErrorReport(
                .runFailed, "\(task.id.name) has no result: \(word); nothing was handed back to the model")
        }
        return
            "The result of \(task.id.text), which \(task.tool) has started:\n\n\(TaskMCPStatus.text(of: ending.result))"
    }

    private func hints(for task: StartedTask) -> [Hint] {
        if !task.id.isGroup { return ResumeCommand(connection: options.connection).hints(for: [task.id.text], context) }
        let command = context.command(
            ["group", "get", context.maskedWord(task.id.text)], flags: options.connection.words)
        return ["see how it gets on: \(command: command)"]
    }
}
