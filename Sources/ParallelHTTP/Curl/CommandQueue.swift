import CCurl
import ParallelSystem

/// The queue of commands for the loop thread, which it wakes.
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
        /// The reason why there is no loop thread and never will be.
        var closedBecause: HTTPError?
        /// Set from `open` until `take` sees `isStopping`; only `curl_multi_wakeup` uses it.
        var multi: UnsafeMutableRawPointer?
    }

    private let state = Lock(State())

    /// Returns true to the first caller, who must start the loop thread.
    func claimStart() -> Bool {
        state.withLock { state in
            defer { state.isStartClaimed = true }
            return !state.isStartClaimed
        }
    }

    /// Adds a command; returns the error if there is no thread to execute it.
    func post(_ command: Command) -> HTTPError? {
        state.withLock { state in
            if let error = state.closedBecause { return error }
            state.commands.append(command)
            // If commands were waiting already, the loop has been woken for them.
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
        // It is passed only to `curl_multi_wakeup`, which any thread may call.
        nonisolated(unsafe) let multi = multi
        state.withLock { $0.multi = multi }
    }

    /// Returns the commands posted since the last call; nil if the loop must end, after which no one wakes it.
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

    /// Fails all waiting commands, and refuses new ones from now on.
    func close(because error: HTTPError) {
        let waiting = state.withLock { state in
            state.closedBecause = error
            defer { state.commands = [] }
            return state.commands
        }
        for command in waiting { command.fail(because: error) }
    }
}
