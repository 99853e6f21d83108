import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelCore

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
    @Test(arguments: [
        "${", "${A:-", "${A ", "$", "${A}", "${A:-x}", "${1", "}", "${A:-\u{301}",
    ])
    func `references that repeat for ever are read at once`(text: String) async throws {
        for ending in ["", "}"] {
            let long = String(repeating: text, count: 60_000) + ending
            let expanded = try await onThread { try VariableReference.expand(long, ["A": "1"]) }
            #expect(!expanded.isEmpty)
        }
    }

    @Test(arguments: [
        ("${A}\u{301}", "1\u{301}"), ("$\u{301}{A}", "$\u{301}{A}"), ("${\u{301}A}", "${\u{301}A}"),
        ("${A\u{301}}", "${A\u{301}}"), ("${N:-\u{FE0F}d\u{200D}}", "\u{FE0F}d\u{200D}"),
        ("{\u{301}${A}}", "{\u{301}1}"),
        ("\u{301}${A}", "\u{301}1"), ("${A:\u{301}-x}", "${A:\u{301}-x}"), ("\r\n${A}\r\n", "\r\n1\r\n"),
    ])
    func `marks that combine with a sign don't change where a reference begins and ends`(text: String, expected: String)
        throws
    {
        let expanded = try VariableReference.expand(text, ["A": "1"])
        #expect(Array(expanded.utf8) == Array(expected.utf8))
    }

    @Test func `alternatives of very many types are given up`() async throws {
        let count = 30_000
        let schema: JSONValue = [
            "properties": ["x": ["anyOf": .array(Array(repeating: ["$ref": "#/a"], count: count))]],
            "a": ["type": .array(Array(repeating: "null", count: count))],
        ]
        let mismatches = try await onThread { SchemaCheck.mismatches(of: ["x": 5], with: schema) }
        #expect(mismatches.allSatisfy { $0.utf8.count < 1_000 })
        #expect(
            SchemaCheck.mismatches(of: ["x": 5], with: ["properties": ["x": ["type": ["null", "null"]]]])
                == ["'x' is a number, not null"])
    }

    @Test func `very many variables are listed at once`() async throws {
        let text = (0..<30_000).map { "${V\($0)}${V0}" }.joined()
        let count = try await onThread { ServerDefinition(url: text).variables.count }
        #expect(count == 30_000)
    }

    @Test func `a short text can't become a huge one by its variables`() throws {
        let definition = ServerDefinition(
            url: "https://x.example/", headers: [.init(name: "X", value: String(repeating: "${A}", count: 1_000))])
        #expect(throws: EntryFault.self) {
            _ = try definition.expanded(name: "x", ["A": String(repeating: "a", count: 1_000)])
        }
        #expect(try definition.expanded(name: "x", ["A": "a"]).0.headers[0].value.expanded.utf8.count == 1_000)
    }

    @Test func `names that Swift takes for one another are told apart at once`() async throws {
        // Marks of different classes mean the same in any order.
        let names = (0..<20_000).map { number -> String in
            var marks: [Unicode.Scalar] = [
                "\u{334}", "\u{327}", "\u{31B}", "\u{316}", "\u{301}", "\u{315}", "\u{35C}", "\u{360}",
            ]
            var (name, rest) = ("a", number)
            while !marks.isEmpty {
                let (quotient, index) = rest.quotientAndRemainder(dividingBy: marks.count)
                name.unicodeScalars.append(marks.remove(at: index))
                rest = quotient
            }
            return name
        }
        #expect(names[0] == names[19_999])
        let count = try await onThread { Set(names.map(ExactText.init)).count }
        #expect(count == 20_000)
    }

    @Test func `very many secrets are hidden at once, and a long message is looked through at once`() async throws {
        let secrets = KnownSecrets()
        let shown = try await onThread {
            for number in 0..<20_000 { secrets.hide("secret-number-\(number)") }
            let url = "https://x.example/?k=secret-number-7 "
            return AddressMask.maskingAddresses(in: String(repeating: url, count: 200_000))
        }
        #expect(!shown.contains("number") && shown.utf8.count < 20_000)
        #expect(secrets.masked("it was secret-number-19999!") == "it was ***!")
    }

    @Test func `many secrets are looked for in a long text at once`() async throws {
        let secrets = KnownSecrets()
        let text = String(repeating: "secret-number-7 secret-number-", count: 100_000)
        let shown = try await onThread {
            // Many begin alike, so that the text is full of beginnings.
            for number in 0..<20_000 { secrets.hide("secret-number-\(number).") }
            // Each overlaps all others wherever it stands.
            for length in 0..<200 { secrets.hide(String(repeating: "a", count: 8 + length)) }
            return secrets.masked(text + String(repeating: "a", count: 1_000_000) + "secret-number-19999.")
        }
        #expect(shown.utf8.count == text.utf8.count + 6 && shown.hasSuffix("-******"))
    }

    @Test func `very many parameters for header fields are read at once`() async throws {
        let key = String(repeating: "k", count: 10_000)
        let inner = (0..<30_000).map { index -> (String, JSONValue) in
            ("p\(index)", ["type": "string", "x-mcp-header": .string("P\(index)")])
        }
        let schema: JSONValue = ["properties": [key: ["properties": .object(JSONObject(inner))]]]
        let count = try await onThread {
            try ParameterHeaders(inputSchema: schema).fields(for: [key: ["p0": "a", "p29999": "b"]]).count
        }
        #expect(count == 2)
        let twice: JSONValue = [
            "properties": [
                "a": ["type": "string", "x-mcp-header": "Same"], "b": ["type": "string", "x-mcp-header": "sAME"],
            ]
        ]
        #expect(throws: ParameterHeaders.Invalid.self) { try ParameterHeaders(inputSchema: twice) }
    }

    @Test func `a schema can't keep the check of arguments busy`() async throws {
        let many = JSONValue.array((0..<20_000).map { .string("v\($0)") })
        let definitions: JSONValue = ["e": ["enum": many], "r": ["required": many], "c": ["const": many]]
        let references = (0..<20_000).map { index -> JSONValue in
            ["$ref": .string("#/$defs/" + ["e", "r", "c"][index % 3])]
        }
        let tildes = String(repeating: "~0", count: 60_000)
        let schema: JSONValue = [
            "$defs": definitions, "anyOf": .array(references), "allOf": [["$ref": .string("#/" + tildes)]],
            "properties": .object(JSONObject((0..<20_000).map { ("v\($0)", true as JSONValue) })),
        ]
        _ = try await onThread { SchemaCheck.mismatches(of: ["v1": nil], with: schema) }
        let arguments = try await onThread {
            try ToolArguments.object(base: [:], words: [.text(key: "v1", value: "x")], schema: schema)
        }
        #expect(arguments == ["v1": "x"])
    }

    @Test func `very many arguments are compared with as many properties at once`() async throws {
        let names = (0..<20_000).map { "v\($0)" }
        let schema: JSONValue = [
            "properties": .object(JSONObject(names.map { ($0, true as JSONValue) })),
            "required": .array(names.map(JSONValue.string)), "additionalProperties": false,
        ]
        let value = JSONValue.object(JSONObject(names.dropFirst().map { ($0, JSONValue.null) } + [("w", .null)]))
        let mismatches = try await onThread { SchemaCheck.mismatches(of: value, with: schema) }
        #expect(mismatches.count == 2 && mismatches.first == "'v0' is required")
    }

    @Test func `many members are looked up at once, each as by itself`() async throws {
        let members = (0..<40_000).map { JSONObject.Member(key: "k\($0 % 30_000)", value: .string("\($0)")) }
        let object = JSONObject(members)
        let keys = object.keys + ["missing"]
        let values = try await onThread { object.values(of: keys) }
        #expect(values.count == keys.count && values.last == .some(nil))
        #expect(values[0] == object["k0"] && values[0] == "30000" && values[29_999] == "29999")
        #expect(JSONObject(Array(members.prefix(3))).values(of: ["k1", "x"]) == ["1", nil])
    }

    @Test func `ids in a long answer are told apart from those that were sent at once`() async throws {
        let text = (0..<20_000).map { "trun_\($0)" }.joined(separator: " ")
        let id = try await onThread {
            TaskMCPStatus.id(in: ["content": [["text": .string(text + " trun_new")]]], to: ["input": .string(text)])
        }
        #expect(id?.text == "trun_new")
    }

    @Test func `a lot in a state file has no more rows than a request`() throws {
        let directory = try TemporaryDirectory()
        let header = #"{"parallel_batch":1,"group":"g","rows":5,"input":"f","source":null,"options":{}}"#
        let spans = Array(repeating: "[0,999]", count: 50_000).joined(separator: ",")
        let lot = #"{"lot":1,"rows":[[0,9223372036854775807],\#(spans)],"at":1}"#
        let path = try directory.write("\(header)\n\(lot)\n", to: "x.batch")
        #expect(try BatchRecord(path: path).unsettled[1]?.rows.count == TaskGroup.maximumAddition)
    }
}
