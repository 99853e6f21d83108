import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ActiveRunEventsTests {
    private let clock = ManualClock(passing: .seconds(60))

    private enum Line {
        static let running = state("running")
        static let completed = state("completed")

        static func state(_ status: String) -> String {
            #"{"type": "task_run.state", "run": {"run_id": "r1", "status": "\#(status)"}}"#
        }

        static func plan(_ text: String, at second: Int = 0) -> String {
            #"{"type": "task_run.progress_msg.plan", "message": "\#(text)", "timestamp": "2025-08-06T00:53:0\#(second)Z"}"#
        }

        static func sources(_ count: Int) -> String {
            #"{"type": "task_run.progress_stats", "source_stats": {"num_sources_read": \#(count)}}"#
        }

        static let fault = fault("1")
        static let untimed = #"{"type": "task_run.progress_msg.plan", "message": "again", "timestamp": null}"#

        static func fault(_ reference: String) -> String {
            #"{"type": "error", "error": {"message": "broken", "ref_id": "\#(reference)"}}"#
        }
    }

    /// One connection to the stream: its events, and how it ends.
    private func connection(
        _ events: [String], endingWith error: HTTPError? = nil
    ) -> ScriptedTransport.Exchange {
        .init(.get, ScriptedAPI.eventsPath) { _ in
            let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            continuation.yield(Array(": keep-alive\n\n".utf8))
            for event in events { continuation.yield(Array("event: x\ndata: \(event)\n\n".utf8)) }
            continuation.finish(throwing: error)
            return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
        }
    }

    private let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)

    /// What is reported, a short text for each event, and the status at the end.
    private func follow(
        _ api: ScriptedAPI, timeout: Duration? = nil
    ) async throws -> (events: [String], status: String) {
        let events = Lock<[String]>([])
        let active = ActiveRun(id: "r1", client: api.client, clock: clock)
        let run = try await LongRunningWait(clock: clock).events(of: active, within: timeout) { event in
            let text =
                switch event.kind {
                case .state(let run): run.status.rawValue
                case .message(_, let text, _): text
                case .progress(_, let read, _): "\(read ?? -1) read"
                case .error(let fault): fault.message
                case .other(let type): type
                }
            events.withLock { $0.append(text) }
        }
        return (events.withLock { $0 }, run.status.rawValue)
    }

    @Test func `the stream of a finished run needs one connection`() async throws {
        let api = try ScriptedAPI([connection([Line.running, Line.plan("one"), Line.sources(3), Line.completed])])
        let (events, status) = try await follow(api)
        #expect(events == ["running", "one", "3 read", "completed"] && status == "completed")
        let request = try #require(api.transport.requests.first)
        #expect(request.headers["accept"] == "text/event-stream" && request.streamsBody)
        #expect(request.headers["parallel-beta"] == nil && clock.sleeps.isEmpty)
    }

    @Test func `a stream that ends is opened again, and what it repeats is dropped`() async throws {
        let api = try ScriptedAPI([
            connection([Line.running, Line.plan("one", at: 1), Line.plan("two", at: 2), Line.sources(3)]),
            connection([
                Line.running, Line.plan("one", at: 1), Line.plan("two", at: 2), Line.plan("one", at: 3),
                Line.sources(3), Line.sources(4), Line.completed,
            ]),
        ])
        let (events, _) = try await follow(api)
        // The same words at another time are another message.
        #expect(events == ["running", "one", "two", "3 read", "one", "4 read", "completed"])
        #expect(clock.sleeps == [.milliseconds(200)])
    }

    @Test func `a connection that breaks is opened again`() async throws {
        let api = try ScriptedAPI([
            connection([Line.running, Line.plan("one")], endingWith: lost), ScriptedAPI.broken(ScriptedAPI.eventsPath),
            connection([Line.running, Line.plan("one"), Line.state("failed")]),
        ])
        let (events, status) = try await follow(api)
        #expect(events == ["running", "one", "failed"] && status == "failed")
    }

    @Test(arguments: ["failed", "cancelled", "action_required", "a_status_of_tomorrow"])
    func `any state that is not active ends the stream`(status: String) async throws {
        let api = try ScriptedAPI([connection([Line.running, Line.state(status), Line.plan("late")])])
        let (events, ending) = try await follow(api)
        #expect(events == ["running", status] && ending == status)
    }

    @Test func `if the stream does not report the end, the run's status is requested`() async throws {
        let api = try ScriptedAPI([
            connection([Line.running]), connection([]), connection([Line.running]), ScriptedAPI.run("running"),
            connection([Line.running]), ScriptedAPI.run("completed"),
        ])
        let (events, status) = try await follow(api)
        #expect(events == ["running"] && status == "completed")
    }

    @Test func `a fault on each connection is reported once and does not postpone the request for the status`()
        async throws
    {
        let unknown = #"{"type": "task_run.new"}"#
        let faulty = (1...4).map { connection([Line.fault("\($0)"), unknown]) }
        let api = try ScriptedAPI(faulty + [ScriptedAPI.run("running"), ScriptedAPI.run("cancelled")])
        let (events, status) = try await follow(api)
        #expect(events == ["broken", "task_run.new"] && status == "cancelled")
        #expect(clock.sleeps == [200, 400, 800, 1600].map { Duration.milliseconds($0) })
    }

    @Test func `a message may come several times on a connection, its replays are dropped`() async throws {
        let api = try ScriptedAPI([
            connection([Line.running, Line.untimed, Line.untimed]),
            connection([Line.running, Line.untimed], endingWith: lost),
            connection([Line.running, Line.untimed, Line.untimed, Line.untimed, Line.completed]),
        ])
        #expect(try await follow(api).events == ["running", "again", "again", "again", "completed"])
    }

    @Test func `new events postpone the request for the status`() async throws {
        let api = try ScriptedAPI(
            (1...6).map { connection([Line.running, Line.plan("m\($0)")]) } + [connection([Line.completed])])
        #expect(try await follow(api).events.count == 8)
        #expect(!api.asked.contains(""), "\(api.asked)")
    }

    @Test func `a server that is gone for a while does not end the stream`() async throws {
        let gone = (1...3).map { _ in ScriptedAPI.broken(ScriptedAPI.eventsPath) }
        let silent = (1...3).map { _ in ScriptedAPI.broken(ScriptedAPI.runPath) }
        let api = try ScriptedAPI(gone + silent + [ScriptedAPI.run("running"), connection([Line.completed])])
        #expect(try await follow(api).status == "completed")
    }

    @Test func `a server that stays away ends the stream`() async throws {
        let gone = Array(repeating: (ScriptedAPI.broken(ScriptedAPI.eventsPath)), count: 3)
        let silent = Array(repeating: (ScriptedAPI.broken(ScriptedAPI.runPath)), count: 18)
        let api = try ScriptedAPI(gone + silent)
        await #expect(throws: HTTPError.self) { try await follow(api) }
        #expect(clock.sleeps.count == 20 && clock.sleeps.last == .seconds(3))
    }

    @Test func `faults and unknown types are passed on, and events that are not JSON are skipped`() async throws {
        let api = try ScriptedAPI([
            connection([Line.fault, "nonsense", #"{"type": "task_run.new"}"#, Line.fault, Line.completed])
        ])
        #expect(try await follow(api).events == ["broken", "task_run.new", "broken", "completed"])
    }

    @Test(arguments: [401, 404, 422, 500])
    func `an error answer ends the stream`(status: Int) async throws {
        let api = try ScriptedAPI([ScriptedAPI.failure(ScriptedAPI.eventsPath, status: status)])
        let error = await #expect(throws: APIError.self) { try await follow(api) }
        #expect(error?.status == status)
    }

    @Test func `a stream that is refused is asked for until it comes, if it is to be recorded`() async throws {
        let refused = ScriptedAPI.failure(ScriptedAPI.eventsPath, status: 500)
        let later = (4...25).flatMap { _ in [ScriptedAPI.run("running"), refused] }
        let api = try ScriptedAPI(
            [refused, refused, refused] + later
                + [ScriptedAPI.run("running"), connection([Line.running, Line.plan("one"), Line.completed])])
        let refusals = Lock(0)
        let kinds = Lock(0)
        var active = ActiveRun(id: "r1", client: api.client, clock: clock)
        active.onConnection = { _, error in refusals.withLock { $0 += error is APIError ? 1 : 0 } }
        #expect(try await active.events { _ in kinds.withLock { $0 += 1 } }.status == .completed)
        #expect(refusals.withLock { $0 } == 25 && kinds.withLock { $0 } == 3)
        #expect(clock.sleeps.count == 25 && clock.sleeps.last == .seconds(3))
    }

    @Test func `an error of the receiver ends the stream`() async throws {
        struct Full: Error {}
        let api = try ScriptedAPI([connection([Line.running, Line.completed])])
        await #expect(throws: Full.self) {
            try await ActiveRun(id: "r1", client: api.client, clock: clock).events { _ in throw Full() }
        }
    }

    @Test func `the timeout ends a quiet stream`() async throws {
        let clock = clock
        let api = try ScriptedAPI([
            .unanswered(.get, ScriptedAPI.eventsPath, passing: .seconds(90), on: clock)
        ])
        await #expect(throws: WaitTimedOut.self) { try await follow(api, timeout: .seconds(90)) }
    }

    @Test func `cancelling ends a quiet stream`() async throws {
        let api = try ScriptedAPI([.unanswered(.get, ScriptedAPI.eventsPath)])
        let following = Task { try await follow(api) }
        try await poll("a request") { !api.transport.requests.isEmpty }
        following.cancel()
        await #expect(throws: HTTPError.self) { try await following.value }
    }

    @Test func `a new fault is reported but does not count as progress`() async throws {
        let faulty = (1...4).map { connection([#"{"type": "error", "error": {"message": "no. \#($0)"}}"#]) }
        let api = try ScriptedAPI(faulty + [ScriptedAPI.run("running"), ScriptedAPI.run("failed")])
        let (events, status) = try await follow(api)
        #expect(events == ["no. 1", "no. 2", "no. 3", "no. 4"] && status == "failed")
    }
}
