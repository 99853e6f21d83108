package import ParallelHTTP
import ParallelJSON
package import ParallelSettings
package import ParallelSystem

/// The requests to an authorization server: register a client, get a token in each of the ways, renew and revoke it.
///
/// Each throws `OAuthError` for an answer that is none or a no, and `HTTPError` without an answer.
package struct OAuthFlow: Sendable {
    package let transport: any HTTPTransport
    let clock: any Clock<Duration>
    let now: @Sendable () -> Int
    let environment: [String: String]
    /// Gets every token and secret that is sent or received.
    let secrets: KnownSecrets

    package init(
        transport: any HTTPTransport, clock: any Clock<Duration>, now: @escaping @Sendable () -> Int,
        environment: [String: String], secrets: KnownSecrets
    ) {
        self.transport = transport
        self.clock = clock
        self.now = now
        self.environment = environment
        self.secrets = secrets
    }

    // MARK: - Clients

    /// Registers this program as a client (RFC 7591). What the server changes counts.
    package func register(
        at issuer: AuthorizationServer, redirectURI: String?, scope: String?, grants: [String]
    ) async throws -> OAuthClient {
        let methods = issuer.authenticationMethods ?? ["none"]
        let method = ["none", "client_secret_basic", "client_secret_post"].first(where: methods.contains) ?? "none"
        var metadata: JSONObject = ["client_name": "parallel", "application_type": "native"]
        metadata["redirect_uris"] = redirectURI.map { [.string($0)] }
        metadata["grant_types"] = .array(grants.map(JSONValue.string))
        if redirectURI != nil { metadata["response_types"] = ["code"] }
        metadata["token_endpoint_auth_method"] = .string(method)
        metadata["scope"] = scope.map(JSONValue.string)
        let json = try await registered(.object(metadata), at: issuer)
        let id = json["client_id"]?.string ?? ""
        let secret = json["client_secret"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        if let secret { secrets.hide(secret) }
        let usual =
            !methods.contains("client_secret_basic") && methods.contains("client_secret_post")
            ? "client_secret_post" : "client_secret_basic"
        let given = json["token_endpoint_auth_method"]?.string ?? (secret == nil ? "none" : usual)
        guard given == "none" || secret != nil && given.begins(with: "client_secret_") else {
            throw OAuthError(.unsupported, "'\(issuer.issuer)' wants clients to authenticate with '\(given)'")
        }
        return OAuthClient(
            id: id, source: secret == nil ? .none : .stored, storedSecret: secret.map(Secret.init), method: given,
            redirectURI: json["redirect_uris"]?.array?.first?.string ?? redirectURI)
    }

    /// Sends what describes this program and returns the answer, which has an id.
    func registered(_ metadata: JSONValue, at issuer: AuthorizationServer) async throws -> JSONValue {
        guard let endpoint = issuer.registrationEndpoint else {
            throw OAuthError(.clientNeeded, "'\(issuer.issuer)' registers no clients by itself")
        }
        let fields = HTTPHeaders([("content-type", "application/json"), ("accept", "application/json")])
        let json = try await answer(
            to: HTTPRequest(.post, endpoint, headers: fields, body: metadata.bytes(), resend: .never),
            of: issuer.issuer)
        guard json["client_id"]?.string?.isEmpty == false else {
            throw OAuthError(.untrusted, "'\(issuer.issuer)' registered a client without an id")
        }
        return json
    }

    /// Returns the client that a person has registered, as its server wants it to authenticate.
    package static func client(
        id: String, secret: OAuthClient.SecretSource, at issuer: AuthorizationServer
    ) throws(OAuthError) -> OAuthClient {
        guard secret != .none else { return OAuthClient(id: id, method: "none") }
        // RFC 8414 §2: basic is what a server takes that lists nothing.
        let methods = issuer.authenticationMethods ?? ["client_secret_basic"]
        guard let method = ["client_secret_basic", "client_secret_post"].first(where: methods.contains) else {
            throw OAuthError(
                .unsupported,
                "'\(issuer.issuer)' takes no client secret, only \(methods.joined(separator: ", ")), which is not supported"
            )
        }
        return OAuthClient(id: id, source: secret, method: method)
    }

    // MARK: - Tokens

    /// Exchanges the code of a finished authorization for a token (RFC 6749 §4.1.3).
    package func login(_ pending: PendingLogin, code: String) async throws -> OAuthLogin {
        secrets.hide(code)
        secrets.hide(pending.verifier.reveal())
        var login = pending.login
        try await take(
            [
                ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", pending.redirectURI),
                ("code_verifier", pending.verifier.reveal()),
            ], into: &login)
        return login
    }

    /// Gets a token for the client itself (RFC 6749 §4.4), without a person.
    package func clientCredentials(
        server: String, account: String?, _ target: OAuthTarget, _ client: OAuthClient, scope: String?
    ) async throws -> OAuthLogin {
        var login = OAuthLogin(
            server: server, account: account, target, client, .clientCredentials, askedScope: scope)
        try await renew(&login)
        return login
    }

    /// Gets another token: with the refresh token (RFC 6749 §6), or anew for the client itself.
    func renew(_ login: inout OAuthLogin) async throws {
        if login.grant == .clientCredentials {
            let scope = login.askedScope.map { [("scope", $0)] } ?? []
            return try await take([("grant_type", "client_credentials")] + scope, into: &login, isRenewal: true)
        }
        try await take(
            [("grant_type", "refresh_token"), ("refresh_token", login.refreshToken?.reveal() ?? "")], into: &login,
            isRenewal: true)
    }

    /// The prompt of a login on another device.
    package struct DevicePrompt: Sendable {
        /// Where to type the code.
        package let url: HTTPURL
        package let code: String
        /// The same address with the code in it, if there is one.
        package let wholeURL: HTTPURL?
        /// How long the code is valid, in seconds.
        package let lifetime: Int
    }

    /// Signs in on another device (RFC 8628): `show` tells a person where to type which code.
    package func deviceLogin(
        server: String, account: String?, _ target: OAuthTarget, _ client: OAuthClient, scope: String?,
        show: @Sendable (DevicePrompt) async -> Void
    ) async throws -> OAuthLogin {
        guard let endpoint = target.issuer.deviceEndpoint else {
            throw OAuthError(.unsupported, "'\(target.issuer.issuer)' has no login on another device")
        }
        var login = OAuthLogin(server: server, account: account, target, client, .device, askedScope: scope)
        let fields = [("scope", scope), ("resource", target.resource)].compactMap { name, value in
            value.map { (name, $0) }
        }
        let json = try await form(fields, at: endpoint, as: login)
        guard let device = json["device_code"]?.string, let code = json["user_code"]?.string,
            let url = json["verification_uri"]?.string.flatMap({ try? HTTPURL($0) }),
            url.scheme == "https" || url.isLoopback
        else { throw OAuthError(.untrusted, "the answer of '\(login.issuer)' has no code and no address for it") }
        secrets.hide(device)
        let whole = json["verification_uri_complete"]?.string.flatMap { try? HTTPURL($0) }
        let lifetime = min(max(json["expires_in"]?.int ?? 300, 1), 86_400)
        await show(
            DevicePrompt(
                url: url, code: code, wholeURL: whole?.origin == url.origin ? whole : nil, lifetime: lifetime))
        var pause = Duration.seconds(min(max(json["interval"]?.int ?? 5, 1), 60))
        var rest = Duration.seconds(lifetime)
        while true {
            rest -= pause
            if rest < .zero { throw OAuthError(.timedOut, "nobody has typed the code in time") }
            try await clock.sleep(for: pause)
            do {
                try await take(
                    [("grant_type", OAuthLogin.Grant.device.rawValue), ("device_code", device)], into: &login)
                return login
            } catch let error as OAuthError where error.code == "authorization_pending" || error.code == "slow_down" {
                if error.code == "slow_down" { pause += .seconds(5) }
            } catch let error as OAuthError where error.code == "expired_token" {
                throw OAuthError(.timedOut, "nobody has typed the code in time")
            }
        }
    }

    /// Revokes the tokens of a login (RFC 7009), each even if that of another fails. Returns false if the server has no
    /// way to.
    package func revoke(_ login: OAuthLogin) async throws -> Bool {
        guard let endpoint = login.revocationEndpoint.flatMap({ try? HTTPURL($0) }) else { return false }
        let tokens = [(login.refreshToken, "refresh_token"), (login.accessToken, "access_token")]
        var failure: (any Error)?
        for (token, kind) in tokens {
            guard let token else { continue }
            do {
                _ = try await form([("token", token.reveal()), ("token_type_hint", kind)], at: endpoint, as: login)
            } catch {
                if Task.isCancelled { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return true
    }

    // MARK: - Requests

    private func take(
        _ fields: [(String, String)], into login: inout OAuthLogin, isRenewal: Bool = false
    ) async throws {
        let resource = login.resource.map { [("resource", $0)] } ?? []
        let json = try await form(
            fields + resource, at: try HTTPURL(login.tokenEndpoint), as: login, isRenewal: isRenewal)
        try login.take(json, now: now())
        login.hide(in: secrets)
    }

    /// Sends a form as the client of `login` and returns the JSON that answers it.
    ///
    /// - Parameter isRenewal: whether it is for another token of a login that there is, which reading needs, too.
    func form(
        _ fields: [(String, String)], at url: HTTPURL, as login: OAuthLogin, isRenewal: Bool = false
    ) async throws -> JSONValue {
        guard url.scheme == "https" || url.isLoopback else {
            throw OAuthError(.untrusted, "no secret is sent to \(url.redacted()), which is not https")
        }
        login.hide(in: secrets)
        var fields = fields
        var headers = HTTPHeaders([
            ("content-type", "application/x-www-form-urlencoded"), ("accept", "application/json"),
        ])
        let secret = try secret(of: login.client)
        if let secret, login.client.method == "client_secret_basic" {
            // RFC 6749 §2.3.1.
            let pair = "\(FormFields.encode(login.client.id)):\(FormFields.encode(secret.reveal()))"
            let credentials = Base64.encode(Array(pair.utf8))
            secrets.hide(credentials)
            headers.set("authorization", "Basic \(credentials)", secret: true)
        } else {
            fields.append(("client_id", login.client.id))
            if let secret { fields.append(("client_secret", secret.reveal())) }
        }
        let body = Array(FormFields.encode(fields.map { ($0.0, $0.1) }).utf8)
        var request = HTTPRequest(.post, url, headers: headers, body: body, resend: .never)
        request.isReading = isRenewal
        do {
            return try await answer(to: request, of: login.issuer)
        } catch let error as OAuthError where error.code == "invalid_client" {
            throw OAuthError(.clientRefused(source: login.client.source.place), error.message)
        }
    }

    /// Returns the secret of a client; nil if it has none. Throws `OAuthError` if its place holds none.
    package func secret(of client: OAuthClient) throws -> Secret? {
        let secret: Secret?
        switch client.source {
        case .none: return nil
        case .stored: secret = client.storedSecret
        case .variable(let name):
            secret = environment[name].flatMap { $0.isEmpty ? nil : Secret($0) }
            if secret == nil {
                throw OAuthError(.secretMissing, "the variable \(name) with the client's secret is not set")
            }
        case .file(let path):
            let text = try UserFile.readSecret(path).trimmed
            if text.isEmpty { throw OAuthError(.secretMissing, "\(path) holds no secret") }
            secret = Secret(String(text))
        }
        if let secret { secrets.hide(secret.reveal()) }
        return secret
    }

    /// Sends a request and returns the JSON of its answer; any other body counts as an empty object.
    private func answer(to request: HTTPRequest, of issuer: String) async throws -> JSONValue {
        var request = request
        request.timeouts.total = .seconds(30)
        request.maximumBodyBytes = 1 << 20
        let response = try await transport.send(request)
        let body = try await response.body.collect(upTo: 1 << 20)
        let json = try? JSONValue.parse(body)
        guard (200..<300).contains(response.status), json?["error"]?.string == nil else {
            throw OAuthError(
                refusalBy: issuer, code: json?["error"]?.string ?? "", description: json?["error_description"]?.string,
                status: response.status)
        }
        // A revocation is answered with nothing; whoever needs more misses it.
        return json?.object == nil ? [:] : json ?? [:]
    }
}
