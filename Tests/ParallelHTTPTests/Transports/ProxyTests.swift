import ParallelHTTP
import TestSupport
import Testing

/// Which proxy is asked, which hosts are called directly, and what is said of a proxy that fails.
struct ProxyTests {
    private func proxy(_ text: String) throws -> Proxy? {
        try ProxySettings(environment: ["HTTPS_PROXY": text]).proxy(for: try HTTPURL("https://api.example/"))
    }

    private func failure(through proxy: String, resend: Resend = .safe) async throws -> HTTPError? {
        let transport = RetryingTransport(
            CurlTransport(TransportOptions(userAgent: "test", environment: ["HTTPS_PROXY": proxy])),
            clock: ManualClock(passing: .seconds(60)), now: { 0 }, random: { 1 })
        let request = HTTPRequest(.get, try HTTPURL("https://api.invalid/"), resend: resend)
        return await #expect(throws: HTTPError.self) { try await transport.send(request) }
    }

    @Test(arguments: [
        ("proxy.corp:3128", "proxy.corp:3128"), ("http://proxy.corp:3128/", "proxy.corp:3128"),
        ("http://me:hunter2@proxy.corp:3128", "proxy.corp:3128"), ("HTTP://me@p", "p:1080"),
        ("https://me:a:b%40c@proxy.corp", "proxy.corp:443"), ("socks5h://[::1]:9050", "[::1]:9050"),
        ("socks5://10.0.0.1", "10.0.0.1:1080"), ("socks4a://h_1:1", "h_1:1"),
    ])
    func `a proxy is known by host and port`(text: String, place: String) throws {
        #expect(try proxy(text)?.place == place)
        #expect(try proxy(text)?.text == text)
    }

    @Test(arguments: [
        ("http://me:hun@ter2@proxy.corp:3128", ["%40", "proxy.corp:3128"]), ("http://hunter2@x@y", ["%40", "y:1080"]),
        ("http://me:hunter2/x@proxy.corp:3128", ["%2F"]), ("http://me:hunter2?x@proxy.corp", ["%3F"]),
        ("http://me:hunter2#@proxy.corp", ["%23"]), ("ftp://me:hunter2@h", ["scheme", "socks5h"]),
        ("http://me:hunter2@h:port", ["http://HOST:PORT"]), ("http://me:hunter2@h:0", ["http://HOST:PORT"]),
        ("http://me:hunter2@", ["http://HOST:PORT"]), ("http://me:hunter2@[::1", ["http://HOST:PORT"]),
        ("http://me:hunter 2@h", ["blank"]),
    ])
    func `a proxy that can't be used is reported at once, without its password`(text: String, words: [String])
        async throws
    {
        let error = try #require(try await failure(through: text))
        #expect(error.kind == .proxy && !error.isTransient && !error.mayHaveBeenSent)
        for word in words + ["HTTPS_PROXY"] { #expect(error.message.contains(word), "\(error)") }
        #expect(!error.message.contains("hun"), "\(error)")
    }

    @Test(arguments: [(407, true), (403, false)])
    func `a proxy that refuses is named and asked once`(status: Int, wantsPassword: Bool) async throws {
        let server = try RawServer { connection in
            guard connection.readRequest() != nil else { return }
            connection.respond(status)
        }
        let error = try #require(try await failure(through: "http://me:hunter2@127.0.0.1:\(server.port)"))
        #expect(error.kind == .proxy && !error.mayHaveBeenSent)
        #expect(
            error.message.contains("the proxy 127.0.0.1:\(server.port) refused") && error.message.contains("\(status)"))
        #expect(error.message.contains("%40") == wantsPassword)
        #expect(!error.message.contains("hunter2"))
        #expect(server.connectionCount == 1)
    }

    @Test func `a proxy whose name nobody knows is tried once, but a wait for a run bears it`() async throws {
        let error = try #require(try await failure(through: "http://me:hunter2@proxy.invalid:3128"))
        #expect(error.message.hasPrefix("cannot find the proxy proxy.invalid:3128"), "\(error)")
        #expect(error.kind == .proxyNotFound && error.isTransient)
        let decision = RetryPolicy().decision(
            attempt: 1, outcome: .failure(error), resend: .safe, elapsed: .zero, now: 0, random: 0)
        #expect(decision == .giveUp)
    }

    @Test func `a proxy that is not there is named and tried again`() async throws {
        // Another test may get the port of a server that was stopped; this one is given to nobody.
        let error = try #require(try await failure(through: "http://127.0.0.1:1"))
        #expect(error.kind == .connect)
        #expect(error.message.hasPrefix("cannot connect to the proxy 127.0.0.1:1"), "\(error)")
    }

    @Test func `one that speaks no TLS is reported from one that does`() async throws {
        let server = try RawServer { connection in
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
            connection.waitForClose()
        }
        let error = try #require(try await failure(through: "https://127.0.0.1:\(server.port)"))
        #expect(error.kind == .tls && error.message.contains("through the proxy 127.0.0.1:\(server.port)"), "\(error)")
        #expect(error.message.hasSuffix("http://HOST:PORT"), "\(error)")
    }

    @Test(arguments: [
        ("*", "https://api.example/", true), (" , *", "https://api.example/", true),
        ("api.example", "https://api.example/", true), ("API.Example", "https://api.example/", true),
        ("example", "https://api.example/", true), (".example", "https://api.example/", true),
        ("*.example", "https://api.example/", true), ("example.", "https://api.example./", true),
        ("ample", "https://api.example/", false), ("pi.example", "https://api.example/", false),
        ("api.example.com", "https://api.example/", false), ("a, b api.example", "https://api.example/", true),
        ("a ,\tapi.example ", "https://api.example/", true), ("my_host", "https://my_host/", true),
        ("api.example:443", "https://api.example/", true), ("api.example:8443", "https://api.example/", false),
        ("api.example:8443", "https://api.example:8443/", true), (".example:443", "https://api.example/", true),
        ("10.0.0.0/8", "https://10.1.2.3/", true), ("10.0.0.0/8", "https://11.1.2.3/", false),
        ("10.0.0.0/8", "https://api.example/", false),
        ("192.168.4.0/22", "https://192.168.7.255/", true), ("192.168.4.0/22", "https://192.168.8.0/", false),
        ("0.0.0.0/0", "https://8.8.8.8/", true), ("0.0.0.0/0", "https://api.example/", true),
        ("0.0.0.0/1", "https://8.8.8.8/", true), ("0.0.0.0/1", "https://[2001:db8::1]/", false),
        ("::/0", "https://[2001:db8::1]/", true),
        ("2001:db8::/32", "https://[2001:db8:1::1]/", true), ("2001:db8::/32", "https://[2001:db9::1]/", false),
        ("10.1.2.3", "https://10.1.2.3/", true), ("10.1.2.3:443", "https://10.1.2.3/", true),
        ("10.1.2.3:80", "https://10.1.2.3/", false), ("10.1.2.3", "https://110.1.2.3/", false),
        ("[2001:db8::1]", "https://[2001:db8::1]/", true), ("2001:DB8::1", "https://[2001:db8:0::1]/", true),
        ("[2001:db8::1]:443", "https://[2001:db8::1]/", true), ("[2001:db8::1]:80", "https://[2001:db8::1]/", false),
    ])
    func `what people write into NO_PROXY is understood`(text: String, url: String, isDirect: Bool) throws {
        let settings = ProxySettings(environment: ["HTTPS_PROXY": "p", "NO_PROXY": text])
        let asked = try settings.proxy(for: try HTTPURL(url))
        #expect((asked == nil) == isDirect)
        #expect(settings.unreadableExceptions == [])
    }

    @Test(arguments: [
        "api.*", "*corp", "*.*", "http://api.example", "api.example/x", "localhost;corp", "10.", "10.*", "10.1",
        "10.0.0.0/33", "::/129", "10.0.0.0/", "/8", "corp/8", "a:port", "a:", ":443", ".", "*.", "a..b", "<local>",
        "[::1", "é\u{301}.example", "192.168.0.256",
    ])
    func `what can't be understood in NO_PROXY is reported and stands for nothing`(text: String) throws {
        let settings = ProxySettings(environment: ["HTTPS_PROXY": "p", "NO_PROXY": "a.example,\(text),b.example"])
        #expect(settings.unreadableExceptions == [text])
        #expect(try settings.proxy(for: try HTTPURL("https://api.example/")) != nil)
        #expect(try settings.proxy(for: try HTTPURL("https://b.example/")) == nil)
        #expect(ProxySettings(environment: ["NO_PROXY": text]).unreadableExceptions == [], "nobody asks a proxy")
    }
}
