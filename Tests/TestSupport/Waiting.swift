import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a test waited for did not happen.
package struct TimedOut: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` on a thread of its own, since what tests wait for must not hold the threads that run async code.
package func onNewThread(_ body: @escaping @Sendable () -> Void) {
    precondition(startThread(body), "no thread for a test")
}

/// Asks again and again until `isTrue`, or throws with `state` after `seconds`: a guard against hanging, not a measure.
package func poll(
    _ awaited: String, seconds: Int = 180, state: () -> String = { "" }, isTrue: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try await !isTrue() {
        if ContinuousClock.now > deadline {
            throw TimedOut(description: "waited \(seconds) s for \(awaited)\n\(state())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The same as `poll` for a thread of its own, which sees things at once: among many tests async code may have to wait
/// for its turn.
package func pollOnThread(_ awaited: String, seconds: Int = 180, isTrue: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isTrue() {
        if ContinuousClock.now > deadline { throw TimedOut(description: "waited \(seconds) s for \(awaited)") }
        usleep(5_000)
    }
}

/// The result of a call that blocks, made on a thread of its own; one that never returns is left behind.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let result = Lock<Result<Value, any Error>?>(nil)
    onNewThread {
        let outcome = Result(catching: body)
        result.withLock { $0 = outcome }
    }
    try await poll("a call to return", state: { "it has not" }) { result.withLock { $0 != nil } }
    guard let outcome = result.withLock({ $0 }) else { throw TimedOut(description: "a call gave no result") }
    return try outcome.get()
}

/// Waits until `stream`, which tells of one thing, has ended, or throws after `seconds`.
package func untilFinished(_ stream: AsyncStream<Void>, _ awaited: String, seconds: Int = 180) async throws {
    let hasFinished = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
            for await _ in stream {}
            return !Task.isCancelled
        }
        group.addTask {
            try? await Task.sleep(for: .seconds(seconds))
            return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
    }
    if !hasFinished { throw TimedOut(description: "waited \(seconds) s for \(awaited)") }
}

/// Holds a thread, such as that of a server's script, until the test has seen what it wanted to.
package final class Gate: Sendable {
    private let isOpen = Lock(false)

    package init() {}

    package func open() { isOpen.withLock { $0 = true } }

    /// Blocks the calling thread, for a minute at most, so that a failed test leaves no thread behind.
    package func waitUntilOpen() {
        for _ in 0..<12_000 where !isOpen.withLock({ $0 }) { usleep(5_000) }
    }
}

/// Does `work` as a task that was cancelled before it began.
package func cancelled<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await work()
    }
    return try await task.value
}
