import ParallelAPI
import ParallelHTTP
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ActiveGroupTests {
    private static let group = "/v1/tasks/groups/g1"

    private let clock = ManualClock(passing: .seconds(60))
    private let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)

    private static func run(_ id: Int, _ status: String = "completed") -> String {
        #"{"type":"task_run.state","event_id":"\#(id)","run":{"run_id":"r\#(id)","status":"\#(status)"}}"#
    }

    private static func status(_ id: Int, isActive: Bool) -> String {
        #"{"type":"task_group_status","event_id":"\#(id)","status":{"is_active":\#(isActive)}}"#
    }

    /// One connection: its events, and how it ends.
    private func connection(
        _ path: String, after cursor: String? = nil, _ events: [String], endingWith error: HTTPError? = nil
    ) -> ScriptedTransport.Exchange {
        .init(.get, Self.group + path + (cursor.map { "?last_event_id=\($0)" } ?? "")) { _ in
            let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            for event in events { continuation.yield(Array("event: x\ndata: \(event)\n\n".utf8)) }
            continuation.finish(throwing: error)
            return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
        }
    }

    private func answer(_ path: String, status: Int, _ body: String = "{}") -> ScriptedTransport.Exchange {
        .init(.get, Self.group + path, status: status, body: body)
    }

    private func client(_ exchanges: [ScriptedTransport.Exchange]) throws -> ParallelClient {
        ParallelClient(
            transport: ScriptedTransport(exchanges), settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
    }

    private func list(_ exchanges: [ScriptedTransport.Exchange], after cursor: String? = nil) async throws -> [String] {
        var ids: [String] = []
        let group = ActiveGroup(id: "g1", client: try client(exchanges), clock: clock)
        try await group.list(GroupRunsQuery(after: cursor)) { ids.append($0.id ?? "none") }
        return ids
    }

    private func follow(
        _ exchanges: [ScriptedTransport.Exchange], after cursor: String? = nil, timeout: Duration? = nil
    ) async throws -> [String] {
        let ids = Lock<[String]>([])
        let group = ActiveGroup(id: "g1", after: cursor, client: try client(exchanges), clock: clock)
        try await LongRunningWait(clock: clock).events(of: group, within: timeout) { event in
            ids.withLock { $0.append(event.id ?? "none") }
        }
        return ids.withLock { $0 }
    }

    @Test func `a list that ends is whole`() async throws {
        #expect(try await list([connection("/runs", [Self.run(1), Self.run(2, "failed")])]) == ["1", "2"])
        #expect(try await list([connection("/runs", after: "7", [Self.run(8)])], after: "7") == ["8"])
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a list without end is an error`() async throws {
        for event in [Self.run(1), #"{"type":"error","error":{"message":"unreadable"}}"#] {
            let events = Array(repeating: event, count: ActiveGroup.maximumExcess + 2)
            await #expect(throws: UnexpectedAnswer.self) { try await list([connection("/runs", events)]) }
        }
    }

    @Test func `a list that breaks goes on after the last run`() async throws {
        let ids = try await list([
            connection("/runs", [Self.run(1), Self.run(2)], endingWith: lost),
            connection("/runs", after: "2", [], endingWith: lost),
            answer("/runs?last_event_id=2", status: 503),
            connection("/runs", after: "2", [Self.run(3)]),
        ])
        #expect(ids == ["1", "2", "3"])
        #expect(clock.sleeps == [.milliseconds(200), .milliseconds(400), .milliseconds(800)])
    }

    @Test func `a list that brings nothing for two minutes is given up`() async throws {
        let clock = clock
        // What tells of no run brings nothing.
        for event in [nil, #"{"type":"heartbeat","event_id":"9"}"#, Self.status(9, isActive: true)] {
            let hangs = ScriptedTransport.Exchange(.get, Self.group + "/runs") { _ in
                clock.advance(by: .seconds(70))
                let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
                if let event { continuation.yield(Array("data: \(event)\n\n".utf8)) }
                continuation.finish(throwing: HTTPError(.connectionLost, "lost", mayHaveBeenSent: true))
                return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
            }
            await #expect(throws: lost) {
                try await list([connection("/runs", [Self.run(1)], endingWith: lost), hangs, hangs])
            }
        }
    }

    @Test func `a list that ends before its last run is read on`() async throws {
        let group = ActiveGroup(
            id: "g1",
            client: try client([
                connection("/runs", [Self.run(1), Self.run(2)]), connection("/runs", after: "2", []),
                connection("/runs", after: "2", [Self.run(3)]),
            ]), clock: clock)
        var ids: [String] = []
        #expect(try await group.list(GroupRunsQuery(), count: 3) { ids.append($0.id ?? "none") } == 3)
        #expect(ids == ["1", "2", "3"])
    }

    @Test func `runs that are never listed are given up`() async throws {
        let short = (1...5).map { _ in connection("/runs", after: "1", []) }
        let group = ActiveGroup(
            id: "g1", client: try client([connection("/runs", [Self.run(1)])] + short), clock: clock)
        #expect(try await group.list(GroupRunsQuery(), count: 2) { _ in } == 1)
    }

    @Test func `a list is given up after 20 failures without a new run`() async throws {
        let exchanges =
            [connection("/runs", [Self.run(1)], endingWith: lost)]
            + (1...20).map { _ in connection("/runs", after: "1", [], endingWith: lost) }
        let error = await #expect(throws: HTTPError.self) { try await list(exchanges) }
        #expect(error?.kind == .connectionLost && clock.sleeps.count == 20)
    }

    @Test func `an unknown group is reported at once`() async throws {
        let error = await #expect(throws: APIError.self) { try await list([answer("/runs", status: 404)]) }
        #expect(error?.status == 404)
        await #expect(throws: APIError.self) { try await list([answer("/runs", status: 500)]) }
        await #expect(throws: HTTPError.self) { try await list([.init(.get, Self.group + "/runs", failing: lost)]) }
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `an event that is not JSON ends the list`() async throws {
        await #expect(throws: UnexpectedAnswer.self) { try await list([connection("/runs", ["{"])]) }
    }

    @Test func `a group is followed until its stream ends with no run active`() async throws {
        let ids = try await follow([
            // Before its first runs a group is inactive, too.
            connection("/events", [Self.status(1, isActive: false), Self.run(2), Self.status(3, isActive: false)])
        ])
        #expect(ids == ["1", "2", "3"])
    }

    @Test func `a stream that the server closes goes on where it was`() async throws {
        let ids = try await follow([
            connection("/events", [Self.status(1, isActive: true), Self.run(2)]),
            connection("/events", after: "2", [Self.run(3)], endingWith: lost),
            connection("/events", after: "3", [Self.run(4), Self.status(5, isActive: false)]),
        ])
        #expect(ids == ["1", "2", "3", "4", "5"])
    }

    @Test func `if a stream brings no event, the group's status is requested`() async throws {
        let ids = try await follow(
            [
                connection("/events", after: "9", []),
                answer("", status: 200, #"{"taskgroup_id":"g1","status":{"is_active":true}}"#),
                connection("/events", after: "9", []),
                answer("", status: 200, #"{"taskgroup_id":"g1","status":{"is_active":false}}"#),
            ], after: "9")
        #expect(ids.isEmpty)
    }

    @Test func `a wait has an end`() async throws {
        let exchange = ScriptedTransport.Exchange.unanswered(
            .get, Self.group + "/events", passing: .seconds(120), on: clock)
        await #expect(throws: WaitTimedOut.self) { try await follow([exchange], timeout: .seconds(120)) }
    }
}
