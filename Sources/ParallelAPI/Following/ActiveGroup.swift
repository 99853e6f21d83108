import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// A group of runs, some of which may still be active.
///
/// Its event streams take as many connections as needed. After a break, a stream is opened again behind the last event,
/// so that no event is missed or comes twice.
package struct ActiveGroup: EventSource {
    private let id: String
    private let client: ParallelClient
    private let clock: any Clock<Duration>
    private let start: String?

    package let name = "the group's runs"

    /// - Parameter eventID: the event after which `events` begins; nil means the first one.
    package init(id: String, after eventID: String? = nil, client: ParallelClient, clock: any Clock<Duration>) {
        self.id = id
        start = eventID
        self.client = client
        self.clock = clock
    }

    /// The maximum number of runs in a list beyond the expected number: runs may be added while it is read, and rows
    /// may have been sent twice.
    package static let maximumExcess = 100_000

    /// Calls `receive` with each run of the group as it is now, and returns their number.
    ///
    /// - Parameter count: the expected number of runs. A list that ends before is continued a few times.
    ///
    /// Throws the error that ended the stream: `HTTPError`, `APIError`, `ServerSentEventError`, or `UnexpectedAnswer`
    /// for an event that is not JSON or belongs to another group.
    @discardableResult
    package func list(
        _ query: GroupRunsQuery, count: Int = 0, _ receive: (GroupEvent) async throws -> Void
    ) async throws -> Int {
        var listed = 0
        /// The number of runs in the list, including those that the API could not read.
        var received = 0
        let maximum = count + Self.maximumExcess
        let elapsed = clock.stopwatch()
        var lastNews = Duration.zero
        /// Whether no run has come for so long that the server will not send any more; the listed runs exist already.
        func isSilent() -> Bool { elapsed() - lastNews >= Self.longestSilence }
        return try await ResumableEventStream(clock: clock).follow(from: .init(after: query.lastEventID)) { position in
            var query = query
            query.lastEventID = position.lastEventID
            return .open(try await client.groupRuns(id, query))
        } receive: { message, position in
            let event = try event(message, &position)
            switch event.kind {
            case .run: (listed, received) = (listed + 1, received + 1)
            case .error: received += 1
            case .status, .other:
                try await receive(event)
                return nil
            }
            guard received <= maximum else {
                throw UnexpectedAnswer(message: "the list of group \(id) does not end after \(maximum) runs")
            }
            try await receive(event)
            lastNews = elapsed()
            return nil
        } end: { position in
            let isEnough = listed >= count || position.failures >= Self.maximumShortLists || isSilent()
            return isEnough ? listed : nil
        } passes: { error, position in
            Self.isPassing(error, position) && !isSilent()
        }
    }

    /// Asks for the number of runs with each status; the group is over once no run is active.
    package func look() async throws -> Look<TaskGroupStatus> {
        let status = try await client.group(id).status
        return status.isActive ? .goesOn(wasHeld: false) : .over(status)
    }

    /// Calls `receive` with each event of the group until none of its runs is active. Throws the errors of `list`.
    package func events(_ receive: (GroupEvent) async throws -> Void) async throws {
        /// Whether a run is active according to the last event of the connection; nil if it does not say.
        var isActive: Bool?
        var before: String?
        return try await ResumableEventStream(clock: clock).follow(from: .init(after: start)) { position in
            (isActive, before) = (nil, position.lastEventID)
            return .open(try await client.groupEvents(id, after: position.lastEventID))
        } receive: { message, position in
            let event = try event(message, &position)
            isActive = if case .status(let status) = event.kind { status.isActive } else { nil }
            try await receive(event)
            return nil
        } end: { position in
            // A group can be inactive for a while, for instance before its first runs, so only the end of the stream
            // counts.
            if isActive == false { return () }
            // The server also ends a stream after an hour; later events come on the next connection.
            guard position.lastEventID == before else { return nil }
            return if case .over = try await look() { () } else { nil }
        } passes: { error, position in
            Self.isPassing(error, position)
        }
    }

    /// How long a server may send no run. A second less than the limit of a connection, so that a connection that
    /// reaches its limit is the last one.
    private static let longestSilence = ParallelClient.usualLimit - .seconds(1)

    /// The maximum number of consecutive lists that end too early without a further run.
    private static let maximumShortLists = 5

    /// Reads an event and records the position of the stream.
    private func event(
        _ message: ServerSentEvent, _ position: inout ResumableEventStream.Position
    ) throws -> GroupEvent {
        let event = try GroupEvent(message)
        try event.check(isOf: id)
        if let id = event.id, id != position.lastEventID {
            position.lastEventID = id
            position.noteNews()
        }
        return event
    }

    /// Whether another connection may help after `error`. As long as the group is not known to exist, every error is
    /// final.
    private static func isPassing(_ error: any Error, _ position: ResumableEventStream.Position) -> Bool {
        position.isOpened && FailureMeaning(of: error) == .passing
    }
}

extension GroupEvent {
    /// Reads a message of a group's stream. Throws `UnexpectedAnswer` if it is not JSON.
    init(_ message: ServerSentEvent) throws {
        do {
            self.init(try JSONValue.parse(message.data))
        } catch {
            throw UnexpectedAnswer(message: "an event of the group's stream is not JSON (\(error))")
        }
    }

    /// Throws `UnexpectedAnswer` for a run of another group, and for impossible numbers.
    fileprivate func check(isOf group: String) throws(UnexpectedAnswer) {
        switch kind {
        case .run(let run):
            if let error = UnexpectedAnswer(runOfGroup: run.groupID, insteadOf: group) { throw error }
        case .status(let status):
            try status.check()
        case .error, .other:
            break
        }
    }
}
