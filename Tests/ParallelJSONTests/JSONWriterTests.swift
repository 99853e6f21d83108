import ParallelJSON
import Testing

struct JSONWriterTests {
    @Test func `pretty output puts a member on a line and leaves empty containers closed`() throws {
        let value: JSONValue = ["name": "x", "list": [1, 2.5], "none": [], "empty": [:], "flag": true, "nothing": nil]
        #expect(
            value.serialized(.pretty) == """
                {
                  "name": "x",
                  "list": [
                    1,
                    2.5
                  ],
                  "none": [],
                  "empty": {},
                  "flag": true,
                  "nothing": null
                }
                """)
    }

    @Test(arguments: [
        ("\u{1B}[31m", #""\u001b[31m""#),
        ("\u{7F}", #""\u007f""#),
        ("a long enough prefix \u{9B}31m", #""a long enough prefix \u009b31m""#),
        ("\u{202E}txt.exe", #""\u202etxt.exe""#),
        ("\u{2066}x\u{2069}", #""\u2066x\u2069""#),
        ("\u{00A0}é\u{2028}", "\"\u{00A0}é\u{2028}\""),
    ])
    func `what could act on a terminal is escaped, the string stays the same`(text: String, expected: String) throws {
        let written = JSONValue.string(text).serialized()
        #expect(written == expected)
        #expect(try JSONValue.parse(written).string == text)
    }

    @Test func `members keep their order when one is replaced, added or removed`() {
        var object: JSONObject = ["a": 1, "b": 2, "c": 3]
        object["b"] = "new"
        object["d"] = nil
        object["a"] = nil
        object["e"] = true
        #expect(JSONValue.object(object).serialized() == #"{"b":"new","c":3,"e":true}"#)
    }

    @Test(arguments: [
        ("3", 3), ("3.0", 3), ("3e2", 300), ("-7", -7), ("9.007199254740991e15", (1 << 53) - 1),
        ("9007199254740993", (1 << 53) + 1), ("-9223372036854775808", .min),
    ])
    func `whole numbers read as Int however they are written`(text: String, expected: Int) throws {
        #expect(try JSONValue.parse(text).int == expected)
    }

    // From 2^53 on what has an exponent or a point may not be the number that was meant.
    @Test(arguments: [
        "3.5", "1e400", "12345678901234567890", "1e17", "-1e17", "9.007199254740992e15", "9.007199254740993e15",
        "9007199254740993.0",
    ])
    func `other numbers do not read as Int`(text: String) throws {
        #expect(try JSONValue.parse(text).int == nil)
    }
}
