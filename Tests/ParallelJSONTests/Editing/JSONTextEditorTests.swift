import ParallelJSON
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct JSONTextEditorTests {
    private func set(_ text: String, _ dialect: JSONDialect = .trailingCommas, in path: [String] = ["m"]) throws
        -> String
    {
        var editor = try JSONTextEditor(Array(text.utf8), dialect: dialect)
        editor.set("new", to: ["a": [1, 2]], in: path)
        return String(decoding: editor.bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ("{\n  \"m\": {}\n}\n", "{\n  \"m\": {\n    \"new\": {\n      \"a\": [1, 2]\n    }\n  }\n}\n"),
        ("{\"m\":{\"x\":1}}", "{\"m\":{\"x\":1,\"new\":{\"a\":[1,2]}}}"),
        (
            "{\n\t\"m\": {\n\t\t\"x\": 1 // one\n\t}\n}",
            "{\n\t\"m\": {\n\t\t\"x\": 1, // one\n\t\t\"new\": {\n\t\t\t\"a\": [1, 2]\n\t\t}\n\t}\n}"
        ),
        (
            "{\n  \"m\": { // none yet\n  }\n}",
            "{\n  \"m\": { // none yet\n    \"new\": {\n      \"a\": [1, 2]\n    }\n  }\n}"
        ),
        (
            "{\r\n  \"m\": {\r\n    \"x\": 1,\r\n  },\r\n}",
            "{\r\n  \"m\": {\r\n    \"x\": 1,\r\n    \"new\": {\r\n      \"a\": [1, 2]\r\n    },\r\n  },\r\n}"
        ),
        (
            "{ \"m\": { \"x\": 1, // one\n \"y\": 2 // two\n } }",
            "{ \"m\": { \"x\": 1, // one\n \"y\": 2, // two\n \"new\":{\"a\":[1,2]}\n } }"
        ),
    ])
    func `a new member is the last one, laid out like the others, behind the comments of its line`(
        before: String, after: String
    ) throws {
        #expect(try set(before) == after)
        var editor = try JSONTextEditor(Array(after.utf8), dialect: .trailingCommas)
        editor.remove("new", in: ["m"])
        #expect(String(decoding: editor.bytes, as: UTF8.self) == before)
    }

    @Test(arguments: [
        ("{\"a\": 1, // x\n\"new\": 2, // y\n\"b\": 3}", "{\"a\": 1, // x\n // y\n\"b\": 3}"),
        ("{ // c\n\"new\": 1 }", "{ // c\n }"),
        ("{\"new\": 1, \"b\": 2}", "{\"b\": 2}"),
        ("{\"a\": 1, /* why */ \"new\": 2}", "{\"a\": 1 /* why */}"),
    ])
    func `removing a member leaves every comment`(before: String, after: String) throws {
        var editor = try JSONTextEditor(Array(before.utf8), dialect: .trailingCommas)
        editor.remove("new", in: [])
        #expect(String(decoding: editor.bytes, as: UTF8.self) == after)
    }

    @Test(arguments: [
        ("{\"a\": 1,}", JSONDialect.comments, 9), ("{\"a\": 1 // x\n}", .strict, 9), ("{a: 1}", .trailingCommas, 2),
        ("{'a': 1}", .trailingCommas, 2), ("{\"a\": }", .json5, 7), ("{\"a\": 1", .json5, 8),
        ("{\"a\": 'x}", .json5, 7),
        ("{\"a\": 1 /* x }", .json5, 9), ("", .json5, 1), ("{,}", .json5, 2), ("{\"a\" 1}", .json5, 6),
    ])
    func `what a dialect does not have is an error with its place`(text: String, dialect: JSONDialect, column: Int) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONTextEditor(Array(text.utf8), dialect: dialect) }
        #expect(error?.line == 1 && error?.column == column, "\(String(describing: error))")
    }

    @Test func `JSON5 is read as what it means`() throws {
        let text = #"{a: 'it\'s "x"\x41\v', $b: +1, _c: .5, d: 0x1F, e: [Infinity, 5,], 'f': 'a\"# + "\n" + "b', /*g*/}"
        let value = try JSONTextEditor(Array(text.utf8), dialect: .json5).value
        #expect(
            value["a"] == "it's \"x\"A\u{B}" && value["f"] == "ab" && value["$b"] == "+1" && value["_c"] == ".5"
                && value["d"] == "0x1F")
        #expect(value["e"] == ["Infinity", 5])
    }

    /// A random document whose members are written in many ways.
    private struct Writer {
        var random: SeededRandom

        mutating func space(_ endsLine: Bool = true) -> String {
            switch Int.random(in: 0..<9, using: &random) {
            case 0: " "
            case 1: "\n  "
            case 2 where endsLine: " // a, {\"b\"\n"
            case 3: " /* ] } */ "
            case 4: "\r\n\t"
            default: ""
            }
        }

        mutating func value(_ depth: Int) -> String {
            switch Int.random(in: 0..<(depth > 3 ? 4 : 7), using: &random) {
            case 0: "1.50"
            case 1: #""a\"/*b*/ ,}""#
            case 2: "null"
            case 3: "[]"
            case 4:
                "[" + space() + value(depth + 1) + space() + "," + value(depth + 1)
                    + (Bool.random(using: &random) ? "," : "") + space() + "]"
            default: object(depth + 1)
            }
        }

        mutating func object(_ depth: Int, with extra: String? = nil) -> String {
            var members = (0..<Int.random(in: 0..<4, using: &random)).map { "\"k\($0)\"" }
            if let extra { members.append(extra) }
            var text = "{" + space()
            for (index, key) in members.enumerated() {
                let inner = key == extra ? object(depth + 1) : value(depth + 1)
                text += key + space() + ":" + space() + inner + space()
                if index < members.count - 1 || Bool.random(using: &random) { text += "," + space() }
            }
            return text + "}"
        }
    }

    @Test func `what is added is taken away again, and nothing else changes, however a file is written`() throws {
        var writer = Writer(random: SeededRandom(seed: 13))
        for _ in 0..<3_000 {
            let text = writer.space() + writer.object(0, with: "\"m\"") + writer.space()
            var editor = try JSONTextEditor(Array(text.utf8), dialect: .trailingCommas)
            let before = editor.value
            editor.set("new", to: ["url": "u", "list": ["x"]], in: ["m"])
            var inner = before["m"]?.object ?? [:]
            inner["new"] = ["url": "u", "list": ["x"]]
            var expected = before.object ?? [:]
            expected["m"] = .object(inner)
            #expect(editor.value == .object(expected), "\(text)\n\n\(String(decoding: editor.bytes, as: UTF8.self))")
            editor.remove("new", in: ["m"])
            #expect(editor.value == before, "\(text)")
            let isEmpty = before["m"]?.object?.isEmpty == true
            #expect(
                isEmpty || editor.bytes == Array(text.utf8),
                "\(text)\n\n\(String(decoding: editor.bytes, as: UTF8.self))")
        }
    }
}
