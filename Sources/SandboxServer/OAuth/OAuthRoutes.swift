import ParallelJSON
import ParallelSystem

/// An authorization server without a browser: whoever opens its address has signed in.
struct OAuthRoutes: Sendable {
    let grants: OAuthGrants

    /// The path of the server that its tokens are for.
    static let protectedPath = "/mcp/oauth"
    /// The scopes that it knows; a login that asks for the last one is refused.
    static let scopes = ["read", "write", "offline_access", "deny"]

    var routes: [Route] {
        [
            Route("GET", "/.well-known/oauth-protected-resource\(Self.protectedPath)", needsKey: false) { request, _ in
                .json(200, Self.resourceMetadata(request))
            },
            Route("GET", "/.well-known/oauth-authorization-server\(Self.folder)", needsKey: false) { request, _ in
                .json(200, Self.metadata(request))
            },
            Route("POST", "/oauth/register", needsKey: false) { request, _ in register(request) },
            Route("GET", "/oauth/authorize", needsKey: false) { request, _ in authorize(request) },
            Route("POST", "/oauth/token", needsKey: false) { request, _ in answered { try token(request) } },
            Route("POST", "/oauth/device", needsKey: false) { request, _ in answered { try device(request) } },
            Route("GET", "/oauth/verify", needsKey: false) { request, _ in
                grants.decide(userCode: request.query["user_code"] ?? "")
                    ? .text(200, "Signed in.\n") : .text(404, "No login waits for this code.\n")
            },
            Route("POST", "/oauth/revoke", needsKey: false) { request, _ in
                grants.revoke(Form(request)["token"] ?? "")
                return .text(200, "")
            },
        ]
    }

    /// The path of this server's name; the root has the platform.
    private static let folder = "/oauth"

    private static func issuer(_ request: Request) -> String { base(request) + folder }

    static func base(_ request: Request) -> String { "http://\(request.headers["host"] ?? "127.0.0.1")" }

    private static func resourceMetadata(_ request: Request) -> JSONValue {
        [
            "resource": .string(base(request) + protectedPath), "authorization_servers": [.string(issuer(request))],
            "scopes_supported": ["read"], "bearer_methods_supported": ["header"],
        ]
    }

    private static func metadata(_ request: Request) -> JSONValue {
        let base = base(request)
        return [
            "issuer": .string(issuer(request)), "authorization_endpoint": .string(base + "/oauth/authorize"),
            "token_endpoint": .string(base + "/oauth/token"),
            "registration_endpoint": .string(base + "/oauth/register"),
            "revocation_endpoint": .string(base + "/oauth/revoke"),
            "device_authorization_endpoint": .string(base + "/oauth/device"),
            "scopes_supported": .array(scopes.map(JSONValue.string)), "response_types_supported": ["code"],
            "grant_types_supported": [
                "authorization_code", "refresh_token", "client_credentials", .string(deviceGrant),
            ],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"], "authorization_response_iss_parameter_supported": true,
        ]
    }

    static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    // MARK: - Signing in

    private func register(_ request: Request) -> Reply {
        guard let body = try? JSONValue.parse(request.body), var object = body.object else {
            return .json(400, ["error": "invalid_client_metadata"])
        }
        var client = OAuthGrants.Client()
        client.redirectURIs = (body["redirect_uris"]?.array ?? []).compactMap(\.string)
        guard client.redirectURIs.allSatisfy({ $0.begins(with: "http://127.0.0.1:") || $0.begins(with: "https://") })
        else { return .json(400, ["error": "invalid_redirect_uri"]) }
        if body["token_endpoint_auth_method"]?.string?.begins(with: "client_secret_") == true {
            client.secret = Identifier.make("secret_")
        }
        object["client_id"] = .string(grants.register(client))
        object["client_secret"] = client.secret.map(JSONValue.string)
        return .json(201, .object(object))
    }

    /// Sends the browser back at once, with a code or a refusal.
    private func authorize(_ request: Request) -> Reply {
        let query = request.query
        let redirect = query["redirect_uri"] ?? ""
        guard let client = grants.client(query["client_id"] ?? ""), client.redirectURIs.contains(redirect) else {
            return .text(400, "The client or its address is not known.\n")
        }
        var answer = [("state", query["state"] ?? ""), ("iss", Self.issuer(request))]
        let scope = query["scope"] ?? "read"
        let resource = query["resource"] ?? ""
        if query["response_type"] != "code" || query["code_challenge_method"] != "S256"
            || query["code_challenge"]?.utf8.count != 43
        {
            answer.append(("error", "invalid_request"))
        } else if resource != Self.base(request) + Self.protectedPath {
            answer.append(("error", "invalid_target"))
        } else if scope.parts(between: " ").contains("deny") {
            answer += [("error", "access_denied"), ("error_description", "Nobody may have that")]
        } else {
            let grant = OAuthGrants.Grant(
                client: query["client_id"] ?? "", scope: scope, resource: resource, redirectURI: redirect,
                challenge: query["code_challenge"] ?? "")
            answer.append(("code", grants.code(for: grant)))
        }
        var reply = Reply.text(302, "")
        reply.headers.append(("location", redirect + (redirect.has("?") ? "&" : "?") + Form.encode(answer)))
        return reply
    }

    private func device(_ request: Request) throws -> Reply {
        let form = Form(request)
        let client = try authenticated(form, request)
        let (device, user) = grants.device(
            for: OAuthGrants.Grant(client: client, scope: form["scope"] ?? "read", resource: form["resource"] ?? ""))
        let url = Self.base(request) + "/oauth/verify"
        return .json(
            200,
            [
                "device_code": .string(device), "user_code": .string(user), "verification_uri": .string(url),
                "verification_uri_complete": .string("\(url)?user_code=\(user)"), "expires_in": 300, "interval": 1,
            ])
    }

    // MARK: - Tokens

    private func token(_ request: Request) throws -> Reply {
        let form = Form(request)
        let client = try authenticated(form, request)
        var grant: OAuthGrants.Grant?
        var isAlone = false
        switch form["grant_type"] {
        case "authorization_code":
            grant = grants.take(code: form["code"] ?? "")
            if grant?.isProven(by: form["code_verifier"] ?? "") != true || grant?.redirectURI != form["redirect_uri"] {
                grant = nil
            }
        case "refresh_token": grant = grants.take(refreshToken: form["refresh_token"] ?? "")
        case Self.deviceGrant:
            grant = grants.take(device: form["device_code"] ?? "")
            if let grant, grant.decision == nil { throw OAuthRefusal("authorization_pending") }
        case "client_credentials":
            guard grants.client(client)?.mayActAlone == true else { throw OAuthRefusal("unauthorized_client") }
            isAlone = true
            grant = OAuthGrants.Grant(
                client: client, scope: form["scope"] ?? "read", resource: form["resource"] ?? "",
                family: Identifier.make("family_"))
        default: throw OAuthRefusal("unsupported_grant_type")
        }
        guard let grant, grant.client == client else { throw OAuthRefusal("invalid_grant") }
        guard grant.resource == Self.base(request) + Self.protectedPath, form["resource"] == grant.resource else {
            throw OAuthRefusal("invalid_target")
        }
        let (access, refresh) = grants.tokens(for: grant, isRenewable: !isAlone)
        var answer: JSONObject = [
            "access_token": .string(access), "token_type": "Bearer",
            "expires_in": .number(JSONNumber(Int(grants.lifetime.components.seconds))), "scope": .string(grant.scope),
        ]
        answer["refresh_token"] = refresh.map(JSONValue.string)
        return .json(200, .object(answer))
    }

    /// Returns the id of the client that sent a form, which must know its secret, if it has one.
    private func authenticated(_ form: Form, _ request: Request) throws -> String {
        var (id, secret) = (form["client_id"] ?? "", form["client_secret"])
        if let field = request.headers["authorization"], field.begins(with: "Basic "),
            let bytes = Base64.decode(String(field.dropping(bytes: 6)))
        {
            let pair = String(decoding: bytes, as: UTF8.self).parts(between: ":", maxSplits: 1).map(String.init)
            (id, secret) = (pair.first.map(Form.decode) ?? "", pair.count > 1 ? Form.decode(pair[1]) : nil)
        }
        guard let client = grants.client(id), client.secret == nil || client.secret == secret else {
            throw OAuthRefusal("invalid_client", status: 401)
        }
        return id
    }

    private func answered(_ work: () throws -> Reply) -> Reply {
        do {
            return try work()
        } catch let refusal as OAuthRefusal {
            return refusal.reply
        } catch {
            return .json(500, ["error": "server_error"])
        }
    }
}

/// A no of an authorization server (RFC 6749 §5.2).
struct OAuthRefusal: Error {
    private let code: String
    private let description: String?
    private let status: Int

    init(_ code: String, _ description: String? = nil, status: Int = 400) {
        (self.code, self.description, self.status) = (code, description, status)
    }

    var reply: Reply {
        var object: JSONObject = ["error": .string(code)]
        object["error_description"] = description.map(JSONValue.string)
        return .json(status, .object(object))
    }
}

extension Reply {
    static func text(_ status: Int, _ text: String) -> Reply {
        Reply(status: status, headers: [("content-type", "text/plain")], body: .bytes(Array(text.utf8)))
    }
}
