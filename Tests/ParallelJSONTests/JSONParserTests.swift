import ParallelJSON
import Testing

struct JSONParserTests {
    @Test(arguments: [
        "null", "true", "false", "0", "-0", "1.10", "1e400", "12345678901234567890", "-1.5E+10", "\"\"", "[]", "{}",
        #"{"b":1,"a":2,"b":3}"#, #"["a",[null,{"x":[]}]]"#, #""\ud83d""#, #""a\ud83dA\udc00""#,
        #"{"key":"quote \" backslash \\ tab \t"}"#, "\"Zürich 東京 🙂\"",
    ])
    func `a compact document survives a round trip byte for byte`(text: String) throws {
        #expect(try JSONValue.parse(text).serialized() == text)
    }

    @Test(arguments: [
        (#""\/\b\f\n\r\t\u00e9\ud83d\ude42""#, "/\u{08}\u{0C}\n\r\té🙂"),
        (#""\ud83d""#, "\u{FFFD}"),
        (#""a\udc00\u0041""#, "a\u{FFFD}A"),
        (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (
            #""plain text longer than eight bytes \"with\" escapes""#,
            #"plain text longer than eight bytes "with" escapes"#
        ),
    ])
    func `escapes are decoded`(text: String, expected: String) throws {
        #expect(try JSONValue.parse(text).string == expected)
    }

    @Test(arguments: [
        ("", "the text is empty", 1, 1),
        ("  \n ", "the text is empty", 2, 2),
        ("{\"a\": 1,\n \"b\" 2}", "expected ':' after a member name", 2, 6),
        ("[1, 2", "expected ',' or ']' in an array", 1, 6),
        ("[1,]", "unexpected ']' where a value should be", 1, 4),
        ("{\"a\":1,}", "expected a member name in quotes", 1, 8),
        ("01", "a number can't begin with 0", 1, 2),
        ("1.", "expected a digit after the decimal point", 1, 3),
        ("-", "expected a digit", 1, 2),
        ("1e", "expected a digit in the exponent", 1, 3),
        ("tru", "unexpected 't' where a value should be", 1, 1),
        ("{} x", "unexpected text after the value", 1, 4),
        ("\"é\u{1}\"", "unescaped byte 0x01 in a string", 1, 3),
        ("\"abc", "a string has no closing quote", 1, 5),
        ("\"\\x\"", "unknown escape \\'x'", 1, 3),
        ("\"\\u12g4\"", "expected four hexadecimal digits after \\u", 1, 6),
        ("NaN", "unexpected 'N' where a value should be", 1, 1),
        ("\u{1B}[31m", "unexpected byte 0x1B where a value should be", 1, 1),
    ])
    func `a fault is named with line and column`(text: String, reason: String, line: Int, column: Int) {
        #expect {
            try JSONValue.parse(text)
        } throws: { error in
            let error = error as? JSONSyntaxError
            return error?.reason == reason && error?.line == line && error?.column == column
        }
    }

    @Test(arguments: [
        ("[NaN, -Infinity ,Infinity]", "[null,null,null]"), (#"{"a":NaN,"b":"NaN"}"#, #"{"a":null,"b":"NaN"}"#),
        ("-Infinity", "null"),
    ])
    func `forgiving, what Python writes for numbers without a value is read as null`(text: String, value: String) throws
    {
        let (json, isRepaired) = try JSONValue.parseForgiving(Array(text.utf8))
        #expect(json.serialized() == value && isRepaired)
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(text) }
    }

    @Test func `forgiving, bytes that are no UTF-8 are replaced`() throws {
        let (json, isRepaired) = try JSONValue.parseForgiving(Array("\"caf".utf8) + [0xE9, 0x22])
        #expect(json == "caf\u{FFFD}" && isRepaired)
    }

    @Test(arguments: [#"{"a":["NaN","Infinity",-1,null]}"#, "\u{FEFF}[1]"])
    func `forgiving, what is JSON is not called repaired`(text: String) throws {
        let (json, isRepaired) = try JSONValue.parseForgiving(Array(text.utf8))
        #expect(try json == JSONValue.parse(text) && !isRepaired)
    }

    @Test(arguments: ["Nan", "nan", "-NaN", "+Infinity", "Inf", "-I", "[NaN", "Infinity1", "{NaN:1}", "undefined"])
    func `forgiving, anything else is refused as usual`(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parseForgiving(Array(text.utf8)) }
    }

    @Test func `invalid UTF-8 is refused at the byte where it begins`() {
        let bytes: [UInt8] = Array("{\"a\": \"ok".utf8) + [0xC3, 0x28] + Array("\"}".utf8)
        #expect {
            try JSONValue.parse(bytes)
        } throws: {
            ($0 as? JSONSyntaxError)?.reason == "invalid UTF-8 in a string" && ($0 as? JSONSyntaxError)?.offset == 9
        }
    }

    @Test func `nesting is limited`() throws {
        let deep = { (levels: Int) in String(repeating: "[", count: levels) + String(repeating: "]", count: levels) }
        #expect(try JSONValue.parse(deep(512)).serialized() == deep(512))
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(deep(513)) }
        #expect(throws: JSONSyntaxError.self) { try JSONValue.parse(String(repeating: "[", count: 1_000_000)) }
    }

    @Test func `a byte order mark in front is skipped`() throws {
        #expect(try JSONValue.parse([0xEF, 0xBB, 0xBF] + Array("[1]".utf8)) == [1])
    }

    @Test func `quotes and backslashes are found at every offset within a word`() throws {
        for padding in 0..<24 {
            let text =
                String(repeating: "x", count: padding) + "\"é\\\u{7}\u{7F}" + String(repeating: "y", count: padding)
            let value = JSONValue.string(text)
            #expect(try JSONValue.parse(value.serialized()) == value)
        }
    }
}
