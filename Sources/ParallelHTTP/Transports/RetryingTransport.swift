/// What the person waiting may want to know about a retry.
package struct RetryNotice: Sendable {
    /// How often the request has been sent so far.
    package let attempt: Int
    /// The wait that begins now.
    package let delay: Duration
    /// One line without secrets, such as `status 503`.
    package let reason: String
}

/// Sends requests again as `RetryPolicy` allows. Throws `HTTPError` of kind `cancelled` if the task is cancelled in a
/// wait.
package struct RetryingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport
    private let policy: RetryPolicy
    private let clock: any Clock<Duration>
    private let now: @Sendable () -> Int
    private let random: @Sendable () -> Double
    private let onRetry: @Sendable (RetryNotice) -> Void

    /// - Parameters:
    ///   - now: seconds since 1970.
    ///   - random: a number from 0 to 1.
    package init(
        _ wrapped: any HTTPTransport, policy: RetryPolicy = RetryPolicy(), clock: any Clock<Duration>,
        now: @escaping @Sendable () -> Int, random: @escaping @Sendable () -> Double,
        onRetry: @escaping @Sendable (RetryNotice) -> Void = { _ in }
    ) {
        self.wrapped = wrapped
        self.policy = policy
        self.clock = clock
        self.now = now
        self.random = random
        self.onRetry = onRetry
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request, on: clock)
    }

    private func send<C: Clock<Duration>>(_ request: HTTPRequest, on clock: C) async throws -> HTTPResponse {
        let start = clock.now
        var (request, policy) = (request, policy)
        let total = request.timeouts.total
        // A last attempt with under a second left would only replace the real error by a timeout.
        if let total { policy.budget = min(policy.budget, total - .seconds(1)) }
        var attempt = 0
        while true {
            attempt += 1
            request.timeouts.total = total.map { $0 - start.duration(to: clock.now) }
            let result: Result<HTTPResponse, HTTPError>
            do {
                result = .success(try await wrapped.send(request))
            } catch let error as HTTPError {
                result = .failure(error)
            }
            let decision = policy.decision(
                attempt: attempt, outcome: result.outcome, resend: request.resend,
                elapsed: start.duration(to: clock.now), now: now(), random: random())
            guard case .retry(let delay) = decision else { return try result.get() }
            onRetry(RetryNotice(attempt: attempt, delay: delay, reason: result.outcome.reason))
            do {
                try await clock.sleep(for: delay)
            } catch is CancellationError {
                // What may be sent only once and was about to be sent again has surely not been taken on.
                let mayHaveBeenSent = request.resend == .safe && result.outcome.mayHaveBeenSent
                throw HTTPError.cancelled(mayHaveBeenSent: mayHaveBeenSent)
            }
        }
    }
}

extension Result<HTTPResponse, HTTPError> {
    fileprivate var outcome: RetryPolicy.Outcome {
        switch self {
        case .success(let response): .response(status: response.status, headers: response.headers)
        case .failure(let error): .failure(error)
        }
    }
}

extension RetryPolicy.Outcome {
    fileprivate var reason: String {
        switch self {
        case .response(let status, _): "status \(status)"
        case .failure(let error): error.message
        }
    }

    fileprivate var mayHaveBeenSent: Bool {
        switch self {
        case .response: true
        case .failure(let error): error.mayHaveBeenSent
        }
    }
}
