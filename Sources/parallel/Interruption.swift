import ParallelSystem

/// The signal that ends the work, for code that polls and for code that waits on descriptors.
final class Interruption: Sendable {
    /// What a signal asks the program to do.
    enum Request {
        case toEnd
        /// A second signal: end without waiting for anything.
        case toEndAtOnce
        case nothing
    }

    /// The time within which a second signal counts as a duplicate of the first: launchers such as timeout(1) signal
    /// the program and then its whole group. No person is as fast as that.
    private static let duplicateInterval = Duration.milliseconds(200)

    private let first = Lock<(signal: Int32, time: ContinuousClock.Instant)?>(nil)
    private let pipe = WakePipe()

    /// A descriptor that is readable from the first signal on; nil if the system refused a pipe.
    var descriptor: Int32? { pipe?.reader }

    /// The first signal; nil if none has come.
    var signal: Int32? { first.withLock { $0?.signal } }

    /// Notes a signal and returns what it asks for.
    func note(_ signal: Int32) -> Request {
        let time = ContinuousClock.now
        let request = first.withLock { first -> Request in
            if let first { return time - first.time < Self.duplicateInterval ? .nothing : .toEndAtOnce }
            first = (signal, time)
            return .toEnd
        }
        if case .toEnd = request { pipe?.wake(with: UInt8(ascii: "!")) }
        return request
    }
}
