import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `webhook listen`, with calls of the sandbox and of others.
@Suite(.limited) struct WebhookTests {
    private static let secret = "whsec_cGFyYWxsZWwtc2FuZGJveC13ZWJob29r"

    private static func port(of listener: ChildProcess) async throws -> Int {
        try await listener.waitUntil(errorContains: "until Ctrl-C")
        let digits = listener.error.drop { $0 != ":" }.dropFirst().drop { $0 != ":" }.dropFirst().prefix(
            while: \.isNumber)
        return try #require(Int(digits))
    }

    /// Sends a signed call and returns the status of its answer.
    private static func call(
        _ port: Int, _ body: String, id: String, key: String = "parallel-sandbox-webhook", host: String = "x.example"
    ) async throws -> String {
        let now = time(nil)
        let code = SHA256.authenticationCode(of: Array("\(id).\(now).\(body)".utf8), key: Array(key.utf8))
        let head = [
            "POST /hook HTTP/1.1", "Host: \(host)", "Connection: close", "Content-Length: \(body.utf8.count)",
            "webhook-id: \(id)", "webhook-timestamp: \(now)", "webhook-signature: v1,\(Base64.encode(code))",
        ].joined(separator: "\r\n")
        let answer = try await RawClient.answer(to: head + "\r\n\r\n" + body, port: port)
        return String(answer.split(separator: " ").dropFirst().first ?? "")
    }

    @Test func `the end of a run is received from the sandbox`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let listener = try session.start("webhook", "listen", "--limit", "1")
        let port = try await Self.port(of: listener)
        let run = try await session.run([
            "task", "run", "-q", "--no-wait", "--webhook", "http://127.0.0.1:\(port)/", "x",
        ])
        let result = try await listener.wait()
        #expect(result.exit == .code(0))
        #expect(listener.output.contains(#""type":"task_run.status""#))
        #expect(listener.output.contains(run.output.split(separator: "\n").first ?? "-"))
        #expect(listener.output.split(separator: "\n").count == 1)
    }

    @Test func `Ctrl-C is the way to end, and no error`() async throws {
        var session = try Session("http://127.0.0.1:1")
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let listener = try session.start("webhook", "listen")
        _ = try await Self.port(of: listener)
        listener.send(signal: SIGINT)
        let result = try await listener.wait()
        #expect(result.exit == .code(130) && result.output == "")
        #expect(result.error.split(separator: "\n").dropFirst() == ["events are no longer received"], "\(result)")
    }

    @Test func `what a monitor has found is received from the sandbox`() async throws {
        let sandbox = try await RunningSandbox()
        var session = try Session(sandbox)
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let listener = try session.start("webhook", "listen", "--limit", "1")
        let port = try await Self.port(of: listener)
        let monitor = try await session.run([
            "monitor", "create", "-q", "--webhook", "http://127.0.0.1:\(port)/", "Recalls of cars",
        ])
        #expect(try await listener.wait().exit == .code(0))
        #expect(listener.output.contains(#""type":"monitor.event.detected""#), "\(listener.output)")
        let id = monitor.output.split(whereSeparator: \.isWhitespace).first { $0.hasPrefix("monitor_") }
        #expect(listener.output.contains(#""monitor_id":"\#(id ?? "-")""#), "\(monitor)")
    }

    @Test func `what is not genuine is refused, and what is repeated is not printed again`() async throws {
        var session = try Session("http://127.0.0.1:1")
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let listener = try session.start("webhook", "listen", "--limit", "2")
        let port = try await Self.port(of: listener)
        #expect(try await Self.call(port, "{}", id: "a", key: "another") == "401")
        #expect(try await Self.call(port, "no json", id: "b") == "400")
        // A tunnel may send the name of its own host.
        #expect(try await Self.call(port, #"{"n": 1.10}"#, id: "c") == "204")
        #expect(try await Self.call(port, #"{"n": 1.10}"#, id: "c") == "204")
        #expect(try await Self.call(port, #"{"n":2}"#, id: "d") == "204")
        #expect(try await listener.wait().exit == .code(0))
        #expect(listener.output == "{\"n\":1.10}\n{\"n\":2}\n")
        #expect(listener.error.contains("a call was refused: no signature in it was made with this secret"))
        #expect(!listener.error.contains("parallel-sandbox-webhook"))
    }

    @Test func `a program gets each event without a shell, and a failure makes the API repeat it`() async throws {
        var session = try Session("http://127.0.0.1:1")
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let seen = session.home.file("seen")
        // Fails at the first event, which it has noted.
        let script = try session.home.write(
            "#!/bin/sh\ntest -e \"$1\" || { touch \"$1\"; echo no >&2; exit 3; }\ncat >>\"$1\"\necho \"$2\"\n",
            to: "handle", mode: 0o700)
        let listener = try session.start("webhook", "listen", "--limit", "1", "--", script, seen, "$(id) done")
        let port = try await Self.port(of: listener)
        #expect(try await Self.call(port, #"{"n":1}"#, id: "a") == "500")
        #expect(try await Self.call(port, #"{"n":1}"#, id: "a") == "204")
        #expect(try await listener.wait().exit == .code(0))
        #expect(listener.output == "{\"n\":1}\n" && Disk.text(seen) == "{\"n\":1}\n")
        #expect(listener.error.contains("has failed for a: it ended with code 3"))
        #expect(listener.error.contains("$(id) done"))
    }

    @Test func `what comes again while it is handled is not taken for done`() async throws {
        var session = try Session("http://127.0.0.1:1")
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        let (begun, go) = (session.home.file("begun"), session.home.file("go"))
        let script = try session.home.write(
            "#!/bin/sh\ntouch \"$1\"\nuntil test -e \"$2\"; do sleep 0.05; done\n", to: "handle", mode: 0o700)
        let listener = try session.start("webhook", "listen", "--limit", "1", "--", script, begun, go)
        let port = try await Self.port(of: listener)
        async let first = Self.call(port, #"{"n":1}"#, id: "a")
        try await poll("the program") { Disk.bytes(begun) != nil }
        #expect(try await Self.call(port, #"{"n":1}"#, id: "a") == "503")
        _ = try session.home.write("", to: "go")
        #expect(try await first == "204")
        #expect(try await listener.wait().exit == .code(0))
        #expect(listener.output == "{\"n\":1}\n")
    }

    @Test func `it ends when its time is over, and with Ctrl-C`() async throws {
        var session = try Session("http://127.0.0.1:1")
        session.environment["PARALLEL_WEBHOOK_SECRET"] = Self.secret
        #expect(try await session.run(["webhook", "listen", "--timeout", "1ms"]).exit == .code(0))
        let short = try await session.run(["webhook", "listen", "--timeout", "1ms", "--limit", "2"])
        #expect(short.exit == .code(5) && short.error.contains("0 of 2 events came in time"))
        let listener = try session.start("webhook", "listen")
        _ = try await Self.port(of: listener)
        listener.send(signal: 2)
        #expect(try await listener.wait().exit == .code(130))
    }
}
