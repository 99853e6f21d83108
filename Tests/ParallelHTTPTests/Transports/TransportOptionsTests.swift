import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TransportOptionsTests {
    private static let http = "http://api.example/", https = "https://api.example/"

    @Test(arguments: [
        (http, ["http_proxy": "p"], "p"), (http, ["HTTP_PROXY": "p"], nil), (http, ["https_proxy": "p"], nil),
        (https, ["https_proxy": "p", "HTTPS_PROXY": "q"], "p"), (https, ["HTTPS_PROXY": "q"], "q"),
        (https, ["https_proxy": "", "HTTPS_PROXY": "q"], "q"), (https, ["http_proxy": "p"], nil),
        (https, ["all_proxy": "a"], "a"), (https, ["ALL_PROXY": "a"], "a"), (http, ["ALL_PROXY": "a"], "a"),
        (http, ["http_proxy": "p", "ALL_PROXY": "a"], "p"), (https, [:], nil),
        ("http://127.0.0.1:1/", ["http_proxy": "p", "ALL_PROXY": "a"], nil),
        ("http://localhost/", ["http_proxy": "p"], nil), ("https://[::1]/", ["https_proxy": "p"], nil),
    ])
    func `a proxy comes from the environment that was handed in`(
        url: String, environment: [String: String], expected: String?
    ) throws {
        let proxy = try ProxySettings(environment: environment).proxy(for: try HTTPURL(url))
        #expect(proxy?.text == expected)
    }

    @Test(arguments: [
        (["no_proxy": "a", "NO_PROXY": "b"], "a", true), (["no_proxy": "a", "NO_PROXY": "b"], "b", false),
        (["NO_PROXY": "b"], "b", true),
    ])
    func `exceptions come in both cases`(environment: [String: String], host: String, isDirect: Bool) throws {
        let settings = ProxySettings(environment: environment.merging(["ALL_PROXY": "p"]) { $1 })
        let proxy = try settings.proxy(for: try HTTPURL("https://\(host)/"))
        #expect((proxy == nil) == isDirect)
    }

    @Test func `certificates come from the environment`() {
        let environment = ["SSL_CERT_FILE": "/e.pem", "SSL_CERT_DIR": ""]
        #expect(TransportOptions(userAgent: "x", environment: environment).tls == TLSOptions(caFile: "/e.pem"))
    }

    @Test func `a proxy gets the whole URL and its password stays out of errors`() async throws {
        let proxy = try RawServer { connection in
            guard let request = connection.readRequest() else { return }
            if request.method == "CONNECT" {
                connection.respond(407)
            } else {
                connection.respond(body: request.target + " " + (request.headers["proxy-authorization"] ?? ""))
            }
        }
        let address = "http://me:hunter2@127.0.0.1:\(proxy.port)"
        let environment = ["http_proxy": address, "https_proxy": address, "no_proxy": "direct.invalid"]
        let transport = CurlTransport(TransportOptions(userAgent: "test", environment: environment))
        let plain = HTTPRequest(.get, try HTTPURL("http://api.invalid/a"), resend: .safe)
        let body = try await transport.send(plain).body.collect()
        #expect(String(decoding: body, as: UTF8.self) == "http://api.invalid/a Basic bWU6aHVudGVyMg==")

        let secure = HTTPRequest(.post, try HTTPURL("https://api.invalid/a"), resend: .never)
        let refused = await #expect(throws: HTTPError.self) { try await transport.send(secure) }
        #expect(refused?.kind == .proxy)
        #expect(refused?.mayHaveBeenSent == false)
        #expect(refused?.message.contains("407") == true)

        let direct = HTTPRequest(.get, try HTTPURL("http://direct.invalid/"), resend: .safe)
        #expect(await #expect(throws: HTTPError.self) { try await transport.send(direct) }?.kind == .resolve)
    }

    @Test(arguments: ["ftp://me:hunter2@h", "http://me:hunter2@h:port", "http://me:hunter2@proxy.invalid"])
    func `an unusable proxy is reported without its password`(proxy: String) async throws {
        let transport = CurlTransport(TransportOptions(userAgent: "test", environment: ["ALL_PROXY": proxy]))
        let request = HTTPRequest(.get, try HTTPURL("http://api.invalid/"), resend: .safe)
        let error = await #expect(throws: HTTPError.self) { try await transport.send(request) }
        #expect(error?.message.contains("hunter2") == false)
        #expect(error?.mayHaveBeenSent == false)
    }
}
