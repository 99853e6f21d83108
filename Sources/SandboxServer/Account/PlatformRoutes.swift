import ParallelJSON
import ParallelSystem

/// The platform, where people sign in: `/getServiceKeys` for tokens of the Account API, by a code that is typed on any
/// device (RFC 8628), and `/getKeys` for an API key, by a browser that comes back (RFC 6749 §4.1, RFC 7636).
///
/// Nobody has to do anything: whoever opens the address has signed in. `decision=deny`, `expire` or `slow` in the
/// address decides otherwise.
struct PlatformRoutes: Sendable {
    let book: AccountBook
    let grants: OAuthGrants

    private static let service = "/getServiceKeys"
    private static let keys = "/getKeys"
    /// The id of a client that could not register.
    private static let usualClient = "parallel-cli"

    var routes: [Route] {
        [
            open("GET", "/.well-known/oauth-authorization-server") { .json(200, Self.metadata($0)) },
            open("GET", "/play/deep-research/*") { Self.page("runs", $0) },
            open("GET", "/view/task-run-group/*") { Self.page("groups", $0) },
            open("POST", Self.service + "/register", answer: register),
            open("POST", Self.service + "/device/code") { try device($0, Self.service) },
            open("GET", Self.service + "/device", answer: verify),
            open("POST", Self.service + "/token", answer: serviceToken),
            open("POST", Self.service + "/token/revoke") { request in
                grants.revoke(Form(request)["refresh_token"] ?? "")
                return .json(200, [:])
            },
            open("POST", Self.keys + "/register", answer: register),
            open("GET", Self.keys + "/authorize", answer: authorize),
            open("POST", Self.keys + "/device/code") { try device($0, Self.keys) },
            open("GET", Self.keys + "/device", answer: verify),
            open("POST", Self.keys + "/token", answer: keyToken),
        ]
    }

    private func open(
        _ method: String, _ path: String, answer: @escaping @Sendable (_ request: Request) throws -> Reply
    ) -> Route {
        Route(method, path, needsKey: false) { request, _ in
            do { return try answer(request) } catch let refusal as OAuthRefusal { return refusal.reply }
        }
    }

    /// Leads to where the sandbox's own page shows a run or group.
    private static func page(_ list: String, _ request: Request) -> Reply {
        var reply = Reply.text(302, "")
        reply.headers.append(
            ("location", "/#\(list)/" + (request.path.parts(between: "/").last.map(String.init) ?? "")))
        return reply
    }

    private static func metadata(_ request: Request) -> JSONValue {
        let base = OAuthRoutes.base(request)
        return [
            "issuer": .string(base), "authorization_endpoint": .string(base + keys + "/authorize"),
            "token_endpoint": .string(base + keys + "/token"),
            "registration_endpoint": .string(base + keys + "/register"),
            "device_authorization_endpoint": .string(base + keys + "/device/code"),
            "token_endpoint_auth_methods_supported": ["none"], "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", .string(OAuthRoutes.deviceGrant)],
            "scopes_supported": ["key:read"], "code_challenge_methods_supported": ["S256"],
        ]
    }

    // MARK: - Clients

    @Sendable private func register(_ request: Request) throws -> Reply {
        guard let body = try? JSONValue.parse(request.body), body.object != nil else {
            throw OAuthRefusal("invalid_client_metadata")
        }
        var client = OAuthGrants.Client()
        client.redirectURIs = (body["redirect_uris"]?.array ?? []).compactMap(\.string)
        return .json(201, ["client_id": .string(grants.register(client))])
    }

    private func client(of form: Form) throws -> String {
        let id = form["client_id"] ?? ""
        guard id == Self.usualClient || grants.client(id) != nil else {
            throw OAuthRefusal("invalid_client", "Unknown client_id", status: 401)
        }
        return id
    }

    // MARK: - On any device

    private func device(_ request: Request, _ folder: String) throws -> Reply {
        let form = Form(request)
        let grant = OAuthGrants.Grant(client: try client(of: form), scope: form["scope"] ?? "", resource: folder)
        let (device, user) = grants.device(for: grant)
        let url = OAuthRoutes.base(request) + folder + "/device"
        return .json(
            200,
            [
                "device_code": .string(device), "user_code": .string(user), "verification_uri": .string(url),
                "verification_uri_complete": .string("\(url)?user_code=\(user)"), "expires_in": 600, "interval": 1,
            ])
    }

    /// The page that a person opens, who thereby decides.
    @Sendable private func verify(_ request: Request) -> Reply {
        let decision = OAuthGrants.Decision(rawValue: request.query["decision"] ?? "approve") ?? .approve
        guard grants.decide(userCode: request.query["user_code"] ?? "", decision) else {
            return .text(404, "No login waits for this code.\n")
        }
        return .text(200, decision == .deny ? "Refused.\n" : "Signed in.\n")
    }

    /// Returns the grant of a device code that somebody has approved.
    private func approved(_ form: Form, _ client: String) throws -> OAuthGrants.Grant {
        guard let grant = grants.take(device: form["device_code"] ?? ""), grant.client == client else {
            throw OAuthRefusal("invalid_grant")
        }
        switch grant.decision {
        case .approve: return grant
        case .deny: throw OAuthRefusal("access_denied", "The user has denied the request")
        case .expire: throw OAuthRefusal("expired_token", "The code has expired")
        case .slow: throw OAuthRefusal("slow_down", "Ask less often")
        case nil: throw OAuthRefusal("authorization_pending", "The user has not yet approved the request")
        }
    }

    @Sendable private func serviceToken(_ request: Request) throws -> Reply {
        let form = Form(request)
        let grant: OAuthGrants.Grant
        switch form["grant_type"] {
        case OAuthRoutes.deviceGrant: grant = try approved(form, client(of: form))
        case "refresh_token":
            guard let found = grants.take(refreshToken: form["refresh_token"] ?? "") else {
                throw OAuthRefusal("invalid_grant")
            }
            grant = found
        default: throw OAuthRefusal("unsupported_grant_type")
        }
        let (access, refresh) = grants.tokens(for: grant)
        return .json(
            200,
            [
                "access_token": .string(access), "refresh_token": refresh.map(JSONValue.string) ?? .null,
                "expires_in": .number(JSONNumber(Int(grants.lifetime.components.seconds))),
                "refresh_token_expires_in": 604_800, "authorization_expires_in": 7_776_000,
                "org_id": .string(AccountBook.organization.id), "org_name": .string(AccountBook.organization.name),
                "scope": .string(grant.scope), "token_type": "Bearer",
            ])
    }

    // MARK: - In a browser

    /// Sends the browser back at once, with a code or a refusal. As the platform does, it takes the name of a host for
    /// a client that has not registered.
    @Sendable private func authorize(_ request: Request) -> Reply {
        let query = request.query
        let (redirect, client) = (query["redirect_uri"] ?? "", query["client_id"] ?? "")
        let known = grants.client(client)?.redirectURIs
        let isUsable =
            ["http://127.0.0.1:", "http://localhost:", "https://"].contains { redirect.begins(with: $0) }
        guard isUsable, !client.isEmpty, known?.contains(redirect) ?? true else {
            return .text(400, "The client or its address is not known.\n")
        }
        var answer = [("state", query["state"] ?? "")]
        if query["response_type"] != "code" || query["code_challenge_method"] != "S256"
            || query["code_challenge"]?.utf8.count != 43
        {
            answer.append(("error", "invalid_request"))
        } else if query["scope"] != "key:read" {
            answer.append(("error", "invalid_scope"))
        } else if query["decision"] == "deny" {
            answer += [("error", "access_denied"), ("error_description", "The user has denied the request")]
        } else {
            let grant = OAuthGrants.Grant(
                client: client, scope: "key:read", resource: Self.keys, redirectURI: redirect,
                challenge: query["code_challenge"] ?? "")
            answer.append(("code", grants.code(for: grant)))
        }
        var reply = Reply.text(302, "")
        reply.headers.append(("location", redirect + (redirect.has("?") ? "&" : "?") + Form.encode(answer)))
        return reply
    }

    /// Answers with an API key as the token.
    @Sendable private func keyToken(_ request: Request) throws -> Reply {
        let form = Form(request)
        switch form["grant_type"] {
        case OAuthRoutes.deviceGrant: _ = try approved(form, client(of: form))
        case "authorization_code":
            guard let grant = grants.take(code: form["code"] ?? ""), grant.client == form["client_id"],
                grant.redirectURI == form["redirect_uri"], grant.isProven(by: form["code_verifier"] ?? "")
            else { throw OAuthRefusal("invalid_grant") }
        default: throw OAuthRefusal("unsupported_grant_type")
        }
        return .json(200, ["access_token": .string(book.makeKey().value)])
    }
}
