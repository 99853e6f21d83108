import ParallelSystem

/// What the person waiting may want to know about a retry.
package struct RetryNotice: Sendable {
    /// How often the request has been sent so far.
    package let attempt: Int
    /// The wait that begins now.
    package let delay: Duration
    /// One line without secrets, such as `status 503`.
    package let reason: String
    /// Whether the server has answered that there were too many requests (429).
    package let isRateLimited: Bool
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
        let elapsed = clock.stopwatch()
        var (request, policy) = (request, policy)
        let total = request.timeouts.total
        // A last attempt with under a second left would only replace the real error by a timeout.
        if let total { policy.budget = min(policy.budget, total - .seconds(1)) }
        var attempts = 0
        while true {
            attempts += 1
            request.timeouts.total = total.map { $0 - elapsed() }
            let (result, outcome) = try await attempt(request)
            let decision = policy.decision(
                attempt: attempts, outcome: outcome, resend: request.resend,
                elapsed: elapsed(), now: now(), random: random())
            guard case .retry(let delay) = decision else { return try result.get() }
            onRetry(
                RetryNotice(
                    attempt: attempts, delay: delay, reason: outcome.reason, isRateLimited: outcome.isRateLimited))
            do {
                try await clock.sleep(for: delay)
            } catch is CancellationError {
                // What may be sent only once and was about to be sent again has surely not been taken on.
                let mayHaveBeenSent = request.resend == .safe && outcome.mayHaveBeenSent
                throw HTTPError.cancelled(mayHaveBeenSent: mayHaveBeenSent)
            }
        }
    }

    /// Sends once. The body of an answer that may lead to a resend of what costs money is read first, as it decides.
    private func attempt(
        _ request: HTTPRequest
    ) async throws -> (result: Result<HTTPResponse, HTTPError>, outcome: RetryPolicy.Outcome) {
        do {
            var response = try await wrapped.send(request)
            var saysNothingWasDone = false
            if let judge = request.saysNothingWasDone, RetryPolicy.asksForPatience(response.status) {
                let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
                response.body = HTTPBody(body)
                saysNothingWasDone = judge(response.status, response.headers, body)
            }
            let outcome = RetryPolicy.Outcome.response(
                status: response.status, headers: response.headers, saysNothingWasDone: saysNothingWasDone)
            return (.success(response), outcome)
        } catch let error as HTTPError {
            return (.failure(error), .failure(error))
        }
    }
}

extension RetryPolicy.Outcome {
    fileprivate var reason: String {
        switch self {
        case .response(let status, _, _): "status \(status)"
        case .failure(let error): error.message
        }
    }

    fileprivate var isRateLimited: Bool {
        if case .response(status: 429, _, _) = self { true } else { false }
    }

    fileprivate var mayHaveBeenSent: Bool {
        switch self {
        case .response: true
        case .failure(let error): error.mayHaveBeenSent
        }
    }
}
