import ParallelSystem

/// Follows redirects as `RedirectPolicy` allows; others throw `HTTPError` of kind `redirectRefused`.
package struct RedirectingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport
    private let clock: any Clock<Duration>

    package init(_ wrapped: any HTTPTransport, clock: any Clock<Duration> = ContinuousClock()) {
        self.wrapped = wrapped
        self.clock = clock
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let elapsed = clock.stopwatch()
        let total = request.timeouts.total
        var request = request
        var hops = 0
        while true {
            request.timeouts.total = total.map { $0 - elapsed() }
            var response = try await wrapped.send(request)
            let decision = RedirectPolicy.decision(
                method: request.method, url: request.url, status: response.status,
                location: response.headers["location"], hops: hops, below: request.basePath)
            switch decision {
            case .deliver:
                if hops > 0 { response.redirectedURL = request.url }
                return response
            case .follow(let target):
                if request.resend == .never {
                    let body = await response.body.beginning(upTo: HTTPError.maximumReceived)
                    guard request.saysNothingWasDone?(response.status, response.headers, body) == true else {
                        throw refusal(
                            of: response, to: target.redacted(), "what was asked for may be done already", request,
                            body)
                    }
                }
                request.url = target
                hops += 1
            case .refuse(let target, let reason):
                let isRead = request.resend == .never
                let body = isRead ? await response.body.beginning(upTo: HTTPError.maximumReceived) : []
                throw refusal(of: response, to: target, reason, request, body)
            }
        }
    }

    private func refusal(
        of response: HTTPResponse, to target: String, _ reason: String, _ request: HTTPRequest, _ body: [UInt8]
    ) -> HTTPError {
        let message = "\(request.url.origin) redirects to \(target), which is not followed: \(reason)"
        var error = HTTPError(.redirectRefused, message, mayHaveBeenSent: true)
        error.status = response.status
        error.redirectTarget = response.headers["location"].flatMap { try? request.url.resolving($0) }
        error.received = body
        return error
    }
}
