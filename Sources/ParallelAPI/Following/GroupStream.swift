import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// A group's streams, each over as many connections as it takes: one that breaks is opened again and goes on after the
/// last event that came, so that nothing comes twice and nothing is missed.
package struct GroupStream: Sendable {
    private let client: ParallelClient
    private let clock: any Clock<Duration>

    package init(client: ParallelClient, clock: any Clock<Duration>) {
        self.client = client
        self.clock = clock
    }

    /// How many runs a list may have beyond those that the group is known to have: runs may be added while it is read,
    /// and rows may have been sent again by somebody.
    package static let maximumExcess = 100_000

    /// Hands the runs of a group, as they stand now, to `receive`, and gives their number.
    ///
    /// - Parameter count: how many there must be; a list that ends before is read on a few times.
    ///
    /// Throws what ends the stream for good: `HTTPError`, `APIError`, `ServerSentEventError`, and `UnexpectedAnswer`
    /// for an event that is not JSON or tells of another group.
    @discardableResult
    package func list(
        _ group: String, _ query: GroupRunsQuery, count: Int = 0, _ receive: (GroupEvent) async throws -> Void
    ) async throws -> Int {
        var listed = 0
        /// With those that could not be read.
        var told = 0
        let most = count + Self.maximumExcess
        let elapsed = clock.stopwatch()
        var lastNews = Duration.zero
        /// Listed runs exist already, so a server that sends none for this long never will.
        func isSilent() -> Bool { elapsed() - lastNews >= Self.longestSilence }
        return try await ResumableEventStream(clock: clock).follow(from: .init(after: query.lastEventID)) { position in
            var query = query
            query.lastEventID = position.lastEventID
            return .open(try await client.groupRuns(group, query))
        } receive: { message, position in
            let event = try Self.event(message, of: group, &position)
            switch event.kind {
            case .run: (listed, told) = (listed + 1, told + 1)
            case .fault: told += 1
            case .status, .other:
                try await receive(event)
                return nil
            }
            guard told <= most else {
                throw UnexpectedAnswer(message: "the list of group \(group) goes on beyond \(most) runs")
            }
            try await receive(event)
            lastNews = elapsed()
            return nil
        } end: { position in
            let isEnough = listed >= count || position.failures >= Self.maximumShortLists || isSilent()
            return isEnough ? listed : nil
        } passes: { error, position in
            Self.passes(error, position) && !isSilent()
        }
    }

    /// Hands what happens in a group to `receive` until no run of it is active, at most for `timeout` (nil: for ever).
    ///
    /// - Parameter eventID: the event to go on after; nil starts with the first.
    ///
    /// Throws what `list` throws, and `WaitTimedOut`.
    package func follow(
        _ group: String, after eventID: String?, timeout: Duration?,
        _ receive: @escaping @Sendable (GroupEvent) async throws -> Void
    ) async throws {
        try await Deadline.run(within: timeout, of: "the group's runs", clock) {
            try await follow(group, after: eventID, receive)
        }
    }

    private func follow(
        _ group: String, after eventID: String?, _ receive: (GroupEvent) async throws -> Void
    ) async throws {
        /// As far as the last event of the connection tells.
        var isActive: Bool?
        var before: String?
        return try await ResumableEventStream(clock: clock).follow(from: .init(after: eventID)) { position in
            (isActive, before) = (nil, position.lastEventID)
            return .open(try await client.groupEvents(group, after: position.lastEventID))
        } receive: { message, position in
            let event = try Self.event(message, of: group, &position)
            isActive = if case .status(let status) = event.kind { status.isActive } else { nil }
            try await receive(event)
            return nil
        } end: { position in
            // A group can be inactive for a while, as before its first runs; it only ends with the stream.
            if isActive == false { return () }
            // The server also ends a stream after an hour: what happened since then comes with the next.
            guard position.lastEventID == before else { return nil }
            return try await client.group(group).status.isActive ? nil : ()
        } passes: { error, position in
            Self.passes(error, position)
        }
    }

    /// A moment less than a connection has, so that one which used up its time is the last.
    private static let longestSilence = ParallelClient.usualLimit - .seconds(1)

    /// How often in a row a list may end too early without a further run, before those that it lacks are given up.
    private static let maximumShortLists = 5

    /// Reads an event, and takes note of where the stream stands.
    private static func event(
        _ message: ServerSentEvent, of group: String, _ position: inout ResumableEventStream.Position
    ) throws -> GroupEvent {
        let event = try GroupEvent(message)
        try event.check(isOf: group)
        if let id = event.id, id != position.lastEventID {
            position.lastEventID = id
            position.noteNews()
        }
        return event
    }

    /// Until the group is known to exist, any failure is final.
    private static func passes(_ error: any Error, _ position: ResumableEventStream.Position) -> Bool {
        guard position.isOpened else { return false }
        switch error {
        case let error as HTTPError: return error.isTransient
        case let error as APIError: return FailureMeaning(ofStatus: error.status) == .passing
        default: return false
        }
    }
}

extension GroupEvent {
    /// Reads a message of a group's stream. Throws `UnexpectedAnswer` where it is not JSON.
    init(_ message: ServerSentEvent) throws {
        do {
            self.init(try JSONValue.parse(message.data))
        } catch {
            throw UnexpectedAnswer(message: "an event of the group's stream is not JSON (\(error))")
        }
    }

    /// Throws `UnexpectedAnswer` for a run of another group, and for numbers that can't be.
    fileprivate func check(isOf group: String) throws(UnexpectedAnswer) {
        switch kind {
        case .run(let run):
            if let error = UnexpectedAnswer(runOfGroup: run.groupID, insteadOf: group) { throw error }
        case .status(let status):
            try status.check()
        case .fault, .other:
            break
        }
    }
}
