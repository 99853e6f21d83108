import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Logins at the sandbox's platform, by the built program.
@Suite(.limited) struct AccountTests {
    /// A session without a key, with a browser that goes where the platform leads.
    private func session(_ sandbox: RunningSandbox) throws -> Session {
        var session = try Session(sandbox)
        session.environment["PARALLEL_API_KEY"] = nil
        session.environment["BROWSER"] = "curl -sL"
        return session
    }

    private func file(_ session: Session) -> String { session.home.file(".config/parallel/credentials.json") }

    private func secrets(_ session: Session) throws -> [String] {
        let profile = try JSONValue.parse(Disk.bytes(file(session)) ?? [])["profiles"]?["default"]
        let values = [
            profile?["api_key"], profile?["token"]?["access_token"], profile?["token"]?["refresh_token"],
        ]
        return values.compactMap { $0?.string }
    }

    private func signIn(_ session: Session, _ more: String...) async throws {
        let login = try await session.run(["login", "--browser", "--wait-for-auth", "60s"] + more)
        #expect(login.exit == .code(0) && login.output == "" && login.error.contains("signed in"), "\(login)")
    }

    @Test func `on a terminal somebody signs in, runs a task and signs out, and no secret is seen`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        let terminal = try session.terminal("login", "--verbose")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        #expect(terminal.output.contains("signed in as user@example.com for 'Sandbox Org'"), "\(terminal.output)")
        let secrets = try secrets(session)
        #expect(secrets.count == 3 && Disk.mode(file(session)) == 0o600)
        let run = try await session.run("task", "run", "Why?", "-p", "lite", "--verbose")
        #expect(run.exit == .code(0), "\(run)")
        let status = try await session.run("auth", "status")
        #expect(status.exit == .code(0) && status.output.contains("accepted by the API\tyes"), "\(status)")
        let balance = try await session.run("balance", "--verbose")
        #expect(balance.exit == .code(0) && balance.output.contains("$100.00"), "\(balance)")
        let out = try await session.run("logout", "--delete-key", "--verbose")
        #expect(out.exit == .code(0), "\(out)")
        #expect(try await session.run("auth", "status").exit == .code(3))
        let shown = [terminal.output, run.output, run.error, status.output, status.error, balance.error, out.error]
        for secret in secrets {
            #expect(!shown.contains { $0.contains(secret) } && !sandbox.logText.contains(secret))
            #expect(Disk.text(file(session))?.contains(secret) == false)
        }
        // The official tool sends nothing else there.
        let revocation = "curl -s -d refresh_token=refresh-471100 $PARALLEL_PLATFORM_URL/getServiceKeys/token/revoke"
        _ = try await session.shell(revocation)
        #expect(sandbox.requests.last?.path == "/getServiceKeys/token/revoke")
        #expect(!sandbox.logText.contains("refresh-471100"))
        // The deleted key is no good any more.
        let key = try session.home.write(secrets[0], to: "key")
        chmod(key, 0o600)
        #expect(try await session.run("auth", "status", "--api-key-file", key).exit == .code(3))
    }

    @Test(arguments: [("deny", "says no"), ("expire", "in time")])
    func `a person may decide against it`(decision: String, words: String) async throws {
        let sandbox = try await RunningSandbox()
        var session = try session(sandbox)
        let browser = try session.home.write("#!/bin/sh\ncurl -s \"$1&decision=\(decision)\"\n", to: "browser")
        chmod(browser, 0o755)
        session.environment["BROWSER"] = browser
        let login = try await session.run("login", "--browser", "--wait-for-auth", "60s", "--json")
        #expect(login.exit == .code(3) && login.error.contains(words), "\(login)")
        #expect(login.output.contains("\"event\":\"auth_error\"") && Disk.text(file(session)) == nil)
    }

    @Test func `two processes renew a rotating token only once`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        try await signIn(session)
        var all = try #require(try JSONValue.parse(Disk.bytes(file(session)) ?? []).object)
        var profile = try #require(all["profiles"]?["default"]?.object)
        var token = try #require(profile["token"]?.object)
        token["expires_at"] = 1
        profile["token"] = .object(token)
        all["profiles"] = ["default": .object(profile)]
        try session.home.write(JSONValue.object(all).serialized(), to: ".config/parallel/credentials.json")
        let processes = try (0..<6).map { _ in try session.start("balance") }
        for process in processes {
            let result = try await process.wait()
            #expect(result.exit == .code(0), "\(process.error)")
        }
        #expect(sandbox.requests.count { $0.body["grant_type"] == "refresh_token" } == 1)
        // The login still works: a token that is used twice would have ended it.
        #expect(try await session.run("balance").exit == .code(0))
    }

    @Test func `a key comes back from the browser, and the page may be closed`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        try await signIn(session, "--web")
        #expect(try await session.run("auth", "status").exit == .code(0))
        let terminal = try session.terminal("login", "--web", "--no-browser", columns: 1000)
        try await terminal.waitUntil(contains: "paste the address")
        let url = try #require(terminal.output.firstMatch(of: /http:\S+authorize\S+/)).output
        let page = try await session.shell("curl -sL '\(url)'")
        #expect(page.output.contains("You can close this window"))
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
    }

    @Test func `a key that is typed is not shown`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        let terminal = try session.terminal("login", "--with-key")
        try await terminal.waitUntil(contains: "API key: ")
        terminal.send("typed-key-471100\r")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        #expect(!terminal.output.contains("typed-key"), "\(terminal.output)")
        #expect(try secrets(session) == ["typed-key-471100"])
    }

    @Test func `with standard input closed and no terminal nothing waits`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        for words in [["login"], ["login", "--web"], ["login", "--with-key"], ["auth", "status"], ["balance"]] {
            #expect(try await session.run(words).exit != .code(0), "\(words)")
        }
        for words in [["logout"], ["key", "list"]] {
            #expect(try await session.run(words).exit == .code(0), "\(words)")
        }
    }

    @Test func `Ctrl-C ends the wait for a person and stores nothing`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try session(sandbox)
        let terminal = try session.terminal("login", "--no-browser")
        try await terminal.waitUntil(contains: "type the code")
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130), "\(terminal.output)")
        #expect(Disk.text(file(session)) == nil)
    }
}
