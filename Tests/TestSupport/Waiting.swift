import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The error for a test's wait that took too long.
package struct TimedOut: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` on a thread of its own, because tests' blocking waits must not occupy the threads that run async code.
package func onNewThread(_ body: @escaping @Sendable () -> Void) {
    precondition(startThread(body), "no thread for a test")
}

/// Polls until `isTrue`; throws with `state` after `seconds`, which are a guard against hanging, not a performance
/// check.
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

/// Polls on the calling thread, which notices changes at once; among many tests, async code may have to wait for its
/// turn.
package func pollOnThread(_ awaited: String, seconds: Int = 180, isTrue: () throws -> Bool) throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isTrue() {
        if ContinuousClock.now > deadline { throw TimedOut(description: "waited \(seconds) s for \(awaited)") }
        usleep(5_000)
    }
}

/// Returns the result of a blocking call, made on a thread of its own, which is abandoned if the call never returns.
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

/// Waits until `stream` has ended; throws after `seconds`.
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

/// Blocks a thread, such as that of a server's script, until the test opens it.
package final class Gate: Sendable {
    private let isOpen = Lock(false)

    package init() {}

    package func open() { isOpen.withLock { $0 = true } }

    /// Blocks the calling thread for at most a minute, so that a failed test leaves no thread behind.
    package func waitUntilOpen() {
        for _ in 0..<12_000 where !isOpen.withLock({ $0 }) { usleep(5_000) }
    }
}

/// Runs `work` as a task that was cancelled before it began.
package func cancelled<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await work()
    }
    return try await task.value
}
