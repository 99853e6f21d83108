import ParallelHTTP
package import ParallelJSON
package import ParallelSettings
import ParallelSystem

/// What a client is to an authorization server.
package struct OAuthClient: Sendable {
    /// Where its secret is. A secret that a person gave is stored as the name of its place, never as its value.
    package enum SecretSource: Sendable, Equatable {
        case none
        case variable(String)
        case file(String)
        /// The server gave it when it registered the client.
        case stored

        /// The variable or file that a person has named.
        var place: String? {
            switch self {
            case .variable(let place), .file(let place): place
            case .none, .stored: nil
            }
        }
    }

    package var id: String
    package var source: SecretSource
    /// The secret of `SecretSource.stored`.
    package var storedSecret: Secret?
    /// How it authenticates at the token endpoint: `none`, `client_secret_basic` or `client_secret_post`.
    package var method: String
    /// The address that it was registered with; nil if somebody else has registered it.
    package var redirectURI: String?

    package init(
        id: String, source: SecretSource = .none, storedSecret: Secret? = nil, method: String,
        redirectURI: String? = nil
    ) {
        self.id = id
        self.source = source
        self.storedSecret = storedSecret
        self.method = method
        self.redirectURI = redirectURI
    }

    init?(_ json: JSONValue?) {
        guard let json, let id = json["client_id"]?.string else { return nil }
        self.id = id
        storedSecret = json["client_secret"]?.string.map(Secret.init)
        source =
            json["client_secret_env"]?.string.map(SecretSource.variable)
            ?? json["client_secret_file"]?.string.map(SecretSource.file) ?? (storedSecret == nil ? .none : .stored)
        method = json["token_endpoint_auth_method"]?.string ?? "none"
        redirectURI = json["redirect_uri"]?.string
    }

    var json: JSONValue {
        var object: JSONObject = ["client_id": .string(id), "token_endpoint_auth_method": .string(method)]
        switch source {
        case .none: break
        case .variable(let name): object["client_secret_env"] = .string(name)
        case .file(let path): object["client_secret_file"] = .string(path)
        case .stored: object["client_secret"] = storedSecret.map { .string($0.reveal()) }
        }
        object["redirect_uri"] = redirectURI.map(JSONValue.string)
        return .object(object)
    }
}

/// A login at one server: its token, and all that a later process needs to renew it.
package struct OAuthLogin: Sendable {
    /// How the token was had.
    package enum Grant: String, Sendable {
        case code = "authorization_code"
        case clientCredentials = "client_credentials"
        case device = "urn:ietf:params:oauth:grant-type:device_code"
    }

    /// The URL of the server that gets the token.
    package let server: String
    /// The name of the account, where there are several.
    package let account: String?
    package var issuer: String
    package var resource: String?
    package var tokenEndpoint: String
    package var revocationEndpoint: String?
    package var client: OAuthClient
    package var grant: Grant
    /// The scopes that were asked for.
    package var askedScope: String?
    package var accessToken: Secret
    package var refreshToken: Secret?
    /// The scopes that were granted.
    package var scope: String?
    /// When the token was issued, in seconds since 1970.
    package var issuedAt: Int
    /// When it expires, in seconds since 1970; nil if the server doesn't say.
    package var expiresAt: Int?
    /// When the refresh token or the person's grant expires, in seconds since 1970; nil if the server doesn't say.
    package var refreshExpiresAt: Int?
    /// Whose login it is, and what else is stored with it.
    package var more: JSONObject = [:]

    private static let members = [
        "server", "account", "issuer", "resource", "grant", "scope", "token_endpoint", "revocation_endpoint", "client",
        "token",
    ]

    init(
        server: String, account: String?, _ target: OAuthTarget, _ client: OAuthClient, _ grant: Grant,
        askedScope: String?
    ) {
        self.server = server
        self.account = account
        issuer = target.issuer.issuer
        resource = target.resource
        tokenEndpoint = target.issuer.tokenEndpoint.description
        revocationEndpoint = target.issuer.revocationEndpoint?.description
        self.client = client
        self.grant = grant
        self.askedScope = askedScope
        accessToken = Secret("")
        issuedAt = 0
    }

    /// Reads a stored login; nil if the object is none.
    package init?(_ json: JSONValue) {
        guard let server = json["server"]?.string, let issuer = json["issuer"]?.string,
            let endpoint = json["token_endpoint"]?.string, let client = OAuthClient(json["client"]),
            let token = json["token"], let access = token["access_token"]?.string,
            let grant = json["grant"]?.string.flatMap(Grant.init)
        else { return nil }
        self.server = server
        account = json["account"]?.string
        self.issuer = issuer
        resource = json["resource"]?.string
        tokenEndpoint = endpoint
        revocationEndpoint = json["revocation_endpoint"]?.string
        self.client = client
        self.grant = grant
        askedScope = json["scope"]?.string
        accessToken = Secret(access)
        refreshToken = token["refresh_token"]?.string.map(Secret.init)
        scope = token["scope"]?.string
        // Sums of such numbers are numbers, too.
        func time(_ key: String) -> Int? { token[key]?.int.map { min(max($0, 0), 1 << 40) } }
        issuedAt = time("issued_at") ?? 0
        expiresAt = time("expires_at")
        refreshExpiresAt = time("refresh_expires_at")
        more = JSONObject((json.object?.members ?? []).filter { !Self.members.contains($0.key) })
    }

    package var json: JSONValue {
        var token: JSONObject = [
            "access_token": .string(accessToken.reveal()), "issued_at": .number(JSONNumber(issuedAt)),
        ]
        token["refresh_token"] = refreshToken.map { .string($0.reveal()) }
        token["scope"] = scope.map(JSONValue.string)
        token["expires_at"] = expiresAt.map { .number(JSONNumber($0)) }
        token["refresh_expires_at"] = refreshExpiresAt.map { .number(JSONNumber($0)) }
        var object: JSONObject = ["server": .string(server)]
        object["account"] = account.map(JSONValue.string)
        object["issuer"] = .string(issuer)
        object["resource"] = resource.map(JSONValue.string)
        object["grant"] = .string(grant.rawValue)
        object["scope"] = askedScope.map(JSONValue.string)
        object["token_endpoint"] = .string(tokenEndpoint)
        object["revocation_endpoint"] = revocationEndpoint.map(JSONValue.string)
        object["client"] = client.json
        object["token"] = .object(token)
        return .object(JSONObject(object.members + more.members))
    }

    /// Whether the token is valid for another `seconds`, as far as that is known.
    package func lasts(_ seconds: Int, now: Int) -> Bool { expiresAt.map { $0 - now > seconds } ?? true }

    /// Whether a token can be had without a person.
    package var isRenewable: Bool { refreshToken != nil || grant == .clientCredentials }

    /// Hides everything that is secret in it.
    func hide(in secrets: KnownSecrets) {
        for secret in [accessToken, refreshToken, client.storedSecret] {
            if let secret { secrets.hide(secret.reveal()) }
        }
    }

    /// Takes over the answer of a token endpoint (RFC 6749 §5.1). Throws `OAuthError` if it is none.
    mutating func take(_ json: JSONValue, now: Int) throws {
        guard let token = json["access_token"]?.string, !token.isEmpty,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw OAuthError(.untrusted, "the answer of '\(issuer)' has no token that a header could hold") }
        let type = json["token_type"]?.string ?? "Bearer"
        guard type.asciiLowercased == "bearer" else {
            throw OAuthError(.unsupported, "'\(issuer)' issues tokens of the type '\(type)', not Bearer")
        }
        accessToken = Secret(token)
        // A server that doesn't rotate its refresh tokens sends none again (RFC 6749 §6).
        if let refresh = json["refresh_token"]?.string, !refresh.isEmpty { refreshToken = Secret(refresh) }
        // No scope in the answer means the one that was asked for (RFC 6749 §5.1); a refresh asks for none.
        scope = json["scope"]?.string ?? (grant == .clientCredentials ? askedScope : scope ?? askedScope)
        issuedAt = now
        func time(_ name: String) -> Int? {
            // Some servers write the number as a text.
            let span = json[name]?.double ?? json[name]?.string.flatMap { Double($0) }
            return span.flatMap { $0.isFinite ? now + Int(min(max($0, 0), 1e9)) : nil }
        }
        expiresAt = time("expires_in")
        refreshExpiresAt = [time("refresh_token_expires_in"), time("authorization_expires_in")].compactMap(\.self).min()
        for name in ["org_id", "org_name"] { if let value = json[name]?.string { more[name] = .string(value) } }
    }
}
