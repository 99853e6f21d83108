/// Work that is given up when its time is over.
package enum Deadline {
    /// Runs `work`, at most for `timeout` (nil: for ever); then cancels it and throws `WaitTimedOut`.
    ///
    /// - Parameter name: what is waited for, for that error.
    package static func run<Value: Sendable>(
        within timeout: Duration?, of name: String = "the run", _ clock: any Clock<Duration>,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let timeout else { return try await work() }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await work() }
            group.addTask {
                try? await clock.sleep(for: timeout)
                return nil
            }
            if let value = try await group.next() ?? nil { return value }
            // What had come by then is in the error of the work, which ends now.
            group.cancelAll()
            var ending: HTTPError?
            if case .failure(let error)? = await group.nextResult() { ending = error as? HTTPError }
            guard Task.isCancelled else { throw WaitTimedOut(of: name, received: ending?.received ?? []) }
            if let ending, ending.kind == .cancelled { throw ending }
            throw CancellationError()
        }
    }
}

/// The wait is over, but not what was waited for.
package struct WaitTimedOut: Error, Sendable {
    /// What was waited for, such as `the run`.
    package let name: String
    /// What went wrong last, where the server could not be reached to the end.
    package var lastError: (any Error)?
    /// What had come of an answer that was under way, as in `HTTPError.received`.
    package var received: [UInt8] = []

    package init(of name: String = "the run", lastError: (any Error)? = nil, received: [UInt8] = []) {
        self.name = name
        self.lastError = lastError
        self.received = received
    }
}
