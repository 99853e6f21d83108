import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAuth

/// Documents at URLs; anything else is missing. Notes which were asked for.
final class Documents: HTTPTransport {
    private let documents: [String: JSONValue]
    private let seen = Lock<[String]>([])
    var asked: [String] { seen.withLock { $0 } }

    init(_ documents: [String: JSONValue]) { self.documents = documents }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        seen.withLock { $0.append(request.url.description) }
        return documents[request.url.description].map { .json($0) } ?? .empty(404)
    }
}

@Suite struct OAuthDiscoveryTests {
    private let server = "https://mcp.example/a/mcp"
    private static let prm = "https://mcp.example/.well-known/oauth-protected-resource"

    private func resource(_ issuer: String, resource: String? = nil) -> JSONValue {
        ["resource": .string(resource ?? server), "authorization_servers": [.string(issuer)]]
    }

    private static func issuer(_ name: String, _ more: JSONObject = [:]) -> JSONValue {
        var object: JSONObject = [
            "issuer": .string(name), "authorization_endpoint": "https://auth.example/authorize",
            "token_endpoint": "https://auth.example/token", "code_challenge_methods_supported": ["plain", "S256"],
        ]
        for member in more.members { object[member.key] = member.value }
        return .object(object)
    }

    private func target(
        _ documents: [String: JSONValue], _ challenge: String? = nil, server: String? = nil, isRefused: Bool = true
    ) async throws -> OAuthTarget {
        let headers = HTTPHeaders(challenge.map { [("www-authenticate", "Bearer resource_metadata=\"\($0)\"")] } ?? [])
        return try await OAuthDiscovery(of: HTTPURL(server ?? self.server), over: Documents(documents))
            .target(BearerChallenge(headers), isRefused: isRefused)
    }

    /// The error that discovery ends with.
    private func kind(
        _ documents: [String: JSONValue], _ challenge: String? = nil, server: String? = nil, isRefused: Bool = true
    ) async throws -> OAuthError.Kind? {
        do {
            _ = try await target(documents, challenge, server: server, isRefused: isRefused)
            return nil
        } catch let error as OAuthError {
            return error.kind
        }
    }

    @Test(
        arguments: [
            (nil, "/a/mcp", "https://auth.example", "https://auth.example/.well-known/oauth-authorization-server"),
            (nil, "/a/mcp", "https://auth.example", "https://auth.example/.well-known/openid-configuration"),
            (nil, "", "https://auth.example/t/1", "https://auth.example/.well-known/oauth-authorization-server/t/1"),
            (nil, "", "https://auth.example/t/1", "https://auth.example/.well-known/openid-configuration/t/1"),
            (nil, "", "https://auth.example/t/1/", "https://auth.example/t/1/.well-known/openid-configuration"),
            (
                "https://mcp.example/custom", nil, "https://auth.example/",
                "https://auth.example/.well-known/oauth-authorization-server"
            ),
        ] as [(String?, String?, String, String)])
    func `metadata is found in every place where it may be`(
        challenge: String?, suffix: String?, issuer: String, place: String
    ) async throws {
        let documents = [
            suffix.map { Self.prm + $0 } ?? challenge ?? "": resource(issuer), place: Self.issuer(issuer),
        ]
        let target = try await target(documents, challenge)
        #expect(target.resource == server && target.issuer.issuer == issuer)
        #expect(target.issuer.tokenEndpoint.description == "https://auth.example/token")
    }

    @Test(arguments: [
        ("https://mcp.example", true), ("https://mcp.example/", true), ("https://mcp.example/a", true),
        ("https://mcp.example/a/mcp/", true), ("https://MCP.example/a/mcp", true),
        ("https://mcp.example/a/mc", false), ("https://mcp.example/b", false), ("https://mcp.example/a/mcp/x", false),
        ("http://mcp.example/a/mcp", false), ("https://evil.example/a/mcp", false), ("mcp", false),
        ("https://mcp.example/a/mcp?x=1", false),
    ])
    func `a resource is this server or a parent of it`(resource: String, isOwn: Bool) async throws {
        let name = "https://auth.example"
        let documents = [
            Self.prm: self.resource(name, resource: resource),
            name + "/.well-known/oauth-authorization-server": Self.issuer(name),
        ]
        let kind = try await kind(documents)
        #expect(kind == (isOwn ? nil : .untrusted))
        if isOwn { #expect(try await target(documents).resource == resource) }
    }

    @Test(arguments: [
        ("https://auth.example", "https://auth.example/", OAuthError.Kind.untrusted),
        ("https://auth.example", "https://evil.example", .untrusted),
        ("https://auth.example/A", "https://auth.example/a", .untrusted),
    ])
    func `an issuer that calls itself otherwise is refused`(
        expected: String, given: String, kind: OAuthError.Kind
    ) async throws {
        let place = try HTTPURL(expected)
        let path = place.path == "/" ? "" : place.path
        #expect(
            try await self.kind([
                Self.prm: resource(expected),
                "\(place.origin)/.well-known/oauth-authorization-server\(path)": Self.issuer(given),
            ]) == kind)
    }

    @Test(
        arguments: [
            (#"{"code_challenge_methods_supported": ["plain"]}"#, OAuthError.Kind.unsupported),
            (#"{"code_challenge_methods_supported": null}"#, .unsupported),
            (#"{"token_endpoint": "http://auth.example/token"}"#, .untrusted),
            (#"{"token_endpoint": "https://10.0.0.1/token"}"#, .untrusted),
            (#"{"token_endpoint": "https://169.254.169.254/latest"}"#, .untrusted),
            (#"{"token_endpoint": "https://[64:ff9b::a9fe:a9fe]/latest"}"#, .untrusted),
            (#"{"token_endpoint": "https://[2002:a9fe:a9fe::1]/latest"}"#, .untrusted),
            (#"{"authorization_endpoint": "http://127.0.0.1:22/"}"#, .untrusted),
            (#"{"registration_endpoint": "https://router.lan/"}"#, .untrusted),
            (#"{"token_endpoint": "file:///etc/passwd"}"#, .untrusted),
            (#"{"token_endpoint": null}"#, .untrusted),
            (
                #"{"authorization_endpoint": null, "authorization_grant_profiles_supported": ["x:id-jag"]}"#,
                .unsupported
            ),
        ])
    func `an issuer without PKCE, or with an endpoint that is none, is refused`(
        more: String, expected: OAuthError.Kind
    ) async throws {
        let name = "https://auth.example"
        var issuer = Self.issuer(name).object ?? [:]
        for member in try JSONValue.parse(more).object?.members ?? [] {
            issuer[member.key] = member.value.isNull ? nil : member.value
        }
        let documents = [
            Self.prm: resource(name), name + "/.well-known/oauth-authorization-server": .object(issuer),
        ]
        #expect(try await kind(documents) == expected)
    }

    @Test func `another authorization server is asked if the first can't be used`() async throws {
        let names = ["https://gone.example", "https://weak.example", "https://auth.example"]
        var weak = Self.issuer(names[1]).object ?? [:]
        weak["code_challenge_methods_supported"] = nil
        var documents: [String: JSONValue] = [
            Self.prm: ["resource": .string(server), "authorization_servers": .array(names.map(JSONValue.string))],
            names[1] + "/.well-known/oauth-authorization-server": .object(weak),
        ]
        #expect(try await kind(documents) == .untrusted)
        documents[names[2] + "/.well-known/oauth-authorization-server"] = Self.issuer(names[2])
        #expect(try await target(documents).issuer.issuer == names[2])
    }

    @Test func `a server on this machine may name another one there`() async throws {
        let server = "http://127.0.0.1:8080/mcp"
        let issuer = "http://127.0.0.1:9090"
        var json = Self.issuer(issuer).object ?? [:]
        json["token_endpoint"] = "http://127.0.0.1:9090/token"
        let documents: [String: JSONValue] = [
            "http://127.0.0.1:8080/.well-known/oauth-protected-resource/mcp": resource(issuer, resource: server),
            issuer + "/.well-known/oauth-authorization-server": .object(json),
        ]
        #expect(try await target(documents, server: server).issuer.issuer == issuer)
    }

    @Test(arguments: ["http://evil.example/prm", "https://192.168.1.1/prm", "javascript:alert(1)"])
    func `a challenge can't have anything called`(url: String) async throws {
        let documents = Documents([:])
        let challenge = BearerChallenge(HTTPHeaders([("www-authenticate", "Bearer resource_metadata=\"\(url)\"")]))
        await #expect(throws: OAuthError.self) {
            try await OAuthDiscovery(of: HTTPURL(server), over: documents).target(challenge)
        }
        #expect(documents.asked.isEmpty)
    }

    // MARK: - Servers of 2025-03-26

    @Test func `a server of 2025-03-26 is its own issuer`() async throws {
        let name = "https://mcp.example"
        let target = try await target([name + "/.well-known/oauth-authorization-server": Self.issuer(name)])
        #expect(target.resource == nil && target.issuer.tokenEndpoint.description == "https://auth.example/token")
    }

    @Test func `without any metadata, the endpoints have fixed places`() async throws {
        let issuer = try await target([:]).issuer
        let endpoints = [issuer.authorizationEndpoint, issuer.tokenEndpoint, issuer.registrationEndpoint]
        #expect(
            endpoints.map { $0?.description } == ["authorize", "token", "register"].map { "https://mcp.example/\($0)" })
    }

    @Test func `a server that lets everybody in and offers no login has none`() async throws {
        #expect(try await kind([:], isRefused: false) == .unsupported)
    }

    @Test func `a server without credentials to protect is not asked in the clear`() async throws {
        #expect(try await kind([:], server: "http://mcp.example/mcp") == .untrusted)
    }

    @Test func `a server that fails is no server without metadata`() async throws {
        let failing = ScriptedTransport([.init(.get, "/.well-known/oauth-protected-resource/a/mcp", status: 503)])
        await #expect(throws: OAuthError.self) {
            try await OAuthDiscovery(of: HTTPURL(server), over: failing).target(nil)
        }
    }

    // MARK: - Scopes

    @Test(
        arguments: [
            ("a b", ["c"], [], "a b"), (nil, ["c", "d"], [], "c d"), (nil, [], [], nil), ("", [], ["x"], nil),
            (nil, ["c"], ["c", "offline_access"], "c offline_access"),
            ("a", [], ["offline_access"], "a offline_access"),
            (nil, [], ["offline_access"], nil), ("offline_access a", [], ["offline_access"], "offline_access a"),
        ] as [(String?, [String], [String], String?)])
    func `scopes come from the challenge, then from the server`(
        challenge: String?, server: [String], issuer: [String], expected: String?
    ) throws {
        var authorization = AuthorizationServer(issuer: "https://a", tokenEndpoint: try HTTPURL("https://a/t"))
        authorization.scopes = issuer
        let target = OAuthTarget(resource: nil, scopes: server, issuer: authorization)
        #expect(target.scope(asked: challenge) == expected)
    }

    @Test func `a union of scopes has each once`() {
        #expect(OAuthTarget.union("a b", nil, "b  c a") == "a b c" && OAuthTarget.union(nil, "") == nil)
    }
}
