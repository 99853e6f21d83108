import ParallelJSON
import ParallelSystem
import Testing

struct JSONMeaningTests {
    @Test(arguments: [
        ("1", "1.0"), ("100", "1e2"), ("1.10", "1.1"), ("-0", "0"), ("[1,2.0]", "[1.0,2]"),
        (#"{"a":1,"b":[{"c":2,"d":null}]}"#, #"{"b":[{"d":null,"c":2.0}],"a":1}"#), (#""é""#, #""\u00e9""#),
        ("1e400", "1e400"),
    ])
    func `values mean the same however they are written`(one: String, other: String) throws {
        #expect(try JSONValue.parse(one).means(JSONValue.parse(other)))
        #expect(try JSONValue.parse(other).means(JSONValue.parse(one)))
        #expect(try JSONValue.parse(one).canonical == JSONValue.parse(other).canonical)
    }

    @Test(arguments: [
        ("1", "2"), ("1", #""1""#), ("9007199254740992", "9007199254740993"), ("[1,2]", "[2,1]"), ("[1]", "[1,1]"),
        (#"{"a":1}"#, #"{"b":1}"#), (#"{"a":1}"#, #"{"a":1,"b":1}"#), (#"{"a":1,"b":2}"#, #"{"b":1,"a":2}"#),
        ("null", "false"), ("0", "false"), (#"{"a":1,"a":2}"#, #"{"a":1,"b":2}"#), ("[]", "{}"), ("1e400", "2e400"),
    ])
    func `different values mean different things`(one: String, other: String) throws {
        #expect(try !JSONValue.parse(one).means(JSONValue.parse(other)))
        #expect(try !JSONValue.parse(other).means(JSONValue.parse(one)))
        #expect(try JSONValue.parse(one).canonical != JSONValue.parse(other).canonical)
    }

    @Test(arguments: [
        (#"{"b":1.0,"a":[{"d":1e2,"c":null}]}"#, #"{"a":[{"c":null,"d":100}],"b":1}"#),
        (#"{"a":2,"a":1}"#, #"{"a":2,"a":1}"#), (#"{"ab":1,"a":2,"A":3,"é":4}"#, #"{"A":3,"a":2,"ab":1,"é":4}"#),
    ])
    func `the canonical form has sorted members, and repeated ones in their order`(text: String, form: String) throws {
        #expect(try JSONValue.parse(text).canonical.serialized() == form)
    }

    @Test func `secrets are masked in keys, texts and numbers, and nothing else changes`() throws {
        let secrets = KnownSecrets()
        for secret in ["tok-4711-tok", "1234567890"] { secrets.hide(secret) }
        let text = #"{"a tok-4711-tok":["x tok-4711-tok\" y",1234567890,1.10,null],"b":["\ud83d",true]}"#
        #expect(
            try JSONValue.parse(text).masked(secrets).serialized()
                == #"{"a ***":["x ***\" y","***",1.10,null],"b":["\ud83d",true]}"#)
    }

    @Test(arguments: [
        ("3", true), ("3.0", true), ("3e0", true), ("-7", true), ("123456789012345678901234567890", true),
        ("1e30", true),
        ("3.5", false), ("1e-3", false),
    ])
    func `a number without a fraction is whole`(text: String, isWhole: Bool) throws {
        #expect(try JSONValue.parse(text).number?.isWhole == isWhole)
    }

    @Test func `keys and strings that differ in normalisation alone are different`() throws {
        let text = "{\"caf\u{E9}\":\"one\",\"cafe\u{301}\":\"two\",\"K\":1,\"\u{212A}\":2}"
        var value = try JSONValue.parse(text)
        #expect(Array(value.serialized().utf8) == Array(text.utf8))
        #expect(value["caf\u{E9}"] == "one" && value["cafe\u{301}"] == "two" && value["K"] == 1)
        #expect(JSONValue.string("\u{E9}") != "e\u{301}" && !JSONValue.string("\u{E9}").means("e\u{301}"))

        let other = try JSONValue.parse("{\"K\":1,\"\u{212A}\":2,\"cafe\u{301}\":\"one\",\"caf\u{E9}\":\"two\"}")
        #expect(value != other && !value.means(other))
        #expect(try value.means(.parse("{\"\u{212A}\":2,\"K\":1,\"cafe\u{301}\":\"two\",\"caf\u{E9}\":\"one\"}")))

        var object = try #require(value.object)
        object["cafe\u{301}"] = 3
        object["caf\u{E9}"] = nil
        value = .object(object)
        #expect(Array(value.serialized().utf8) == Array("{\"cafe\u{301}\":3,\"K\":1,\"\u{212A}\":2}".utf8))
    }

    @Test(arguments: [4, 100]) func `many keys are looked up by their bytes, however many there are`(count: Int) throws
    {
        var object = JSONObject((0..<count).map { ("k\($0)", JSONValue.number(JSONNumber($0))) })
        object["caf\u{E9}"] = "one"
        object["cafe\u{301}"] = "two"
        let keys = ["cafe\u{301}", "caf\u{E9}", "k3", "none"] + object.keys
        let values = object.values(of: keys)
        #expect(values.prefix(4) == ["two", "one", 3, nil])
        #expect(values.dropFirst(4) == object.keys.map { object[$0] }[...])
    }
}
