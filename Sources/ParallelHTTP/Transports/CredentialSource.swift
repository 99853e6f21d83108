/// What authorises requests to a server: a key, or a login that is renewed.
package protocol CredentialSource: Sendable {
    /// Returns `request` with what authorises it. May ask somebody for that, and throws where it is not to be had.
    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest

    /// Gets other credentials after the server has refused those of `request` with 401. Returns whether there are some.
    func renew(after request: HTTPRequest) async throws -> Bool
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

    package func renew(after request: HTTPRequest) async throws -> Bool { false }
}

/// Authorises each request, and sends one that was refused with 401 once more where there are other credentials then.
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
        let authorized = try await credentials.authorized(request)
        var response = try await wrapped.send(authorized)
        guard response.status == 401 else { return response }
        if request.resend == .never {
            let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
            response.body = HTTPBody(body)
            guard request.saysNothingWasDone?(response.status, response.headers, body) == true else { return response }
        }
        guard try await credentials.renew(after: authorized) else { return response }
        return try await wrapped.send(credentials.authorized(request))
    }
}
