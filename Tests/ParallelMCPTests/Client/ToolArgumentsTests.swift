import ParallelJSON
import ParallelMCP
import Testing

struct ToolArgumentsTests {
    static let schema = ##"""
        {"type":"object","properties":{
            "query":{"type":"string"},"limit":{"type":"integer"},"score":{"type":"number"},"deep":{"type":"boolean"},
            "mode":{"enum":["fast","slow"]},"level":{"enum":[1,2]},"fixed":{"const":true},
            "maybe":{"anyOf":[{"type":"integer"},{"type":"null"}]},"either":{"oneOf":[{"type":"integer"},{"type":"string"}]},
            "both":{"type":["integer","boolean"]},"any":{},"all":true,"odd":{"type":"date"},
            "urls":{"type":"array","items":{"type":"string"}},"ids":{"type":["array","null"],"items":{"type":"integer"}},
            "tags":{"type":"array"},"maybe_urls":{"anyOf":[{"type":"array","items":{"$ref":"#/$defs/Url"}},{"type":"null"}]},
            "rows":{"type":"array","items":{"type":"object"}},"policy":{"type":"object"},
            "ref":{"$ref":"#/$defs/Count","description":"x"},"all_of":{"allOf":[{"$ref":"#/$defs/Count"}]},
            "round":{"$ref":"#/$defs/Round"}
        },"$defs":{"Url":{"type":"string"},"Count":{"type":"integer"},"Round":{"anyOf":[{"$ref":"#/$defs/Round"},{"type":"integer"}]}}}
        """##

    struct Row: CustomTestStringConvertible {
        let words: [(String, String)]
        let expected: String
        var testDescription: String { "\(words)" }

        init(_ words: (String, String)..., as expected: String) {
            self.words = words
            self.expected = expected
        }
    }

    @Test(arguments: [
        Row(("query", "5"), as: #"{"query":"5"}"#), Row(("query", ""), as: #"{"query":""}"#),
        Row(("limit", "5"), as: #"{"limit":5}"#), Row(("limit", "-5.0"), as: #"{"limit":-5.0}"#),
        Row(("limit", "12345678901234567890"), as: #"{"limit":12345678901234567890}"#),
        Row(("score", "1.50"), as: #"{"score":1.50}"#), Row(("deep", "true"), as: #"{"deep":true}"#),
        Row(("mode", "fast"), as: #"{"mode":"fast"}"#), Row(("level", "2"), as: #"{"level":2}"#),
        Row(("fixed", "true"), as: #"{"fixed":true}"#),
        Row(("maybe", "null"), as: #"{"maybe":null}"#), Row(("maybe", "3"), as: #"{"maybe":3}"#),
        Row(("either", "3"), as: #"{"either":"3"}"#), Row(("both", "false"), as: #"{"both":false}"#),
        Row(("any", "3"), as: #"{"any":"3"}"#), Row(("all", "3"), as: #"{"all":"3"}"#),
        Row(("odd", "3"), as: #"{"odd":"3"}"#), Row(("unknown", "3"), as: #"{"unknown":"3"}"#),
        Row(("policy", #"{"a":1}"#), as: #"{"policy":{"a":1}}"#), Row(("ref", "3"), as: #"{"ref":3}"#),
        Row(("all_of", "3"), as: #"{"all_of":3}"#), Row(("round", "3"), as: #"{"round":3}"#),
        Row(("limit", "1"), ("query", "x"), ("limit", "2"), as: #"{"limit":2,"query":"x"}"#),
    ])
    func `a text becomes what the schema asks for`(row: Row) throws {
        #expect(try object(row.words) == row.expected)
    }

    @Test(arguments: [
        Row(("urls", "a"), as: #"{"urls":["a"]}"#), Row(("urls", "a"), ("urls", "b"), as: #"{"urls":["a","b"]}"#),
        Row(("urls", #"["a","b"]"#), as: #"{"urls":["a","b"]}"#), Row(("urls", "[a"), as: #"{"urls":["[a"]}"#),
        Row(("urls", "a"), ("urls", #"["b"]"#), ("urls", "c"), as: #"{"urls":["c"]}"#),
        Row(("urls", "7"), as: #"{"urls":["7"]}"#),
        Row(("ids", "1"), ("query", "x"), ("ids", "2"), as: #"{"ids":[1,2],"query":"x"}"#),
        Row(("ids", "null"), as: #"{"ids":null}"#), Row(("tags", "1"), as: #"{"tags":["1"]}"#),
        Row(("maybe_urls", "a"), ("maybe_urls", "b"), as: #"{"maybe_urls":["a","b"]}"#),
        Row(("rows", #"{"a":1}"#), ("rows", "{}"), as: #"{"rows":[{"a":1},{}]}"#),
    ])
    func `a list is a JSON array or grows by each text`(row: Row) throws {
        #expect(try object(row.words) == row.expected)
    }

    @Test(arguments: [
        ("limit", "abc", "'limit' is an integer; 'abc' is none"), ("limit", "", "'limit' is an integer; '' is none"),
        ("limit", "1.5", "'limit' is an integer; '1.5' is none"),
        ("limit", " 5", "'limit' is an integer; ' 5' is none"),
        ("limit", "+5", "'limit' is an integer; '+5' is none"),
        ("limit", "0x10", "'limit' is an integer; '0x10' is none"),
        ("score", "NaN", "'score' is a number; 'NaN' is none"), ("deep", "yes", "'deep' is a boolean; 'yes' is none"),
        ("deep", "1", "'deep' is a boolean; '1' is none"), ("deep", " true", "'deep' is a boolean; ' true' is none"),
        ("maybe", "x", "'maybe' is an integer or null; 'x' is none"),
        ("level", "x", "'level' is a number; 'x' is none"),
        ("ids", "x", "an element of 'ids' is an integer; 'x' is none"),
        ("rows", "x", "an element of 'rows' is an object; 'x' is none"),
        ("policy", "a=b", "'policy' is an object; 'a=b' is none"),
        ("policy", "[]", "'policy' is an object; '[]' is none"),
    ])
    func `a text that is not what the schema asks for is refused`(key: String, value: String, message: String) throws {
        #expect(throws: InvalidArgument(message)) { try object([(key, value)]) }
    }

    @Test func `a long text is not repeated`() throws {
        let text = String(repeating: "0123456789", count: 20)
        #expect(throws: InvalidArgument("'deep' is a boolean; '\(text.prefix(40))…' is none")) {
            try object([("deep", text)])
        }
    }

    @Test func `without a schema every text is a string, and the last one counts`() throws {
        let words: [ToolArguments.Word] = [
            .text(key: "limit", value: "5"), .text(key: "urls", value: "a"), .text(key: "urls", value: "b"),
            .json(key: "deep", value: true),
        ]
        let object = try ToolArguments.object(base: ["limit": 1, "mode": "fast"], words: words, schema: nil)
        #expect(object == ["limit": "5", "mode": "fast", "urls": "b", "deep": true])
    }

    @Test func `later words replace earlier ones and the base`() throws {
        let words: [ToolArguments.Word] = [
            .text(key: "urls", value: "b"), .json(key: "urls", value: ["c"]), .text(key: "urls", value: "d"),
            .text(key: "urls", value: "e"), .json(key: "limit", value: "kept as it is"),
        ]
        let schema = try JSONValue.parse(Self.schema)
        let object = try ToolArguments.object(base: ["urls": ["a"], "limit": 1], words: words, schema: schema)
        #expect(object == ["urls": ["d", "e"], "limit": "kept as it is"])
    }

    @Test(arguments: [
        ##"{"$ref":"#/$defs/Input","$defs":{"Input":{"properties":{"limit":{"type":"integer"}}}}}"##,
        #"{"allOf":[{"properties":{"query":{}}},{"properties":{"limit":{"type":"integer"}}}]}"#,
    ])
    func `the properties may stand behind a reference or in a part`(schema: String) throws {
        let words = [ToolArguments.Word.text(key: "limit", value: "5")]
        #expect(try ToolArguments.object(base: [:], words: words, schema: .parse(schema)) == ["limit": 5])
    }

    private func object(_ words: [(String, String)]) throws -> String {
        let words = words.map { ToolArguments.Word.text(key: $0.0, value: $0.1) }
        let schema = try JSONValue.parse(Self.schema)
        return JSONValue.object(try ToolArguments.object(base: [:], words: words, schema: schema)).serialized()
    }
}
