package import ParallelHTTP
package import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A login that waits for a person in a browser (RFC 6749 §4.1, RFC 7636, RFC 8707, RFC 9207).
///
/// It can be written down, so that another process finishes it.
package struct PendingLogin: Sendable {
    /// What the login will be, still without a token.
    let login: OAuthLogin
    package let authorizationURL: HTTPURL
    /// Where the browser comes back to: a port of this machine.
    package let redirectURI: String
    let state: String
    let verifier: Secret
    private let namesIssuer: Bool
    /// When it is given up, in seconds since 1970.
    package let expiresAt: Int

    /// Returns the port of an address to come back to; 0 if it names none. Throws if it is not on this machine, or has
    /// a fragment, which no such address may have (RFC 6749 §3.1.2).
    package static func port(of address: String) throws(OAuthError) -> Int {
        guard let url = try? HTTPURL(address), url.isLoopback, url.scheme == "http", !address.has("#") else {
            throw OAuthError(.untrusted, "the address to come back to is not on this machine: '\(address)'")
        }
        let authority = address.dropping(bytes: "http://".utf8.count).upTo { $0 == "/" || $0 == "?" }
        return url.port == 80 && !authority.ends(with: ":80") ? 0 : url.port
    }

    private static let callbackPath = "/callback"

    /// The path of the address that the browser comes back to.
    var path: String { (try? HTTPURL(redirectURI))?.path ?? Self.callbackPath }

    /// Returns the address on this machine that a browser comes back to. One that somebody has registered stays as it
    /// is, and gets the port if it names none (RFC 8252 §7.3).
    package static func redirectURI(_ registered: String? = nil, port: Int) -> String {
        guard let registered else { return "http://127.0.0.1:\(port)\(callbackPath)" }
        guard let url = try? HTTPURL(registered), (try? self.port(of: registered)) == 0 else { return registered }
        return "\(url.origin):\(port)\(url.path)\(url.query.map { "?\($0)" } ?? "")"
    }

    /// Begins a login. Throws if the server has no login in a browser.
    package init(
        server: String, account: String?, _ target: OAuthTarget, _ client: OAuthClient, redirectURI: String,
        scope: String?, expiresAt: Int
    ) throws(OAuthError) {
        guard let endpoint = target.issuer.authorizationEndpoint else {
            throw OAuthError(.unsupported, "'\(target.issuer.issuer)' has no login in a browser")
        }
        login = OAuthLogin(server: server, account: account, target, client, .code, askedScope: scope)
        self.redirectURI = redirectURI
        (state, verifier) = (Self.randomWord(), Secret(Self.randomWord()))
        namesIssuer = target.issuer.namesIssuer
        self.expiresAt = expiresAt
        let challenge = Base64.encodeForURL(SHA256.hash(Array(verifier.reveal().utf8)))
        var query = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", redirectURI), ("state", state),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ]
        if let resource = target.resource { query.append(("resource", resource)) }
        if let scope { query.append(("scope", scope)) }
        authorizationURL = endpoint.appending(path: "", query: query)
    }

    /// Returns 256 bits of the system's randomness as 43 characters.
    private static func randomWord() -> String {
        var generator = SystemRandomNumberGenerator()
        return Base64.encodeForURL((0..<32).map { _ in generator.next() })
    }

    // MARK: - The way back

    /// Whether an answer is that of this login, by its state.
    package func owns(_ answer: [(name: String, value: String)]) -> Bool {
        answer.filter { $0.name == "state" }.map(\.value) == [state]
    }

    /// Returns the code of the answer that a browser brought. Throws if the answer is of another server or says no; of
    /// another server's answer nothing is shown.
    package func code(in answer: [(name: String, value: String)]) throws(OAuthError) -> String {
        func value(_ name: String) -> String? { answer.first { $0.name == name }?.value }
        guard owns(answer) else { throw OAuthError(.untrusted, "the answer belongs to another login") }
        // RFC 6749 §3.1: of two codes, nobody knows which is meant.
        for name in ["code", "iss", "error"] where answer.count(where: { $0.name == name }) > 1 {
            throw OAuthError(.untrusted, "the answer has two values for '\(name)'")
        }
        guard value("iss") ?? (namesIssuer ? nil : login.issuer) == login.issuer else {
            throw OAuthError(.untrusted, "the answer does not come from '\(login.issuer)'")
        }
        if let error = value("error") {
            throw OAuthError(refusalBy: login.issuer, code: error, description: value("error_description"))
        }
        guard let code = value("code"), !code.isEmpty else {
            throw OAuthError(.untrusted, "the answer of '\(login.issuer)' has no code")
        }
        return code
    }

    /// Returns the fields of the address that a browser ended at, as a person copied it; nil if it is not that of this
    /// login.
    package func answer(inAddress text: String) -> [(name: String, value: String)]? {
        guard let mark = text.place(of: "?") else { return nil }
        let query = String(text.halves(around: mark).1).upTo { $0 == "#" }
        let answer = FormFields.parse(String(query))
        return owns(answer) ? answer : nil
    }

    // MARK: - Written down

    package init?(_ json: JSONValue) {
        guard let login = json["login"].flatMap(OAuthLogin.init),
            let url = json["authorization_url"]?.string.flatMap({ try? HTTPURL($0) }),
            let redirect = json["redirect_uri"]?.string, let state = json["state"]?.string,
            let verifier = json["code_verifier"]?.string, let expiry = json["expires_at"]?.int
        else { return nil }
        self.login = login
        authorizationURL = url
        redirectURI = redirect
        self.state = state
        self.verifier = Secret(verifier)
        namesIssuer = json["names_issuer"]?.bool == true
        expiresAt = expiry
    }

    package var json: JSONValue {
        [
            "login": login.json, "authorization_url": .string(authorizationURL.description),
            "redirect_uri": .string(redirectURI), "state": .string(state), "code_verifier": .string(verifier.reveal()),
            "names_issuer": .bool(namesIssuer), "expires_at": .number(JSONNumber(expiresAt)),
        ]
    }
}
