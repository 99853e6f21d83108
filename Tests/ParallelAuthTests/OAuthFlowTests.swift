import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

/// An authorization server that answers each form with the next of its answers.
final class ScriptedIssuer: HTTPTransport {
    private let answers: Lock<[(Int, JSONValue)]>
    private let seen = Lock<[HTTPRequest]>([])
    /// Called before each answer.
    let onRequest: @Sendable (Int) async -> Void

    init(_ answers: [(Int, JSONValue)], onRequest: @escaping @Sendable (Int) async -> Void = { _ in }) {
        self.answers = Lock(answers)
        self.onRequest = onRequest
    }

    var requests: [HTTPRequest] { seen.withLock { $0 } }
    /// The fields of each form.
    var forms: [[String: String]] {
        requests.map { request in
            let fields = FormFields.parse(String(decoding: request.body ?? [], as: UTF8.self))
            return Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        }
    }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let count = seen.withLock { seen in
            seen.append(request)
            return seen.count
        }
        await onRequest(count)
        guard let answer = answers.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else {
            Issue.record("nobody expected this request: \(request.url)")
            return .empty(500)
        }
        return .json(answer.1, status: answer.0)
    }
}

extension OAuthFlow {
    /// A flow with a time of 1,000 and the secret `s3cret-value` in the variable S.
    static func test(_ issuer: any HTTPTransport, secrets: KnownSecrets = KnownSecrets()) -> OAuthFlow {
        OAuthFlow(
            transport: issuer, clock: ManualClock(passing: .seconds(60)), now: { 1_000 },
            environment: ["S": "s3cret-value"], secrets: secrets)
    }
}

extension OAuthTarget {
    static func test(methods: [String]? = nil) throws -> OAuthTarget {
        var issuer = AuthorizationServer(
            issuer: "https://auth.example", authorizationEndpoint: try HTTPURL("https://auth.example/authorize"),
            tokenEndpoint: try HTTPURL("https://auth.example/token"),
            registrationEndpoint: try HTTPURL("https://auth.example/register"),
            revocationEndpoint: try HTTPURL("https://auth.example/revoke"),
            deviceEndpoint: try HTTPURL("https://auth.example/device"))
        issuer.authenticationMethods = methods
        return OAuthTarget(resource: "https://mcp.example/mcp", scopes: [], issuer: issuer)
    }
}

@Suite struct OAuthFlowTests {
    private static let token: (Int, JSONValue) = (
        200,
        [
            "access_token": "access-token-1", "token_type": "bearer", "expires_in": 60,
            "refresh_token": "refresh-token-1",
        ]
    )

    private func login(_ issuer: ScriptedIssuer, _ client: OAuthClient, methods: [String]? = nil) async throws
        -> OAuthLogin
    {
        let pending = try PendingLogin(
            server: "https://mcp.example/mcp", account: nil, .test(methods: methods), client,
            redirectURI: "http://127.0.0.1:1/callback", scope: "a", expiresAt: 0)
        return try await OAuthFlow.test(issuer).login(pending, code: "the-code")
    }

    @Test(
        arguments: [
            ("none", nil, ["client_id": "i d", "client_secret": nil]),
            (
                "client_secret_basic", "Basic aSUyMGQ6czNjcmV0LXZhbHVl", ["client_id": nil, "client_secret": nil]
            ),
            ("client_secret_post", nil, ["client_id": "i d", "client_secret": "s3cret-value"]),
        ] as [(String, String?, [String: String?])])
    func `a client authenticates at the token endpoint as the server wants`(
        method: String, header: String?, fields: [String: String?]
    ) async throws {
        let issuer = ScriptedIssuer([Self.token])
        let client = OAuthClient(id: "i d", source: method == "none" ? .none : .variable("S"), method: method)
        let login = try await login(issuer, client)
        #expect(issuer.requests.map { $0.headers["authorization"] } == [header])
        for (name, value) in fields { #expect(issuer.forms[0][name] == value) }
        #expect(issuer.forms[0]["grant_type"] == "authorization_code" && issuer.forms[0]["code"] == "the-code")
        #expect(issuer.forms[0]["resource"] == "https://mcp.example/mcp")
        #expect(issuer.forms[0]["code_verifier"]?.utf8.count == 43)
        #expect(issuer.forms[0]["redirect_uri"] == "http://127.0.0.1:1/callback")
        #expect(login.accessToken.reveal() == "access-token-1" && login.expiresAt == 1_060 && login.scope == "a")
    }

    @Test(
        arguments: [
            (nil, "none", nil), (["none", "client_secret_basic"], "none", nil),
            (["client_secret_basic"], "client_secret_basic", nil), (["client_secret_post"], "client_secret_post", nil),
            (["private_key_jwt"], "none", nil),
        ] as [([String]?, String, String?)])
    func `a client registers as the server lists it`(methods: [String]?, asked: String, _: String?) async throws {
        let issuer = ScriptedIssuer([(201, ["client_id": "new"])])
        let target = try OAuthTarget.test(methods: methods)
        let client = try await OAuthFlow.test(issuer).register(
            at: target.issuer, redirectURI: "http://127.0.0.1:1/callback", scope: "a b", grants: ["authorization_code"])
        let sent = try JSONValue.parse(issuer.requests[0].body ?? [])
        #expect(sent["token_endpoint_auth_method"]?.string == asked && sent["application_type"] == "native")
        #expect(sent["redirect_uris"] == ["http://127.0.0.1:1/callback"] && sent["scope"] == "a b")
        #expect(client.id == "new" && client.method == "none" && client.redirectURI == "http://127.0.0.1:1/callback")
    }

    @Test(
        arguments: [
            (["client_secret": "given-secret"], ["client_secret_post"], "client_secret_post"),
            (["client_secret": "given-secret"], ["client_secret_basic"], "client_secret_basic"),
            (
                ["client_secret": "x-secret", "token_endpoint_auth_method": "client_secret_post"], nil,
                "client_secret_post"
            ),
            (["client_secret": ""], nil, "none"),
        ] as [(JSONValue, [String]?, String)])
    func `what the server changes counts`(more: JSONValue, methods: [String]?, method: String) async throws {
        var answer: JSONObject = ["client_id": "new", "redirect_uris": ["http://127.0.0.1:2/callback"]]
        for member in more.object?.members ?? [] { answer[member.key] = member.value }
        let issuer = ScriptedIssuer([(201, .object(answer))])
        let client = try await OAuthFlow.test(issuer).register(
            at: OAuthTarget.test(methods: methods).issuer, redirectURI: "http://127.0.0.1:1/callback", scope: nil,
            grants: [])
        #expect(client.method == method && client.redirectURI == "http://127.0.0.1:2/callback")
        #expect(client.storedSecret?.reveal() == (method == "none" ? nil : more["client_secret"]?.string))
    }

    @Test func `a server that registers nobody needs an id`() async throws {
        var issuer = try OAuthTarget.test().issuer
        issuer.registrationEndpoint = nil
        let (flow, closed) = (OAuthFlow.test(ScriptedIssuer([])), issuer)
        let error = await #expect(throws: OAuthError.self) {
            _ = try await flow.register(at: closed, redirectURI: nil, scope: nil, grants: [])
        }
        #expect(error?.kind == .clientNeeded)
    }

    @Test(
        arguments: [
            (nil, "client_secret_basic"), (["client_secret_post", "none"], "client_secret_post"),
            (["private_key_jwt"], nil),
        ] as [([String]?, String?)])
    func `a client that was registered by hand authenticates as the server lists it`(
        methods: [String]?, expected: String?
    ) throws {
        let issuer = try OAuthTarget.test(methods: methods).issuer
        let client = try? OAuthFlow.client(id: "i", secret: .variable("S"), at: issuer)
        #expect(client?.method == expected)
        #expect(try OAuthFlow.client(id: "i", secret: .none, at: issuer).method == "none")
    }

    @Test(
        arguments: [
            (200, ["token_type": "Bearer"]), (200, ["access_token": "a b"]), (200, ["access_token": "x\r\ny: z"]),
            (200, ["access_token": "x", "token_type": "mac"]), (200, "no"), (200, nil), (302, [:]), (500, nil),
            (400, ["error": "invalid_grant"]), (200, ["error": "bad", "access_token": "x"]),
        ] as [(Int, JSONValue)])
    func `an answer without a usable token is an error`(status: Int, body: JSONValue) async throws {
        let client = OAuthClient(id: "i", method: "none")
        await #expect(throws: OAuthError.self) {
            try await login(ScriptedIssuer([(status, body)]), client)
        }
    }

    @Test func `a token without a time or with an odd one is taken`() async throws {
        let client = OAuthClient(id: "i", method: "none")
        for (given, expected) in [
            (nil, nil), ("30", 1_030), (-5, 1_000), (1e300, 1_000_001_000), ("nan", nil), ("inf", nil),
        ] as [(JSONValue, Int?)] {
            let body: JSONValue = ["access_token": "x", "expires_in": given]
            #expect(try await login(ScriptedIssuer([(200, body)]), client).expiresAt == expected)
        }
    }

    @Test func `a client signs itself in, and does so again instead of refreshing`() async throws {
        let answer: (Int, JSONValue) = (200, ["access_token": "one-token", "expires_in": 10])
        let issuer = ScriptedIssuer([answer, answer])
        let flow = OAuthFlow.test(issuer)
        let client = OAuthClient(id: "ci", source: .variable("S"), method: "client_secret_basic")
        var login = try await flow.clientCredentials(
            server: "https://mcp.example/mcp", account: "ci", .test(), client, scope: "a")
        #expect(login.isRenewable && login.refreshToken == nil && login.account == "ci")
        // The name of the variable is stored, and not its value.
        let text = login.json.serialized()
        #expect(text.contains("\"client_secret_env\":\"S\"") && !text.contains("s3cret"))
        login = try #require(OAuthLogin(login.json))
        try await flow.renew(&login)
        #expect(issuer.forms.map { $0["grant_type"] } == ["client_credentials", "client_credentials"])
        #expect(issuer.forms.map { $0["scope"] } == ["a", "a"])
        #expect(issuer.requests.allSatisfy { $0.headers["authorization"] == "Basic Y2k6czNjcmV0LXZhbHVl" })
    }

    @Test func `a secret that is not there is told before anything is sent`() async throws {
        let client = OAuthClient(id: "i", source: .variable("MISSING"), method: "client_secret_post")
        let error = await #expect(throws: OAuthError.self) { try await login(ScriptedIssuer([]), client) }
        #expect(error?.kind == .secretMissing)
    }

    @Test func `a refresh sends the resource, and keeps a refresh token that is not rotated`() async throws {
        let issuer = ScriptedIssuer([Self.token, (200, ["access_token": "second-token"])])
        var login = try await login(issuer, OAuthClient(id: "i", method: "none"))
        // As in a later process.
        login = try #require(OAuthLogin(login.json))
        try await OAuthFlow.test(issuer).renew(&login)
        #expect(issuer.forms[1]["resource"] == "https://mcp.example/mcp" && issuer.forms[1]["client_id"] == "i")
        #expect(issuer.forms[1]["refresh_token"] == "refresh-token-1")
        #expect(login.accessToken.reveal() == "second-token" && login.refreshToken?.reveal() == "refresh-token-1")
    }

    @Test func `a login on another device waits as long as the server wants`() async throws {
        let issuer = ScriptedIssuer([
            (
                200,
                [
                    "device_code": "device-code", "user_code": "ABCD-EFGH",
                    "verification_uri": "https://auth.example/v",
                    "verification_uri_complete": "https://evil.example/v", "interval": 1,
                ]
            ), (400, ["error": "authorization_pending"]), (400, ["error": "slow_down"]), Self.token,
        ])
        let clock = ManualClock(passing: .seconds(60))
        let flow = OAuthFlow(
            transport: issuer, clock: clock, now: { 0 }, environment: [:], secrets: KnownSecrets())
        let shown = Lock<[String]>([])
        let login = try await flow.deviceLogin(
            server: "https://mcp.example/mcp", account: nil, .test(), OAuthClient(id: "i", method: "none"), scope: nil
        ) { prompt in
            shown.withLock { $0 = [prompt.url.description, prompt.code, prompt.wholeURL?.description ?? "-"] }
        }
        #expect(shown.withLock { $0 } == ["https://auth.example/v", "ABCD-EFGH", "-"])
        #expect(clock.sleeps == [.seconds(1), .seconds(1), .seconds(6)] && login.grant == .device)
        #expect(issuer.forms[3]["device_code"] == "device-code")
    }

    @Test func `a code that nobody typed, or that was refused, ends the wait`() async throws {
        for (code, kind) in [("expired_token", OAuthError.Kind.timedOut), ("access_denied", .denied)] {
            let issuer = ScriptedIssuer([
                (200, ["device_code": "d", "user_code": "u", "verification_uri": "https://auth.example/v"]),
                (400, ["error": .string(code)]),
            ])
            let error = await #expect(throws: OAuthError.self) {
                _ = try await OAuthFlow.test(issuer).deviceLogin(
                    server: "https://m", account: nil, .test(), OAuthClient(id: "i", method: "none"), scope: nil
                ) { _ in }
            }
            #expect(error?.kind == kind)
        }
    }

    @Test func `both tokens are revoked`() async throws {
        let issuer = ScriptedIssuer([Self.token, (200, nil), (200, nil)])
        let login = try await login(issuer, OAuthClient(id: "i", method: "none"))
        #expect(try await OAuthFlow.test(issuer).revoke(login))
        #expect(issuer.forms.dropFirst().map { $0["token"] } == ["refresh-token-1", "access-token-1"])
    }

    @Test func `the one token is revoked even if the other can't be`() async throws {
        let issuer = ScriptedIssuer([Self.token, (503, [:]), (200, nil)])
        let login = try await login(issuer, OAuthClient(id: "i", method: "none"))
        let error = await #expect(throws: OAuthError.self) { _ = try await OAuthFlow.test(issuer).revoke(login) }
        #expect(error?.message.contains("503") == true)
        #expect(issuer.forms.last?["token"] == "access-token-1")
    }

    @Test func `every secret that is sent or received is hidden from then on`() async throws {
        let secrets = KnownSecrets()
        let issuer = ScriptedIssuer([(201, ["client_id": "i", "client_secret": "server-secret-1"]), Self.token])
        let flow = OAuthFlow.test(issuer, secrets: secrets)
        let client = try await flow.register(at: OAuthTarget.test().issuer, redirectURI: nil, scope: nil, grants: [])
        let pending = try PendingLogin(
            server: "https://mcp.example/mcp", account: nil, .test(), client,
            redirectURI: "http://127.0.0.1:1/callback", scope: nil, expiresAt: 0)
        _ = try await flow.login(pending, code: "authorization-code-1")
        let verifier = pending.verifier.reveal()
        for secret in ["server-secret-1", "access-token-1", "refresh-token-1", "authorization-code-1", verifier] {
            #expect(secrets.masked("x \(secret) y") == "x *** y")
        }
    }
}
