import CCurl
import ParallelSystem

/// Commands on their way to the loop thread, and the means to wake it.
final class CommandQueue: Sendable {
    enum Command: Sendable {
        case start(HTTPRequest, PendingResponse)
        case cancel(PendingResponse)
        /// The reader has caught up with a paused body.
        case resume(PendingResponse)

        func fail(because error: HTTPError) {
            guard case .start(_, let pending) = self else { return }
            pending.finish(.failure(error))
        }
    }

    private struct State {
        var commands: [Command] = []
        var isStartClaimed = false
        var isStopping = false
        /// Why there is no loop thread and never will be.
        var closedBecause: HTTPError?
        /// Set from `open` until `take` sees the stop; used for `curl_multi_wakeup` and nothing else.
        var multi: UnsafeMutableRawPointer?
    }

    private let state = Lock(State())

    /// True for the one caller that has to start the loop thread.
    func claimStart() -> Bool {
        state.withLock { state in
            defer { state.isStartClaimed = true }
            return !state.isStartClaimed
        }
    }

    /// Adds a command, or returns why there is nobody to carry it out.
    func post(_ command: Command) -> HTTPError? {
        state.withLock { state in
            if let error = state.closedBecause { return error }
            state.commands.append(command)
            // A loop that has commands waiting is awake, or about to be.
            if state.commands.count == 1, let multi = state.multi { ccurl_multi_wakeup(multi) }
            return nil
        }
    }

    func stop() {
        state.withLock { state in
            state.isStopping = true
            if let multi = state.multi { ccurl_multi_wakeup(multi) }
        }
    }

    // MARK: The loop thread's side

    func open(_ multi: UnsafeMutableRawPointer) {
        // Only `curl_multi_wakeup`, which any thread may call, gets it from here.
        nonisolated(unsafe) let multi = multi
        state.withLock { $0.multi = multi }
    }

    /// What has been posted since the last call; nil when the loop must end, after which nobody wakes it any more.
    func take() -> [Command]? {
        state.withLock { state in
            if state.isStopping {
                state.multi = nil
                return nil
            }
            defer { state.commands = [] }
            return state.commands
        }
    }

    /// Refuses everything from now on and fails what is waiting.
    func close(because error: HTTPError) {
        let waiting = state.withLock { state in
            state.closedBecause = error
            defer { state.commands = [] }
            return state.commands
        }
        for command in waiting { command.fail(because: error) }
    }
}
