/// Follows redirects as `RedirectPolicy` allows; others throw `HTTPError` of kind `redirectRefused`.
package struct RedirectingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport

    package init(_ wrapped: any HTTPTransport) {
        self.wrapped = wrapped
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var request = request
        var hops = 0
        while true {
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
                throw HTTPError(.redirectRefused, message, mayHaveBeenSent: true)
            }
        }
    }
}
