import ParallelHTTP
import ParallelJSON
import ParallelSettings
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

@Suite struct PendingLoginTests {
    private func pending(namesIssuer: Bool = false, scope: String? = "a b") throws -> PendingLogin {
        var issuer = AuthorizationServer(
            issuer: "https://auth.example/t", authorizationEndpoint: try HTTPURL("https://auth.example/go?tenant=1"),
            tokenEndpoint: try HTTPURL("https://auth.example/token"))
        issuer.namesIssuer = namesIssuer
        let target = OAuthTarget(resource: "https://mcp.example/mcp", scopes: [], issuer: issuer)
        return try PendingLogin(
            server: "https://mcp.example/mcp", account: nil, target, OAuthClient(id: "c 1", method: "none"),
            redirectURI: PendingLogin.redirectURI(port: 4711), scope: scope, expiresAt: 100)
    }

    @Test func `the address has everything that the server checks later`() throws {
        let pending = try pending()
        let items = FormFields.parse(pending.authorizationURL.query ?? "")
        let values = Dictionary(items.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(pending.authorizationURL.path == "/go" && values["tenant"] == "1" && values["client_id"] == "c 1")
        #expect(values["response_type"] == "code" && values["code_challenge_method"] == "S256")
        #expect(values["redirect_uri"] == "http://127.0.0.1:4711/callback" && values["scope"] == "a b")
        #expect(values["resource"] == "https://mcp.example/mcp" && values["state"]?.utf8.count == 43)
        let verifier = pending.verifier.reveal()
        #expect(verifier.utf8.count == 43 && values["code_challenge"]?.utf8.count == 43)
        #expect(Base64.decode(values["code_challenge"] ?? "") == SHA256.hash(Array(verifier.utf8)))
        let other = try self.pending(scope: nil)
        #expect(other.state != pending.state && other.authorizationURL.query?.contains("scope") == false)
    }

    @Test(arguments: [
        (false, nil, true), (false, "https://auth.example/t", true), (true, "https://auth.example/t", true),
        (true, nil, false), (true, "https://evil.example", false), (false, "https://evil.example", false),
        (true, "https://auth.example/t/", false), (false, "https://AUTH.example/t", false), (true, "", false),
    ])
    func `an answer counts if it comes from the issuer`(isNamed: Bool, given: String?, isGood: Bool) throws {
        let pending = try pending(namesIssuer: isNamed)
        let fields = [("code", "x"), ("state", pending.state)] + (given.map { [("iss", $0)] } ?? [])
        let answer = fields.map { (name: $0.0, value: $0.1) }
        if isGood {
            #expect(try pending.code(in: answer) == "x")
        } else {
            let error = #expect(throws: OAuthError.self) { try pending.code(in: answer) }
            #expect(error?.kind == .untrusted && error?.message.contains("evil") == false)
        }
    }

    @Test func `a refusal, an answer to another login and one without a code are errors`() throws {
        let pending = try pending()
        func kind(_ fields: [(String, String)]) -> OAuthError.Kind? {
            let error = #expect(throws: OAuthError.self) {
                try pending.code(in: fields.map { (name: $0.0, value: $0.1) })
            }
            return error?.kind
        }
        #expect(kind([("state", pending.state), ("error", "access_denied")]) == .denied)
        #expect(kind([("state", pending.state), ("error", "server_error")]) == .refused(code: "server_error"))
        #expect(kind([("state", pending.state)]) == .untrusted)
        #expect(kind([("state", "other"), ("code", "x")]) == .untrusted)
        #expect(kind([("state", pending.state), ("state", "other"), ("code", "x")]) == .untrusted)
        #expect(kind([("state", pending.state), ("code", "x"), ("code", "x")]) == .untrusted)
        let issuer = ("iss", "https://auth.example/t")
        #expect(kind([("state", pending.state), issuer, ("iss", "https://evil"), ("code", "x")]) == .untrusted)
        // The words of an answer of another server are not shown, whatever they are.
        let answer = [("state", pending.state), ("iss", "https://evil"), ("error", "x"), ("error_description", "Pay!")]
        let error = #expect(throws: OAuthError.self) {
            try pending.code(in: answer.map { (name: $0.0, value: $0.1) })
        }
        #expect(error?.message.contains("Pay") == false)
    }

    @Test func `a login that was written down is the same afterwards`() throws {
        let pending = try pending(namesIssuer: true)
        let read = try #require(PendingLogin(pending.json))
        #expect(read.json == pending.json && read.state == pending.state && read.expiresAt == 100)
        #expect(PendingLogin(["state": "x"]) == nil)
    }

    @Test func `an address that was pasted is taken apart`() throws {
        let pending = try pending()
        let address = "http://127.0.0.1:4711/callback?code=x%2B1&state=\(pending.state)#frag"
        #expect(pending.answer(inAddress: address)?.first?.value == "x+1")
        #expect(pending.answer(inAddress: "http://127.0.0.1:4711/callback?code=x&state=y") == nil)
        #expect(pending.answer(inAddress: "hello") == nil)
    }

    @Test(arguments: [
        (nil, "http://127.0.0.1:4711/callback", 4711), ("http://localhost/back", "http://localhost:4711/back", 0),
        ("http://localhost:99/back?a=1", "http://localhost:99/back?a=1", 99),
        ("http://[::1]/", "http://[::1]:4711/", 0), ("http://127.0.0.1:80/b", "http://127.0.0.1:80/b", 80),
        ("http://localhost:80", "http://localhost:80", 80),
        ("http://localhost?a=:80", "http://localhost:4711/?a=:80", 0),
    ])
    func `a registered address keeps its form and gets a port if it has none`(
        registered: String?, address: String, port: Int
    ) throws {
        #expect(PendingLogin.redirectURI(registered, port: 4711) == address)
        #expect(try PendingLogin.port(of: registered ?? address) == port)
    }

    @Test(arguments: [
        "http://evil.example/callback", "https://127.0.0.1/callback", "x", "http://127.0.0.1:9/callback#x",
    ])
    func `a browser comes back to this machine only`(address: String) {
        #expect(throws: OAuthError.self) { try PendingLogin.port(of: address) }
    }

    @Test func `long words of a refusal are cut`() throws {
        let pending = try pending()
        let error = #expect(throws: OAuthError.self) {
            try pending.code(in: [
                ("state", pending.state), ("error", "x"), ("error_description", String(repeating: "y", count: 5_000)),
            ])
        }
        #expect((error?.message.utf8.count ?? 0) < 400 && error?.message.contains("yyy") == true)
    }
}
