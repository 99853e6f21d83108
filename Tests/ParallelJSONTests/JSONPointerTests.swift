import ParallelJSON
import Testing

struct JSONPointerTests {
    /// The document and the pointers of RFC 6901 §5.
    private static let example = """
        {"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\\\j":5,"k\\"l":6," ":7,"m~n":8}
        """

    private func resolve(_ pointer: String, in text: String = example) throws -> String {
        let value = try JSONValue.parse(Array(text.utf8))
        switch try #require(JSONPointer(pointer)).resolve(in: value) {
        case .value(let value): return value.serialized()
        case .missing(let step, _, let place): return "no '\(step)' at '\(place)'"
        }
    }

    @Test(arguments: [
        ("/foo", #"["bar","baz"]"#), ("/foo/0", #""bar""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
        ("/g|h", "4"), (#"/i\j"#, "5"), (#"/k"l"#, "6"), ("/ ", "7"), ("/m~0n", "8"),
    ])
    func `the pointers of the RFC lead where it says`(_ pointer: String, _ expected: String) throws {
        #expect(try resolve(pointer) == expected)
    }

    @Test func `the empty pointer is the whole document, and numbers stay as they were written`() throws {
        #expect(try resolve("", in: #"{"a":1.10}"#) == #"{"a":1.10}"#)
    }

    @Test(arguments: [
        ("/bar", "no 'bar' at ''"), ("/foo/2", "no '2' at '/foo'"), ("/foo/-", "no '-' at '/foo'"),
        ("/foo/00", "no '00' at '/foo'"), ("/foo/+1", "no '+1' at '/foo'"), ("/foo/", "no '' at '/foo'"),
        ("/foo/0/x", "no 'x' at '/foo/0'"), ("/foo/99999999999999999999", "no '99999999999999999999' at '/foo'"),
        ("/a~1b/x~0y", "no 'x~y' at '/a~1b'"),
    ])
    func `what a pointer misses is named with its place`(_ pointer: String, _ expected: String) throws {
        #expect(try resolve(pointer) == expected)
    }

    @Test(arguments: ["foo", "#/foo", "/a~", "/a~2", "~0"]) func `anything else is no pointer`(_ text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func `a name with slash and tilde is escaped`() { #expect(JSONPointer.escaped("a/b~1") == "a~1b~01") }
}
