import ParallelJSON
import ParallelSystem
import Testing

@testable import SandboxServer

/// The platform and the Account API of the sandbox.
@Suite(.timeLimit(.minutes(10))) struct AccountRoutesTests {
    private static let scope = "keys:create keys:delete apps:read apps:create apps:delete balance:read balance:add"

    private func post(_ client: SandboxClient, _ path: String, _ fields: [(String, String)]) async throws -> Answer {
        try await client.send(
            "POST", path, Form.encode(fields), headers: ["content-type": "application/x-www-form-urlencoded"], key: nil)
    }

    /// Begins a login on a device; returns the fields of the poll and the address to open.
    private func begin(
        _ client: SandboxClient, scope: String = scope
    ) async throws -> (poll: [(String, String)], page: String) {
        let answer = try await post(
            client, "/getServiceKeys/device/code", [("client_id", "parallel-cli"), ("scope", scope)])
        let url = try #require(answer.json["verification_uri_complete"]?.string)
        let path = try #require(url.firstRange(of: "/getServiceKeys")).lowerBound
        let poll = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("client_id", "parallel-cli"),
            ("device_code", answer.json["device_code"]?.string ?? ""),
        ]
        return (poll, String(url[path...]))
    }

    private func signIn(_ client: SandboxClient, scope: String = scope) async throws -> JSONValue {
        let (poll, page) = try await begin(client, scope: scope)
        _ = try await client.send("GET", page, key: nil)
        return try await post(client, "/getServiceKeys/token", poll).json
    }

    private func account(
        _ client: SandboxClient, _ tokens: JSONValue, _ method: String, _ path: String, _ body: String? = nil
    ) async throws -> Answer {
        try await client.send(
            method, "/account/service/v1" + path, body,
            headers: ["authorization": "Bearer \(tokens["access_token"]?.string ?? "")"], key: nil)
    }

    @Test(
        arguments: [
            ("", ["authorization_pending"]), ("&decision=deny", ["access_denied", "invalid_grant"]),
            ("&decision=expire", ["expired_token", "invalid_grant"]), ("&decision=slow", ["slow_down", nil]),
            ("&decision=approve", [nil, "invalid_grant"]),
        ] as [(String, [String?])])
    func `whoever opens the address decides`(decision: String, errors: [String?]) async throws {
        try await withSandbox { client in
            let (poll, page) = try await begin(client)
            if !decision.isEmpty { _ = try await client.send("GET", page + decision, key: nil) }
            for error in errors {
                let answer = try await post(client, "/getServiceKeys/token", poll)
                #expect(answer.json["error"]?.string == error && answer.status == (error == nil ? 200 : 400))
            }
        }
    }

    @Test func `a client that nobody knows is told so in the words that clients look for`() async throws {
        try await withSandbox { client in
            let answer = try await post(client, "/getServiceKeys/device/code", [("client_id", "x"), ("scope", "y")])
            #expect(answer.text == "{\"error\":\"invalid_client\",\"error_description\":\"Unknown client_id\"}")
            let id = try await client.send("POST", "/getServiceKeys/register", "{\"client_name\":\"a\"}", key: nil)
                .json["client_id"]?.string
            let known = try await post(client, "/getServiceKeys/device/code", [("client_id", id ?? "")])
            #expect(known.status == 200)
        }
    }

    @Test func `a refresh token counts once, and using it again ends the login`() async throws {
        try await withSandbox { client in
            let first = try await signIn(client)
            func refresh(_ tokens: JSONValue) async throws -> Answer {
                try await post(
                    client, "/getServiceKeys/token",
                    [("grant_type", "refresh_token"), ("refresh_token", tokens["refresh_token"]?.string ?? "")])
            }
            let second = try await refresh(first).json
            #expect(second["org_name"] == "Sandbox Org" && second["refresh_token"] != first["refresh_token"])
            #expect(try await refresh(first).json["error"] == "invalid_grant")
            #expect(try await account(client, second, "GET", "/balance").status == 401)
            let third = try await signIn(client)
            _ = try await post(
                client, "/getServiceKeys/token/revoke", [("refresh_token", third["refresh_token"]?.string ?? "")])
            #expect(try await refresh(third).json["error"] == "invalid_grant")
        }
    }

    @Test func `keys that were made open the API until they are deleted`() async throws {
        try await withSandbox { client in
            let tokens = try await signIn(client)
            let app = try #require(
                try await account(client, tokens, "GET", "/apps").json["apps"]?[0]?["app_id"]?.string)
            let made = try await account(client, tokens, "POST", "/apps/\(app)/keys", "{\"api_key_name\":\"n\"}").json
            let key = try #require(made["raw_api_key"]?.string)
            func ask() async throws -> Int {
                try await client.send(
                    "GET", "/v1/tasks/runs/none", headers: ["authorization": "Bearer \(key)"], key: nil
                )
                .status
            }
            #expect(try await ask() == 404)
            let path = "/apps/\(app)/keys/\(made["api_key_id"]?.string ?? "")"
            #expect(try await account(client, tokens, "DELETE", path).status == 200)
            #expect(try await ask() == 401)
            #expect(try await account(client, tokens, "DELETE", path).status == 404)
            let other = try await account(client, tokens, "POST", "/apps", "{\"app_name\":\"ci\"}").json["app_id"]?
                .string
            #expect(try await account(client, tokens, "DELETE", "/apps/\(other ?? "")").status == 200)
        }
    }

    @Test func `the account needs a token with the scope, and no key will do`() async throws {
        try await withSandbox { client in
            #expect(try await client.send("GET", "/account/service/v1/balance").status == 401)
            let tokens = try await signIn(client, scope: "apps:read")
            #expect(try await account(client, tokens, "GET", "/apps").status == 200)
            #expect(try await account(client, tokens, "GET", "/balance").status == 403)
        }
    }

    @Test func `a card is charged once for each key`() async throws {
        try await withSandbox { client in
            let tokens = try await signIn(client)
            func add(_ cents: String, _ key: String) async throws -> Answer {
                try await account(
                    client, tokens, "POST", "/balance/add", "{\"amount_cents\":\(cents),\"idempotency_key\":\"\(key)\"}"
                )
            }
            #expect(try await add("100", "intent-1").json["credit_balance_cents"] == 10_100)
            #expect(try await add("100", "intent-1").json["credit_balance_cents"] == 10_100)
            #expect(try await add("200", "intent-1").status == 409)
            for (cents, key) in [("0", "intent-2"), ("10001", "intent-2"), ("\"1\"", "intent-2"), ("1", "short")] {
                let answer = try await add(cents, key)
                #expect(answer.status == 422 && answer.json["detail"]?[0]?["loc"]?[0] == "body", "\(cents)")
            }
        }
    }

    @Test func `a browser that has signed in brings a code, which gets a key with its verifier alone`() async throws {
        try await withSandbox { client in
            let metadata = try await client.send("GET", "/.well-known/oauth-authorization-server", key: nil).json
            #expect(metadata["scopes_supported"] == ["key:read"])
            let verifier = String(repeating: "v", count: 43)
            let query = [
                ("response_type", "code"), ("client_id", "app.example"), ("scope", "key:read"), ("state", "s"),
                ("redirect_uri", "http://127.0.0.1:9/callback"), ("code_challenge_method", "S256"),
                ("code_challenge", Base64.encodeForURL(SHA256.hash(Array(verifier.utf8)))),
            ]
            func code(_ more: String = "") async throws -> [String: String] {
                let reply = try await client.send(
                    "GET", "/getKeys/authorize?\(Form.encode(query))\(more)", key: nil)
                let location = try #require(reply.headers["location"])
                #expect(reply.status == 302 && location.hasPrefix("http://127.0.0.1:9/callback?state=s&"))
                let pairs = location.split(separator: "?")[1].split(separator: "&").map { $0.split(separator: "=") }
                return Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { first, _ in first }
            }
            func key(_ code: String?, _ verifier: String) async throws -> Answer {
                try await post(
                    client, "/getKeys/token",
                    [
                        ("grant_type", "authorization_code"), ("code", code ?? ""), ("client_id", "app.example"),
                        ("redirect_uri", "http://127.0.0.1:9/callback"), ("code_verifier", verifier),
                    ])
            }
            #expect(try await code("&decision=deny")["error"] == "access_denied")
            #expect(try await key(code()["code"], "other").json["error"] == "invalid_grant")
            let made = try await code()["code"]
            let answer = try await key(made, verifier)
            #expect(answer.json["access_token"]?.string?.hasPrefix("sandbox-made-") == true)
            #expect(try await key(made, verifier).json["error"] == "invalid_grant")
        }
    }
}
