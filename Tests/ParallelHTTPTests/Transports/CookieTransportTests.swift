import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct CookieTransportTests {
    private static let now = 1_700_000_000

    /// Returns the `Cookie` field that a request to `second` has after `first` has set `cookies`.
    private func sent(
        after cookies: [String], from first: String = "https://h.example/mcp", to second: String? = nil,
        given: String? = nil, later: Int = 0
    ) async throws -> String? {
        let seen = Lock<[String?]>([])
        let clock = Lock(Self.now)
        let transport = CookieTransport(
            ScriptedMCPServer { call in
                let index = seen.withLock { seen in
                    seen.append(call.header("cookie"))
                    return seen.count
                }
                return .empty(200, headers: index == 1 ? cookies.map { ("Set-Cookie", $0) } : [])
            }, now: { clock.withLock { $0 } })
        for url in [first, second ?? first] {
            var headers = HTTPHeaders()
            if let given { headers.add("Cookie", given) }
            _ = try await transport.send(
                HTTPRequest(.post, HTTPURL(url), headers: headers, resend: .never))
            clock.withLock { $0 += later }
        }
        #expect(seen.withLock { $0[0] } == given)
        return seen.withLock { $0[1] }
    }

    @Test(arguments: [
        (["a=1; Path=/; HttpOnly"], "a=1"), (["a=1", "b=2; SameSite=Lax"], "a=1; b=2"), (["a=1", "a=2"], "a=2"),
        (["a"], "a="), (["a=b=c"], "a=b=c"), (["a=\"x y\""], "a=\"x y\""), ([" a = 1 ; secure"], "a=1"),
        (["a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "a=1"), (["a=1; Max-Age=soon"], "a=1"),
        (["a=1; Expires=never"], "a=1"), (["a=1; Expires=Wed, 21-Oct-2099 07:28:00 GMT"], "a=1"),
        (["a=1; Domain=h.example"], "a=1"), (["a=1; domain=.EXAMPLE"], "a=1"),
        (["a=1", "a=2; Path=/other"], "a=1"), (["a=1; Path=relative"], "a=1"),
    ])
    func `cookies go back to their origin`(cookies: [String], sent: String) async throws {
        #expect(try await self.sent(after: cookies) == sent)
    }

    @Test(arguments: [
        ["=1"], [""], ["a=1; Max-Age=0"], ["a=1; Max-Age=-5"], ["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"],
        ["a=1; Expires=Thu, 01-Jan-1970 00:00:10 GMT"], ["a=1; Domain=other.example"], ["a=1; Domain=evil-h.example"],
        ["a=1; Path=/other"], ["a=1\u{7F}"], ["a=" + String(repeating: "x", count: 5000)],
    ])
    func `cookies that have ended, belong elsewhere or can't be right are not sent`(cookies: [String]) async throws {
        #expect(try await sent(after: cookies) == nil)
    }

    @Test(arguments: [
        ("https://h.example/mcp", "https://h.example/other", true),
        ("https://h.example/mcp", "https://i.example/mcp", false),
        ("https://h.example/mcp", "https://sub.h.example/mcp", false),
        ("https://h.example/mcp", "https://h.example:8443/mcp", false),
        ("https://h.example/mcp", "http://h.example/mcp", false),
        ("https://h.example/a/mcp", "https://h.example/a/b/mcp", true),
        ("https://h.example/a/mcp", "https://h.example/ab", false),
        ("https://h.example/a/mcp", "https://h.example/a", true),
    ])
    func `no other origin gets a cookie, nor another folder`(first: String, second: String, isSent: Bool) async throws {
        #expect(try await sent(after: ["a=1; Domain=h.example"], from: first, to: second) == (isSent ? "a=1" : nil))
    }

    @Test func `a secure cookie travels in the clear on this machine only`() async throws {
        #expect(try await sent(after: ["a=1; Secure"], from: "http://h.example/") == nil)
        #expect(try await sent(after: ["a=1; Secure"], from: "http://127.0.0.1:80/") == "a=1")
    }

    @Test func `a cookie ends when its time is over`() async throws {
        #expect(try await sent(after: ["a=1; Max-Age=60"], later: 59) == "a=1")
        #expect(try await sent(after: ["a=1; Max-Age=60"], later: 60) == nil)
        #expect(try await sent(after: ["a=1; Max-Age=9223372036854775807"], later: 60) == "a=1")
    }

    @Test func `cookies are added to those of the user`() async throws {
        #expect(try await sent(after: ["a=1"], given: "own=x") == "own=x; a=1")
    }

    @Test func `only the newest fifty cookies are kept`() async throws {
        let sent = try await sent(after: (0..<60).map { "c\($0)=x" })
        #expect(sent?.split(separator: "; ").count == 50 && sent?.hasPrefix("c10=x; ") == true)
    }
}
