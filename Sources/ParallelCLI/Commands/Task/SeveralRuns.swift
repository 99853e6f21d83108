import ParallelTerminal

/// Does the same for several runs, some at a time, and reports in the order given.
enum SeveralRuns {
    /// How many are under way at once.
    private static let width = 16

    /// Calls `work` for every id and `onSuccess` with what it gave, in order. A failure is reported and the others go
    /// on; the code is that of the failures if all failed alike, else `partial`.
    static func process<Value: Sendable>(
        _ ids: [String], _ context: Context, work: @escaping @Sendable (String) async throws -> Value,
        onSuccess: (Value) throws -> Void
    ) async throws -> ExitCode {
        if ids.count == 1 {
            try onSuccess(try await work(ids[0]))
            return .success
        }
        var finished: [Int: Result<Value, any Error>] = [:]
        var codes: [ExitCode] = []
        try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            var started = 0
            func startNext() {
                guard started < ids.count else { return }
                let index = started
                started += 1
                group.addTask {
                    do {
                        return (index, .success(try await work(ids[index])))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<width { startNext() }
            while let (index, result) = try await group.next() {
                finished[index] = result
                startNext()
                while let next = finished.removeValue(forKey: codes.count) {
                    codes.append(try report(next, context, onSuccess))
                }
            }
        }
        if Task.isCancelled { return Interrupted.code(of: context) }
        let failures = codes.filter { $0 != .success }
        guard let first = failures.first else { return .success }
        return failures.count == ids.count && failures.allSatisfy { $0 == first } ? first : .partial
    }

    private static func report<Value>(
        _ result: Result<Value, any Error>, _ context: Context, _ onSuccess: (Value) throws -> Void
    ) throws -> ExitCode {
        switch result {
        case .success(let value):
            try onSuccess(value)
            return .success
        case .failure(let error):
            return ErrorReport(error, context).emit(to: context)
        }
    }
}
