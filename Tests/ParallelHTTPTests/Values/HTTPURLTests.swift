import ParallelHTTP
import Testing

@Suite struct HTTPURLTests {
    @Test(arguments: [
        ("https://api.parallel.ai", "https://api.parallel.ai/", 443),
        ("HTTPS://API.Parallel.AI:443/v1", "https://api.parallel.ai/v1", 443),
        ("http://localhost:8080/a?b=c#d", "http://localhost:8080/a?b=c", 8080),
        ("http://h:/", "http://h/", 80),
        ("http://[::1]:99/x", "http://[::1]:99/x", 99),
        ("http://[2001:DB8::A]/", "http://[2001:db8::a]/", 80),
        ("https://h/ä?ö=\"", "https://h/%C3%A4?%C3%B6=%22", 443),
        ("https://h/a%2Fb?c=%26", "https://h/a%2Fb?c=%26", 443),
        ("https://h?x", "https://h/?x", 443),
        ("https://h/a/../b", "https://h/a/../b", 443),
        ("https://h/a\u{301}/b", "https://h/a%CC%81/b", 443),
    ])
    func `a URL is taken apart and put together again`(text: String, canonical: String, port: Int) throws {
        let url = try HTTPURL(text)
        #expect(url.description == canonical)
        #expect(url.port == port)
        #expect(try HTTPURL(url.description) == url)
    }

    @Test(arguments: [
        "", "api.parallel.ai", "ftp://h/", "//h/", "https:/h", "https://", "https:///path", "https://:80/",
        "https://user@h/", "https://user:password@h/", "https://h:0/", "https://h:65536/", "https://h:-1/",
        "https://h:8a/", "https://h /", " https://h", "https://h/\n", "https://h/a b", "https://h\u{0}/",
        "https://h\\@evil/", "https://[::1/", "https://[::1]x/", "https://[zz]/", "https://[]/",
        "https://[::1%25eth0]/",
        "https://bücher.example/", "https://h%41/", "https://h<x/", "http://127.1/", "http://0177.0.0.1/",
        "http://2130706433/", "http://0x7f000001/", "http://1.2.3.256/", "http://./", "https://h,evil/",
        "javascript:alert(1)", "https://h/\u{7F}", "https://par\u{212A}.example/",
    ])
    func `what is not a plain http URL is refused with a reason`(text: String) {
        let error = #expect(throws: HTTPURLError.self) { try HTTPURL(text) }
        #expect(error?.reason.isEmpty == false)
    }

    @Test func `a refused URL's password is not in the reason`() {
        let error = #expect(throws: HTTPURLError.self) { try HTTPURL("https://user:hunter2@h/") }
        #expect(error?.description.contains("hunter2") == false)
    }

    @Test(arguments: [
        ("http://localhost/", true), ("http://a.localhost/", true), ("http://127.0.0.1/", true),
        ("http://127.255.1.2/", true), ("http://[::1]/", true), ("http://[0:0:0:0:0:0:0:1]/", true),
        ("http://localhost.example/", false), ("http://notlocalhost/", false), ("http://128.0.0.1/", false),
        ("http://127.0.0.1.example/", false), ("http://[::2]/", false), ("http://127.example/", false),
    ])
    func `only this machine is loopback`(text: String, isLoopback: Bool) throws {
        #expect(try HTTPURL(text).isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("https://h", "/v1/runs", "https://h/v1/runs"),
        ("https://h/", "v1", "https://h/v1"),
        ("https://h/base/", "/v1", "https://h/base/v1"),
        ("https://h/base?k=1", "v1", "https://h/base/v1?k=1"),
        ("https://h/base", "", "https://h/base"),
        ("https://h", "/a b?c#d/é", "https://h/a%20b%3Fc%23d/%C3%A9"),
        ("https://h", "/a%2Fb", "https://h/a%2Fb"),
    ])
    func `a path is appended as written`(base: String, path: String, expected: String) throws {
        #expect(try HTTPURL(base).appending(path: path).description == expected)
    }

    @Test func `query values are encoded in full`() throws {
        let url = try HTTPURL("https://h/?a=1").appending(path: "p", query: [("n&", "1+1=2 ü"), ("e", "")])
        #expect(url.query == "a=1&n%26=1%2B1%3D2%20%C3%BC&e=")
    }

    @Test(arguments: [
        ("run_1-a.~", "run_1-a.~"), ("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("é", "%C3%A9"), ("%", "%25"),
        (".", "%252E"), ("..", "%252E%252E"), ("...", "..."), ("../x", "..%2Fx"), ("\n", "%0A"),
    ])
    func `an identifier stays one segment`(text: String, expected: String) {
        #expect(HTTPURL.encodeSegment(text) == expected)
    }

    // RFC 3986 §5.4, with an http base.
    @Test(arguments: [
        ("g", "http://a/b/c/g"), ("./g", "http://a/b/c/g"), ("g/", "http://a/b/c/g/"), ("/g", "http://a/g"),
        ("//g", "http://g/"), ("?y", "http://a/b/c/d;p?y"), ("g?y", "http://a/b/c/g?y"), ("#s", "http://a/b/c/d;p?q"),
        ("g#s", "http://a/b/c/g"), ("", "http://a/b/c/d;p?q"), (".", "http://a/b/c/"), ("..", "http://a/b/"),
        ("../g", "http://a/b/g"), ("../..", "http://a/"), ("../../../../g", "http://a/g"), ("/./g", "http://a/g"),
        ("/../g", "http://a/g"), ("g.", "http://a/b/c/g."), ("./g/.", "http://a/b/c/g/"),
        ("g/../h", "http://a/b/c/h"), ("g?y/../x", "http://a/b/c/g?y/../x"), ("https://x:8443/y", "https://x:8443/y"),
    ])
    func `a reference resolves against the page it is on`(reference: String, expected: String) throws {
        #expect(try HTTPURL("http://a/b/c/d;p?q").resolving(reference).description == expected)
    }

    @Test(arguments: ["ftp://h/", "//user@h/", "mailto:a@b", "/a b", "http:g"])
    func `a reference to something else is refused`(reference: String) throws {
        let base = try HTTPURL("http://a/b")
        #expect(throws: HTTPURLError.self) { try base.resolving(reference) }
    }

    @Test(arguments: [
        ("https://h/p", "https://h/p"), ("https://h/p?key=abc&n=1", "https://h/p?key=***&n=***"),
        ("https://h/p?abc", "https://h/p?***"), ("https://h/p?a=b=c&", "https://h/p?a=***&"),
    ])
    func `a redacted URL shows no value of its query`(text: String, expected: String) throws {
        #expect(try HTTPURL(text).redacted() == expected)
    }
}
