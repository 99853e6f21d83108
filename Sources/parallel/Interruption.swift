import ParallelSystem

/// The signal that ends the work: for code that asks, and for code that waits on descriptors.
final class Interruption: Sendable {
    /// What a signal asks for.
    enum Request {
        case toEnd
        /// Whoever asks twice does not want to wait for anything.
        case toEndAtOnce
        case nothing
    }

    /// A launcher may send a signal to the program and then to its whole group, as timeout(1) does. Nobody asks twice
    /// as quickly as that.
    private static let echo = Duration.milliseconds(200)

    private let first = Lock<(signal: Int32, time: ContinuousClock.Instant)?>(nil)
    private let pipe = WakePipe()

    /// Readable from the first signal on; nil if the system refused a pipe.
    var descriptor: Int32? { pipe?.reader }

    /// The first signal that came; nil before.
    var signal: Int32? { first.withLock { $0?.signal } }

    /// Notes a signal.
    func note(_ signal: Int32) -> Request {
        let time = ContinuousClock.now
        let request = first.withLock { first -> Request in
            if let first { return time - first.time < Self.echo ? .nothing : .toEndAtOnce }
            first = (signal, time)
            return .toEnd
        }
        if case .toEnd = request { pipe?.wake(with: UInt8(ascii: "!")) }
        return request
    }
}
