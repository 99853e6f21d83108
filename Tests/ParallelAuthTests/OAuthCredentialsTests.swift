import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

@Suite struct OAuthCredentialsTests {
    private let home: TemporaryDirectory
    private let store: CredentialStore
    private let server: HTTPURL
    private let name: String

    init() throws {
        home = try TemporaryDirectory()
        store = try #require(CredentialStore(environment: ["HOME": home.path]))
        server = try HTTPURL("https://mcp.example/mcp")
        name = CredentialStore.name(of: server.description, account: nil)
    }

    /// Stores a login whose token was issued at 900, and expires at `expiry`; the time is 1,000.
    private func sign(
        in account: String? = nil, expiry: Int?, refresh: String? = "refresh-0", grant: OAuthLogin.Grant = .code,
        scope: String? = nil
    ) throws {
        let client =
            grant == .clientCredentials
            ? OAuthClient(id: "i", source: .variable("S"), method: "client_secret_post")
            : OAuthClient(id: "i", method: "none")
        var login = OAuthLogin(
            server: server.description, account: account, try .test(), client, grant, askedScope: scope)
        var answer: JSONObject = ["access_token": "access-0"]
        answer["refresh_token"] = refresh.map(JSONValue.string)
        try login.take(.object(answer), now: 900)
        login.expiresAt = expiry
        try store.write(login.json, as: CredentialStore.name(of: server.description, account: account))
    }

    private func credentials(
        _ issuer: ScriptedIssuer, account: String? = nil, isRequired: Bool = false
    ) -> OAuthCredentials {
        OAuthCredentials(store, server: server, account: account, isRequired: isRequired, flow: .test(issuer))
    }

    private func token(_ credentials: OAuthCredentials, at url: String = "https://mcp.example/mcp") async throws
        -> String?
    {
        try await credentials.authorized(HTTPRequest(.post, HTTPURL(url), resend: .never)).headers["authorization"]
    }

    private func stored() throws -> OAuthLogin? { try store.read(name).flatMap(OAuthLogin.init) }

    private static func answer(_ number: Int) -> (Int, JSONValue) {
        (
            200,
            [
                "access_token": "access-\(number)", "refresh_token": "refresh-\(number)", "token_type": "Bearer",
                "expires_in": 3600,
            ]
        )
    }

    @Test func `a valid token is sent to the server's origin alone`() async throws {
        try sign(expiry: 5_000)
        let credentials = credentials(ScriptedIssuer([]))
        #expect(try await token(credentials) == "Bearer access-0")
        #expect(try await token(credentials, at: "https://mcp.example/other") == "Bearer access-0")
        #expect(try await token(credentials, at: "https://evil.example/mcp") == nil)
        #expect(try await token(credentials, at: "http://mcp.example/mcp") == nil)
    }

    @Test func `without a login nothing is added, unless one is required`() async throws {
        #expect(try await token(credentials(ScriptedIssuer([]))) == nil)
        let error = await #expect(throws: OAuthError.self) {
            try await token(credentials(ScriptedIssuer([]), isRequired: true))
        }
        #expect(error?.kind == .loginNeeded(scope: nil))
    }

    @Test func `a named account never falls back to the one without a name`() async throws {
        try sign(expiry: 5_000)
        await #expect(throws: OAuthError.self) {
            try await token(credentials(ScriptedIssuer([]), account: "work", isRequired: true))
        }
        try sign(in: "work", expiry: 5_000)
        #expect(try await token(credentials(ScriptedIssuer([]), account: "work")) == "Bearer access-0")
    }

    @Test func `a token that is about to expire is renewed, and stored before it is used`() async throws {
        try sign(expiry: 1_005)
        let issuer = ScriptedIssuer([Self.answer(1)])
        #expect(try await token(credentials(issuer)) == "Bearer access-1")
        #expect(issuer.forms[0]["refresh_token"] == "refresh-0")
        #expect(try stored()?.refreshToken?.reveal() == "refresh-1")
    }

    @Test func `many requests at once renew a rotating token only once`() async throws {
        try sign(expiry: 900)
        let issuer = ScriptedIssuer([Self.answer(1)])
        let both = [credentials(issuer), credentials(issuer)]
        let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<12 { group.addTask { try await token(both[index % 2]) } }
            return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(tokens == ["Bearer access-1"] && issuer.requests.count == 1)
    }

    @Test func `a token that another process has renewed is used`() async throws {
        try sign(expiry: 5_000)
        let credentials = credentials(ScriptedIssuer([]))
        let old = try await credentials.authorized(HTTPRequest(.get, server, resend: .safe))
        var login = try #require(try stored())
        login.accessToken = Secret("access-9")
        try store.write(login.json, as: name)
        #expect(try await credentials.renew(after: old, refusedBy: HTTPResponse(status: 401)))
        #expect(try await token(credentials) == "Bearer access-9")
    }

    @Test func `a token that is refused is renewed, and without a way to it a person is needed`() async throws {
        try sign(expiry: 5_000)
        let issuer = ScriptedIssuer([Self.answer(1)])
        let first = credentials(issuer)
        let request = try await first.authorized(HTTPRequest(.get, server, resend: .safe))
        #expect(try await first.renew(after: request, refusedBy: HTTPResponse(status: 401)))
        #expect(try await token(first) == "Bearer access-1")
        try sign(expiry: 5_000, refresh: nil)
        let second = credentials(ScriptedIssuer([]))
        let error = await #expect(throws: OAuthError.self) {
            let request = try await second.authorized(HTTPRequest(.get, server, resend: .safe))
            _ = try await second.renew(after: request, refusedBy: HTTPResponse(status: 401))
        }
        #expect(error?.kind == .loginNeeded(scope: nil))
    }

    @Test func `a refresh token that is refused is not sent again`() async throws {
        try sign(expiry: 900)
        let issuer = ScriptedIssuer([(400, ["error": "invalid_grant"])])
        for _ in 0..<2 {
            let error = await #expect(throws: OAuthError.self) { try await token(credentials(issuer)) }
            #expect(error?.kind == .loginNeeded(scope: nil))
        }
        #expect(issuer.requests.count == 1)
    }

    /// Signs in with a token that has expired. A program keeps the secrets until there is a file `full`.
    private func signInWithProgram() throws {
        let program = try home.write(
            """
            #!/bin/sh
            cd "${0%/*}"
            case $1 in
            get) cat kept ;;
            store) [ ! -e full ] || exit 1; cat >kept ;;
            esac
            """, to: "keep")
        try Disk.makeExecutable(program)
        try store.change { $0[CredentialStore.program] = .array([.string(program)]) }
        try sign(expiry: 900)
    }

    @Test func `a refresh token is not used up while the new one could not be stored`() async throws {
        try signInWithProgram()
        try home.write("", to: "full")
        let issuer = ScriptedIssuer([Self.answer(1)])
        let error = await #expect(throws: HelperCommand.Failure.self) { try await token(credentials(issuer)) }
        #expect(error?.reason.contains("code 1") == true && issuer.requests.isEmpty)
        UserFile.remove(home.file("full"))
        #expect(try await token(credentials(issuer)) == "Bearer access-1")
        #expect(issuer.forms.map { $0["refresh_token"] } == ["refresh-0"])
        #expect(try stored()?.refreshToken?.reveal() == "refresh-1")
    }

    @Test func `new tokens that can't be stored after all are told of, and not used`() async throws {
        try signInWithProgram()
        let issuer = ScriptedIssuer([Self.answer(1)]) { [home] _ in _ = try? home.write("", to: "full") }
        let error = await #expect(throws: OAuthError.self) { try await token(credentials(issuer)) }
        #expect(error?.kind == .loginNeeded(scope: nil))
        #expect(error?.message.contains("the renewed login could not be stored") == true && issuer.requests.count == 1)
    }

    @Test func `where the server can't be reached, a token is used up to its end`() async throws {
        struct Unreachable: HTTPTransport {
            func send(_ request: HTTPRequest) async throws -> HTTPResponse {
                throw HTTPError(.connect, "no way", mayHaveBeenSent: false)
            }
        }
        func token() async throws -> String? {
            try await self.token(OAuthCredentials(store, server: server, account: nil, flow: .test(Unreachable())))
        }
        try sign(expiry: 1_010)
        #expect(try await token() == "Bearer access-0")
        try sign(expiry: 1_000)
        await #expect(throws: HTTPError.self) { try await token() }
    }

    @Test func `a token that must outlast a run is renewed earlier, but not more often than that helps`() async throws {
        try sign(expiry: 1_500)
        let issuer = ScriptedIssuer([Self.answer(1)])
        let credentials = credentials(issuer)
        #expect(try await credentials.fresh(lasting: 60)?.accessToken.reveal() == "access-0")
        #expect(try await credentials.fresh(lasting: 7_200)?.accessToken.reveal() == "access-1")
        #expect(try await credentials.fresh(lasting: 7_200)?.accessToken.reveal() == "access-1")
    }

    // MARK: - Scopes

    private func refusal(_ scope: String, error: String = "insufficient_scope") -> HTTPResponse {
        .empty(403, headers: [("www-authenticate", "Bearer error=\"\(error)\", scope=\"\(scope)\"")])
    }

    @Test func `a client that signs itself in asks for the union of scopes`() async throws {
        try sign(expiry: 5_000, refresh: nil, grant: .clientCredentials, scope: "read")
        let issuer = ScriptedIssuer([Self.answer(1)])
        let credentials = credentials(issuer)
        let request = try await credentials.authorized(HTTPRequest(.get, server, resend: .safe))
        #expect(try await credentials.renew(after: request, refusedBy: refusal("write")))
        #expect(issuer.forms[0]["scope"] == "read write" && issuer.forms[0]["client_secret"] == "s3cret-value")
        #expect(try stored()?.askedScope == "read write")
    }

    @Test func `a request is sent at most three times, however many scopes the server goes on asking for`() async throws
    {
        try sign(expiry: 5_000, refresh: nil, grant: .clientCredentials, scope: "s0")
        let issuer = ScriptedIssuer([Self.answer(1), Self.answer(2)])
        let count = Lock(0)
        let server = ScriptedMCPServer { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return refusal("s\(number)")
        }
        let transport = AuthorizingTransport(server, credentials(issuer))
        let response = try await transport.send(HTTPRequest(.get, self.server, resend: .safe))
        #expect(response.status == 403 && server.calls.count == 3)
        #expect(issuer.forms.map { $0["scope"] } == ["s0 s1", "s0 s1 s2"])
    }

    @Test func `a person is asked for the union of scopes`() async throws {
        try sign(expiry: 5_000, scope: "read")
        let credentials = credentials(ScriptedIssuer([]))
        let request = try await credentials.authorized(HTTPRequest(.get, server, resend: .safe))
        let error = await #expect(throws: OAuthError.self) {
            _ = try await credentials.renew(after: request, refusedBy: refusal("write read"))
        }
        #expect(error?.kind == .loginNeeded(scope: "read write"))
        #expect(try await !credentials.renew(after: request, refusedBy: refusal("x", error: "other")))
    }
}
