import ParallelAPI
import ParallelTerminal

/// Does the same work for several runs concurrently, and reports the results in the order given.
enum SeveralRuns {
    /// The maximum number of runs that are worked on at once.
    private static let concurrency = 64

    /// How the work ended.
    struct Outcome {
        /// The exit code: that of the failures if all runs failed in the same way, otherwise `partial`.
        let code: ExitCode
        /// The runs whose work an interruption left undone.
        let unfinished: [String]
    }

    /// Calls `work` for every id, and `onSuccess` with each value in order. A failure is reported and the others
    /// continue; after an interruption no more work begins.
    static func process<Value: Sendable>(
        _ ids: [String], _ context: Context, work: @escaping @Sendable (String) async throws -> Value,
        onSuccess: (Value) throws -> Void
    ) async throws -> Outcome {
        if ids.count == 1 {
            do {
                try onSuccess(try await work(ids[0]))
                return Outcome(code: .success, unfinished: [])
            } catch StreamError.interrupted {
                return Outcome(code: .success, unfinished: ids)
            }
        }
        var finished: [Int: Result<Value, any Error>] = [:]
        var reported = 0
        var failures: [ExitCode] = []
        var unfinished: [String] = []
        /// False after an interrupted write: output must not continue behind a part of a result.
        var isWritable = true
        try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            var started = 0
            func startNext() {
                guard started < ids.count, !Task.isCancelled else { return }
                let index = started
                started += 1
                group.addTask {
                    do {
                        // Not inside the tuple: see ServerPreflight.
                        let value = try await work(ids[index])
                        return (index, .success(value))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<concurrency { startNext() }
            while let (index, result) = try await group.next() {
                finished[index] = result
                startNext()
                while let next = finished.removeValue(forKey: reported) {
                    switch next {
                    case .success(let value) where isWritable:
                        do {
                            try onSuccess(value)
                        } catch StreamError.interrupted {
                            isWritable = false
                            unfinished.append(ids[reported])
                        }
                    case .success:
                        unfinished.append(ids[reported])
                    case .failure(let error):
                        var report = ErrorReport(error, context)
                        let namesRun = error is RunNotCompleted || (error as? APIError)?.missing != nil
                        if !namesRun { report.message = "run \(ids[reported]): \(report.message)" }
                        if Task.isCancelled, report.code == Interrupted.code(of: context) {
                            unfinished.append(ids[reported])
                        } else {
                            failures.append(report.emit(to: context))
                        }
                    }
                    reported += 1
                }
            }
            unfinished += ids[started...]
        }
        let first = failures.first ?? .success
        let isAlike = failures.isEmpty || failures.count == ids.count && failures.allSatisfy { $0 == first }
        return Outcome(code: isAlike ? first : .partial, unfinished: unfinished)
    }
}
