import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct RedirectTests {
    enum Expected { case deliver, follow(String), refuse }

    @Test(arguments: [
        (HTTPMethod.get, "https://h/a", 301, "/b" as String?, Expected.follow("https://h/b")),
        (.get, "https://h/a", 302, "b?x", .follow("https://h/b?x")),
        (.get, "https://h/a", 303, "https://h/b", .follow("https://h/b")),
        (.post, "https://h/a", 307, "/b", .follow("https://h/b")),
        (.post, "https://h/a", 308, "/b", .follow("https://h/b")),
        (.delete, "https://h/a", 308, "/b", .follow("https://h/b")),
        (.put, "https://h/a", 307, "/b", .follow("https://h/b")), (.put, "https://h/a", 302, "/b", .refuse),
        (.patch, "https://h/a", 308, "/b", .follow("https://h/b")), (.patch, "https://h/a", 303, "/b", .refuse),
        (.post, "https://h/a", 301, "/b", .refuse), (.post, "https://h/a", 302, "/b", .refuse),
        (.post, "https://h/a", 303, "/b", .refuse), (.delete, "https://h/a", 303, "/b", .refuse),
        (.get, "https://h/a", 302, "https://other/b", .refuse), (.get, "https://h/a", 302, "//other/b", .refuse),
        (.get, "https://h/a", 302, "https://h:444/b", .refuse), (.get, "https://h/a", 302, "http://h/b", .refuse),
        (.get, "http://h/a", 302, "https://h/b", .follow("https://h/b")),
        (.get, "http://h:8080/a", 302, "https://h/b", .refuse),
        (.get, "http://h/a", 302, "https://h:8443/b", .refuse), (.get, "http://h/a", 302, "https://i/b", .refuse),
        (.get, "https://h/a", 302, "https://u:p@h/b", .refuse), (.get, "https://h/a", 302, "ftp://h/", .refuse),
        (.get, "https://h/a", 200, "/b", .deliver), (.get, "https://h/a", 304, "/b", .deliver),
        (.get, "https://h/a", 300, "/b", .deliver), (.get, "https://h/a", 302, nil, .deliver),
    ])
    func `a redirect is followed on the same origin only`(
        method: HTTPMethod, from: String, status: Int, location: String?, expected: Expected
    ) throws {
        let decision = RedirectPolicy.decision(
            method: method, url: try HTTPURL(from), status: status, location: location, hops: 0)
        switch (decision, expected) {
        case (.deliver, .deliver), (.refuse, .refuse): break
        case (.follow(let url), .follow(let target)): #expect(url.description == target)
        default: Issue.record("\(decision)")
        }
    }

    @Test(arguments: [
        ("/v1/acc/gw/parallel", "/v1/acc/gw/parallel/v1/b", true), ("/v1/acc/gw/parallel/", "b", true),
        ("/v1/acc/gw/parallel", "/v1/acc/gw/parallel", true),
        ("/v1/acc/gw/parallel", "/v1/acc/other/parallel/b", false),
        ("/v1/acc/gw/parallel", "/v1/acc/gw/parallels/b", false), ("/v1/acc/gw/parallel", "/", false),
        ("/v1/acc/gw/parallel", "https://h/v1/acc/gw/parallel/../../other/b", false),
        ("/v1/acc/gw/parallel", "https://h/v1/acc/gw/parallel/%2e%2E/other", false),
        ("/v1/acc/gw/parallel", "https://h/v1/acc/gw/parallel/./b", true),
    ])
    func `behind a gateway, a redirect stays below the path of the base URL`(
        base: String, location: String, isFollowed: Bool
    ) throws {
        let decision = RedirectPolicy.decision(
            method: .get, url: try HTTPURL("https://h/v1/acc/gw/parallel/v1/a"), status: 307, location: location,
            hops: 0,
            below: base)
        if case .follow = decision { #expect(isFollowed) } else { #expect(!isFollowed) }
    }

    @Test func `an answer says where it came from, and a refusal where the redirect leads`() async throws {
        let post = HTTPRequest(.post, try HTTPURL("https://h/mcp"), resend: .ifUnanswered)
        let transport = ScriptedTransport([
            .init(.post, "/mcp", status: 307, headers: [("location", "/mcp/")]),
            .init(.post, "/mcp/", status: 308, headers: [("location", "v2?a=b")]), .init(.post, "/mcp/v2"),
            .init(.post, "/mcp"), .init(.post, "/mcp", status: 307, headers: [("location", "http://h/mcp/")]),
        ])
        let redirecting = RedirectingTransport(transport)
        #expect(try await redirecting.send(post).redirectedURL?.description == "https://h/mcp/v2?a=b")
        #expect(try await redirecting.send(post).redirectedURL == nil)
        let error = await #expect(throws: HTTPError.self) { try await redirecting.send(post) }
        #expect(error?.redirectTarget?.description == "http://h/mcp/")
    }

    @Test func `the sixth redirect is refused`() async throws {
        let hops = Array(
            repeating: ScriptedTransport.Exchange(.get, "/", status: 302, headers: [("location", "/")]), count: 6)
        let transport = ScriptedTransport(hops)
        let request = HTTPRequest(.get, try HTTPURL("https://h/"), resend: .safe)
        let error = await #expect(throws: HTTPError.self) { try await RedirectingTransport(transport).send(request) }
        #expect(error?.kind == .redirectRefused)
    }

    @Test func `redirects share the time of the request`() async throws {
        let clock = ManualClock()
        let hop = ScriptedTransport.Exchange(.get, "/") { _ in
            clock.advance(by: .seconds(20))
            return HTTPResponse(status: 302, headers: HTTPHeaders([("location", "/")]), body: HTTPBody([]))
        }
        let transport = ScriptedTransport([hop, hop, .init(.get, "/")])
        let request = HTTPRequest(
            .get, try HTTPURL("https://h/"), resend: .safe, timeouts: Timeouts(total: .seconds(60)))
        _ = try await RedirectingTransport(transport, clock: clock).send(request)
        #expect(transport.requests.map(\.timeouts.total) == [.seconds(60), .seconds(40), .seconds(20)])
    }

    @Test func `a refused target is named without its secrets`() async throws {
        let transport = ScriptedTransport([
            .init(.get, "/", status: 302, headers: [("location", "https://other/x?token=hunter2")]),
            .init(.get, "/", status: 302, headers: [("location", "https://me:hunter2@other/x")]),
        ])
        let request = HTTPRequest(.get, try HTTPURL("https://h/"), resend: .safe)
        for target in ["https://other/x?token=***", "an unusable URL"] {
            let error = await #expect(throws: HTTPError.self) {
                try await RedirectingTransport(transport).send(request)
            }
            #expect(error?.kind == .redirectRefused)
            #expect(error?.message.contains("hunter2") == false)
            #expect(error?.message.contains(target) == true)
        }
    }

    @Test func `a followed request keeps method, body and fields`() async throws {
        let transport = ScriptedTransport([
            .init(.post, "/a", status: 308, headers: [("location", "/b")]), .init(.post, "/b", status: 202),
        ])
        var request = HTTPRequest(.post, try HTTPURL("https://h/a"), body: [1, 2], resend: .never)
        request.headers.set("x-api-key", "k", secret: true)
        request.saysNothingWasDone = { _, _, _ in true }
        #expect(try await RedirectingTransport(transport).send(request).status == 202)
        #expect(transport.requests.map(\.body) == [[1, 2], [1, 2]])
        #expect(transport.requests[1].headers["x-api-key"] == "k")
    }

    @Test(arguments: [true, false])
    func `what costs money does not follow an answer that may come after it was done`(isJudged: Bool) async throws {
        let transport = ScriptedTransport([
            .init(.post, "/a", status: 307, headers: [("location", "/b")], body: "done")
        ])
        var request = HTTPRequest(.post, try HTTPURL("https://h/a"), resend: .never)
        if isJudged { request.saysNothingWasDone = { status, _, body in status == 307 && body.isEmpty } }
        let error = await #expect(throws: HTTPError.self) { try await RedirectingTransport(transport).send(request) }
        #expect(error?.kind == .redirectRefused && error?.status == 307 && error?.received == Array("done".utf8))
    }

    @Test func `another origin never sees the request`() async throws {
        let other = try RawServer { connection in
            _ = connection.readRequest()
            connection.respond()
        }
        let target = other.baseURL
        let server = try RawServer { connection in
            _ = connection.readRequest()
            connection.respond(307, headers: [("location", target)])
        }
        let transport = RedirectingTransport(CurlTransport(TransportOptions(userAgent: "test")))
        var request = HTTPRequest(.get, try server.url(), resend: .safe)
        request.headers.set("x-api-key", "k", secret: true)
        let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
        #expect(error?.kind == .redirectRefused)
        #expect(error?.message.contains(target) == true)
        #expect(other.connectionCount == 0)
    }
}
