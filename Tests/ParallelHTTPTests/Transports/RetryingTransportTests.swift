import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// A clock on which waiting takes no time but moves the hands.
private final class JumpingClock: Clock {
    struct Instant: InstantProtocol {
        var offset: Duration
        func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
        func duration(to other: Instant) -> Duration { other.offset - offset }
        static func < (one: Instant, other: Instant) -> Bool { one.offset < other.offset }
    }

    private let time = Lock(Instant(offset: .zero))
    var now: Instant { time.withLock { $0 } }
    var minimumResolution: Duration { .zero }

    func sleep(until deadline: Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        time.withLock { $0 = max($0, deadline) }
    }
}

@Suite(.timeLimit(.minutes(10))) struct RetryingTransportTests {
    private let url: HTTPURL
    private let clock = JumpingClock()

    init() throws { url = try HTTPURL("https://h/v1/runs") }

    private func retrying(
        _ transport: ScriptedTransport, onRetry: @escaping @Sendable (RetryNotice) -> Void = { _ in }
    ) -> RetryingTransport {
        RetryingTransport(transport, clock: clock, now: { 0 }, random: { 1 }, onRetry: onRetry)
    }

    private var lost: HTTPError { HTTPError(.connectionLost, "lost it", mayHaveBeenSent: true) }

    @Test func `a read is repeated until it works`() async throws {
        let transport = ScriptedTransport([
            .init(.get, "/v1/runs", failing: lost), .init(.get, "/v1/runs", status: 503),
            .init(.get, "/v1/runs", status: 429), .init(.get, "/v1/runs", body: "done"),
        ])
        let notices = Lock<[String]>([])
        let response = try await retrying(transport) { notice in
            notices.withLock {
                $0.append("\(notice.attempt) \(notice.delay) \(notice.reason)\(notice.isRateLimited ? "!" : "")")
            }
        }.send(HTTPRequest(.get, url, resend: .safe))
        #expect(response.status == 200)
        #expect(
            notices.withLock { $0 } == [
                "1 0.5 seconds lost it", "2 1.0 seconds status 503", "3 2.0 seconds status 429!",
            ])
        #expect(clock.now.offset == .milliseconds(3500))
    }

    @Test func `what may have been sent and costs money is not repeated`() async throws {
        let transport = ScriptedTransport([.init(.post, "/v1/runs", failing: lost)])
        await #expect(throws: lost) {
            try await retrying(transport).send(HTTPRequest(.post, url, resend: .never))
        }
        #expect(transport.requests.count == 1)
    }

    @Test func `what surely was not sent is repeated even if it costs money`() async throws {
        let unsent = HTTPError(.connect, "refused", mayHaveBeenSent: false)
        let transport = ScriptedTransport([
            .init(.post, "/v1/runs", failing: unsent), .init(.post, "/v1/runs", status: 429, body: "busy"),
            .init(.post, "/v1/runs", status: 202),
        ])
        #expect(try await retrying(transport).send(creation).status == 202)
    }

    /// A request that costs money, of which the body `busy` says that nothing was done.
    private var creation: HTTPRequest {
        var request = HTTPRequest(.post, url, resend: .never)
        request.saysNothingWasDone = { _, _, body in body == Array("busy".utf8) }
        return request
    }

    @Test(arguments: [(429, "busy", true), (503, "busy", true), (503, "other", false), (500, "busy", false)])
    func `what costs money is repeated only where the answer says that nothing was done`(
        status: Int, body: String, isRepeated: Bool
    ) async throws {
        let refusal = ScriptedTransport.Exchange(.post, "/v1/runs", status: status, body: body)
        let transport = ScriptedTransport([refusal] + (isRepeated ? [.init(.post, "/v1/runs", status: 202)] : []))
        let response = try await retrying(transport).send(creation)
        #expect(response.status == (isRepeated ? 202 : status))
        if !isRepeated { #expect(try await response.body.collect() == Array(body.utf8)) }
        let unjudged = ScriptedTransport([refusal])
        #expect(try await retrying(unjudged).send(HTTPRequest(.post, url, resend: .never)).status == status)
    }

    @Test func `attempts share the time of the request, and none begins when it is over`() async throws {
        let transport = ScriptedTransport([
            .init(.get, "/v1/runs", status: 503), .init(.get, "/v1/runs", status: 503),
            .init(.get, "/v1/runs", status: 503, headers: [("retry-after", "1")]),
        ])
        let request = HTTPRequest(.get, url, resend: .safe, timeouts: Timeouts(total: .seconds(3)))
        #expect(try await retrying(transport).send(request).status == 503)
        #expect(transport.requests.map(\.timeouts.total) == [.seconds(3), .milliseconds(2500), .milliseconds(1500)])
    }

    @Test func `the last answer is handed over when attempts run out`() async throws {
        let transport = ScriptedTransport(Array(repeating: .init(.get, "/v1/runs", status: 502), count: 5))
        #expect(try await retrying(transport).send(HTTPRequest(.get, url, resend: .safe)).status == 502)
    }

    /// What was sent and answered may have been taken on, unless it goes out again only after an answer that says no.
    @Test(
        arguments: [
            (Resend.safe, 503, true), (.safe, 429, true), (.ifUnanswered, 503, false), (.never, 503, false),
            (.never, 429, false), (.safe, nil, false), (.never, nil, false),
        ] as [(Resend, Int?, Bool)])
    func `cancelling ends the wait, and it is known whether the request may have been taken on`(
        resend: Resend, status: Int?, mayHaveBeenSent: Bool
    ) async throws {
        let unsent = HTTPError(.connect, "refused", mayHaveBeenSent: false)
        let transport = ScriptedTransport([
            status.map { .init(.get, "/v1/runs", status: $0, body: "busy") }
                ?? .init(.get, "/v1/runs", failing: unsent)
        ])
        let clock = ManualClock()
        let retrying = RetryingTransport(transport, clock: clock, now: { 0 }, random: { 1 })
        var request = HTTPRequest(.get, url, resend: resend)
        request.saysNothingWasDone = creation.saysNothingWasDone
        let task = Task { [request] in try await retrying.send(request) }
        try await clock.untilAsleep()
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.kind == .cancelled && error?.mayHaveBeenSent == mayHaveBeenSent)
    }
}
