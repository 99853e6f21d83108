import ParallelSystem

/// Passes commands from any thread to the loop thread.
///
/// The thread starts with `CurlTransport.prepare()` or the first command, and ends when the engine is released.
final class CurlEngine: Sendable {
    private let queue: CommandQueue
    private let options: TransportOptions

    init(_ options: TransportOptions) {
        self.options = options
        queue = CommandQueue()
    }

    deinit {
        queue.stop()
    }

    /// Starts the loop thread unless it is running. If the system refuses a thread, all requests fail with that reason.
    func start() {
        guard queue.claimStart() else { return }
        let isStarted = startThread { [queue, options] in
            CurlLoop.run(queue, options)
        }
        if !isStarted {
            queue.close(
                because: HTTPError(
                    .outOfResources, "cannot start a thread; there are too many processes (ulimit -u)",
                    mayHaveBeenSent: false))
        }
    }

    func post(_ command: CommandQueue.Command) {
        start()
        guard let error = queue.post(command) else { return }
        command.fail(because: error)
    }

    func cancel(_ pending: PendingResponse) {
        pending.cancel()
        post(.cancel(pending))
    }
}
