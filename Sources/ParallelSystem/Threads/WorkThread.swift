/// Runs the program's tasks on one thread, which also wakes the tasks that sleep on its clock.
///
/// It exists so that the program can wait for a paid run even where the system refuses more threads (`ulimit -u`):
/// Swift's own pool creates threads when tasks and timers need them, and hangs if it gets none. That pool also takes
/// longer to start (three threads and a timer) than a short command takes in all.
///
/// A job that blocks delays all other tasks; the network has a thread of its own.
package final class WorkThread: TaskExecutor {
    private let jobs: BlockingQueue<UnownedJob>
    /// The clock on which tasks of this thread sleep.
    package let clock: WorkClock

    /// Starts the thread, which lives as long as the process; nil if the system refuses it.
    package static func start() -> WorkThread? {
        let thread = WorkThread()
        return startThread { thread.run() } ? thread : nil
    }

    private init() {
        let jobs = BlockingQueue<UnownedJob>()
        self.jobs = jobs
        clock = WorkClock { jobs.nudge() }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
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
