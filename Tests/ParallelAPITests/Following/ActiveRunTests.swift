import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

/// A client that talks to a script, and the documents the script is made of.
struct ScriptedAPI {
    static let runPath = "/v1/tasks/runs/r1"
    static let resultPath = runPath + "/result"
    static let eventsPath = runPath + "/events"

    let transport: ScriptedTransport
    let client: ParallelClient

    init(_ exchanges: [ScriptedTransport.Exchange], sourceLocation: SourceLocation = #_sourceLocation) throws {
        transport = ScriptedTransport(exchanges, sourceLocation: sourceLocation)
        client = ParallelClient(transport: transport, settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
    }

    /// The targets of the requests so far, without what all have in common.
    var asked: [String] { transport.requests.map { String($0.url.path.dropFirst(Self.runPath.count)) } }

    static func run(_ status: String) -> ScriptedTransport.Exchange {
        .init(.get, runPath, body: #"{"run_id": "r1", "status": "\#(status)"}"#)
    }

    static var finished: ScriptedTransport.Exchange {
        .init(
            .get, resultPath,
            body: #"{"run": {"run_id": "r1", "status": "completed"}, "output": {"type": "text", "content": "42"}}"#)
    }

    /// A long-poll that the server holds for `seconds` and then answers with 408.
    static func stillActive(after seconds: Int, _ clock: ManualClock) -> ScriptedTransport.Exchange {
        .init(.get, resultPath) { _ in
            clock.advance(by: .seconds(seconds))
            return HTTPResponse(status: 408, body: fault("Request timed out; run still active"))
        }
    }

    static func failure(_ path: String, status: Int) -> ScriptedTransport.Exchange {
        .init(.get, path, status: status, body: #"{"error": {"message": "status \#(status)"}}"#)
    }

    static func broken(_ path: String, _ kind: HTTPError.Kind = .connect) -> ScriptedTransport.Exchange {
        .init(.get, path, failing: HTTPError(kind, "no connection", mayHaveBeenSent: false))
    }

    private static func fault(_ message: String) -> HTTPBody {
        HTTPBody(Array(#"{"error": {"message": "\#(message)"}}"#.utf8))
    }
}

@Suite(.timeLimit(.minutes(10))) struct ActiveRunTests {
    private let clock = ManualClock(passing: .seconds(60))

    private func follow(
        _ api: ScriptedAPI, timeout: Duration? = nil, isKnown: Bool = false,
        onStatus: @escaping @Sendable (TaskRun) -> Void = { _ in }
    ) async throws -> ActiveRun.Outcome {
        let run = ActiveRun(id: "r1", client: api.client, clock: clock, onStatus: onStatus)
        return try await LongRunningWait(clock: clock).outcome(of: run, within: timeout, isKnown: isKnown)
    }

    /// The text a completed run gave, or the status another ended with.
    private func summary(_ outcome: ActiveRun.Outcome) -> String {
        switch outcome {
        case .completed(let result): if case .text(let text) = result.output.content { text } else { "?" }
        case .ended(let run): run.status.rawValue
        }
    }

    // MARK: - Endings

    @Test func `a finished run takes one request, which asks the server to wait`() async throws {
        let api = try ScriptedAPI([ScriptedAPI.finished])
        #expect(summary(try await follow(api)) == "42")
        #expect(api.transport.requests.map(\.url.query) == ["timeout=25"])
        #expect(api.transport.requests.first?.timeouts.idle == .seconds(40))
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a poll that the server held is followed by the status and the next poll without a pause`() async throws
    {
        let api = try ScriptedAPI([
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("queued"),
            ScriptedAPI.stillActive(after: 1, clock), ScriptedAPI.run("running"), ScriptedAPI.finished,
        ])
        let statuses = Lock<[String]>([])
        let ending = try await follow(api) { run in statuses.withLock { $0.append(run.status.rawValue) } }
        #expect(summary(ending) == "42")
        #expect(api.asked == ["/result", "", "/result", "", "/result"])
        #expect(statuses.withLock { $0 } == ["queued", "running"])
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a server that does not hold polls is asked less and less often`() async throws {
        let quick = (1...8).flatMap { _ in [ScriptedAPI.stillActive(after: 0, clock), ScriptedAPI.run("running")] }
        let slow = [ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("running")]
        let again = [ScriptedAPI.stillActive(after: 0, clock), ScriptedAPI.run("running"), ScriptedAPI.finished]
        #expect(summary(try await follow(try ScriptedAPI(quick + slow + again))) == "42")
        // After a poll that was held, the pauses begin anew.
        #expect(
            clock.sleeps == [250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 250].map { Duration.milliseconds($0) })
    }

    @Test(arguments: ["failed", "cancelled", "action_required", "a_status_of_tomorrow"])
    func `a run that is no longer active ends the wait`(status: String) async throws {
        let api = try ScriptedAPI([ScriptedAPI.failure(ScriptedAPI.resultPath, status: 404), ScriptedAPI.run(status)])
        #expect(summary(try await follow(api)) == status)
        let later = try ScriptedAPI([
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("running"),
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run(status),
        ])
        #expect(summary(try await follow(later)) == status)
    }

    @Test func `a run that completes between the two calls has its result at the next poll`() async throws {
        let api = try ScriptedAPI([
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("completed"), ScriptedAPI.finished,
        ])
        #expect(summary(try await follow(api)) == "42")
    }

    @Test func `an unknown id is the error of the status, not of the result`() async throws {
        let api = try ScriptedAPI([
            ScriptedAPI.failure(ScriptedAPI.resultPath, status: 404),
            .init(.get, ScriptedAPI.runPath, status: 404, body: #"{"error": {"message": "Run id not found"}}"#),
        ])
        let error = await #expect(throws: APIError.self) { try await follow(api) }
        #expect(error?.message == "Run id not found")
    }

    @Test(arguments: ["failed", "cancelled", "action_required"], ["null", #"{"type": "text", "content": "half"}"#])
    func `a result of a run that did not complete is none`(status: String, output: String) async throws {
        let run = #"{"run_id": "r1", "status": "\#(status)", "is_active": false}"#
        let api = try ScriptedAPI([
            .init(.get, ScriptedAPI.resultPath, body: #"{"run": \#(run), "output": \#(output)}"#)
        ])
        #expect(summary(try await follow(api)) == status)
    }

    @Test(arguments: [#"{"run": {"status": "cancelled", "is_active": false}, "output": null}"#, "<html>", "{}"])
    func `a result that can't be understood is followed by the status`(body: String) async throws {
        let api = try ScriptedAPI([.init(.get, ScriptedAPI.resultPath, body: body), ScriptedAPI.run("cancelled")])
        #expect(summary(try await follow(api)) == "cancelled")
        #expect(api.asked == ["/result", ""])
    }

    @Test func `a result whose run has no status is taken`() async throws {
        let api = try ScriptedAPI([
            .init(
                .get, ScriptedAPI.resultPath,
                body: #"{"run": {"run_id": "r1"}, "output": {"type": "text", "content": "42"}}"#)
        ])
        #expect(summary(try await follow(api)) == "42")
    }

    // MARK: - Failures

    @Test(arguments: [408, 429, 500, 502, 503]) func `server errors don't end the wait once the run is known`(
        status: Int
    ) async throws {
        let api = try ScriptedAPI([
            ScriptedAPI.broken(ScriptedAPI.resultPath),
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.failure(ScriptedAPI.runPath, status: status),
            .init(.get, ScriptedAPI.resultPath, body: "<html>"), ScriptedAPI.run("running"), ScriptedAPI.finished,
        ])
        #expect(summary(try await follow(api, isKnown: true)) == "42")
        #expect(clock.sleeps == [250, 500, 1000].map { Duration.milliseconds($0) })
    }

    @Test(arguments: [429, 500, 502, 503]) func `errors of the result don't end the wait once the run is known`(
        status: Int
    ) async throws {
        let api = try ScriptedAPI([
            ScriptedAPI.failure(ScriptedAPI.resultPath, status: status), ScriptedAPI.finished,
        ])
        #expect(summary(try await follow(api, isKnown: true)) == "42")
        #expect(clock.sleeps == [.milliseconds(250)])
    }

    @Test func `a run that is known may be denied five times in a row`() async throws {
        let denied = [
            ScriptedAPI.failure(ScriptedAPI.resultPath, status: 404),
            ScriptedAPI.failure(ScriptedAPI.runPath, status: 404),
        ]
        let fiveTimes = (1...5).flatMap { _ in denied }
        let active = [ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("running")]
        let passing = try ScriptedAPI(fiveTimes + active + fiveTimes + [ScriptedAPI.finished])
        #expect(summary(try await follow(passing, isKnown: true)) == "42")
        let pauses = [250, 500, 1000, 2000, 4000].map { Duration.milliseconds($0) }
        #expect(clock.sleeps == pauses + pauses)
        let lasting = try ScriptedAPI(fiveTimes + denied)
        let error = await #expect(throws: APIError.self) { try await follow(lasting, isKnown: true) }
        #expect(error?.status == 404)
    }

    @Test func `answers that can't be understood end the wait after five in a row`() async throws {
        let page = [
            ScriptedTransport.Exchange(.get, ScriptedAPI.resultPath, body: "<html>"),
            .init(.get, ScriptedAPI.runPath, body: "<html>"),
        ]
        let fiveTimes = (1...5).flatMap { _ in page }
        let passing = try ScriptedAPI(fiveTimes + [ScriptedAPI.finished])
        #expect(summary(try await follow(passing, isKnown: true)) == "42")
        await #expect(throws: UnexpectedAnswer.self) {
            try await follow(try ScriptedAPI(fiveTimes + page), isKnown: true)
        }
        // The run answers, its result stays a riddle.
        let riddle = [
            ScriptedTransport.Exchange(.get, ScriptedAPI.resultPath, body: "{}"), ScriptedAPI.run("completed"),
        ]
        await #expect(throws: UnexpectedAnswer.self) {
            try await follow(try ScriptedAPI((1...6).flatMap { _ in riddle }), isKnown: true)
        }
    }

    @Test func `a run that answered once counts as known`() async throws {
        let api = try ScriptedAPI([
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("running"),
            ScriptedAPI.broken(ScriptedAPI.resultPath, .connectionLost), ScriptedAPI.finished,
        ])
        #expect(summary(try await follow(api)) == "42")
    }

    @Test func `a server that was never reached is an error at once`() async throws {
        await #expect(throws: HTTPError.self) {
            try await follow(try ScriptedAPI([ScriptedAPI.broken(ScriptedAPI.resultPath)]))
        }
        await #expect(throws: APIError.self) {
            try await follow(try ScriptedAPI([ScriptedAPI.failure(ScriptedAPI.resultPath, status: 503)]))
        }
        await #expect(throws: APIError.self) {
            try await follow(
                try ScriptedAPI([
                    ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.failure(ScriptedAPI.runPath, status: 408),
                ]))
        }
    }

    @Test(arguments: [400, 401, 403, 422])
    func `a permanent failure ends the wait even if the run is known`(status: Int) async throws {
        let api = try ScriptedAPI([ScriptedAPI.failure(ScriptedAPI.resultPath, status: status)])
        let error = await #expect(throws: APIError.self) { try await follow(api, isKnown: true) }
        #expect(error?.status == status)
        await #expect(throws: HTTPError.self) {
            try await follow(try ScriptedAPI([ScriptedAPI.broken(ScriptedAPI.resultPath, .tls)]), isKnown: true)
        }
    }

    // MARK: - Ends from outside

    @Test func `the timeout ends a poll under way`() async throws {
        let clock = clock
        let api = try ScriptedAPI([
            .unanswered(.get, ScriptedAPI.resultPath, passing: .seconds(90), on: clock)
        ])
        let timedOut = await #expect(throws: WaitTimedOut.self) {
            try await follow(api, timeout: .seconds(90), isKnown: true)
        }
        #expect(timedOut?.lastError == nil)
        #expect(clock.sleeps == [.seconds(90)])
    }

    @Test func `a timeout tells what went wrong last`() async throws {
        let clock = clock
        let api = try ScriptedAPI([
            ScriptedAPI.failure(ScriptedAPI.resultPath, status: 502),
            .unanswered(.get, ScriptedAPI.resultPath, passing: .seconds(90), on: clock),
        ])
        let timedOut = await #expect(throws: WaitTimedOut.self) {
            try await follow(api, timeout: .seconds(90), isKnown: true)
        }
        #expect((timedOut?.lastError as? APIError)?.status == 502)
    }

    @Test func `a failure before the last success is not reported at the timeout`() async throws {
        let clock = clock
        let api = try ScriptedAPI([
            ScriptedAPI.failure(ScriptedAPI.resultPath, status: 502),
            ScriptedAPI.stillActive(after: 25, clock), ScriptedAPI.run("running"),
            .unanswered(.get, ScriptedAPI.resultPath, passing: .seconds(90), on: clock),
        ])
        let timedOut = await #expect(throws: WaitTimedOut.self) {
            try await follow(api, timeout: .seconds(90), isKnown: true)
        }
        #expect(timedOut != nil && timedOut?.lastError == nil)
    }

    @Test(arguments: [nil, Duration.seconds(3600)])
    func `cancelling ends a poll under way`(timeout: Duration?) async throws {
        let api = try ScriptedAPI([.unanswered(.get, ScriptedAPI.resultPath)])
        let following = Task { try await follow(api, timeout: timeout, isKnown: true) }
        try await poll("a request") { !api.transport.requests.isEmpty }
        following.cancel()
        await #expect(throws: (any Error).self) { try await following.value }
        #expect(api.asked == ["/result"])
    }

    @Test func `cancelling ends a pause`() async throws {
        let still = ManualClock()
        let api = try ScriptedAPI([ScriptedAPI.failure(ScriptedAPI.resultPath, status: 500)])
        let following = Task {
            let run = ActiveRun(id: "r1", client: api.client, clock: still)
            return try await LongRunningWait(clock: still).outcome(of: run, within: nil, isKnown: true)
        }
        try await still.untilAsleep()
        following.cancel()
        await #expect(throws: CancellationError.self) { try await following.value }
    }
}
