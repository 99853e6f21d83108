/// Runs `body`, which may block, on a thread of its own, so that other tasks continue meanwhile. If the system refuses
/// a thread, `body` runs on the caller's. Cancelling the task does not end `body`.
package func onOwnThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let run: @Sendable () -> Void = { continuation.resume(with: Result(catching: body)) }
        if !startThread(run) { run() }
    }
}
