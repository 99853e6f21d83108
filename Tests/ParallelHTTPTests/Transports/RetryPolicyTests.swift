import ParallelHTTP
import Testing

@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy()
    /// 1994-11-06 08:49:37 UTC
    private let now = 784_111_777

    private func decide(
        _ outcome: RetryPolicy.Outcome, _ resend: Resend = .safe, attempt: Int = 1, elapsed: Duration = .zero,
        random: Double = 1
    ) -> RetryPolicy.Decision {
        policy.decision(
            attempt: attempt, outcome: outcome, resend: resend, elapsed: elapsed, now: now, random: random)
    }

    private func response(
        _ status: Int, _ headers: [(String, String)] = [], saysNothingWasDone: Bool = true
    ) -> RetryPolicy.Outcome {
        .response(status: status, headers: HTTPHeaders(headers), saysNothingWasDone: saysNothingWasDone)
    }

    @Test(arguments: [
        (200, false, false), (301, false, false), (400, false, false), (401, false, false), (404, false, false),
        (408, false, false), (429, true, true), (500, true, false), (501, false, false), (502, true, false),
        (503, true, true), (504, true, false),
    ])
    func `a status says whether to ask again`(status: Int, safe: Bool, never: Bool) {
        #expect((decide(response(status), .safe) != .giveUp) == safe)
        #expect((decide(response(status), .never) != .giveUp) == never)
        #expect(decide(response(status, saysNothingWasDone: false), .never) == .giveUp)
    }

    @Test(arguments: [
        (HTTPError.Kind.resolve, true), (.connect, true), (.timeout, true), (.connectionLost, true),
        (.truncated, true), (.tls, false), (.cancelled, false), (.tooLarge, false), (.protocolError, false),
        (.proxy, false), (.cannotLoadLibrary, false), (.invalidRequest, false), (.redirectRefused, false),
    ])
    func `a failure is retried if it may pass and nothing can happen twice`(kind: HTTPError.Kind, isTransient: Bool) {
        let sent = RetryPolicy.Outcome.failure(HTTPError(kind, "", mayHaveBeenSent: true))
        let unsent = RetryPolicy.Outcome.failure(HTTPError(kind, "", mayHaveBeenSent: false))
        #expect((decide(sent, .safe) != .giveUp) == isTransient)
        #expect((decide(unsent, .safe) != .giveUp) == isTransient)
        #expect((decide(unsent, .never) != .giveUp) == isTransient)
        #expect(decide(sent, .never) == .giveUp)
    }

    @Test(arguments: [(1, 500), (2, 1000), (3, 2000), (4, 4000)])
    func `waits double`(attempt: Int, milliseconds: Int) {
        #expect(decide(response(500), attempt: attempt, random: 1) == .retry(after: .milliseconds(milliseconds)))
        #expect(decide(response(500), attempt: attempt, random: 0) == .retry(after: .milliseconds(milliseconds / 2)))
    }

    @Test func `waits stop growing at the maximum`() {
        let patient = RetryPolicy(maximumAttempts: .max)
        for attempt in [5, 6, 1000] {
            let decision = patient.decision(
                attempt: attempt, outcome: response(500), resend: .safe, elapsed: .zero, now: now, random: 1)
            #expect(decision == .retry(after: .seconds(8)))
        }
    }

    @Test func `the last attempt is the fifth`() {
        #expect(decide(response(503), attempt: 4) != .giveUp)
        #expect(decide(response(503), attempt: 5) == .giveUp)
    }

    @Test func `no wait goes beyond the budget`() {
        #expect(decide(response(503), elapsed: .milliseconds(59_500)) != .giveUp)
        #expect(decide(response(503), elapsed: .milliseconds(59_501)) == .giveUp)
        #expect(decide(response(429, [("retry-after", "61")]), random: 0) == .giveUp)
    }

    @Test(arguments: [
        ("retry-after", "7", 7000), ("Retry-After", "3", 3000), ("retry-after-ms", "250", 250),
        ("retry-after", "Sun, 06 Nov 1994 08:49:57 GMT", 20_000),
        ("retry-after", "Sunday, 06-Nov-94 08:50:07 GMT", 30_000),
        ("retry-after", "Sun Nov  6 08:49:38 1994", 1000),
    ])
    func `the server's wait is kept`(name: String, value: String, milliseconds: Int) {
        #expect(decide(response(429, [(name, value)]), random: 0) == .retry(after: .milliseconds(milliseconds)))
    }

    @Test(arguments: ["0", "Sun, 06 Nov 1994 08:49:00 GMT", "Thursday, 06-Nov-47 08:49:00 GMT"])
    func `a server that asks for no wait gets the usual one`(value: String) {
        #expect(decide(response(429, [("retry-after", value)]), random: 0) == decide(response(429), random: 0))
    }

    @Test func `the server's wait is never cut short and spread by a quarter at most`() {
        #expect(decide(response(429, [("retry-after", "2")]), random: 1) == .retry(after: .milliseconds(2500)))
        #expect(decide(response(429, [("retry-after", "40")]), random: 1) == .retry(after: .seconds(41)))
    }

    @Test(arguments: [
        "", "soon", "-1", "1.5", "Sun, 31 Foo 1994 08:49:57 GMT", "Sun, 06 Nov 1994 25:49:57 GMT",
        "Sun, 06 Nov 1994 08:49:57 CET", "Sun, 06 Nov 1994 08:49 GMT", "Sun, 06 Nov 99999999999999999999 08:49:57 GMT",
    ])
    func `an unreadable wait counts as none`(value: String) {
        #expect(decide(response(429, [("retry-after", value)])) == .retry(after: .milliseconds(500)))
    }

    @Test(arguments: ["99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", "Saturday, 06-Nov-44 08:49:00 GMT"])
    func `a wait beyond all bounds means giving up`(value: String) {
        #expect(decide(response(429, [("retry-after", value)])) == .giveUp)
    }
}
