import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `key`, `balance` and `auth status`.
@Suite struct AccountCommandTests {
    private let home: TemporaryDirectory
    private let world = PlatformWorld()
    private static let terminal = TerminalInfo(stdinIsTerminal: true, stderrIsTerminal: true)

    init() throws { home = try TemporaryDirectory() }

    private var file: String { home.file(".config/parallel/credentials.json") }

    private func run(
        _ words: String..., stdin: String = "", environment: [String: String] = [:],
        terminal: TerminalInfo = TerminalInfo(), answers: [LineEditor.Result] = []
    ) async -> PlatformWorld.Outcome {
        await world.run(
            words, home, stdin: stdin, environment: environment, terminal: terminal,
            clock: ManualClock(passing: .seconds(60)), answers: answers)
    }

    private func signIn() async {
        let login = await run("login", "--wait-for-auth", "10m")
        #expect(login.code == .success, "\(login)")
    }

    /// Has the stored access token expire, or the refresh token.
    private func expire(_ member: String = "expires_at") throws {
        var all = try #require(try JSONValue.parse(Disk.bytes(file) ?? []).object)
        var profile = try #require(all["profiles"]?["default"]?.object)
        var token = try #require(profile["token"]?.object)
        token["expires_at"] = 1
        token[member] = 1
        profile["token"] = .object(token)
        all["profiles"] = ["default": .object(profile)]
        try home.write(JSONValue.object(all).serialized(), to: ".config/parallel/credentials.json")
        #expect(Disk.mode(file) == 0o600)
    }

    // MARK: - Keys

    @Test func `a new key is printed once, on standard output only`() async throws {
        await signIn()
        let key = await run("key", "create", "ci")
        #expect(key.code == .success && key.output == "key-4-secret-4711\n", "\(key)")
        #expect(key.errors == "created the key 'ci' (key_4)\n")
        #expect(Disk.text(file)?.contains("key-4-secret") == false)
        let json = await run("key", "create", "ci", "--json")
        #expect(try JSONValue.parse(json.output)["raw_api_key"] == "key-5-secret-4711")
        let saved = await run("key", "create", "ci", "-o", "ci.key")
        #expect(saved.code == .success && saved.output == "", "\(saved)")
        #expect(Disk.text(home.file("ci.key")) == "key-6-secret-4711\n" && Disk.mode(home.file("ci.key")) == 0o600)
        let taken = await run("key", "create", "ci", "-o", "ci.key")
        #expect(taken.code == .usage && world.sent("/keys").count == 4, "\(taken)")
    }

    @Test func `a key that the list can't take is printed all the same`() async throws {
        await signIn()
        // The list is changed under this lock only.
        let lock = home.file(".config/parallel/credentials.lock")
        UserFile.remove(lock)
        try Directory.create(lock)
        let key = await run("key", "create", "ci")
        #expect(key.code == .partial && key.output == "key-4-secret-4711\n", "\(key)")
        #expect(key.errors.contains("'key list'") && key.errors.contains("credentials.lock"), "\(key)")
        #expect(key.errors.contains("parallel key delete key_4 --app app_0"), "\(key)")
        let saved = await run("key", "create", "ci", "-o", "ci.key")
        #expect(saved.code == .partial && Disk.text(home.file("ci.key")) == "key-5-secret-4711\n", "\(saved)")
    }

    @Test func `the keys of this machine are listed and deleted`() async throws {
        await signIn()
        _ = await run("key", "create", "ci")
        let list = await run("key", "list")
        let rows = list.output.split(separator: "\n").map { $0.split(separator: "\t").prefix(2).map(String.init) }
        #expect(rows == [["key_3", "client-1-2023-11-14-2213"], ["key_4", "ci"]], "\(list)")
        #expect(list.errors.contains("the API can list no keys") && !list.output.contains(world.secrets))
        let deleted = await run("key", "delete", "key_4", "--yes")
        #expect(deleted.code == .success && deleted.errors.contains("deleted the key 'ci'"), "\(deleted)")
        #expect(world.requests.last?.url.path == "/account/service/v1/apps/app_0/keys/key_4")
        #expect(await run("key", "list", "--format", "text").output == "key_3\n")
        let count = world.requests.count
        let unknown = await run("key", "delete", "key_9")
        #expect(unknown.code == .usage && unknown.errors.contains("--app ID") && world.requests.count == count)
        let odd = await run("key", "delete", "../x", "--app", "a b", "--yes")
        #expect(odd.code == .success && world.requests.last?.url.path.hasSuffix("/apps/a%20b/keys/..%2Fx") == true)
        // The one of the login itself.
        let own = await run("key", "delete", "key_3", "--yes")
        #expect(own.errors.contains("the login used this key"), "\(own)")
        #expect(await run("task", "status", "trun_1").code == .notAuthenticated)
        // There is nothing left for it to delete.
        let logout = await run("logout", "--delete-key")
        #expect(logout.code == .usage && logout.errors.contains("has created no key"), "\(logout)")
    }

    @Test func `a key is deleted after a yes, or with --yes`() async throws {
        await signIn()
        let count = world.requests.count
        let nobody = await run("key", "delete", "key_3")
        #expect(nobody.code == .usage && nobody.errors.contains("--yes does it"), "\(nobody)")
        let no = await run("key", "delete", "key_3", terminal: Self.terminal, answers: [.line("n")])
        #expect(no.code == .unexpected && no.errors.contains("nothing was deleted"), "\(no)")
        #expect(world.requests.count == count)
        let yes = await run("key", "delete", "key_3", terminal: Self.terminal, answers: [.line("y")])
        #expect(yes.code == .success && world.requests.last?.method == .delete, "\(yes)")
    }

    @Test func `when a key was created is told as a time`() async throws {
        await signIn()
        let list = await run("key", "list")
        #expect(list.output.contains("\t2023-11-14 22:13:20 UTC\n"), "\(list)")
    }

    @Test func `a key that was asked for is reported where its making is uncertain`() async throws {
        await signIn()
        world.change { $0.createsKeys = false }
        let refused = await run("key", "create", "ci")
        #expect(refused.code == .refused && refused.errors.contains("No more keys"), "\(refused)")
    }

    @Test(arguments: [
        ["key", "create"], ["balance"], ["key", "delete", "k", "--app", "a", "--yes"], ["balance", "add", "1", "-y"],
    ])
    func `without a login the account commands say how to sign in`(words: [String]) async throws {
        let outcome = await world.run(words, home)
        #expect(outcome.code == .notAuthenticated && world.requests.isEmpty, "\(outcome)")
        #expect(outcome.errors.contains("sign in on any device: parallel login"))
    }

    @Test(
        arguments: [
            (["key", "create", "ci"], "POST", "/apps/APP_ID/keys", ["api_key_name": "ci"]),
            (["key", "delete", "key_1", "--app", "a"], "DELETE", "/apps/a/keys/key_1", nil),
            (["balance"], "GET", "/balance", nil),
            (
                ["balance", "add", "5", "--idempotency-key", "intent-0001"], "POST", "/balance/add",
                ["amount_cents": 500, "idempotency_key": "intent-0001"]
            ),
        ] as [([String], String, String, JSONValue?)])
    func `a dry run shows the request, without a login, and sends nothing`(
        words: [String], method: String, path: String, body: JSONValue?
    ) async throws {
        let shown = await world.run(words + ["--dry-run"], home)
        #expect(shown.code == .success && world.requests.isEmpty, "\(shown)")
        let json = try JSONValue.parse(shown.output)
        #expect(json["method"]?.string == method && json["body"] == body, "\(shown)")
        #expect(json["url"]?.string == "https://api.parallel.ai/account/service/v1" + path)
    }

    // MARK: - Tokens

    @Test func `a token is renewed before it expires, and both new tokens are kept`() async throws {
        await signIn()
        try expire()
        #expect(await run("balance").code == .success)
        #expect(world.forms("/token").last?["grant_type"] == "refresh_token")
        #expect(world.forms("/token").last?["client_id"] == "client-1")
        let stored = try JSONValue.parse(Disk.bytes(file) ?? [])["profiles"]?["default"]
        #expect(stored?["token"]?["access_token"] == "access-4-secret-4711")
        #expect(stored?["token"]?["refresh_token"] == "refresh-4-secret-4711")
        // The rest of the login is still there.
        #expect(stored?["api_key"] == "key-3-secret-4711" && stored?["org_name"] == "Acme Org")
        #expect(await run("balance").code == .success)
        #expect(world.forms("/token").count == 2)
    }

    @Test func `a token is renewed by the platform that issued it`() async throws {
        await signIn()
        try expire()
        let balance = await run("balance", environment: ["PARALLEL_PLATFORM_URL": "https://evil.example"])
        #expect(balance.code == .success, "\(balance)")
        #expect(Set(world.sent("/token").map(\.url.host)) == ["platform.parallel.ai"])
    }

    @Test func `a login that can't be renewed any more wants another one`() async throws {
        await signIn()
        try expire()
        world.change { $0.refreshes = false }
        let refused = await run("balance")
        #expect(refused.code == .notAuthenticated && refused.errors.contains("parallel login"), "\(refused)")
        await signIn()
        try expire("refresh_expires_at")
        let count = world.forms("/token").count
        let expired = await run("balance")
        #expect(expired.code == .notAuthenticated && world.forms("/token").count == count, "\(expired)")
    }

    // MARK: - Credit

    @Test func `the balance is shown in dollars, and as the API has it`() async throws {
        await signIn()
        let shown = await run("balance")
        #expect(shown.output.contains("credit\t$12.345\n") && shown.output.contains("$0.50"), "\(shown)")
        let json = await run("balance", "--json")
        #expect(
            json.output == "{\"org_id\":\"org_1\",\"credit_balance_cents\":1234.5,\"pending_debit_balance_cents\":50,"
                + "\"will_invoice\":false}\n")
        #expect(world.sent("/balance").last?.headers["authorization"] == "Bearer access-2-secret-4711")
        #expect(world.sent("/balance").last?.headers["x-api-key"] == nil)
    }

    @Test func `adding to the balance asks first, and charges once`() async throws {
        await signIn()
        let no = await run("balance", "add", "25", terminal: Self.terminal, answers: [.line("n")])
        #expect(no.code == .unexpected && no.errors.contains("nothing was charged"), "\(no)")
        let nobody = await run("balance", "add", "25")
        #expect(nobody.code == .usage && nobody.errors.contains("--yes"), "\(nobody)")
        #expect(world.sent("/balance/add").isEmpty)
        let yes = await run("balance", "add", "25", terminal: Self.terminal, answers: [.line("y")])
        #expect(yes.code == .success, "\(yes)")
        let body = try JSONValue.parse(try #require(world.sent("/balance/add").first?.body))
        #expect(body["amount_cents"] == 2_500 && body["idempotency_key"]?.string?.utf8.count == 32)
        let again = "parallel balance add 25.00 --yes --idempotency-key \(body["idempotency_key"]?.string ?? "")\n"
        #expect(yes.errors.contains(again), "\(yes)")
    }

    @Test func `after an uncertain answer the charge can be repeated with its key`() async throws {
        await signIn()
        world.change { $0.chargeError = HTTPError(.timeout, "no answer", mayHaveBeenSent: true) }
        let lost = await run("balance", "add", "0.01", "--yes", "--idempotency-key", "intent-0001")
        #expect(lost.code == .unreachable && lost.errors.contains("it may have been charged"), "\(lost)")
        #expect(lost.errors.contains("balance add 0.01 --yes --idempotency-key intent-0001"))
        let bodies = world.sent("/balance/add").map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(Set(bodies) == ["{\"amount_cents\":1,\"idempotency_key\":\"intent-0001\"}"])
        world.change { ($0.chargeError, $0.chargeAnswer) = (nil, []) }
        let odd = await run("balance", "add", "0.01", "--yes")
        #expect(odd.code == .unexpected && odd.errors.contains("it may have been charged"), "\(odd)")
    }

    @Test func `an organisation that gets invoices is not charged`() async throws {
        await signIn()
        world.change { $0.isInvoiced = true }
        let add = await run("balance", "add", "25", "--yes")
        #expect(add.code == .refused && add.errors.contains("by invoice") && world.sent("/balance/add").isEmpty)
        #expect(await run("balance").output.contains("billed by invoice"))
    }

    @Test(arguments: ["0", "100.01", "0.001", "-5", "x", "1e2", "25 USD"])
    func `an amount that can't be added is refused at once`(amount: String) async throws {
        let add = await run("balance", "add", "--yes", "--", amount)
        #expect(add.code == .usage && world.requests.isEmpty, "\(add)")
    }

    @Test(arguments: [["balance", "sub", "5"], ["balance", "add"], ["balance", "--yes"], ["balance", "get", "5"]])
    func `other words are no action`(words: [String]) async throws {
        #expect(await world.run(words, home).code == .usage)
    }

    // MARK: - Which key

    /// Has the official tool signed in with a key.
    private func official(_ key: String) throws {
        let organization: JSONValue = ["api_key": .string(key), "org_name": "Acme"]
        let login: JSONValue = ["version": 1, "selected_org_id": "o", "orgs": ["o": organization]]
        try Directory.create(home.file(".config/parallel-web-tools"))
        try Disk.makeExecutable(try home.write(login.serialized(), to: ".config/parallel-web-tools/auth.json"))
    }

    @Test func `the status lists the sources in their order, and what overrides what`() async throws {
        let none = await run("auth", "status")
        #expect(none.code == .notAuthenticated && world.requests.isEmpty, "\(none)")
        #expect(none.output.contains("key\tnone") && none.errors.contains("parallel login"))
        await signIn()
        try official("official-secret-4712")
        let login = await run("auth", "status", "--json")
        let json = try JSONValue.parse(login.output)
        #expect(login.code == .success && json["accepted"] == true && json["authenticated"] == true)
        #expect(json["org_name"] == "Acme Org" && json["base_url"] == "https://api.parallel.ai")
        func states(_ json: JSONValue) -> [String] {
            (json["sources"]?.array ?? []).map { "\($0["state"]?.string ?? "") \($0["key_ending"]?.string ?? "")" }
        }
        #expect(states(json) == ["empty ", "used …4711", "overridden …4712"], "\(login.output)")
        let given = try JSONValue.parse(
            await run("auth", "status", "--json", environment: ["PARALLEL_API_KEY": "short"]).output)
        #expect(given["source"] == "PARALLEL_API_KEY")
        #expect(states(given) == ["used …", "overridden …4711", "overridden …4712"])
        #expect(!login.output.contains("secret"))
    }

    @Test func `a key that is not accepted ends with 3, and without a network nothing is claimed`() async throws {
        world.change { $0.acceptsKeys = false }
        let refused = await run("auth", "status", environment: ["PARALLEL_API_KEY": "some-key"])
        #expect(refused.code == .notAuthenticated && refused.output.contains("no (401): No such key"), "\(refused)")
        let count = world.requests.count
        let offline = await run("auth", "status", "--offline", environment: ["PARALLEL_API_KEY": "some-key"])
        #expect(offline.code == .success && world.requests.count == count && offline.output.contains("not asked"))
        world.change { $0.isReachable = false }
        let lost = await run(
            "auth", "status", "--json",
            environment: ["PARALLEL_BASE_URL": "https://gateway.example/gw", "PARALLEL_API_KEY": "some-key"])
        #expect(lost.code == .unreachable, "\(lost)")
        let json = try JSONValue.parse(lost.output)
        #expect(json["accepted"] == JSONValue.null && json["base_url"] == "https://gateway.example/gw")
        #expect(json["base_url_from"] == "PARALLEL_BASE_URL")
    }

    @Test func `the official tool's login is used, at its own address only`() async throws {
        try official("official-key-4712")
        let before = Disk.text(home.file(".config/parallel-web-tools/auth.json"))
        _ = await run("task", "status", "trun_1", environment: ["XDG_CONFIG_HOME": "/elsewhere"])
        #expect(world.requests.last?.headers["x-api-key"] == "official-key-4712")
        let count = world.requests.count
        for url in ["https://gateway.example", "https://api.parallel.ai/x", "http://127.0.0.1:1"] {
            let elsewhere = await run("task", "status", "trun_1", environment: ["PARALLEL_BASE_URL": url])
            #expect(elsewhere.code == .notAuthenticated && world.requests.count == count, "\(elsewhere)")
        }
        #expect(await run("auth", "status").output.contains("organisation\tAcme"))
        // A profile was chosen, so that another login is not meant.
        try Directory.create(home.file(".config/parallel"))
        try home.write(
            "{\"profiles\":{\"work\":{\"api_base\":\"https://a.example\",\"api_key\":\"k\"}}}",
            to: ".config/parallel/credentials.json")
        try Disk.makeExecutable(file)
        #expect(await run("task", "status", "trun_1", "--profile", "work").code == .notAuthenticated)
        #expect(await run("logout").errors.contains("there is no login"))
        #expect(Disk.text(home.file(".config/parallel-web-tools/auth.json")) == before)
    }

    @Test func `a login that can't be read stops the commands that need it, and no others`() async throws {
        await signIn()
        _ = try home.write("{", to: ".config/parallel/credentials.json")
        let count = world.requests.count
        let broken = await run("task", "status", "trun_1")
        #expect(broken.code == .notAuthenticated && broken.errors.contains("remove it and sign in again"), "\(broken)")
        #expect(chmod(file, 0o644) == 0)
        let loose = await run("task", "status", "trun_1")
        #expect(loose.code == .notAuthenticated && loose.errors.contains("chmod 600 \(file)"), "\(loose)")
        #expect(world.requests.count == count)
        _ = await run("task", "status", "trun_1", environment: ["PARALLEL_API_KEY": "env"])
        #expect(world.requests.last?.headers["x-api-key"] == "env")
        let status = await run("auth", "status", environment: ["PARALLEL_API_KEY": "env"])
        #expect(status.code == .success && status.output.contains("the login 'default'\tunusable"), "\(status)")
    }

    // MARK: - A program that prints the key

    @Test func `a program gives the key, before all but nothing else`() async throws {
        let script = try home.write("#!/bin/sh\necho \"$1\"; echo 'touch \u{1B}[31mit' >&2\n", to: "key tool")
        try Disk.makeExecutable(script)
        let status = await run(
            "task", "status", "trun_1", "--api-key-command", "'\(script)' 'the-key;x'",
            environment: ["PARALLEL_API_KEY": "env"])
        #expect(world.requests.last?.headers["x-api-key"] == "the-key;x")
        #expect(status.errors.contains("touch ") && !status.errors.contains("\u{1B}"), "\(status)")
    }

    @Test(arguments: [
        ("exit 2", "it ended with code 2"), ("true", "it holds no key"),
        ("echo a; echo b", "characters that no key has"),
        ("echo 'a b'", "characters that no key has"),
    ])
    func `a program that gives no key ends the command`(script: String, reason: String) async throws {
        try Disk.makeExecutable(try home.write("#!/bin/sh\n\(script)\n", to: "tool"))
        let status = await run("task", "status", "trun_1", "--api-key-command", home.file("tool"))
        #expect(status.code == .notAuthenticated && status.errors.contains(reason), "\(status)")
        #expect(world.requests.isEmpty)
    }

    @Test(arguments: [
        ["task", "status", "trun_1"], ["task", "result", "trun_1"], ["task", "events", "trun_1"],
        ["task", "input", "trun_1"], ["task", "run", "x", "-p", "lite"], ["search", "x"], ["group", "create"],
        ["group", "get", "tgrp_1"], ["group", "runs", "tgrp_1"], ["group", "events", "tgrp_1"],
        ["batch", "suggest", "x"],
    ])
    func `a gateway's path stays in front of every path of the API`(words: [String]) async throws {
        _ = await world.run(
            words, home,
            environment: ["PARALLEL_BASE_URL": "https://gateway.example/v1/acc/gw/parallel/", "PARALLEL_API_KEY": "k"],
            clock: ManualClock(passing: .seconds(60)))
        #expect(!world.requests.isEmpty)
        for request in world.requests {
            #expect(
                request.url.description.hasPrefix("https://gateway.example/v1/acc/gw/parallel/v1"), "\(request.url)")
            #expect(request.basePath == "/v1/acc/gw/parallel/" && request.headers["x-api-key"] == "k")
        }
    }

    @Test func `nothing is read from files of the working directory`() async throws {
        for name in [".env", ".env.local"] { try home.write("PARALLEL_API_KEY=from-env-file\n", to: name) }
        let status = await run("task", "status", "trun_1")
        #expect(status.code == .notAuthenticated && world.requests.isEmpty)
    }

    // MARK: - A program that keeps secrets

    @Test func `with a program that keeps secrets the file has none, and every command gets them`() async throws {
        let program = try home.write(
            """
            #!/bin/sh
            cd "${0%/*}"; file=kept-$(echo "$2" | tr / _)
            case $1 in get) cat "$file" ;; store) cat >"$file" ;; erase) rm "$file" ;; esac
            """, to: "keep.sh")
        try Disk.makeExecutable(program)
        let login = await run("login", "--wait-for-auth", "10m", "--store", "./keep.sh")
        #expect(login.code == .success && login.errors.contains("kept by \(program)"), "\(login)")
        #expect(Disk.text(file)?.contains("secret-4711") == false)
        #expect(await run("balance").code == .success)
        _ = await run("task", "status", "trun_1")
        #expect(world.requests.last?.headers["x-api-key"] == "key-3-secret-4711")
        #expect(await run("logout").code == .success)
        #expect(Disk.names(in: home.path).allSatisfy { !$0.hasPrefix("kept-") })
        // It is remembered, until it is told not to.
        await signIn()
        #expect(Disk.text(file)?.contains("secret-4711") == false)
        // One that doesn't keep what it gets is not taken, and the one of before stays.
        let forgetful = try home.write("#!/bin/sh\n[ \"$1\" != get ] || echo something\n", to: "forgetful.sh")
        try Disk.makeExecutable(forgetful)
        let refused = await run("login", "--wait-for-auth", "10m", "--store", "./forgetful.sh")
        #expect(refused.code != .success && refused.errors.contains("forgetful.sh"), "\(refused)")
        #expect(Disk.text(file)?.contains("keep.sh") == true && Disk.text(file)?.contains("forgetful") == false)
        // Nor is one remembered with which nobody has signed in.
        world.change { $0.polls = ["access_denied"] }
        let denied = await run("login", "--wait-for-auth", "10m", "--store", "")
        #expect(denied.code == .notAuthenticated && Disk.text(file)?.contains("keep.sh") == true, "\(denied)")
        let back = await run("login", "--wait-for-auth", "10m", "--store", "")
        #expect(back.code == .success && Disk.text(file)?.contains("key-") == true, "\(back)")
    }
}
