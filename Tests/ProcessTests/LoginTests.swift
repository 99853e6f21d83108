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

/// Logins at the sandbox's protected MCP server, by the built program.
@Suite(.limited) struct LoginTests {
    /// A session that knows the server as `wiki`, with a browser that goes where the server leads.
    private func session(_ sandbox: RunningSandbox) async throws -> Session {
        var session = try Session(sandbox)
        session.environment["BROWSER"] = "curl -sL"
        session.environment["CI_SECRET"] = "sandbox-secret"
        let added = try await session.run("mcp", "add", "wiki", sandbox.baseURL + "/mcp/oauth")
        #expect(added.exit == .code(0) && added.error.contains("mcp login wiki"), "\(added)")
        return session
    }

    private func signIn(_ session: Session, _ more: String...) async throws {
        let login = try await session.run(
            ["mcp", "login", "wiki", "--browser", "--wait-for-auth", "60s"] + more)
        #expect(login.exit == .code(0) && login.output == "" && login.error.contains("signed in"), "\(login)")
    }

    private func file(_ session: Session) throws -> String {
        let folder = session.home.file(".config/parallel/credentials")
        return "\(folder)/\(try #require(Disk.names(in: folder).first { $0.hasSuffix(".json") }))"
    }

    /// The refresh tokens that were asked for others.
    private func refreshes(_ sandbox: RunningSandbox) -> Int {
        sandbox.requests.count { $0.path == "/oauth/token" && $0.body["grant_type"] == "refresh_token" }
    }

    @Test func `on a terminal a browser signs in, and nothing secret is left in the open`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        let terminal = try session.terminal("mcp", "login", "wiki")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        #expect(terminal.output.contains("signed in"))
        let stored = try JSONValue.parse(Disk.bytes(file(session)) ?? [])
        let token = try #require(stored["token"]?["access_token"]?.string)
        #expect(!terminal.output.contains(token) && !sandbox.logText.contains(token))
        #expect(Disk.mode(try file(session)) == 0o600)
        #expect(Disk.mode(session.home.file(".config/parallel/credentials")) == 0o700)
        let call = try await session.run("mcp", "call", "wiki", "whoami", "--verbose")
        #expect(call.exit == .code(0) && call.output.contains("read") && !call.error.contains(token), "\(call)")
    }

    @Test func `the browser comes back to an address with a query of its own`() async throws {
        let sandbox = try await RunningSandbox()
        try await signIn(try await session(sandbox), "--redirect-uri", "http://127.0.0.1/back?team=7")
    }

    @Test func `two processes renew a rotating token only once`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        try await signIn(session)
        let path = try file(session)
        var login = try #require(try JSONValue.parse(Disk.bytes(path) ?? []).object)
        var token = try #require(login["token"]?.object)
        token["expires_at"] = 1
        login["token"] = .object(token)
        try session.home.write(
            JSONValue.object(login).serialized(), to: String(path.dropFirst(session.home.path.count + 1)))
        let processes = try (0..<6).map { _ in try session.start("mcp", "tools", "wiki") }
        for process in processes {
            let result = try await process.wait()
            #expect(result.exit == .code(0), "\(process.error)")
        }
        #expect(refreshes(sandbox) == 1)
        // The login still works: a token that is used twice would have ended it.
        #expect(try await session.run("mcp", "tools", "wiki").exit == .code(0))
    }

    @Test func `a run gets the token, and the command says how long it lasts`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        try await signIn(session)
        let run = try await session.run("task", "run", "Who am I?", "--mcp", "wiki", "-p", "base", "--no-check")
        #expect(run.exit == .code(0) && run.error.contains("signed in; the token lasts"), "\(run)")
        let server = try #require(sandbox.creations.first?.body["mcp_servers"]?[0])
        #expect(server["headers"]?["Authorization"] != nil)
        let stored = try JSONValue.parse(Disk.bytes(file(session)) ?? [])
        let token = try #require(stored["token"]?["access_token"]?.string)
        #expect(!(run.output + run.error + sandbox.logText).contains(token))
        #expect(run.error.contains("whoami") || run.output.contains("whoami"), "\(run)")
        let long = try await session.run(
            "task", "run", "Why?", "--mcp", "wiki", "-p", "ultra", "--no-wait", "--no-check")
        #expect(long.error.contains("warning: MCP server 'wiki': the login's token expires in"), "\(long)")
    }

    @Test func `a person who presses Ctrl-C ends the wait, and the port is closed`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        let terminal = try session.terminal("mcp", "login", "wiki", "--no-browser")
        try await terminal.waitUntil(contains: "paste the address")
        let port = try #require(terminal.output.firstMatch(of: /127\.0\.0\.1%3A(\d+)%2Fcallback/)).output.1
        terminal.send("\u{3}")
        #expect(try await terminal.wait() != .code(0))
        #expect(throws: RawServerError.self) { try RawClient(port: Int(port) ?? 0) }
    }

    @Test func `the address can be pasted at the terminal`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        let terminal = try session.terminal("mcp", "login", "wiki", "--no-browser", columns: 1000)
        try await terminal.waitUntil(contains: "paste the address")
        let url = try #require(terminal.output.firstMatch(of: /http:\S+authorize\S+/)).output
        let answer = try await session.shell("curl -s -o /dev/null -w '%{redirect_url}' '\(url)'")
        terminal.send(answer.output + "\r")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        #expect(try await session.run("mcp", "tools", "wiki").exit == .code(0))
    }

    @Test func `another process finishes a login that is waited for`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        let handoff = try JSONValue.parse(try await session.run("mcp", "login", "wiki", "--print-handoff").output)
        let url = try #require(handoff["authorization_url"]?.string)
        let words = try #require(handoff["wait_command"]?.array).compactMap(\.string)
        let waiting = try session.start(Array(words.dropFirst()))
        try await waiting.waitUntil(errorContains: "to sign in, open")
        let callback = try #require(handoff["callback_command"]?.array).compactMap(\.string).joined(separator: " ")
        let finish = try await session.shell("curl -s -o /dev/null -w '%{redirect_url}' '\(url)' | \(callback)")
        #expect(finish.exit == .code(0) && finish.error.contains("signed in"), "\(finish)")
        #expect(try await waiting.wait().exit == .code(0), "\(waiting.error)")
    }

    @Test func `a login on another device, without a person and out again`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try await session(sandbox)
        let device = try session.start("mcp", "login", "wiki", "--device", "--wait-for-auth", "60s")
        try await device.waitUntil(errorContains: "or open: ")
        let url = try #require(device.error.firstMatch(of: /or open: (\S+)/)).output.1
        _ = try await session.shell("curl -s '\(url)'")
        #expect(try await device.wait().exit == .code(0), "\(device.error)")
        #expect(try await session.run("mcp", "logout", "wiki").exit == .code(0))
        #expect(try await session.run("mcp", "tools", "wiki").exit == .code(3))

        let alone = try await session.run(
            "mcp", "login", "wiki", "--client-credentials", "--client-id", "ci-bot", "--client-secret-env", "CI_SECRET")
        #expect(alone.exit == .code(0), "\(alone)")
        // A client that acts alone gets the scope that it lacks.
        let note = try await session.run("mcp", "call", "wiki", "write_note", "-a", "text=x")
        #expect(note.exit == .code(0) && note.output.contains("true"), "\(note)")
    }
}
