/// Follows redirects as `RedirectPolicy` allows; others throw `HTTPError` of kind `redirectRefused`.
package struct RedirectingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport
    private let clock: any Clock<Duration>

    package init(_ wrapped: any HTTPTransport, clock: any Clock<Duration> = ContinuousClock()) {
        self.wrapped = wrapped
        self.clock = clock
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request, on: clock)
    }

    private func send<C: Clock<Duration>>(_ request: HTTPRequest, on clock: C) async throws -> HTTPResponse {
        let start = clock.now
        let total = request.timeouts.total
        var request = request
        var hops = 0
        while true {
            request.timeouts.total = total.map { $0 - start.duration(to: clock.now) }
            let response = try await wrapped.send(request)
            let decision = RedirectPolicy.decision(
                method: request.method, url: request.url, status: response.status,
                location: response.headers["location"], hops: hops)
            switch decision {
            case .deliver:
                return response
            case .follow(let target):
                request.url = target
                hops += 1
            case .refuse(let target, let reason):
                let message = "\(request.url.origin) redirects to \(target), which is not followed: \(reason)"
                var error = HTTPError(.redirectRefused, message, mayHaveBeenSent: true)
                if request.resend == .never {
                    error.received = await response.body.beginning(upTo: HTTPError.maximumReceived)
                }
                throw error
            }
        }
    }
}
