extension Clock where Duration == Swift.Duration {
    /// Does `work`, and meanwhile calls `action` at once and after every `interval`, with the time since the start.
    ///
    /// The last call is over when this returns, so that the caller can remove what it has drawn.
    func repeating<Value: Sendable>(
        every interval: Duration, _ action: @escaping @Sendable (Duration) -> Void,
        during work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            group.addTask {
                let start = now
                while !Task.isCancelled {
                    action(start.duration(to: now))
                    try? await sleep(for: interval)
                }
                return nil
            }
            while let value = try await group.next() {
                if let value { return value }
            }
            throw CancellationError()
        }
    }
}
