/// What authorises requests to a server: a key, or a login that is renewed.
package protocol CredentialSource: Sendable {
    /// Returns `request` with what authorises it. May ask somebody for that, and throws where it is not to be had.
    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest

    /// Gets other credentials after the server has refused those of `request` with 401, or with 403 and a challenge
    /// (RFC 6750 §3.1). Returns whether there are some.
    func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool
}

/// Header fields that stay the same, such as an API key.
package struct HeaderCredentials: CredentialSource {
    private let fields: HTTPHeaders

    package init(_ fields: HTTPHeaders) { self.fields = fields }

    /// Returns `request` with the fields in front of its own, which count where both have one of the same name.
    package func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        var headers = HTTPHeaders()
        for field in fields where request.headers[field.name] == nil {
            headers.add(field.name, field.value, secret: field.isSecret)
        }
        for field in request.headers { headers.add(field.name, field.value, secret: field.isSecret) }
        request.headers = headers
        return request
    }

    package func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool { false }
}

/// Authorises each request, and sends one that was refused once more where there are other credentials then: with 401
/// once, with 403 and a challenge twice.
///
/// That goes for what must not be sent twice as well, where the answer says that nothing was done.
package struct AuthorizingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport
    private let credentials: any CredentialSource

    package init(_ wrapped: any HTTPTransport, _ credentials: any CredentialSource) {
        self.wrapped = wrapped
        self.credentials = credentials
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        var chances = [401: 1, 403: 2]
        while true {
            let authorized = try await credentials.authorized(request)
            var response = try await wrapped.send(authorized)
            let isRefusal =
                response.status == 401 || response.status == 403 && response.headers["www-authenticate"] != nil
            guard isRefusal, let rest = chances[response.status], rest > 0 else { return response }
            chances[response.status] = rest - 1
            if request.resend == .never {
                let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
                response.body = HTTPBody(body)
                guard request.saysNothingWasDone?(response.status, response.headers, body) == true else {
                    return response
                }
            }
            guard try await credentials.renew(after: authorized, refusedBy: response) else { return response }
        }
    }
}
