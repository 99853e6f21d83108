import ParallelSystem

/// Decides whether and when a request is sent again. Pure: clock, date and randomness are handed in.
package struct RetryPolicy: Sendable, Hashable {
    /// What came of the last attempt.
    package enum Outcome: Sendable {
        /// `saysNothingWasDone` is what `HTTPRequest.saysNothingWasDone` makes of it.
        case response(status: Int, headers: HTTPHeaders, saysNothingWasDone: Bool)
        case failure(HTTPError)
    }

    /// Whether to send again, and after which wait.
    package enum Decision: Sendable, Hashable {
        case giveUp
        case retry(after: Duration)
    }

    /// Sent at most this often in all.
    package var maximumAttempts: Int
    /// No wait may end later than this after the first attempt began.
    package var budget: Duration
    /// The waits after attempts; a `Retry-After` may ask for more.
    package var backoff: Backoff

    package init(
        maximumAttempts: Int = 5, budget: Duration = .seconds(60),
        backoff: Backoff = Backoff(first: .milliseconds(500), longest: .seconds(8))
    ) {
        self.maximumAttempts = maximumAttempts
        self.budget = budget
        self.backoff = backoff
    }

    /// - Parameters:
    ///   - attempt: how often the request has been sent, 1 after the first time.
    ///   - elapsed: since the first attempt began.
    ///   - now: seconds since 1970, for a `Retry-After` that is a date.
    ///   - random: from 0 to 1; spreads clients that failed together.
    package func decision(
        attempt: Int, outcome: Outcome, resend: Resend, elapsed: Duration, now: Int, random: Double
    ) -> Decision {
        guard attempt < maximumAttempts, mayRetry(outcome, resend) else { return .giveUp }
        let spread = min(max(random, 0), 1)
        var delay = backoff.pause(after: attempt) * (0.5 + spread / 2)
        if case .response(_, let headers, _) = outcome, let asked = RetryAfter.delay(in: headers, now: now),
            asked > .zero
        {
            // Never earlier than asked, and not all at the same moment.
            delay = asked + min(asked / 4, .seconds(1)) * spread
        }
        return elapsed + delay > budget ? .giveUp : .retry(after: delay)
    }

    private func mayRetry(_ outcome: Outcome, _ resend: Resend) -> Bool {
        switch (outcome, resend) {
        // A moment changes nothing about a name that was mistyped; a long wait, which had a proxy, goes on all the
        // same.
        case (.failure(let error), _) where error.kind == .proxyNotFound: false
        case (.response(let status, _, _), .safe): [429, 500, 502, 503, 504].contains(status)
        case (.response(let status, _, _), .ifUnanswered): Self.asksForPatience(status)
        case (.response(let status, _, let saysNothingWasDone), .never):
            Self.asksForPatience(status) && saysNothingWasDone
        case (.failure(let error), .safe), (.failure(let error), .ifUnanswered): error.isTransient
        case (.failure(let error), .never): error.isTransient && !error.mayHaveBeenSent
        }
    }

    /// Whether a server that answers with this status takes the same request on later, by the meaning of the status.
    static func asksForPatience(_ status: Int) -> Bool { status == 429 || status == 503 }
}

/// The wait a server asks for.
package enum RetryAfter {
    /// Longer than any budget; keeps the arithmetic from overflowing on absurd values.
    private static let longest = 1_000_000_000

    /// `retry-after-ms`, or `Retry-After` as seconds or as a date (RFC 9110 §10.2.3); nil if absent or unreadable.
    static func delay(in headers: HTTPHeaders, now: Int) -> Duration? {
        if let milliseconds = headers["retry-after-ms"].flatMap(number) { return .milliseconds(milliseconds) }
        return headers["retry-after"].flatMap { delay($0, now: now) }
    }

    /// The wait that the value of `Retry-After` asks for at `now`, in seconds since 1970; nil if it is unreadable.
    package static func delay(_ value: String, now: Int) -> Duration? {
        if let seconds = number(value) { return .seconds(seconds) }
        return HTTPDate.parse(value, now: now).map { .seconds(min(max($0 - now, 0), longest)) }
    }

    private static func number(_ text: String) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy(\.isASCIIDigit) else { return nil }
        return min(Int(text) ?? longest, longest)
    }
}
