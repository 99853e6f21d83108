import ParallelSystem

/// The one thread that runs the program's tasks, and whose clock wakes them.
///
/// Swift's own pool takes longer to start: three threads and a timer, for a command that lives for a few milliseconds.
///
/// What blocks here holds up everything, which is meant: while a prompt, standard input or a slow reader of the output
/// is waited for, there is nothing else that could be shown. The network has a thread of its own.
final class WorkThread: TaskExecutor {
    private let jobs: BlockingQueue<UnownedJob>
    let clock: WorkClock

    /// Nil if the system refuses a thread.
    static func start() -> WorkThread? {
        let thread = WorkThread()
        return startThread { thread.run() } ? thread : nil
    }

    private init() {
        let jobs = BlockingQueue<UnownedJob>()
        self.jobs = jobs
        clock = WorkClock { jobs.nudge() }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job))
    }

    private func run() {
        while true {
            for job in jobs.takeAll(timeout: clock.untilNext()) {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
            clock.wake()
        }
    }
}
