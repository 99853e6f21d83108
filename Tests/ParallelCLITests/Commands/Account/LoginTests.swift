import ParallelAuth
import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@Suite struct LoginTests {
    private let home: TemporaryDirectory
    private static let terminal = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true)
    private static let waiting = ["login", "--wait-for-auth", "10m"]

    init() throws { home = try TemporaryDirectory() }

    private var file: String { home.file(".config/parallel/credentials.json") }
    private func stored(_ profile: String = "default") throws -> JSONValue? {
        try JSONValue.parse(Disk.bytes(file) ?? Array("{}".utf8))["profiles"]?[profile]
    }

    /// Runs a command and checks that it shows no secret.
    private func run(
        _ world: PlatformWorld, _ words: [String], stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), clock: any Clock<Duration> = ManualClock(passing: .seconds(60)),
        answers: [LineEditor.Result] = []
    ) async -> PlatformWorld.Outcome {
        let outcome = await world.run(
            words, home, stdin: stdin, environment: environment, terminal: terminal, clock: clock, answers: answers)
        let shown = outcome.output + outcome.errors
        #expect(!shown.contains(world.secrets), "\(shown)")
        return outcome
    }

    // MARK: - On any device

    @Test func `a login on a device creates a key, which the commands after it use`() async throws {
        let world = PlatformWorld(.init(polls: ["authorization_pending", "slow_down", "authorization_pending"]))
        let clock = ManualClock(passing: .seconds(60))
        let login = await run(world, ["login"], terminal: Self.terminal, clock: clock)
        #expect(login.code == .success && login.output == "", "\(login)")
        #expect(login.errors.contains("BCDF-GHJK") && login.errors.contains("'Acme Org'"), "\(login.errors)")
        #expect(world.opened.map { $0.hasSuffix("?user_code=BCDF-GHJK&onboard_variant=agent") } == [true])
        #expect(clock.sleeps.prefix(4) == [.seconds(5), .seconds(5), .seconds(10), .seconds(10)], "\(clock.sleeps)")
        let scope = "keys:read keys:create keys:delete apps:read apps:create apps:delete balance:read balance:add"
        #expect(world.forms("/device/code").map { $0["scope"] } == [scope])
        #expect(world.forms("/token").allSatisfy { $0["client_id"] == "client-1" })
        let key = try #require(world.sent("/keys").first)
        #expect(key.url.path == "/account/service/v1/apps/app_0/keys")
        #expect(String(decoding: key.body ?? [], as: UTF8.self) == "{\"api_key_name\":\"client-1-2023-11-14-2213\"}")
        #expect(Disk.mode(file) == 0o600)
        let profile = try stored()
        #expect(profile?["api_key"] == "key-3-secret-4711" && profile?["org_id"] == "org_1")
        #expect(profile?["api_base"] == "https://api.parallel.ai" && profile?["key_id"] == "key_3")

        let status = await run(world, ["task", "status", "trun_1"])
        #expect(status.code == .refused)
        #expect(world.requests.last?.headers["x-api-key"] == "key-3-secret-4711")
    }

    @Test func `without a terminal nobody is waited for, and nothing is sent`() async throws {
        for words in [["login"], ["login", "--web"], ["login", "--json"]] {
            let world = PlatformWorld()
            let login = await run(world, words)
            #expect(login.code == .notAuthenticated && world.requests.isEmpty && world.opened.isEmpty, "\(words)")
            #expect(login.errors.contains("--wait-for-auth 10m") && login.errors.contains("--with-key"))
        }
    }

    @Test(arguments: [
        ("access_denied", ExitCode.notAuthenticated, "says no"), ("expired_token", .notAuthenticated, "in time"),
        ("server_error", .refused, "server_error"),
    ])
    func `a login that is refused stores nothing`(error: String, code: ExitCode, words: String) async throws {
        let world = PlatformWorld(.init(polls: [error]))
        let login = await run(world, Self.waiting)
        #expect(login.code == code && login.errors.contains(words), "\(login)")
        #expect(world.sent("/keys").isEmpty && Disk.text(file) == nil)
    }

    @Test func `a code that nobody types expires`() async throws {
        let world = PlatformWorld(.init(polls: Array(repeating: "authorization_pending", count: 1_000)))
        let login = await run(world, ["login"], terminal: Self.terminal)
        #expect(login.code == .notAuthenticated && login.errors.contains("nobody has typed the code in time"))
        #expect(world.forms("/token").count == 120)
    }

    @Test func `a client that could not register, or that the platform has forgotten, signs in all the same`()
        async throws
    {
        let world = PlatformWorld(.init(registers: false))
        let first = await run(world, Self.waiting)
        #expect(first.code == .success && first.errors.contains("warning: this program could not be registered"))
        #expect(world.forms("/device/code").last?["client_id"] == "parallel-cli")
        world.change { ($0.registers, $0.unknownClients) = (true, ["parallel-cli"]) }
        let second = await run(world, Self.waiting)
        #expect(second.code == .success, "\(second)")
        let id = try #require(world.forms("/device/code").last?["client_id"])
        #expect(id.hasPrefix("client-"))
        // What was registered is used again.
        _ = await run(world, Self.waiting)
        #expect(world.forms("/device/code").last?["client_id"] == id)
    }

    @Test func `the events are those of the official tool, and have no secret`() async throws {
        let world = PlatformWorld()
        let login = await run(world, Self.waiting + ["--json"])
        #expect(login.events.map { $0["event"] } == ["auth_start", "device_code", "auth_waiting", "auth_success"])
        #expect(login.events[1]["user_code"] == "BCDF-GHJK" && login.events[1]["expires_in"] == 600)
        #expect(login.events[1]["browser_opened"] == false && login.events[1]["browser_open_attempted"] == false)
        let refused = await run(PlatformWorld(.init(polls: ["access_denied"])), Self.waiting + ["--json"])
        #expect(refused.code == .notAuthenticated && refused.events.last?["event"] == "auth_error")
        #expect(refused.events.last?["error"]?["message"]?.string?.contains("says no") == true)
    }

    @Test func `without an app for it the login stays, and says that it has no key`() async throws {
        let world = PlatformWorld(.init(apps: ["one", "two"]))
        let login = await run(world, Self.waiting)
        #expect(login.code == .refused && login.errors.contains("it has 'one', 'two'"), "\(login)")
        #expect(try stored()?["token"] != nil && stored()?["api_key"] == nil)
        let key = await world.run(["key", "create", "--app", "two"], home)
        #expect(key.code == .success && key.output.hasSuffix("-secret-4711\n"), "\(key)")
        let chosen = await run(world, Self.waiting + ["--app", "two"])
        #expect(try chosen.code == .success && stored()?["api_key"] != nil, "\(chosen)")
        // The only app there is, is meant.
        world.change { $0.apps = ["one"] }
        #expect(await run(world, Self.waiting).code == .success)
    }

    @Test func `the key of before stays until a login has another`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let before = try #require(try stored())
        world.change { $0.createsKeys = false }
        let refused = await run(world, Self.waiting, environment: ["PARALLEL_BASE_URL": "https://gateway.example"])
        #expect(refused.code == .refused && refused.errors.contains("go on with the one of before"), "\(refused)")
        let after = try #require(try stored())
        for member in ["api_base", "api_key", "key_id", "key_name", "app_id"] {
            #expect(after[member] == before[member], "\(member)")
        }
        #expect(after["token"] != before["token"])
        _ = await run(world, ["task", "status", "trun_1"])
        #expect(world.requests.last?.headers["x-api-key"] == before["api_key"]?.string)
        world.change { $0.createsKeys = true }
        #expect(await run(world, Self.waiting).code == .success)
        #expect(try stored()?["api_key"] != before["api_key"])
    }

    @Test func `a new key that can't be stored is named, with what deletes it`() async throws {
        let world = PlatformWorld()
        // Takes the login without its key, and fails from then on.
        let program = try home.write(
            """
            #!/bin/sh
            cd "${0%/*}"
            case $1 in
            get) cat kept ;;
            store) [ ! -e kept ] || exit 1; cat >kept ;;
            erase) rm kept ;;
            esac
            """, to: "keep.sh")
        try Disk.makeExecutable(program)
        let login = await run(world, Self.waiting + ["--store", program])
        #expect(login.code == .notAuthenticated && login.errors.contains("it ended with code 1"), "\(login)")
        #expect(login.errors.contains("the key key_3 exists; it can be deleted at https://platform.parallel.ai"))
        #expect(login.errors.contains("parallel key delete key_3 --app app_0"), "\(login)")
    }

    @Test func `a login that is replaced is revoked, and its key is named`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let id = try #require(try stored()?["key_id"]?.string)
        let second = await run(world, Self.waiting)
        #expect(
            second.code == .success && second.errors.contains("this login replaces the one of before\n"), "\(second)")
        #expect(second.errors.contains("parallel key delete \(id) --app app_0\n"), "\(second)")
        #expect(world.forms("/revoke").count == 1)
        // Where no key can be made, the login of before is gone all the same, but its key goes on.
        world.change { $0.createsKeys = false }
        let third = await run(world, Self.waiting)
        #expect(third.code != .success && !third.errors.contains("key delete"), "\(third)")
        #expect(world.forms("/revoke").count == 2)
        #expect(try stored()?["api_key"] != nil)
    }

    @Test func `profiles are logins of their own`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let work = await run(world, Self.waiting, environment: ["PARALLEL_PROFILE": "work"])
        #expect(work.code == .success)
        let first = try #require(try stored()?["api_key"]?.string)
        let second = try #require(try stored("work")?["api_key"]?.string)
        #expect(first != second)
        func used(_ words: [String], _ environment: [String: String] = [:]) async -> String? {
            _ = await run(world, ["task", "status", "trun_1"] + words, environment: environment)
            return world.requests.last?.headers["x-api-key"]
        }
        #expect(await used([]) == first)
        #expect(await used(["--profile", "work"]) == second)
        #expect(await used([], ["PARALLEL_PROFILE": "work"]) == second)
        let over = await run(
            world, ["task", "status", "trun_1", "--profile", "work"], environment: ["PARALLEL_API_KEY": "env-key"])
        #expect(world.requests.last?.headers["x-api-key"] == "env-key")
        #expect(over.errors.contains("warning: PARALLEL_API_KEY is set"))
        let none = await run(world, ["task", "status", "trun_1", "--profile", "other"])
        #expect(none.code == .notAuthenticated && none.errors.contains("parallel login --profile other"))
        // With a key of another place, too, nothing goes to an address that may not be meant.
        let count = world.requests.count
        for words in [["task", "status", "trun_1"], ["respond", "x"], ["mcp", "tools", "parallel-search"]] {
            let mistyped = await run(
                world, words + ["--profile", "wrok"], environment: ["PARALLEL_API_KEY": "env-key"])
            #expect(mistyped.code == .notAuthenticated && mistyped.errors.contains("no login 'wrok'"), "\(mistyped)")
        }
        #expect(world.requests.count == count)
        let bad = await run(world, ["login", "--profile", "../x"])
        #expect(bad.code == .usage)
        let badVariable = await run(world, ["auth", "status"], environment: ["PARALLEL_PROFILE": "a/b"])
        #expect(badVariable.code == .usage && badVariable.errors.contains("PARALLEL_PROFILE"))
    }

    // MARK: - In the browser

    @Test func `a key is chosen in the browser, which comes back to this machine`() async throws {
        let world = PlatformWorld(.init(sendsForeignState: true))
        let login = await run(world, ["login", "--web"], terminal: Self.terminal, clock: PatientClock())
        #expect(login.code == .success, "\(login)")
        let url = try HTTPURL(try #require(world.opened.first))
        let query = Dictionary(FormFields.parse(url.query ?? "").map { ($0.name, $0.value) }) { first, _ in first }
        #expect(url.path == "/getKeys/authorize" && query["scope"] == "key:read" && query["client_id"] == "client-1")
        #expect(query["code_challenge_method"] == "S256" && query["response_type"] == "code")
        let token = try #require(world.forms("/getKeys/token").first)
        #expect(world.forms("/getKeys/token").count == 1 && token["redirect_uri"] == query["redirect_uri"])
        let verifier = Base64.encodeForURL(SHA256.hash(Array((token["code_verifier"] ?? "").utf8)))
        #expect(verifier == query["code_challenge"])
        #expect(try stored()?["api_key"]?.string?.hasSuffix("-secret-4711") == true)
        // There is no login of the account.
        let balance = await run(world, ["balance"])
        #expect(balance.code == .notAuthenticated && balance.errors.contains("parallel login"), "\(balance)")
    }

    @Test func `a refusal in the browser ends the login`() async throws {
        let world = PlatformWorld(.init(refusal: [("error", "access_denied"), ("error_description", "Not you")]))
        let login = await run(world, ["login", "--web"], terminal: Self.terminal, clock: PatientClock())
        #expect(login.code == .notAuthenticated && login.errors.contains("Not you"), "\(login)")
        #expect(world.forms("/getKeys/token").isEmpty && Disk.text(file) == nil)
    }

    @Test func `a port that is taken is told, and two logins at once take two`() async throws {
        let taken = try CallbackListener()
        let login = await run(
            PlatformWorld(),
            ["login", "--web", "--browser", "--wait-for-auth", "60", "--callback-port", "\(taken.port)"])
        #expect(login.code == .unexpected && login.errors.contains("--callback-port takes another one"), "\(login)")
        let words = ["login", "--web", "--browser", "--wait-for-auth", "60"]
        async let one = run(PlatformWorld(), words + ["--profile", "one"], clock: PatientClock())
        async let two = run(PlatformWorld(), words + ["--profile", "two"], clock: PatientClock())
        #expect(await [one.code, two.code] == [.success, .success])
        #expect(try stored("one")?["api_key"] != nil && stored("two")?["api_key"] != nil)
    }

    @Test func `nobody is waited for longer than was said`() async throws {
        let clock = ManualClock()
        let world = PlatformWorld(.init(polls: Array(repeating: "authorization_pending", count: 1_000)))
        async let login = run(world, ["login", "--wait-for-auth", "90"], clock: clock)
        try await poll("the wait") {
            clock.advance(by: .milliseconds(500))
            return clock.sleeps.contains { $0 >= .seconds(90) && $0 < .seconds(100) }
        }
        clock.advance(by: .seconds(100))
        let outcome = await login
        #expect(outcome.code == .notAuthenticated && outcome.errors.contains("nobody has signed in within"))
    }

    // MARK: - With a key

    @Test func `a key from standard input is checked and stored`() async throws {
        let world = PlatformWorld()
        let login = await run(world, ["login", "--with-key"], stdin: "my-key-secret-4711\n")
        #expect(login.code == .success, "\(login)")
        #expect(world.requests.map { $0.headers["x-api-key"] } == ["my-key-secret-4711"])
        #expect(world.requests.first?.method == .get)
        #expect(try stored() == ["api_base": "https://api.parallel.ai", "api_key": "my-key-secret-4711"])
        // On a terminal it is asked for.
        let asked = await run(
            world, ["login", "--with-key"], terminal: Self.terminal, answers: [.line("other-secret-4711")])
        #expect(asked.code == .success, "\(asked)")
        #expect(try stored()?["api_key"] == "other-secret-4711")
    }

    @Test(arguments: ["", "\n", "two words", "k\u{7}"]) func `what can't be a key is not sent`(text: String)
        async throws
    {
        let world = PlatformWorld()
        let login = await run(world, ["login", "--with-key"], stdin: text)
        #expect(login.code == .notAuthenticated && world.requests.isEmpty && Disk.text(file) == nil, "\(login)")
    }

    @Test func `a key that the API refuses is not stored`() async throws {
        let world = PlatformWorld(.init(acceptsKeys: false))
        let login = await run(world, ["login", "--with-key"], stdin: "bad-key-secret-4711")
        #expect(login.code == .notAuthenticated && Disk.text(file) == nil, "\(login)")
    }

    // MARK: - Elsewhere

    @Test func `a stored key goes to no other address than the one it was stored for`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let before = world.requests.count
        let gateway = ["PARALLEL_BASE_URL": "https://gateway.example/v1/acc/parallel"]
        let status = await run(world, ["task", "status", "trun_1"], environment: gateway)
        #expect(status.code == .notAuthenticated && world.requests.count == before, "\(status)")
        #expect(status.errors.contains("the stored login is for https://api.parallel.ai"))
        // Signing in with the variable set is the choice to send a key there.
        let again = await run(world, Self.waiting + ["--profile", "gateway"], environment: gateway)
        #expect(again.code == .success && again.errors.contains("https://gateway.example/v1/acc/parallel"), "\(again)")
        _ = await run(
            world, ["task", "status", "trun_1", "--profile", "gateway"],
            environment: gateway.merging(["PARALLEL_BASE_URL": "https://gateway.example/v1/acc/parallel/"]) { $1 })
        #expect(world.requests.last?.url.description == "https://gateway.example/v1/acc/parallel/v1/tasks/runs/trun_1")
        #expect(world.requests.last?.headers["x-api-key"]?.hasSuffix("-secret-4711") == true)
    }

    @Test(arguments: ["PARALLEL_PLATFORM_URL", "PARALLEL_SERVICE_API_URL"])
    func `the hosts of a login are https, or this machine`(variable: String) async throws {
        let world = PlatformWorld()
        let login = await run(world, Self.waiting, environment: [variable: "http://evil.example"])
        #expect(login.code == .usage && world.requests.isEmpty && login.errors.contains(variable), "\(login)")
    }

    @Test func `a key that is in the environment is said to come first`() async throws {
        let login = await run(PlatformWorld(), Self.waiting, environment: ["PARALLEL_API_KEY": "env"])
        #expect(login.code == .success && login.errors.contains("warning: PARALLEL_API_KEY is set"))
    }

    // MARK: - The end

    @Test func `logout revokes the login and keeps the key valid, unless it is to be deleted`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let logout = await run(world, ["logout", "--json"])
        #expect(logout.code == .success && logout.output == "{\"status\":\"logged_out\"}\n", "\(logout)")
        #expect(logout.errors.contains("its access token is valid for another 10"), "\(logout)")
        #expect(logout.errors.contains("its key stays valid"))
        #expect(world.forms("/revoke").map { $0["refresh_token"]?.hasPrefix("refresh-") } == [true])
        #expect(try stored() == nil && !(Disk.text(file) ?? "").contains(world.secrets))
        #expect(world.requests.allSatisfy { $0.method != .delete })
        let again = await run(world, ["logout", "--json"])
        #expect(again.code == .success && again.output == "{\"status\":\"no_credentials\"}\n")

        _ = await run(world, Self.waiting)
        let id = try #require(try stored()?["key_id"]?.string)
        let whole = await run(world, ["logout", "--delete-key"])
        #expect(whole.code == .success, "\(whole)")
        #expect(world.requests.contains { $0.method == .delete && $0.url.path.hasSuffix("/apps/app_0/keys/\(id)") })

        _ = await run(world, Self.waiting)
        world.change { $0.hasNoKeys = true }
        let gone = await run(world, ["logout", "--delete-key"])
        #expect(gone.code == .success && gone.errors.contains("somebody has already deleted the key"), "\(gone)")
        #expect(try stored() == nil)
    }

    @Test func `stored tokens go nowhere else than to those who issued and take them`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        let elsewhere = [
            "PARALLEL_PLATFORM_URL": "https://evil.example", "PARALLEL_SERVICE_API_URL": "https://evil.example",
        ]
        let count = world.requests.count
        let balance = await run(world, ["balance"], environment: elsewhere)
        #expect(balance.code == .notAuthenticated && world.requests.count == count, "\(balance)")
        let logout = await run(world, ["logout"], environment: elsewhere)
        #expect(logout.code == .success && logout.errors.contains("at https://platform.parallel.ai if"), "\(logout)")
        #expect(world.sent("/revoke").map(\.url.host) == ["platform.parallel.ai"])
        #expect(world.requests.allSatisfy { $0.url.host != "evil.example" })
    }

    @Test func `a platform that can't revoke does not keep anybody signed in here`() async throws {
        let world = PlatformWorld()
        _ = await run(world, Self.waiting)
        world.change { $0.revokes = false }
        let logout = await run(world, ["logout"])
        #expect(logout.code == .success && logout.errors.contains("could not be revoked"), "\(logout)")
        #expect(try stored() == nil)
    }
}
