import ParallelSystem

/// Carries out asynchronous work on the calling thread and in a time of its own: nothing waits, and the same input
/// takes the same course every time.
package final class Simulation: TaskExecutor {
    private let jobs = BlockingQueue<UnownedJob>()
    private let clock = SimulatedClock()

    /// More steps than any input of a few kilobytes may need.
    private static let maximumTurns = 100_000

    private init() {}

    /// Does `work`, which waits on the clock it is given. Work that never ends is a crash.
    package static func run<Value: Sendable>(_ work: @escaping @Sendable (any Clock<Duration>) async -> Value) -> Value
    {
        Simulation().run(work)
    }

    package func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    private func run<Value: Sendable>(_ work: @escaping @Sendable (any Clock<Duration>) async -> Value) -> Value {
        let outcome = Lock<Value?>(nil)
        let clock = clock
        Task(executorPreference: self) {
            let value = await work(clock)
            outcome.withLock { $0 = value }
        }
        var turns = 0
        var idle = 0
        while true {
            if let value = outcome.withLock({ $0 }) { return value }
            let ready = jobs.takeAll(timeout: idle > 0 ? .milliseconds(10) : .zero)
            for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
            turns += ready.count
            require(turns < Self.maximumTurns, "the work goes on and on")
            // Time passes when nothing else can happen. A task of its own, elsewhere, may yet come back.
            idle = ready.isEmpty && !clock.pass() ? idle + 1 : 0
            require(idle < 1_000, "the work waits for something that never comes")
        }
    }
}
