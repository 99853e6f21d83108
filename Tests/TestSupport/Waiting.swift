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
func onNewThread(_ body: @escaping @Sendable () -> Void) {
    precondition(startThread(body), "no thread for a test")
}

/// Asks again and again until `isTrue`, or throws with `state` after `seconds`.
package func poll(
    _ awaited: String, seconds: Int = 30, state: () -> String = { "" }, isTrue: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isTrue() {
        if ContinuousClock.now > deadline {
            throw TimedOut(description: "waited \(seconds) s for \(awaited)\n\(state())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The result of a call that blocks, made on a thread of its own; one that never returns is left behind.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let result = Lock<Result<Value, any Error>?>(nil)
    onNewThread {
        let outcome = Result(catching: body)
        result.withLock { $0 = outcome }
    }
    try await poll("a call to return", seconds: 60, state: { "it has not" }) { result.withLock { $0 != nil } }
    guard let outcome = result.withLock({ $0 }) else { throw TimedOut(description: "a call gave no result") }
    return try outcome.get()
}
