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
        var query = query
        var attempts = Attempts()
        var listed = 0
        /// With those that could not be read.
        var told = 0
        let most = count + Self.maximumExcess
        let elapsed = clock.stopwatch()
        var lastNews = Duration.zero
        /// Listed runs exist already, so a server that sends none for this long never will.
        func isSilent() -> Bool { elapsed() - lastNews >= Self.longestSilence }
        while true {
            do {
                _ = try await pass(client.groupRuns(group, query), of: group, &query.lastEventID, &attempts) { event in
                    switch event.kind {
                    case .run: (listed, told) = (listed + 1, told + 1)
                    case .fault: told += 1
                    case .status, .other: return try await receive(event)
                    }
                    guard told <= most else {
                        throw UnexpectedAnswer(message: "the list of group \(group) goes on beyond \(most) runs")
                    }
                    try await receive(event)
                    lastNews = elapsed()
                }
                if listed >= count || attempts.failures >= Self.maximumShortLists || isSilent() { return listed }
            } catch  where attempts.bears(error) && !isSilent() {}
            try await clock.sleep(for: attempts.pause())
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
        try await Deadline.run(within: timeout, clock) { try await follow(group, after: eventID, receive) }
    }

    private func follow(
        _ group: String, after eventID: String?, _ receive: (GroupEvent) async throws -> Void
    ) async throws {
        var last = eventID
        var attempts = Attempts()
        while true {
            do {
                let before = last
                // A group can be inactive for a while, as before its first runs; it only ends with the stream.
                if try await pass(
                    client.groupEvents(group, after: last), of: group, &last, &attempts, receive) == false
                {
                    return
                }
                // The server also ends a stream after an hour: what happened since then comes with the next.
                if last == before, !(try await client.group(group).status.isActive) { return }
            } catch  where attempts.bears(error) {}
            try await clock.sleep(for: attempts.pause())
        }
    }

    /// A moment less than a connection has, so that one which used up its time is the last.
    private static let longestSilence = ParallelClient.usualLimit - .seconds(1)

    /// How often in a row a list may end too early without a further run, before those that it lacks are given up.
    private static let maximumShortLists = 5

    /// Hands over the events of one connection; gives whether the group is active as far as the last event tells.
    private func pass(
        _ stream: ServerSentEventStream, of group: String, _ last: inout String?, _ attempts: inout Attempts,
        _ receive: (GroupEvent) async throws -> Void
    ) async throws -> Bool? {
        attempts.isKnown = true
        var isActive: Bool?
        for try await message in stream {
            let event = try GroupEvent(message)
            try event.check(isOf: group)
            isActive = if case .status(let status) = event.kind { status.isActive } else { nil }
            if let id = event.id, id != last {
                last = id
                attempts.failures = 0
            }
            try await receive(event)
        }
        return isActive
    }

    /// How many connections in a row brought nothing new, and what is put up with.
    private struct Attempts {
        /// Until the group is known to exist, any failure is final.
        var isKnown = false
        var failures = 0

        func bears(_ error: any Error) -> Bool {
            guard isKnown, failures < Reconnection.maximumFailures else { return false }
            switch error {
            case let error as HTTPError: return error.isTransient
            case let error as APIError: return WaitPatience.isPassing(status: error.status)
            default: return false
            }
        }

        mutating func pause() -> Duration {
            failures += 1
            return Reconnection.pause(after: failures)
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
