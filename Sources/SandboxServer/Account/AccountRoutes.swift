import ParallelJSON
import ParallelSystem

/// `/account/service/v1`: the Account API, which the tokens of a login open.
struct AccountRoutes: Sendable {
    let book: AccountBook
    let grants: OAuthGrants

    private static let base = "/account/service/v1"

    var routes: [Route] {
        [
            route("GET", "/apps", "apps:read") { _, _ in
                .json(
                    200,
                    [
                        "apps": .array(
                            book.apps.map { app in
                                [
                                    "app_id": .string(app.id), "app_name": .string(app.name),
                                    "org_id": .string(AccountBook.organization.id),
                                    "org_name": .string(AccountBook.organization.name),
                                ]
                            })
                    ])
            },
            route("POST", "/apps", "apps:create") { request, _ in
                let name = try Self.text("app_name", of: request, upTo: 200)
                return .json(200, ["app_id": .string(book.addApp(named: name).id)])
            },
            route("DELETE", "/apps/*", "apps:delete") { _, ids in
                guard book.deleteApp(ids[0]) else { throw Self.unknown("App") }
                return .json(200, ["deleted": true])
            },
            route("POST", "/apps/*/keys", "keys:create", answer: createKey),
            route("DELETE", "/apps/*/keys/*", "keys:delete") { _, ids in
                guard book.deleteKey(ids[1], in: ids[0]) else { throw Self.unknown("API key") }
                return .json(200, ["deleted": true])
            },
            route("GET", "/balance", "balance:read") { _, _ in .json(200, balance) },
            route("POST", "/balance/add", "balance:add", answer: addBalance),
        ]
    }

    /// Makes a token that opens all routes.
    static func token(in grants: OAuthGrants) -> String {
        let scopes = "apps:read apps:create apps:delete keys:create keys:delete balance:read balance:add"
        return grants.tokens(for: OAuthGrants.Grant(client: "", scope: scopes, resource: "")).access
    }

    private static func unknown(_ what: String) -> APIFailure { APIFailure(status: 404, message: "\(what) not found") }

    /// Returns a route that needs a token with a scope. Its 422 has the form of HTTPValidationError.
    private func route(
        _ method: String, _ path: String, _ scope: String,
        answer: @escaping @Sendable (_ request: Request, _ ids: [String]) throws -> Reply
    ) -> Route {
        Route(method, Self.base + path, needsKey: false) { request, ids in
            guard let token = request.bearerToken, let grant = grants.grant(ofAccessToken: token) else {
                throw APIFailure.unauthorized
            }
            guard grant.scope.parts(between: " ").contains(where: scope.isExactly) else {
                throw APIFailure(status: 403, message: "Forbidden: the token lacks the scope \(scope)")
            }
            do { return try answer(request, ids) } catch let failure as APIFailure { throw failure.asHTTPValidation }
        }
    }

    private static func text(_ name: String, of request: Request, upTo limit: Int = .max) throws -> String {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let text = check.member(
            name, of: body, at: ["body"], required: true, as: RequestCheck.string(upTo: limit, from: 1))
        try check.throwIfAny()
        return text ?? ""
    }

    // MARK: - Keys

    @Sendable private func createKey(_ request: Request, _ ids: [String]) throws -> Reply {
        guard let app = book.apps.first(where: { $0.id == ids[0] }) else { throw Self.unknown("App") }
        let name = try Self.text("api_key_name", of: request)
        let key = book.makeKey(in: app.id)
        return .json(
            200,
            [
                "api_key_id": .string(key.id), "api_key_name": .string(name), "app_id": .string(app.id),
                "app_name": .string(app.name), "created_by_user_id": "user_sandbox",
                "created_by_user_email": "user@example.com",
                "display_value": .string("\(key.value.prefix(4))...\(key.value.suffix(4))"),
                "raw_api_key": .string(key.value), "created_at": .number(JSONNumber(WallClock.seconds())),
            ])
    }

    // MARK: - Credit

    private var balance: JSONValue {
        [
            "org_id": .string(AccountBook.organization.id),
            "credit_balance_cents": .number(JSONNumber(book.balance)), "pending_debit_balance_cents": 0,
            "will_invoice": false,
        ]
    }

    @Sendable private func addBalance(_ request: Request, _ ids: [String]) throws -> Reply {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let cents = check.member(
            "amount_cents", of: body, at: ["body"], required: true, as: RequestCheck.integer(from: 1))
        if let cents, cents > 10_000 {
            check.report(
                ["body", "amount_cents"], "Input should be less than or equal to 10000", "less_than_equal")
        }
        let key = check.member(
            "idempotency_key", of: body, at: ["body"], required: true, as: RequestCheck.string(upTo: 128, from: 8))
        try check.throwIfAny()
        guard book.charge(cents ?? 0, key: key ?? "") else {
            throw APIFailure(status: 409, message: "The idempotency key was used for another amount")
        }
        return .json(200, balance)
    }
}
