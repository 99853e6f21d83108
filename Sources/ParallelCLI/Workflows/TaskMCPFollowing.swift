import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelSystem
import ParallelTerminal

/// The tools of Parallel's Task MCP.
enum TaskMCPTool: String, CaseIterable {
    case createDeepResearch, createTaskGroup, getStatus, getResultMarkdown

    /// The name of the argument that identifies a run or group.
    static let idArgument = "taskRunOrGroupId"

    var isReading: Bool { self == .getStatus || self == .getResultMarkdown }
    /// Whether a call of the tool can be followed by a wait.
    var canBeFollowed: Bool { self != .getResultMarkdown }
}

extension WorkID {
    /// The id with its kind, such as `run trun_…`.
    var name: String { "\((kind ?? .run).name) \(text)" }
}

/// Follows a run or group to its end through the tools of Parallel's Task MCP that report on it.
struct TaskMCPFollowing: Sendable {
    /// The last status, and the result from `getResultMarkdown`.
    struct Ending: Sendable {
        let status: TaskMCPStatus
        let result: JSONValue
    }

    let client: MCPClient
    let id: WorkID
    /// Whether it was just created, so that parts of the server may not know it yet.
    let isNew: Bool
    let clock: any Clock<Duration>
    /// Returns the time left; nil means no limit.
    let rest: @Sendable () -> Duration?
    let progress: RunProgress

    func ending() async throws -> Ending {
        let wait = LongRunningWait(clock: clock)
        let status = try await wait.outcome(
            of: TaskMCPEnd(following: self, mayBeUnknown: Lock(isNew)), rest: rest, isKnown: true)
        let result = try await wait.outcome(of: TaskMCPResult(following: self), rest: rest, isKnown: true)
        return Ending(status: status, result: result)
    }

    fileprivate func answer(of tool: TaskMCPTool) async throws -> JSONValue {
        // The last call, after the time is over, gets a second, too.
        let limits = [client.patience, rest().map { max($0, .seconds(1)) }].compactMap(\.self)
        return try await client.call(
            tool.rawValue, [TaskMCPTool.idArgument: .string(id.text)], tool: nil, limit: limits.min(),
            isRepeatable: true)
    }

    fileprivate func show(_ status: TaskMCPStatus) {
        let counts = status.counts.map { "\($0.completed) of \($0.total) completed" }
        progress.update(status: status.word ?? (status.isActive ? "running" : "completed"), message: counts)
    }
}

/// Waits for the end of a run or group, as reported by `getStatus`.
private struct TaskMCPEnd: LongRunning {
    let following: TaskMCPFollowing
    /// Whether the run or group may be unknown to parts of the server.
    let mayBeUnknown: Lock<Bool>

    var name: String { following.id.text }

    func look() async throws -> Look<TaskMCPStatus> {
        let answer = try await following.answer(of: .getStatus)
        if answer.saysToolFailed {
            throw ToolFailed(
                tool: TaskMCPTool.getStatus.rawValue, text: TaskMCPStatus.text(of: answer),
                meaning: mayBeUnknown.withLock { $0 } ? .doubtful : .final)
        }
        let status = try TaskMCPStatus(answer, of: following.id)
        mayBeUnknown.withLock { $0 = false }
        following.show(status)
        return status.isActive ? .goesOn(wasHeld: false) : .over(status)
    }
}

/// Waits for the result of a run or group that has ended.
private struct TaskMCPResult: LongRunning {
    let following: TaskMCPFollowing

    var name: String { following.id.text }

    func look() async throws -> Look<JSONValue> { .over(try await following.answer(of: .getResultMarkdown)) }
}
