package import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Finds out where a protected server's tokens come from (RFC 9728, RFC 8414, OpenID Connect Discovery 1.0).
package struct OAuthDiscovery: Sendable {
    private let server: HTTPURL
    private let transport: any HTTPTransport

    package init(of server: HTTPURL, over transport: any HTTPTransport) {
        self.server = server
        self.transport = transport
    }

    /// Returns whom to ask for a token. Throws `OAuthError` if what is found can't be trusted or used, and `HTTPError`.
    ///
    /// - Parameters:
    ///   - challenge: what the server answered a request without a token, if it was a challenge.
    ///   - isRefused: whether it refused that request.
    package func target(_ challenge: BearerChallenge?, isRefused: Bool = true) async throws -> OAuthTarget {
        guard let metadata = try await resourceMetadata(challenge) else {
            guard isRefused else { throw OAuthError(.unsupported, "the server asks for no login and offers none") }
            return try await oldTarget()
        }
        guard let resource = metadata["resource"]?.string, isOwn(resource) else {
            throw OAuthError(
                .untrusted,
                "the metadata at \(server.origin) is of another server: its resource is "
                    + "'\(metadata["resource"]?.string ?? "missing")'")
        }
        let scopes = (metadata["scopes_supported"]?.array ?? []).compactMap(\.string)
        let issuers = (metadata["authorization_servers"]?.array ?? []).compactMap(\.string)
        if issuers.isEmpty {
            let old = try await oldTarget()
            return OAuthTarget(resource: resource, scopes: scopes, issuer: old.issuer)
        }
        // The first that can be used; if none can, the error is that of the first.
        var failure: (any Error)?
        for issuer in issuers.prefix(Self.maximumIssuers) {
            do {
                guard let found = try await authorizationServer(issuer) else {
                    throw OAuthError(.untrusted, "the authorization server '\(issuer)' has no metadata")
                }
                return OAuthTarget(resource: resource, scopes: scopes, issuer: found)
            } catch {
                if Task.isCancelled { throw error }
                failure = failure ?? error
            }
        }
        throw failure ?? CancellationError()
    }

    /// How many authorization servers of a server are tried.
    private static let maximumIssuers = 4

    // MARK: - The protected server

    private func resourceMetadata(_ challenge: BearerChallenge?) async throws -> JSONValue? {
        var urls: [HTTPURL] = []
        if let text = challenge?.resourceMetadata { urls.append(try checked(text, "the URL of its metadata")) }
        let wellKnown = "/.well-known/oauth-protected-resource"
        urls += [server.path == "/" ? nil : wellKnown + server.path, wellKnown].compactMap { path in
            path.flatMap { try? HTTPURL(server.origin + $0) }
        }
        for url in urls {
            if let json = try await document(url) { return json }
        }
        return nil
    }

    /// Whether `resource` is this server or a parent of it: of the same origin, with a path that this one begins with.
    private func isOwn(_ resource: String) -> Bool {
        guard let url = try? HTTPURL(resource), url.origin == server.origin else { return false }
        if url.query != nil { return url == server }
        let (own, parent) = (server.path, url.path)
        if own.isExactly(parent) || parent.isExactly(own + "/") { return true }
        return own.begins(with: parent.ends(with: "/") ? parent : parent + "/")
    }

    // MARK: - The authorization server

    /// Returns the server of this name; nil if it publishes no metadata.
    private func authorizationServer(_ issuer: String) async throws -> AuthorizationServer? {
        let url = try checked(issuer, "the authorization server")
        let path = url.path == "/" ? "" : url.path.ends(with: "/") ? String(url.path.dropLast()) : url.path
        var paths = ["/.well-known/oauth-authorization-server\(path)", "/.well-known/openid-configuration\(path)"]
        if !path.isEmpty { paths.append("\(path)/.well-known/openid-configuration") }
        for path in paths {
            guard let json = try await document(HTTPURL(url.origin + path)) else { continue }
            return try self.authorizationServer(json, named: issuer)
        }
        return nil
    }

    /// Returns the server that a server of 2025-03-26, which has no metadata of its own, is itself.
    private func oldTarget() async throws -> OAuthTarget {
        let origin = server.origin
        let url = try HTTPURL(origin)
        if let json = try await document(url.appending(path: "/.well-known/oauth-authorization-server")) {
            let issuer = json["issuer"]?.string ?? origin
            guard issuer == origin || issuer == origin + "/" else { throw Self.wrongIssuer(issuer, origin) }
            return OAuthTarget(resource: nil, scopes: [], issuer: try authorizationServer(json, named: issuer))
        }
        _ = try checked(origin, "the server")
        var issuer = AuthorizationServer(issuer: origin, tokenEndpoint: url.appending(path: "/token"))
        issuer.authorizationEndpoint = url.appending(path: "/authorize")
        issuer.registrationEndpoint = url.appending(path: "/register")
        return OAuthTarget(resource: nil, scopes: [], issuer: issuer)
    }

    private func authorizationServer(_ json: JSONValue, named issuer: String) throws -> AuthorizationServer {
        if let given = json["issuer"], given.string != issuer {
            throw Self.wrongIssuer(given.string ?? given.serialized(), issuer)
        }
        func endpoint(_ name: String) throws -> HTTPURL? {
            try json[name]?.string.map { try checked($0, "the \(name) of '\(issuer)'") }
        }
        guard json["issuer"] != nil || issuer == server.origin, let token = try endpoint("token_endpoint") else {
            throw OAuthError(.untrusted, "the metadata of '\(issuer)' names no issuer or no token endpoint")
        }
        func list(_ name: String) -> [String]? { json[name]?.array?.compactMap(\.string) }
        var found = AuthorizationServer(issuer: issuer, tokenEndpoint: token)
        found.authorizationEndpoint = try endpoint("authorization_endpoint")
        if found.authorizationEndpoint != nil, list("code_challenge_methods_supported")?.contains("S256") != true {
            throw OAuthError(.unsupported, "'\(issuer)' does not protect logins with PKCE (S256)")
        }
        found.registrationEndpoint = try endpoint("registration_endpoint")
        found.revocationEndpoint = try endpoint("revocation_endpoint")
        found.deviceEndpoint = try endpoint("device_authorization_endpoint")
        found.authenticationMethods = list("token_endpoint_auth_methods_supported")
        found.scopes = list("scopes_supported") ?? []
        found.namesIssuer = json["authorization_response_iss_parameter_supported"]?.bool == true
        found.readsClientDocuments = json["client_id_metadata_document_supported"]?.bool == true
        if found.authorizationEndpoint == nil,
            list("authorization_grant_profiles_supported")?.contains(where: { $0.ends(with: ":id-jag") }) == true
        {
            throw OAuthError(
                .unsupported,
                "'\(issuer)' signs in only with enterprise-managed authorization (id-jag), which is not supported")
        }
        return found
    }

    private static func wrongIssuer(_ given: String, _ expected: String) -> OAuthError {
        OAuthError(.untrusted, "the metadata of '\(expected)' is that of another issuer: '\(given)'")
    }

    // MARK: - Requests

    /// Returns a URL that a server has named. It must be https, or http on this machine, and must not lead into a
    /// private network, unless the configured server is there itself: else a server could have this program call
    /// what only this machine can reach.
    private func checked(_ text: String, _ what: String) throws -> HTTPURL {
        guard let url = try? HTTPURL(text) else { throw OAuthError(.untrusted, "\(what) is no URL: '\(text)'") }
        guard url.scheme == "https" || url.isLoopback else {
            throw OAuthError(.untrusted, "\(what) is not https: \(url.redacted())")
        }
        guard url.hasPublicHost || !server.hasPublicHost else {
            throw OAuthError(.untrusted, "\(what) leads into a private network: \(url.redacted())")
        }
        return url
    }

    /// Returns the JSON object at `url`; nil if there is none. Throws `HTTPError`, also for a server that fails.
    private func document(_ url: HTTPURL) async throws -> JSONValue? {
        var request = HTTPRequest(
            .get, url, headers: HTTPHeaders([("accept", "application/json")]), resend: .safe,
            timeouts: Timeouts(total: .seconds(15)))
        request.maximumBodyBytes = 1 << 20
        let response: HTTPResponse
        do {
            response = try await transport.send(request)
        } catch let error as HTTPError where error.kind == .redirectRefused {
            return nil
        }
        let body = try await response.body.collect(upTo: 1 << 20)
        if response.status >= 500 {
            throw OAuthError(.refused(code: ""), "\(url.redacted()) answered \(response.status)")
        }
        guard response.status == 200, let json = try? JSONValue.parse(body), json.object != nil else { return nil }
        return json
    }
}
