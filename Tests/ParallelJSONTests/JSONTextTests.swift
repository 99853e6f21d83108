import ParallelJSON
import Testing

struct JSONTextTests {
    private func text(_ string: String) -> JSONText { JSONText(Array(string.utf8)[...]) }

    private func string(_ text: JSONText?) -> String? { text.map { String(decoding: $0.bytes, as: UTF8.self) } }

    @Test(arguments: [
        (#"{"a":1,"b":"x"}"#, "1", #""x""#),
        (" {\n \"b\" : [1, {\"a\": 2}] ,\r\n\t\"a\" : {\"b\":\"}\"} } ", #"{"b":"}"}"#, #"[1, {"a": 2}]"#),
        (#"{"x":"\"a\":1 \\","a":null,"y":{"b":3},"b":-1.5e9}"#, "null", "-1.5e9"),
        (#"{"a":true,"a":false,"b":"é\u00e9"}"#, "true", #""é\u00e9""#),
        (#"{"b":[[],{},""]}"#, nil, #"[[],{},""]"#),
        ("{}", nil, nil),
    ])
    func `members are found wherever they stand`(_ source: String, a: String?, b: String?) {
        let members = text(source).members("a", "b")
        #expect(members?.map(string) == [a, b])
    }

    @Test(arguments: [
        "", " ", "1", "\"a\"", "[1]", "{", "{\"a\"", "{\"a\":", "{\"a\":[1", "{\"a\":\"x", "{a:1}", "{\"x\":1 \"a\":2}",
    ])
    func `what breaks off before the members are found is no object`(_ source: String) {
        #expect(text(source).members("a") == nil)
        #expect(text(source).opening(of: "z") == nil)
    }

    @Test func `what follows the last member is not looked at`() {
        #expect(string(text(#"{"a":1,"b":[}"#).members("a")?[0]) == "1")
    }

    @Test func `a part can be looked into like the whole`() {
        let run = text(#"{"type":"t","run":{"id":"r-1","metadata":{"row":"7"}}}"#).members("run")?[0]
        #expect(run?.members("id")?[0]?.string == "r-1")
        #expect(run?.members("metadata")?[0]?.members("row")?[0]?.string == "7")
        #expect(run?.members("metadata")?[0]?.value == ["row": "7"])
    }

    @Test(arguments: [
        ("[]", [String]()), ("[1]", ["1"]), (#" [ "a,b" , [2,3],{"x":"]"} ] "#, [#""a,b""#, "[2,3]", #"{"x":"]"}"#]),
    ])
    func `elements are cut at their commas`(_ source: String, elements: [String]) {
        #expect(text(source).elements?.map(string) == elements)
    }

    @Test(arguments: ["{}", "[", "[1", "[1,]x", "[1 2]", "\"[]\""])
    func `what is no array has no elements`(_ source: String) {
        #expect(text(source).elements == nil)
    }

    @Test(arguments: [
        (#""plain""#, "plain" as String?), (#""a\"b\u00e9\n""#, "a\"bé\n"), ("1", nil), ("null", nil), ("\"", nil),
        ("\"\"", ""),
    ])
    func `a string is read with its escapes`(_ source: String, expected: String?) {
        #expect(text(source).string == expected)
    }

    @Test func `the type of a member shows in its first byte`() {
        let object = text(#"{"run":{"output":1},"output":{"x":[}"#)
        #expect(object.opening(of: "output") == UInt8(ascii: "{"))
        #expect(object.opening(of: "run") == UInt8(ascii: "{"))
        #expect(text(#"{"output":null}"#).opening(of: "output") == UInt8(ascii: "n"))
        #expect(text(#"{"a":1}"#).opening(of: "output") == nil)
    }

    @Test func `brackets without end do not exhaust the stack`() {
        let deep = String(repeating: "[", count: 1_000_000)
        #expect(text("{\"a\":\(deep)").members("a", "b") == nil)
        #expect(text("{\"x\":\(deep)\(String(repeating: "]", count: 1_000_000)),\"a\":1}").members("a")?[0]?.value == 1)
    }
}
