import ParallelCLI
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The signal that ends the work, for code that polls and for code that waits on descriptors.
final class Interruption: Sendable {
    /// What a signal asks the program to do.
    enum Request {
        case toEnd
        /// End the line of a shell that is under way.
        case toEndLine
        /// A second signal: end without waiting for anything.
        case toEndAtOnce
        case nothing
    }

    /// The time within which a second signal counts as a duplicate of the first: launchers such as timeout(1) signal
    /// the program and then its whole group. No person is as fast as that.
    private static let duplicateInterval = Duration.milliseconds(200)

    private struct State {
        var first: (signal: Int32, time: ContinuousClock.Instant)?
        /// Whether the program runs lines of a shell, each of which Ctrl-C ends by itself.
        var hasLines = false
        /// Ends the line under way.
        var cancelLine: (@Sendable () -> Void)?
    }

    private let state = Lock(State())
    private let pipe = WakePipe()

    /// A descriptor that is readable from the first signal on; nil if the system refused a pipe.
    var descriptor: Int32? { pipe?.reader }

    /// The first signal; nil if none has come.
    var signal: Int32? { state.withLock { $0.first?.signal } }

    /// Whether a signal ends a line of a shell at most.
    func isOfLine(_ signal: Int32) -> Bool { signal == SIGINT && state.withLock(\.hasLines) }

    /// Notes a signal and returns what it asks for.
    func note(_ signal: Int32) -> Request {
        let time = ContinuousClock.now
        var cancelLine: (@Sendable () -> Void)?
        let request = state.withLock { state -> Request in
            let first = state.first
            if signal == SIGINT, state.hasLines {
                guard first == nil, let cancel = state.cancelLine else { return .nothing }
                cancelLine = cancel
            } else if let first {
                // What ends the shell counts although its line is being ended.
                if first.signal != SIGINT || !state.hasLines || signal == SIGALRM {
                    return time - first.time < Self.duplicateInterval ? .nothing : .toEndAtOnce
                }
            } else if signal == SIGALRM {
                // That of a line which has ended just now.
                return .nothing
            }
            state.first = (signal, time)
            pipe?.wake(with: UInt8(ascii: "!"))
            return cancelLine == nil ? .toEnd : .toEndLine
        }
        cancelLine?()
        return request
    }

    /// Runs a line of a shell. Ctrl-C cancels its task, and has no effect on later ones.
    func runningLine(_ line: Task<ExitCode, Never>) async -> ExitCode {
        state.withLock { ($0.hasLines, $0.cancelLine) = (true, { line.cancel() }) }
        let code = await withTaskCancellationHandler {
            await line.value
        } onCancel: {
            line.cancel()
        }
        state.withLock { state in
            state.cancelLine = nil
            guard state.first?.signal == SIGINT else { return }
            state.first = nil
            alarm(0)
            _ = pipe?.drain()
        }
        return code
    }
}
