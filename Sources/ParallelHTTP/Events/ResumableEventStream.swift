/// Server-sent events over as many connections as it takes: after one that ends or breaks, the next goes on behind the
/// last event that came, so that nothing is missed.
package struct ResumableEventStream: Sendable {
    /// How far a stream was read.
    package struct Position: Sendable {
        /// The id of the last event; the next connection goes on behind it. Nil begins with the first event.
        package var lastEventID: String?
        /// How many connections in a row brought nothing new.
        package fileprivate(set) var failures = 0
        /// Whether the server has ever opened the stream.
        package fileprivate(set) var isOpened = false
        /// What came of an event that broke off.
        package fileprivate(set) var unfinished: [UInt8] = []
        /// The pause that the server asked for with `retry`.
        fileprivate var askedPause: Duration?

        package init(after lastEventID: String? = nil) { self.lastEventID = lastEventID }

        /// Tells that something new came: pauses begin anew.
        package mutating func noteNews() { failures = 0 }

        /// Takes over what the stream says of itself, events without data included.
        fileprivate mutating func update(from parser: ServerSentEventParser) {
            if let id = parser.lastEventID, !id.isEmpty, id != lastEventID {
                lastEventID = id
                noteNews()
            }
            askedPause = parser.reconnectionDelay ?? askedPause
        }
    }

    /// What became of an attempt to connect.
    package enum Connection<Outcome> {
        case open(ServerSentEventStream)
        /// There is nothing more to read.
        case over(Outcome)
    }

    /// The number of failures in a row after which a stream is given up, unless told otherwise.
    package static let usualFailures = 20

    /// However soon a server wants to be asked again: one that ends each stream at once must not keep it busy.
    private static let shortestPause = Duration.milliseconds(100)

    private let clock: any Clock<Duration>
    private let backoff: Backoff
    private let maximumFailures: Int
    private let goesByStreamIDs: Bool

    /// - Parameters:
    ///   - backoff: the pauses between connections that bring nothing new.
    ///   - maximumFailures: how many of them in a row may fail.
    ///   - goesByStreamIDs: whether the stream's own fields `id` and `retry` say where it stands and when to come back;
    ///     otherwise whoever reads it sets `Position.lastEventID`, and calls `noteNews`.
    package init(
        clock: any Clock<Duration>, backoff: Backoff = Backoff(first: .milliseconds(200), longest: .seconds(3)),
        maximumFailures: Int = usualFailures, goesByStreamIDs: Bool = false
    ) {
        self.clock = clock
        self.backoff = backoff
        self.maximumFailures = maximumFailures
        self.goesByStreamIDs = goesByStreamIDs
    }

    /// Reads until one of the closures gives an outcome.
    ///
    /// - Parameters:
    ///   - connect: opens a connection behind `Position.lastEventID`.
    ///   - receive: takes an event.
    ///   - end: called when a connection ended by itself.
    ///   - passes: whether an error of the other three, or of the connection, says nothing of the next connection.
    ///
    /// Throws other errors, and any after too many failures.
    package func follow<Outcome>(
        from start: Position = Position(),
        connect: (inout Position) async throws -> Connection<Outcome>,
        receive: (ServerSentEvent, inout Position) async throws -> Outcome?,
        end: (inout Position) async throws -> Outcome?,
        passes: (any Error, Position) -> Bool
    ) async throws -> Outcome {
        var position = start
        while true {
            do {
                switch try await connect(&position) {
                case .over(let outcome):
                    return outcome
                case .open(let stream):
                    position.isOpened = true
                    if let outcome = try await read(stream, &position, receive) { return outcome }
                    if let outcome = try await end(&position) { return outcome }
                }
            } catch  where position.failures < maximumFailures && passes(error, position) {}
            position.failures += 1
            try await clock.sleep(for: pause(at: position))
        }
    }

    private func read<Outcome>(
        _ stream: ServerSentEventStream, _ position: inout Position,
        _ receive: (ServerSentEvent, inout Position) async throws -> Outcome?
    ) async throws -> Outcome? {
        var events = stream.makeAsyncIterator()
        defer {
            position.unfinished = events.parser.unfinished
            if goesByStreamIDs { position.update(from: events.parser) }
        }
        while let event = try await events.next() {
            if goesByStreamIDs { position.update(from: events.parser) }
            if let outcome = try await receive(event, &position) { return outcome }
        }
        return nil
    }

    private func pause(at position: Position) -> Duration {
        guard goesByStreamIDs else { return backoff.pause(after: position.failures) }
        let asked = max(position.askedPause ?? backoff.first, Self.shortestPause)
        return position.failures == 1 ? asked : max(asked, backoff.pause(after: position.failures))
    }
}
