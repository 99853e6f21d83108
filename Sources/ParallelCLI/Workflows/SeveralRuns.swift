import ParallelAPI
import ParallelTerminal

/// Does the same work for several runs, pages or rows concurrently, and reports the results in the order given.
enum SeveralRuns {
    /// The usual maximum number of items that are worked on at once.
    static let concurrency = 64

    /// How the work ended.
    struct Outcome {
        /// The exit code: that of the failures if all items failed in the same way, otherwise `partial`.
        let code: ExitCode
        /// The places of the items whose work an interruption left undone.
        let unfinished: [Int]
    }

    /// Calls `work` for every item, and `onSuccess` with each value in order. A failure is reported and the others
    /// continue; after an interruption no more work begins.
    ///
    /// - Parameter named: what an item is called in an error, such as `run trun_1`.
    static func process<Item: Sendable, Value: Sendable>(
        _ items: [Item], atOnce limit: Int = concurrency, _ context: Context, named: (Item) -> String,
        work: @escaping @Sendable (Item) async throws -> Value, onSuccess: (Value) throws -> Void
    ) async throws -> Outcome {
        if items.count == 1 {
            do {
                try onSuccess(try await work(items[0]))
                return Outcome(code: .success, unfinished: [])
            } catch StreamError.interrupted {
                return Outcome(code: .success, unfinished: [0])
            }
        }
        var finished: [Int: Result<Value, any Error>] = [:]
        var reported = 0
        var failures: [ExitCode] = []
        var unfinished: [Int] = []
        /// False after an interrupted write: output must not continue behind a part of a result.
        var isWritable = true
        try await withThrowingTaskGroup(of: (Int, Result<Value, any Error>).self) { group in
            var started = 0
            func startNext() {
                guard started < items.count, !Task.isCancelled else { return }
                let index = started
                started += 1
                group.addTask {
                    do {
                        // Not inside the tuple: see ServerPreflight.
                        let value = try await work(items[index])
                        return (index, .success(value))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for _ in 0..<limit { startNext() }
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
                            unfinished.append(reported)
                        }
                    case .success:
                        unfinished.append(reported)
                    case .failure(let error):
                        var report = ErrorReport(error, context)
                        let namesRun = error is RunNotCompleted || (error as? APIError)?.missing != nil
                        if !namesRun { report.message = "\(named(items[reported])): \(report.message)" }
                        if Task.isCancelled, report.code == Interrupted.code(of: context) {
                            unfinished.append(reported)
                        } else {
                            failures.append(report.emit(to: context))
                        }
                    }
                    reported += 1
                }
            }
            unfinished += started..<items.count
        }
        let first = failures.first ?? .success
        let isAlike = failures.isEmpty || failures.count == items.count && failures.allSatisfy { $0 == first }
        return Outcome(code: isAlike ? first : .partial, unfinished: unfinished)
    }
}
