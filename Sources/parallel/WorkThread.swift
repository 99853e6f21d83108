import ParallelSystem

/// The one thread that runs the program's tasks.
///
/// Swift's own pool takes longer to start: three threads and a timer, for a command that lives for a few milliseconds.
/// It still starts with the first sleep, as its timers are the only ones.
///
/// What blocks here holds up everything, which is meant: while a prompt, standard input or a slow reader of the output is
/// waited for, there is nothing else that could be shown. The network has a thread of its own.
final class WorkThread: TaskExecutor {
    private let jobs = BlockingQueue<UnownedJob>()

    /// Nil if the system refuses a thread.
    static func start() -> WorkThread? {
        let thread = WorkThread()
        return startThread { thread.run() } ? thread : nil
    }

    private init() {}

    func enqueue(_ job: consuming ExecutorJob) {
        jobs.append(UnownedJob(job))
    }

    private func run() {
        while true {
            for job in jobs.takeAll() { job.runSynchronously(on: asUnownedTaskExecutor()) }
        }
    }
}
