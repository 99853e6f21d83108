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

    /// Nil if neither the arguments nor the answer name a run or group.
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

    /// The last status, and the result of `getResultMarkdown`.
    struct Ending: Sendable {
        let status: TaskMCPStatus
        let result: JSONValue
    }

    /// Waits until the run or group has ended. Throws what calls throw, with the command that resumes the wait.
    func ending() async throws -> Ending {
        output.note(call.isReading ? "waiting for \(id.name)" : "\(id.name) created")
        do {
            return try await follow()
        } catch  where Task.isCancelled {
            throw Interrupted("interrupted; \(id.text) goes on", hints: hints, context)
        } catch {
            throw ErrorReport.adding(hints, to: call.connection.advised(error, on: call.resolved), context)
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
        let status = try await poll(.getStatus) { answer -> TaskMCPStatus? in
            if answer["isError"]?.bool == true {
                throw ToolFailed(tool: TaskMCPTool.getStatus.rawValue, text: TaskMCPStatus.text(of: answer))
            }
            let status = try TaskMCPStatus(answer, of: id)
            show(status)
            return status.isActive ? nil : status
        }
        return Ending(status: status, result: try await poll(.getResultMarkdown) { Optional($0) })
    }

    private func show(_ status: TaskMCPStatus) {
        let counts = status.counts.map { "\($0.completed) of \($0.total) completed" }
        progress.update(status: status.word ?? (status.isActive ? "running" : "completed"), message: counts)
    }

    /// Asks until `take` returns something or the time is over. Failures that may pass are waited out.
    private func poll<Value>(
        _ tool: TaskMCPTool, _ take: (JSONValue) throws -> Value?
    ) async throws -> Value {
        var patience = WaitPatience(isKnown: true)
        // Some of the server's machines may not know the new run yet.
        var mayBeUnknown = !call.isReading
        var lastError: (any Error)?
        while true {
            try Task.checkCancellation()
            do {
                if let value = try take(try await ask(tool)) { return value }
                patience.answered(held: false)
                mayBeUnknown = false
                lastError = nil
            } catch  where patience.bears(error, isDoubtful: mayBeUnknown && error is ToolFailed) {
                // The last attempt may have failed only because the time was over.
                if lastError == nil || rest.map({ $0 > .zero }) ?? true { lastError = error }
            }
            let pause = patience.pause ?? .zero
            guard let rest else {
                try await context.clock.sleep(for: pause)
                continue
            }
            guard rest > .zero else {
                let cause: Hint? = lastError.map { "the last attempt failed: \(ErrorReport($0, context).message)" }
                throw ErrorReport(.stillRunning, "the wait ended before \(id.text) did", hints: [cause])
            }
            try await context.clock.sleep(for: min(pause, rest))
        }
    }

    /// The time that is left; nil for no limit.
    private var rest: Duration? { call.options.limit.map { $0 - elapsed() } }

    private func ask(_ tool: TaskMCPTool) async throws -> JSONValue {
        // The last request, made when the time is over, gets a second.
        let limits = [call.client.patience, rest.map { max($0, .seconds(1)) }].compactMap(\.self)
        return try await call.client.call(
            tool.rawValue, [TaskMCPTool.idArgument: .string(id.text)], tool: nil, limit: limits.min(),
            isRepeatable: true)
    }

    private var hints: [Hint] { call.resumeHints(for: id) }
}
