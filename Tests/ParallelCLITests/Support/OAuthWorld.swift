import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport

/// A protected MCP server, its authorization servers, and somebody with a browser, in this process.
final class OAuthWorld: HTTPTransport {
    struct Rules: Sendable {
        var issuer = "https://auth.example"
        /// The scopes that the server wants of a token, one more for each token that lacks them.
        var neededScopes: [String] = []
        var registers = true
        var revokes = true
        /// Whether it offers a login on another device, which nobody ever finishes.
        var hasDevices = false
        /// What the browser brings back besides the state, in place of a code.
        var refusal: [(String, String)]?
        /// The issuer that the browser names; nil names the right one.
        var namedIssuer: String?
        /// Whether an answer to another login comes first.
        var sendsForeignState = false
        /// Whether refresh tokens are accepted.
        var refreshes = true
        /// Whether the clients' ids and secrets are accepted.
        var knowsClients = true
        /// How long tokens are valid, in seconds.
        var lifetime = 3_600
    }

    private struct State {
        var rules: Rules
        var requests: [HTTPRequest] = []
        var opened: [HTTPURL] = []
        var scopes: [String: String] = [:]
        var count = 0
    }

    private let state: Lock<State>
    private let server = ScriptedMCPServer.legacy()
    let secrets = "-secret-4711"

    init(_ rules: Rules = Rules()) { state = Lock(State(rules: rules)) }

    func change(_ work: (inout Rules) -> Void) { state.withLock { work(&$0.rules) } }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// The addresses that a browser has opened.
    var opened: [HTTPURL] { state.withLock { $0.opened } }
    /// The forms that were sent to paths that end with `path`.
    func forms(_ path: String) -> [[String: String]] {
        requests.filter { $0.url.path.hasSuffix(path) }.map { request in
            let fields = FormFields.parse(String(decoding: request.body ?? [], as: UTF8.self))
            return Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        }
    }
    /// The tokens that the server got, one for each request.
    var tokens: [String?] {
        requests.filter { $0.url.description == MCPRun.url }.map { $0.headers["authorization"] }
    }

    // MARK: - Servers

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let rules = state.withLock { state in
            state.requests.append(request)
            return state.rules
        }
        let form = FormFields.parse(String(decoding: request.body ?? [], as: UTF8.self))
        func field(_ name: String) -> String? { form.first { $0.name == name }?.value }
        switch (request.url.origin, request.url.path) {
        case ("https://mcp.example", "/mcp"): return try await protected(request, rules)
        case ("https://mcp.example", "/.well-known/oauth-protected-resource/mcp"):
            return .json([
                "resource": .string(MCPRun.url), "authorization_servers": [.string(rules.issuer)],
                "scopes_supported": ["read"],
            ])
        case (rules.issuer, "/.well-known/oauth-authorization-server"):
            var json: JSONObject = [
                "issuer": .string(rules.issuer), "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": true,
                "token_endpoint_auth_methods_supported": ["none", "client_secret_basic"],
                "client_id_metadata_document_supported": true,
            ]
            for name in ["authorization", "token"] { json["\(name)_endpoint"] = .string("\(rules.issuer)/\(name)") }
            if rules.registers { json["registration_endpoint"] = .string("\(rules.issuer)/register") }
            if rules.hasDevices {
                json["device_authorization_endpoint"] = .string("\(rules.issuer)/device")
            }
            if rules.revokes { json["revocation_endpoint"] = .string("\(rules.issuer)/revoke") }
            return .json(.object(json))
        case (rules.issuer, "/register"): return .json(["client_id": .string("client-\(next())")], status: 201)
        case (rules.issuer, "/device"):
            return .json([
                "device_code": "dev-1", "user_code": "ABCD", "verification_uri": .string(rules.issuer + "/device"),
            ])
        case (rules.issuer, "/token") where field("device_code") != nil:
            return .json(["error": "authorization_pending"], status: 400)
        case (rules.issuer, "/revoke"): return .empty(200)
        case (rules.issuer, "/token") where !rules.knowsClients:
            return .json(["error": "invalid_client"], status: 401)
        case (rules.issuer, "/token"):
            if field("grant_type") == "refresh_token", !rules.refreshes {
                return .json(["error": "invalid_grant"], status: 400)
            }
            let number = next()
            let token = "access-\(number)\(secrets)"
            let scope = field("scope") ?? state.withLock { $0.scopes[field("code") ?? ""] } ?? "read"
            state.withLock { $0.scopes[token] = scope }
            var json: JSONObject = [
                "access_token": .string(token), "token_type": "Bearer", "scope": .string(scope),
                "expires_in": .number(JSONNumber(rules.lifetime)),
            ]
            if field("grant_type") != "client_credentials" {
                json["refresh_token"] = .string("refresh-\(number)\(secrets)")
            }
            return .json(.object(json))
        default: return .empty(404)
        }
    }

    private func next() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    private func protected(_ request: HTTPRequest, _ rules: Rules) async throws -> HTTPResponse {
        let metadata = "resource_metadata=\"https://mcp.example/.well-known/oauth-protected-resource/mcp\""
        let token = request.headers["authorization"].map { String($0.dropFirst("Bearer ".count)) } ?? ""
        guard let scope = state.withLock({ $0.scopes[token] }) else {
            return .empty(401, headers: [("www-authenticate", "Bearer \(metadata)")])
        }
        let granted = scope.split(separator: " ").map(String.init)
        if let missing = rules.neededScopes.first(where: { !granted.contains($0) }) {
            return .empty(
                403,
                headers: [
                    ("www-authenticate", "Bearer error=\"insufficient_scope\", scope=\"\(missing)\", \(metadata)")
                ])
        }
        return try await server.send(request)
    }

    // MARK: - The browser

    /// Opens the address of a login, where somebody signs in at once, and goes where it leads.
    func browse(_ text: String) async -> Bool {
        guard let url = try? HTTPURL(text) else { return false }
        state.withLock { $0.opened.append(url) }
        let rules = state.withLock { $0.rules }
        guard let (port, address) = answer(to: url) else { return false }
        if rules.sendsForeignState { _ = try? await get("/callback?state=other&code=x", port) }
        _ = try? await get(address, port)
        return true
    }

    /// Returns where a login leads: the port of this machine, and the path with the answer.
    func answer(to url: HTTPURL) -> (port: Int, path: String)? {
        let query = FormFields.parse(url.query ?? "")
        func value(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }
        guard let redirect = try? HTTPURL(value("redirect_uri")) else { return nil }
        let rules = state.withLock { $0.rules }
        let code = "code-\(next())\(secrets)"
        state.withLock { $0.scopes[code] = value("scope") }
        let fields = [("state", value("state")), ("iss", rules.namedIssuer ?? rules.issuer)]
        let answer = FormFields.encode((fields + (rules.refusal ?? [("code", code)])).map { (name: $0.0, value: $0.1) })
        return (redirect.port, "\(redirect.path)?\(answer)")
    }

    private func get(_ path: String, _ port: Int) async throws -> String {
        try await RawClient.answer(
            to: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n", port: port)
    }

    // MARK: - Commands

    /// Runs `parallel mcp …`; opens a browser where the command wants to.
    func run(
        _ words: [String], _ home: TemporaryDirectory, stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), clock: any Clock<Duration> = PatientClock(),
        prompter: @escaping @Sendable (_ shown: String) -> LineEditor.Result = { _ in .endOfInput }
    ) async -> Outcome {
        let streams = Streams.captured(stdin: Array(stdin.utf8))
        var context = Context.test(
            self, streams: streams, terminal: terminal, environment: environment, directory: home.path, clock: clock,
            prompter: Prompter { _ in prompter(streams.capturedError) })
        context.openBrowser = { await self.browse($0) }
        let code = await Run.run(["mcp"] + words, context)
        return Outcome(code: code, output: streams.capturedOutput, errors: streams.capturedError)
    }

    struct Outcome: Sendable {
        let code: ExitCode
        let output: String
        let errors: String
    }
}
