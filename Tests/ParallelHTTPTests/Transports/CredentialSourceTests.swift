import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// A login whose tokens are used up one after the other.
private final class Tokens: CredentialSource {
    private let rest: Lock<[String]>
    let refused = Lock<[String?]>([])

    init(_ tokens: String...) { rest = Lock(tokens) }

    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        request.headers.set("authorization", rest.withLock { $0.first ?? "" }, secret: true)
        return request
    }

    func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool {
        refused.withLock { $0.append(request.headers["authorization"]) }
        return rest.withLock { rest in
            guard rest.count > 1 else { return false }
            rest.removeFirst()
            return true
        }
    }
}

@Suite struct CredentialSourceTests {
    private let url: HTTPURL

    init() throws { url = try HTTPURL("https://h/v1/runs") }

    private func tokens(_ transport: ScriptedTransport) -> [String?] {
        transport.requests.map { $0.headers["authorization"] }
    }

    @Test func `each request is authorised anew`() async throws {
        let transport = ScriptedTransport([.init(.get, "/v1/runs"), .init(.get, "/v1/runs")])
        let authorizing = AuthorizingTransport(transport, Tokens("a"))
        for _ in 0..<2 { _ = try await authorizing.send(HTTPRequest(.get, url, resend: .safe)) }
        #expect(tokens(transport) == ["a", "a"])
    }

    @Test func `credentials that are refused are renewed once, and the request is sent again`() async throws {
        let transport = ScriptedTransport([
            .init(.get, "/v1/runs", status: 401), .init(.get, "/v1/runs", body: "done"),
        ])
        let source = Tokens("old", "new")
        let response = try await AuthorizingTransport(transport, source).send(HTTPRequest(.get, url, resend: .safe))
        #expect(response.status == 200 && tokens(transport) == ["old", "new"])
        #expect(source.refused.withLock { $0 } == ["old"])
    }

    @Test(arguments: [[], ["x", "y"]])
    func `a refusal that a renewal can't mend, or has not mended, is the answer`(more: [String]) async throws {
        let count = more.isEmpty ? 1 : 2
        let transport = ScriptedTransport(
            Array(repeating: .init(.get, "/v1/runs", status: 401, body: "who?"), count: count))
        let source = more.isEmpty ? Tokens("old") : Tokens("old", more[0], more[1])
        let response = try await AuthorizingTransport(transport, source).send(HTTPRequest(.get, url, resend: .safe))
        #expect(response.status == 401 && transport.requests.count == count)
        #expect(try await response.body.collect() == Array("who?".utf8))
    }

    @Test(arguments: [true, false])
    func `what costs money is sent again only where the answer says that nothing was done`(
        saysNothingWasDone: Bool
    ) async throws {
        let transport = ScriptedTransport(
            [.init(.post, "/v1/runs", status: 401, body: "who?")]
                + (saysNothingWasDone ? [.init(.post, "/v1/runs", status: 202)] : []))
        var request = HTTPRequest(.post, url, resend: .never)
        request.saysNothingWasDone = { status, _, body in
            saysNothingWasDone && status == 401 && body == Array("who?".utf8)
        }
        let response = try await AuthorizingTransport(transport, Tokens("old", "new")).send(request)
        #expect(response.status == (saysNothingWasDone ? 202 : 401))
        if !saysNothingWasDone { #expect(try await response.body.collect() == Array("who?".utf8)) }
    }

    @Test func `fields that stay the same stand in front, and never replace the request's own`() async throws {
        var fields = HTTPHeaders([("accept", "a/b")])
        fields.add("x-api-key", "k", secret: true)
        fields.add("x-api-key", "l", secret: true)
        var request = HTTPRequest(.get, url, headers: HTTPHeaders([("Accept", "c/d")]), resend: .safe)
        request.headers.add("x", "1")
        request.headers.add("x", "2")
        let authorized = try await HeaderCredentials(fields).authorized(request)
        #expect(
            authorized.headers.map { "\($0.name): \($0.value)\($0.isSecret ? " (secret)" : "")" }
                == ["x-api-key: k (secret)", "x-api-key: l (secret)", "Accept: c/d", "x: 1", "x: 2"])
        #expect(try await !HeaderCredentials(fields).renew(after: authorized, refusedBy: HTTPResponse(status: 401)))
    }
}
