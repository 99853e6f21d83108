import ParallelHTTP
import Testing

@Suite struct HTTPHeadersTests {
    @Test func `names compare without case and keep their order`() {
        var headers = HTTPHeaders([("Accept", "a"), ("X-B", "1"), ("accept", "b")])
        #expect(headers["ACCEPT"] == "a")
        #expect(headers.map(\.value) == ["a", "1", "b"])
        headers.set("accept", "c", secret: true)
        #expect(headers.map(\.name) == ["accept", "X-B"])
        #expect(headers.map(\.isSecret) == [true, false])
        headers["x-b"] = nil
        headers["New"] = "2"
        #expect(headers.map(\.value) == ["c", "2"])
        #expect(headers["missing"] == nil)
    }

    @Test(arguments: [
        ("x-api-key", true), ("!#$%&'*+-.^_`|~09azAZ", true), ("", false), ("a b", false), ("a:", false),
        ("a\r", false), ("ä", false), ("a\u{0}", false), ("(a)", false),
    ])
    func `a name is a token`(name: String, isValid: Bool) {
        #expect(HTTPHeaders.isValidName(name) == isValid)
    }

    @Test(arguments: [
        ("", true), ("a b\tc", true), ("é", true), ("a\nb", false), ("a\rb", false), ("a\r\nb", false),
        ("a\u{0}", false),
    ])
    func `a value holds no line end and no NUL`(value: String, isValid: Bool) {
        #expect(HTTPHeaders.isValidValue(value) == isValid)
    }
}
