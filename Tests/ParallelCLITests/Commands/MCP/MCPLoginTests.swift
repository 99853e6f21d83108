import ParallelAuth
import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite struct MCPLoginTests {
    private let home: TemporaryDirectory
    private static let terminal = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true)
    private static let login = ["login", MCPRun.url]
    private static let waiting = ["--browser", "--wait-for-auth", "60"]

    init() throws { home = try TemporaryDirectory() }

    private var files: [String] { Disk.names(in: home.file(".config/parallel/credentials")).sorted() }

    /// Runs a command and checks that it shows no secret.
    private func run(
        _ world: OAuthWorld, _ words: [String], stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), clock: any Clock<Duration> = PatientClock(),
        prompter: @escaping @Sendable (String) -> LineEditor.Result = { _ in .endOfInput }
    ) async -> OAuthWorld.Outcome {
        let outcome = await world.run(
            words, home, stdin: stdin, environment: environment, terminal: terminal, clock: clock, prompter: prompter)
        let shown = outcome.output + outcome.errors
        #expect(!shown.contains(world.secrets) && !shown.contains("s3cret-value"), "\(shown)")
        return outcome
    }

    private func query(_ url: HTTPURL?) -> [String: String] {
        Dictionary(FormFields.parse(url?.query ?? "").map { ($0.name, $0.value) }) { first, _ in first }
    }

    @Test func `a login in the browser is used by the commands after it`() async throws {
        let world = OAuthWorld()
        let login = await run(world, Self.login, terminal: Self.terminal)
        #expect(login.code == .success && login.output == "" && login.errors.contains("signed in"), "\(login)")
        #expect(query(world.opened.first)["resource"] == MCPRun.url && query(world.opened.first)["scope"] == "read")
        let tools = await run(world, ["tools", MCPRun.url])
        #expect(tools.code == .success && tools.output.hasPrefix("echo"))
        #expect(world.tokens.last == "Bearer access-3\(world.secrets)")
        #expect(files.filter { $0.hasSuffix(".json") }.count == 1)
    }

    @Test func `without a terminal no browser is opened, and nobody is waited for`() async throws {
        let world = OAuthWorld()
        let login = await run(world, Self.login)
        #expect(login.code == .notAuthenticated && world.opened.isEmpty && world.forms("/register").isEmpty)
        #expect(login.errors.contains("--print-handoff") && login.errors.contains("--wait-for-auth"))
    }

    @Test func `a command without a login names the one that signs in`() async throws {
        let tools = await run(OAuthWorld(), ["tools", MCPRun.url])
        #expect(tools.code == .notAuthenticated)
        #expect(tools.errors.contains("it offers a login: parallel mcp login https://mcp.example/mcp"))
    }

    @Test(
        arguments: [
            (
                [("error", "access_denied"), ("error_description", "Not you")], nil, ExitCode.notAuthenticated,
                "Not you"
            ),
            ([("error", "server_error")], nil, .refused, "server_error"),
            (
                [("error", "access_denied"), ("error_description", "Pay")], "https://evil.example", .refused,
                "does not come"
            ),
            (nil, "https://auth.example/", .refused, "does not come"),
        ] as [([(String, String)]?, String?, ExitCode, String)])
    func `a refusal and an answer of somebody else end the login`(
        refusal: [(String, String)]?, issuer: String?, code: ExitCode, words: String
    ) async throws {
        let world = OAuthWorld(OAuthWorld.Rules(refusal: refusal, namedIssuer: issuer))
        let login = await run(world, Self.login + Self.waiting)
        #expect(login.code == code && login.errors.contains(words) && !login.errors.contains("Pay"), "\(login)")
        #expect(world.forms("/token").isEmpty && files.allSatisfy { !$0.hasSuffix(".json") })
    }

    @Test func `the answer to another login is refused, and the wait goes on`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(sendsForeignState: true))
        let login = await run(world, Self.login + Self.waiting)
        #expect(login.code == .success && world.forms("/token").count == 1)
    }

    @Test(arguments: [[], ["--device"]])
    func `a wait ends when its time is over`(way: [String]) async throws {
        let clock = ManualClock()
        let world = OAuthWorld(OAuthWorld.Rules(hasDevices: true))
        async let login = run(world, Self.login + way + ["--wait-for-auth", "90"], clock: clock)
        try await poll("the wait") {
            clock.advance(by: .milliseconds(500))
            return clock.sleeps.contains { $0 >= .seconds(90) && $0 < .seconds(100) }
        }
        clock.advance(by: .seconds(100))
        let outcome = await login
        #expect(outcome.code == .notAuthenticated && outcome.errors.contains("nobody has signed in within"))
    }

    @Test(arguments: ["http://localhost:PORT/oauth/back?x=1", "http://127.0.0.1/back"])
    func `the browser comes back to the address that was registered by hand`(pattern: String) async throws {
        let world = OAuthWorld(OAuthWorld.Rules(registers: false))
        var free: CallbackListener? = try CallbackListener()
        let address = pattern.replacing("PORT", with: "\(free?.port ?? 0)")
        free = nil
        let first = await run(world, Self.login + Self.waiting + ["--client-id", "by-hand", "--redirect-uri", address])
        #expect(first.code == .success, "\(first)")
        let sent = query(world.opened.last)["redirect_uri"] ?? ""
        #expect(
            pattern.contains("PORT") ? sent == address : sent.hasPrefix("http://127.0.0.1:") && sent.hasSuffix("/back"))
        #expect(world.forms("/token").last?["redirect_uri"] == sent)
        // It is remembered with the id.
        let again = await run(world, Self.login + Self.waiting)
        let later = query(world.opened.last)
        #expect(again.code == .success && later["client_id"] == "by-hand", "\(again)")
        #expect(
            pattern.contains("PORT")
                ? later["redirect_uri"] == address : later["redirect_uri"]?.hasSuffix("/back") == true)
    }

    @Test func `a port that is taken is told`() async throws {
        let taken = try CallbackListener()
        let login = await run(OAuthWorld(), Self.login + Self.waiting + ["--callback-port", "\(taken.port)"])
        #expect(login.code == .unexpected && login.errors.contains("--callback-port takes another one"), "\(login)")
        let address = ["--client-id", "x", "--redirect-uri", "http://localhost:\(taken.port)/b"]
        let other = await run(OAuthWorld(), Self.login + Self.waiting + address)
        #expect(other.code == .unexpected && other.errors.contains("--redirect-uri takes another one"), "\(other)")
    }

    @Test func `an address is handed to somebody else, who gives back where the browser ended`() async throws {
        let world = OAuthWorld()
        let handoff = await run(world, Self.login + ["--print-handoff"])
        let json = try JSONValue.parse(handoff.output)
        #expect(handoff.code == .success && handoff.errors == "" && world.opened.isEmpty)
        #expect(
            json["wait_command"]
                == [
                    "parallel", "mcp", "login", "--stored-auth-only", "--wait-for-auth", "120", "--",
                    .string(MCPRun.url),
                ])
        #expect(files.contains { $0.hasSuffix(".pending.json") })

        let url = try HTTPURL(json["authorization_url"]?.string ?? "")
        let wrong = await run(
            world, Self.login + ["--callback", "-"], stdin: "http://127.0.0.1/callback?state=x&code=y")
        #expect(wrong.code == .usage && world.forms("/token").isEmpty)
        let answer = try #require(world.answer(to: url))
        let right = "http://127.0.0.1:\(answer.port)\(answer.path)\n"
        // Another process waits meanwhile.
        async let waiting = run(world, Self.login + ["--stored-auth-only", "--wait-for-auth", "60"])
        let finished = await run(world, Self.login + ["--callback", "-"], stdin: right)
        let waited = await waiting
        #expect(finished.code == .success && world.forms("/token").count == 1, "\(finished)")
        #expect(waited.code == .success && world.opened.isEmpty, "\(waited)")
        // The answer counts once.
        let again = await run(world, Self.login + ["--callback", "-"], stdin: right)
        #expect(again.code == .notAuthenticated && world.forms("/token").count == 1)
    }

    @Test func `a process that begins to wait while another one finishes the login sees its end`() async throws {
        let world = OAuthWorld()
        _ = await run(world, Self.login + ["--print-handoff"])
        let store = try #require(CredentialStore(environment: ["HOME": home.path]))
        let pending = CredentialStore.name(of: MCPRun.url, account: nil, pending: true)
        let clock = ManualClock()
        let words = Self.login + ["--stored-auth-only", "--wait-for-auth", "60"]
        let waiting = try await store.locked(pending, clock) {
            try StoredLogin.keep(at: MCPRun.url, token: "token-1", in: home.path)
            let task = Task { await run(world, words, clock: clock) }
            try await poll("the process to wait for the other one") { clock.sleeps.contains(.milliseconds(50)) }
            try store.remove(pending)
            return task
        }
        try await poll("the clock to be looked at again") {
            clock.advance(by: .milliseconds(50))
            return clock.sleeperCount == 0
        }
        let outcome = await waiting.value
        #expect(outcome.code == .success && outcome.errors.contains("signed in"), "\(outcome)")
    }

    @Test func `a process that waits for a handed-over login gets it from the browser`() async throws {
        let world = OAuthWorld()
        let handoff = await run(world, Self.login + ["--print-handoff"])
        let url = try JSONValue.parse(handoff.output)["authorization_url"]?.string ?? ""
        async let waiting = run(world, Self.login + ["--wait-for-auth", "60"])
        let port = try #require(world.answer(to: HTTPURL(url))).port
        try await poll("the port to open") { (try? RawClient(port: port)) != nil }
        #expect(await world.browse(url))
        let waited = await waiting
        #expect(waited.code == .success && world.opened.count == 1, "\(waited)")
    }

    @Test func `on a terminal the address can be pasted`() async throws {
        let world = OAuthWorld()
        let count = Lock(0)
        let login = await run(world, Self.login + ["--no-browser"], terminal: Self.terminal) { shown in
            let number = count.withLock { count in
                count += 1
                return count
            }
            guard number > 1, let line = shown.split(separator: "\n").first(where: { $0.hasPrefix("  https://") }),
                let url = try? HTTPURL(String(line.dropFirst(2))), let answer = world.answer(to: url)
            else { return .line("what?") }
            return .line(" http://127.0.0.1:\(answer.port)\(answer.path) ")
        }
        #expect(login.code == .success && login.errors.contains("that is not the address"), "\(login)")
        #expect(world.opened.isEmpty)
    }

    @Test func `two logins at once both end well`() async throws {
        let world = OAuthWorld()
        async let one = run(world, Self.login + Self.waiting)
        async let other = run(world, Self.login + Self.waiting)
        let codes = await [one.code, other.code]
        #expect(codes == [.success, .success])
        #expect(await run(world, ["tools", MCPRun.url]).code == .success)
    }

    // MARK: - Scopes

    @Test func `a login asks for more if the server wants it`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(neededScopes: ["read", "write"]))
        let login = await run(world, Self.login + Self.waiting)
        #expect(login.code == .success, "\(login)")
        #expect(world.opened.map { query($0)["scope"] } == ["read", "read write"])
    }

    @Test func `a server that goes on asking is given up after two more times`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(neededScopes: (1...9).map { "s\($0)" }))
        let login = await run(world, Self.login + Self.waiting)
        #expect(login.code == .refused && world.opened.count == 3, "\(login)")
    }

    @Test func `a call that needs another scope names the login for it`() async throws {
        let world = OAuthWorld()
        _ = await run(world, Self.login + Self.waiting)
        world.change { $0.neededScopes = ["write"] }
        let tools = await run(world, ["tools", MCPRun.url])
        #expect(tools.code == .notAuthenticated && tools.errors.contains("--scope 'read write'"), "\(tools)")
    }

    // MARK: - Clients

    @Test func `a client is registered once, and anew where the issuer changes`() async throws {
        let world = OAuthWorld()
        for _ in 0..<2 { #expect(await run(world, Self.login + Self.waiting).code == .success) }
        #expect(world.forms("/register").count == 1)
        let (first, port) = (query(world.opened[0])["client_id"], query(world.opened[0])["redirect_uri"])
        #expect(query(world.opened[1])["client_id"] == first && query(world.opened[1])["redirect_uri"] == port)
        world.change { $0.issuer = "https://new.example" }
        #expect(await run(world, Self.login + Self.waiting).code == .success)
        #expect(world.forms("/register").count == 2)
        let sent = world.requests.filter { $0.url.host == "new.example" }
            .map { $0.url.description + String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(sent.allSatisfy { !$0.contains(first ?? "?") })
    }

    @Test func `a server that registers nobody needs an id`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(registers: false))
        let none = await run(world, Self.login + Self.waiting)
        #expect(none.code == .usage && none.errors.contains("--client-id"))
        let given = await run(
            world, Self.login + Self.waiting + ["--client-id", "by-hand", "--client-secret-env", "S"],
            environment: ["S": "s3cret-value"])
        #expect(given.code == .success && query(world.opened.last)["client_id"] == "by-hand", "\(given)")
        let basic = world.requests.last { $0.url.path == "/token" }?.headers["authorization"]
        #expect(basic == "Basic \(Base64.encode(Array("by-hand:s3cret-value".utf8)))")
        // It is remembered.
        let again = await run(world, Self.login + Self.waiting, environment: ["S": "s3cret-value"])
        #expect(again.code == .success && query(world.opened.last)["client_id"] == "by-hand")
    }

    @Test func `a client that a document describes is not registered`() async throws {
        let world = OAuthWorld()
        let document = "https://client.example/parallel.json"
        let login = await run(world, Self.login + Self.waiting + ["--client-metadata-url", document])
        #expect(login.code == .success && world.forms("/register").isEmpty, "\(login)")
        #expect(query(world.opened.last)["client_id"] == document && world.forms("/token")[0]["client_id"] == document)
    }

    @Test func `a client signs itself in without a person`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(lifetime: 0))
        let words = Self.login + ["--client-credentials", "--client-id", "ci", "--client-secret-env", "S"]
        let missing = await run(world, words)
        #expect(missing.code == .usage && missing.errors.contains("variable S") && world.requests.isEmpty)
        let login = await run(world, words, environment: ["S": "s3cret-value"])
        #expect(login.code == .success && world.opened.isEmpty, "\(login)")
        let file = try #require(files.first { $0.hasSuffix(".json") })
        #expect(Disk.text(home.file(".config/parallel/credentials/\(file)"))?.contains("s3cret") == false)
        // The token has expired at once, so each command gets another.
        #expect(await run(world, ["tools", MCPRun.url], environment: ["S": "s3cret-value"]).code == .success)
        #expect(await run(world, ["tools", MCPRun.url]).code == .usage)
    }

    @Test func `a secret that is refused is looked for where it was read`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(knowsClients: false))
        try home.write("s3cret-value", to: "secret.txt", mode: 0o600)
        let secrets = [
            ("--client-secret-env", "CI_SECRET", "CI_SECRET"), ("--client-secret-file", "secret.txt", "/secret.txt"),
        ]
        for (flag, value, place) in secrets {
            let login = await run(
                world, Self.login + ["--client-credentials", "--client-id", "ci", flag, value],
                environment: ["CI_SECRET": "s3cret-value"])
            #expect(login.code == .notAuthenticated && login.errors.contains("invalid_client"), "\(login)")
            #expect(
                login.errors.contains("check the client's id and its secret, which is in ")
                    && login.errors.contains("\(place)\n"))
        }
        let registered = await run(world, Self.login + Self.waiting)
        #expect(registered.code == .notAuthenticated && registered.errors.contains("mcp logout"), "\(registered)")
    }

    @Test(arguments: [
        ["--client-credentials"], ["--client-secret-env", "S"], ["--device", "--print-handoff"],
        ["--client-id", "x", "--client-secret-env", "S", "--client-secret-file", "f"], ["--callback-port", "0"],
        ["--wait-for-auth", "0"], ["--stored-auth-only", "--callback", "-"],
        ["--client-id", "x", "--client-credentials"], ["--redirect-uri", "https://127.0.0.1/x"],
        ["--redirect-uri", "http://evil.example/x"], ["--redirect-uri", "http://localhost:9/x#part"],
        ["--device", "--redirect-uri", "http://localhost:9/x"], ["--device", "--callback-port", "9"],
        ["--redirect-uri", "http://localhost:9/x", "--callback-port", "8"],
    ])
    func `flags that do not fit together are refused before anything is sent`(words: [String]) async throws {
        let world = OAuthWorld()
        #expect(await run(world, Self.login + words).code == .usage && world.requests.isEmpty)
    }

    // MARK: - Stored logins

    @Test func `with stored logins only, nothing is sent without one`() async throws {
        let world = OAuthWorld()
        for words in [Self.login, ["tools", MCPRun.url], ["test", MCPRun.url]] {
            let outcome = await run(world, words + ["--stored-auth-only"], terminal: Self.terminal)
            #expect(outcome.code == .notAuthenticated && outcome.errors.contains("mcp login"), "\(outcome)")
        }
        #expect(world.requests.isEmpty && world.opened.isEmpty)
        _ = await run(world, Self.login + Self.waiting)
        #expect(await run(world, Self.login + ["--stored-auth-only"]).code == .success)
    }

    @Test func `accounts are kept apart`() async throws {
        let world = OAuthWorld()
        _ = await run(world, Self.login + Self.waiting)
        let sent = world.requests.count
        let none = await run(world, ["tools", MCPRun.url, "--account", "work"])
        #expect(
            none.code == .notAuthenticated && none.errors.contains("mcp login https://mcp.example/mcp --account work"))
        #expect(world.requests.count == sent)
        #expect(await run(world, Self.login + Self.waiting + ["--account", "work"]).code == .success)
        #expect(await run(world, ["tools", MCPRun.url, "--account", "work"]).code == .success)
        #expect(Set(world.tokens.suffix(20).compactMap(\.self)).count == 2)
        _ = await run(world, ["logout", MCPRun.url])
        let nameless = await run(world, ["tools", MCPRun.url])
        #expect(nameless.code == .notAuthenticated)
        #expect(nameless.errors.contains("there is a login as 'work'; use it with --account work\n"), "\(nameless)")
    }

    @Test func `a refusal names the login of the account that was used`() async throws {
        try StoredLogin.keep(at: MCPRun.url, "work", token: "old-4711", refreshToken: "r-4711", in: home.path)
        let server = ScriptedMCPServer { call in
            call.request.url.path == "/token"
                ? .json(["access_token": "new-4711", "token_type": "Bearer"])
                : .empty(401, headers: [("www-authenticate", "Bearer")])
        }
        for words in [["tools"], ["pin"], ["export", "--as", "mcp"]] {
            let run = await MCPRun.run(words + [MCPRun.url, "--account", "work"], server, directory: home.path)
            #expect(run.code == .notAuthenticated && !run.errors.contains("4711"), "\(run.errors)")
            #expect(run.errors.contains("parallel mcp login https://mcp.example/mcp --account work\n"), "\(run.errors)")
        }
        #expect(server.calls.contains { $0.header("authorization") == "Bearer new-4711" })
    }

    @Test func `an expired login that can't be renewed needs a person`() async throws {
        let world = OAuthWorld(OAuthWorld.Rules(lifetime: 0))
        _ = await run(world, Self.login + Self.waiting)
        world.change { $0.refreshes = false }
        let tools = await run(world, ["tools", MCPRun.url])
        #expect(tools.code == .notAuthenticated && tools.errors.contains("parallel mcp login"), "\(tools)")
    }

    @Test func `a login that others can read is not used`() async throws {
        let world = OAuthWorld()
        _ = await run(world, Self.login + Self.waiting)
        let file = try #require(files.first { $0.hasSuffix(".json") })
        let path = home.file(".config/parallel/credentials/\(file)")
        let bytes = Disk.bytes(path) ?? []
        UserFile.remove(path)
        try home.write(bytes, to: ".config/parallel/credentials/\(file)", mode: 0o644)
        let tools = await run(world, ["tools", MCPRun.url])
        #expect(tools.code == .unexpected && tools.errors.contains("chmod 600"), "\(tools)")
    }

    @Test func `a key that is refused is no reason to sign in`() async throws {
        let world = OAuthWorld()
        let words = [MCPRun.url, "--bearer-env", "T"]
        let tools = await run(world, ["tools"] + words, environment: ["T": "some-token-1"])
        #expect(tools.code == .notAuthenticated && !tools.errors.contains("mcp login"), "\(tools)")
        let login = await run(world, ["login"] + words, environment: ["T": "some-token-1"])
        #expect(login.code == .usage && login.errors.contains("credentials of its own"))
    }

    @Test func `a server without a login is told`() async throws {
        let server = ScriptedMCPServer { call in
            call.request.method == .get ? .empty(404) : try await ScriptedMCPServer.legacy().send(call.request)
        }
        let login = await MCPRun.run(Self.login + Self.waiting, server)
        #expect(login.code == .refused && login.errors.contains("asks for no login"))
    }

    // MARK: - Registry

    @Test func `a server that wants a login is stored, and shows it afterwards`() async throws {
        let world = OAuthWorld()
        let added = await run(world, ["add", "wiki", MCPRun.url])
        #expect(added.code == .success && added.errors.contains("parallel mcp login wiki"), "\(added)")
        #expect(await run(world, ["login", "wiki"] + Self.waiting).code == .success)
        let list = await run(world, ["list"])
        #expect(list.output.contains("signed in; the token expires in"))
        let shown = try JSONValue.parse(await run(world, ["get", "wiki", "--json"]).output)
        #expect(shown["logins"]?[0]?["issuer"] == "https://auth.example" && shown["logins"]?[0]?["usable"] == true)
        let test = await run(world, ["test", "wiki"])
        #expect(test.output.contains("accepted: the stored login; the token expires in 60 min"), "\(test)")
    }

    @Test func `signing out revokes the tokens, or says what stays valid`() async throws {
        let world = OAuthWorld()
        _ = await run(world, Self.login + Self.waiting)
        let first = await run(world, ["logout", MCPRun.url])
        #expect(first.code == .success && first.errors.contains("revoked") && world.forms("/revoke").count == 2)
        #expect(await run(world, ["logout", MCPRun.url]).code == .usage)
        world.change { $0.revokes = false }
        _ = await run(world, Self.login + Self.waiting)
        let second = await run(world, ["logout", MCPRun.url])
        #expect(second.code == .success && second.errors.contains("not revoked") && second.errors.contains("valid"))
        #expect(files.allSatisfy { !$0.hasSuffix(".json") })
    }
}
