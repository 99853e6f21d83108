import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Waits for the run or group that a tool of Parallel's Task MCP has created; the tools themselves don't wait.
struct TaskMCPWait: Sendable {
    /// The call that created it.
    let call: MCPToolCall
    let id: RunOrGroupID
    /// Returns the time since the call began.
    let elapsed: @Sendable () -> Duration
    let progress: RunProgress

    /// Returns nil if neither the arguments nor the answer name a run or group.
    init?(
        _ call: MCPToolCall, _ arguments: JSONObject, _ answer: JSONValue,
        _ elapsed: @escaping @Sendable () -> Duration, _ progress: RunProgress
    ) {
        let given = call.isReading ? arguments[TaskMCPTool.idArgument]?.string : nil
        guard
            let id = given.map({ TaskMCPStatus.id(in: Array($0.utf8)) }) ?? TaskMCPStatus.id(in: answer, to: arguments)
        else {
            return nil
        }
        self.call = call
        self.id = id
        self.elapsed = elapsed
        self.progress = progress
    }

    private var output: Output { call.connection.output }
    private var context: Context { call.context }

    /// The last status, and the result from `getResultMarkdown`.
    struct Ending: Sendable {
        let status: TaskMCPStatus
        let result: JSONValue
    }

    /// Waits until the run or group has ended. Throws the errors of calls, with the command that resumes the wait.
    func ending() async throws -> Ending {
        output.note(call.isReading ? "waiting for \(id.name)" : "\(id.name) created")
        return try await ResumableWait.perform(
            interrupted: "interrupted; \(id.text) continues", hints: { hints }, context
        ) {
            do {
                return try await follow()
            } catch {
                throw call.connection.advised(error, on: call.resolved)
            }
        }
    }

    /// Writes the result. Throws `ToolFailed` or `RunNotCompleted` if there is none.
    func write(_ ending: Ending) throws -> ExitCode {
        do {
            try ToolResultView(output: output, tool: TaskMCPTool.getResultMarkdown.rawValue).write(ending.result)
            try output.finish()
        } catch  where !ending.status.isUnsuccessful {
            if case StreamError.closedPipe = error { throw error }
            throw ErrorReport.adding(hints, to: error, context)
        }
        if let counts = ending.status.counts, !counts.unsuccessful.isEmpty {
            let parts = counts.unsuccessful.map { "\($0.count) \($0.status)" }.joined(separator: ", ")
            throw ErrorReport(
                counts.completed == 0 ? .runFailed : .partial,
                "\(id.name): \(counts.completed) of \(counts.total) completed; \(parts)")
        }
        if ending.status.isUnsuccessful, let word = ending.status.word {
            let described: JSONValue = ["run_id": .string(id.text), "status": .string(word)]
            if let run = TaskRun(described) { throw RunNotCompleted(run, hiding: context.streams.secrets) }
        }
        return .success
    }

    // MARK: - Polls

    private func follow() async throws -> Ending {
        let wait = LongRunningWait(clock: call.context.clock)
        let reader = TaskMCPReader(call: call, id: id, elapsed: elapsed)
        let status = try await wait.outcome(
            of: TaskMCPEnd(reader: reader, mayBeUnknown: Lock(!call.isReading), onStatus: show), rest: { reader.rest },
            isKnown: true)
        let result = try await wait.outcome(of: TaskMCPResult(reader: reader), rest: { reader.rest }, isKnown: true)
        return Ending(status: status, result: result)
    }

    @Sendable private func show(_ status: TaskMCPStatus) {
        let counts = status.counts.map { "\($0.completed) of \($0.total) completed" }
        progress.update(status: status.word ?? (status.isActive ? "running" : "completed"), message: counts)
    }

    private var hints: [Hint] { call.resumeHints(for: id) }
}

/// Calls the tools that report on a run or group.
private struct TaskMCPReader: Sendable {
    let call: MCPToolCall
    let id: RunOrGroupID
    let elapsed: @Sendable () -> Duration

    /// The time left; nil means no limit.
    var rest: Duration? { call.options.limit.map { $0 - elapsed() } }

    func answer(of tool: TaskMCPTool) async throws -> JSONValue {
        // The last call, after the time is over, gets a second, too.
        let limits = [call.client.patience, rest.map { max($0, .seconds(1)) }].compactMap(\.self)
        return try await call.client.call(
            tool.rawValue, [TaskMCPTool.idArgument: .string(id.text)], tool: nil, limit: limits.min(),
            isRepeatable: true)
    }
}

/// Waits for the end of a run or group, as reported by `getStatus`.
private struct TaskMCPEnd: LongRunning {
    let reader: TaskMCPReader
    /// Whether the run or group may be unknown to parts of the server, because it was just created.
    let mayBeUnknown: Lock<Bool>
    let onStatus: @Sendable (TaskMCPStatus) -> Void

    var name: String { reader.id.text }

    func look() async throws -> Look<TaskMCPStatus> {
        let answer = try await reader.answer(of: .getStatus)
        if answer.saysToolFailed {
            throw ToolFailed(
                tool: TaskMCPTool.getStatus.rawValue, text: TaskMCPStatus.text(of: answer),
                meaning: mayBeUnknown.withLock { $0 } ? .doubtful : .final)
        }
        let status = try TaskMCPStatus(answer, of: reader.id)
        mayBeUnknown.withLock { $0 = false }
        onStatus(status)
        return status.isActive ? .goesOn(wasHeld: false) : .over(status)
    }
}

/// Waits for the result of a run or group that has ended.
private struct TaskMCPResult: LongRunning {
    let reader: TaskMCPReader

    var name: String { reader.id.text }

    func look() async throws -> Look<JSONValue> { .over(try await reader.answer(of: .getResultMarkdown)) }
}
