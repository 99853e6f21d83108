import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport

/// Parallel's platform, its Account API and its API, and somebody with a browser, in this process.
final class PlatformWorld: HTTPTransport {
    struct Rules: Sendable {
        /// What the answers to the polls of a device are, in their order; a login follows.
        var polls: [String] = []
        var registers = true
        /// The clients that the platform does not know.
        var unknownClients: Set<String> = []
        var apps = ["parallel-cli Users"]
        var createsKeys = true
        var revokes = true
        /// Whether the API accepts the keys.
        var acceptsKeys = true
        var isInvoiced = false
        var isReachable = true
        /// What the browser brings back besides the state, in place of a code.
        var refusal: [(String, String)]?
        /// Whether an answer to another login comes first.
        var sendsForeignState = false
        /// How long access tokens are valid, in seconds.
        var lifetime = 600
        var refreshes = true
        /// What answers a charge in place of the balance.
        var chargeError: HTTPError?
        var chargeAnswer: JSONValue?
        /// Whether somebody has deleted the keys.
        var hasNoKeys = false
    }

    private struct State {
        var rules: Rules
        var requests: [HTTPRequest] = []
        var opened: [String] = []
        var count = 0
    }

    private let state: Lock<State>
    /// What every secret of this world ends with.
    let secrets = "-secret-4711"

    init(_ rules: Rules = Rules()) { state = Lock(State(rules: rules)) }

    func change(_ work: (inout Rules) -> Void) { state.withLock { work(&$0.rules) } }

    var requests: [HTTPRequest] { state.withLock { $0.requests } }
    /// The addresses that a browser has opened.
    var opened: [String] { state.withLock { $0.opened } }

    /// The requests to a path, without query, that ends with `path`.
    func sent(_ path: String) -> [HTTPRequest] { requests.filter { $0.url.path.hasSuffix(path) } }

    /// The forms that were sent to a path.
    func forms(_ path: String) -> [[String: String]] {
        sent(path).map { request in
            let fields = FormFields.parse(String(decoding: request.body ?? [], as: UTF8.self))
            return Dictionary(fields.map { ($0.name, $0.value) }) { first, _ in first }
        }
    }

    private func next() -> Int {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    // MARK: - Servers

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let rules = state.withLock { state in
            state.requests.append(request)
            return state.rules
        }
        guard rules.isReachable else { throw HTTPError(.connect, "no way", mayHaveBeenSent: false) }
        let form = FormFields.parse(String(decoding: request.body ?? [], as: UTF8.self))
        func field(_ name: String) -> String? { form.first { $0.name == name }?.value }
        let host = request.url.host
        switch request.url.path {
        case "/getServiceKeys/register" where host == "platform.parallel.ai" && rules.registers,
            "/getKeys/register" where host == "platform.parallel.ai" && rules.registers:
            return .json(["client_id": .string("client-\(next())")], status: 201)
        case "/getServiceKeys/device/code":
            if rules.unknownClients.contains(field("client_id") ?? "") {
                return .json(["error": "invalid_client", "error_description": "Unknown client_id"], status: 401)
            }
            let base = "https://platform.parallel.ai/getServiceKeys/device"
            return .json([
                "device_code": .string("device\(secrets)"), "user_code": "BCDF-GHJK", "verification_uri": .string(base),
                "verification_uri_complete": .string(base + "?user_code=BCDF-GHJK"), "expires_in": 600, "interval": 5,
            ])
        case "/getServiceKeys/token": return token(rules, isRefresh: field("grant_type") == "refresh_token")
        case "/getServiceKeys/token/revoke": return .empty(rules.revokes ? 200 : 500)
        case "/getKeys/token": return .json(["access_token": .string("key-\(next())\(secrets)")])
        case let path where path.hasPrefix("/account/service/v1/") && host == "api.parallel.ai":
            return try account(request, String(path.dropFirst("/account/service/v1".count)), rules)
        case let path where path.hasPrefix("/v1/tasks/runs/") || path.hasSuffix("/v1/tasks/runs/trun_" + zeros):
            return .json(
                [
                    "type": "error",
                    "error": ["message": .string(rules.acceptsKeys ? "Run id not found" : "No such key")],
                ],
                status: rules.acceptsKeys ? 404 : 401)
        default: return .empty(404)
        }
    }

    private let zeros = String(repeating: "0", count: 32)

    private func token(_ rules: Rules, isRefresh: Bool) -> HTTPResponse {
        if isRefresh, !rules.refreshes { return .json(["error": "invalid_grant"], status: 400) }
        if !isRefresh, let error = rules.polls.first {
            change { $0.polls.removeFirst() }
            return .json(["error": .string(error), "error_description": "So it is"], status: 400)
        }
        let number = next()
        return .json([
            "access_token": .string("access-\(number)\(secrets)"), "token_type": "Bearer",
            "refresh_token": .string("refresh-\(number)\(secrets)"), "expires_in": .number(JSONNumber(rules.lifetime)),
            "refresh_token_expires_in": 604_800, "authorization_expires_in": 7_776_000, "org_id": "org_1",
            "org_name": "Acme Org", "scope": "keys:read",
        ])
    }

    private func account(_ request: HTTPRequest, _ path: String, _ rules: Rules) throws -> HTTPResponse {
        guard request.headers["authorization"]?.hasPrefix("Bearer access-") == true else {
            return .json(["type": "error", "error": ["message": "Unauthorized"]], status: 401)
        }
        let balance: JSONValue = [
            "org_id": "org_1", "credit_balance_cents": 1_234.5, "pending_debit_balance_cents": 50,
            "will_invoice": .bool(rules.isInvoiced),
        ]
        switch (request.method, path) {
        case (.get, "/apps"):
            let apps = rules.apps.enumerated().map { number, name -> JSONValue in
                ["app_id": .string("app_\(number)"), "app_name": .string(name), "org_id": "org_1"]
            }
            return .json(["apps": .array(apps)])
        case (.post, _) where path.hasSuffix("/keys"):
            guard rules.createsKeys else {
                return .json(["type": "error", "error": ["message": "No more keys"]], status: 403)
            }
            let body = try JSONValue.parse(request.body ?? [])
            let number = next()
            return .json([
                "api_key_id": .string("key_\(number)"), "api_key_name": body["api_key_name"] ?? .null,
                "app_id": "app_0", "app_name": .string(rules.apps[0]), "created_by_user_email": "user@example.com",
                "display_value": "key-...4711", "raw_api_key": .string("key-\(number)\(secrets)"),
                "created_at": 1_700_000_000,
            ])
        case (.delete, _):
            if rules.hasNoKeys {
                return .json(["type": "error", "error": ["message": "Key not found"]], status: 404)
            }
            return .json(["deleted": true])
        case (.get, "/balance"): return .json(balance)
        case (.post, "/balance/add"):
            if let error = rules.chargeError { throw error }
            return .json(rules.chargeAnswer ?? balance)
        default: return .empty(404)
        }
    }

    // MARK: - The browser

    /// Opens an address; that of a login in the browser leads back to this machine.
    private func browse(_ text: String) async -> Bool {
        state.withLock { $0.opened.append(text) }
        let rules = state.withLock { $0.rules }
        guard let url = try? HTTPURL(text), url.path == "/getKeys/authorize" else { return true }
        let query = FormFields.parse(url.query ?? "")
        func value(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }
        guard let redirect = try? HTTPURL(value("redirect_uri")) else { return false }
        if rules.sendsForeignState { await get("\(redirect.path)?state=other&code=x", redirect.port) }
        let fields = [("state", value("state"))] + (rules.refusal ?? [("code", "code\(secrets)")])
        await get("\(redirect.path)?\(FormFields.encode(fields.map { (name: $0.0, value: $0.1) }))", redirect.port)
        return true
    }

    private func get(_ path: String, _ port: Int) async {
        _ = try? await RawClient.answer(
            to: "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n", port: port)
    }

    // MARK: - Commands

    struct Outcome: Sendable {
        let code: ExitCode
        let output: String
        let errors: String

        /// The events of `login --json`.
        var events: [JSONValue] { output.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) } }
    }

    /// Runs `parallel …` without a key in the environment; opens a browser where the command wants to.
    func run(
        _ words: [String], _ home: TemporaryDirectory, stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), clock: any Clock<Duration> = PatientClock(),
        answers: [LineEditor.Result] = []
    ) async -> Outcome {
        let streams = Streams.captured(stdin: Array(stdin.utf8))
        var context = Context.test(
            self, streams: streams, terminal: terminal,
            environment: ["PARALLEL_API_KEY": ""].merging(environment) { $1 }, directory: home.path, clock: clock,
            prompter: .scripted(answers))
        context.openBrowser = { await self.browse($0) }
        let code = await Run.run(words, context)
        return Outcome(code: code, output: streams.capturedOutput, errors: streams.capturedError)
    }
}
