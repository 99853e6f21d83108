import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct AnswerTests {
    private func synthesize(_ schema: String, seed: UInt64 = 1) throws -> JSONValue {
        let root = try #require(try JSONValue.parse(schema).object)
        return ValueSynthesis(root: root, seed: seed) { "text for \($0)" }.value()
    }

    @Test(arguments: [
        #"{"type": "object", "properties": {"s": {"type": "string"}, "i": {"type": "integer"}, "n": {"type": "number"}, "b": {"type": "boolean"}}, "required": ["s", "i", "n", "b"]}"#,
        #"{"type": "object", "properties": {"l": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": ["null", "integer"]}}, "required": ["x"]}}}, "required": ["l"]}"#,
        #"{"type": "object", "properties": {"e": {"enum": ["a", 2, null]}, "c": {"const": {"k": [1]}}}, "required": ["e", "c"]}"#,
        #"{"type": "object", "properties": {"o": {"anyOf": [{"type": "null"}, {"type": "boolean"}]}, "p": {"oneOf": [{"type": "string"}]}}, "required": ["o", "p"]}"#,
        ##"{"type": "object", "properties": {"r": {"$ref": "#/$defs/a~1b"}}, "required": ["r"], "$defs": {"a/b": {"type": "integer"}}}"##,
        ##"{"type": "object", "properties": {"a": {"allOf": [{"$ref": "#/$defs/x"}, {"properties": {"z": {"type": "string"}}, "required": ["z"]}]}}, "required": ["a"], "$defs": {"x": {"type": "object", "properties": {"y": {"type": "integer"}}}}}"##,
        ##"{"type": "object", "properties": {"n": {"$ref": "#"}, "v": {"type": "string"}}, "required": ["v"]}"##,
        #"{"properties": {"untyped": {}, "list": {"items": {}}}, "required": ["untyped", "list"]}"#,
    ])
    func `a made-up value fits its schema`(schema: String) throws {
        let value = try synthesize(schema)
        #expect(SchemaMatch.mismatches(of: value, with: try #require(try JSONValue.parse(schema).object)) == [])
        #expect(value.object?.isEmpty == false)
    }

    /// The most nodes a value may have here is a few thousand; without bounds these would never end.
    @Test(arguments: [
        ##"{"type": "object", "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}}"##,
        ##"{"type": ["object", "null"], "properties": {"l": {"$ref": "#"}, "r": {"$ref": "#"}}, "required": ["l", "r"]}"##,
        ##"{"type": "object", "properties": {"n": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}, "required": ["n"]}"##,
        ##"{"type": "object", "properties": {"c": {"type": "array", "items": {"$ref": "#"}}}, "required": ["c"]}"##,
    ])
    func `a recursion that can end does, and the value still fits`(schema: String) throws {
        let value = try synthesize(schema)
        #expect(SchemaMatch.mismatches(of: value, with: try #require(try JSONValue.parse(schema).object)) == [])
        #expect(value.serialized().count < 100_000)
    }

    @Test(arguments: [
        ##"{"$ref": "#"}"##, ##"{"allOf": [{"$ref": "#"}]}"##,
        ##"{"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}"##,
    ])
    func `a schema that no value fits ends too`(schema: String) throws {
        #expect(try synthesize(schema).serialized().count < 1000)
    }

    @Test func `null is chosen only where there is nothing else`() throws {
        let value = try synthesize(
            #"{"type": "object", "properties": {"a": {"type": ["null", "string"]}, "b": {"anyOf": [{"type": "null"}, {"const": 1}]}}}"#
        )
        #expect(value == ["a": "text for a", "b": 1])
    }

    @Test func `bounds of tool arguments are kept`() throws {
        let value = try synthesize(
            #"""
            {"type": "object", "properties": {
              "low": {"type": "integer", "minimum": 5000}, "high": {"type": "integer", "maximum": 0},
              "step": {"type": "integer", "multipleOf": 7}, "short": {"type": "string", "maxLength": 3},
              "long": {"type": "string", "minLength": 40}, "many": {"type": "array", "minItems": 5, "items": {"type": "boolean"}},
              "few": {"type": "array", "maxItems": 1, "items": {"type": "boolean"}}, "day": {"type": "string", "format": "date"}}}
            """#)
        #expect(value["low"] == 5000)
        #expect(value["high"] == 0)
        #expect((value["step"]?.int ?? 1) % 7 == 0)
        #expect(value["short"] == "tex")
        #expect(value["long"]?.string?.count == 40)
        #expect(value["many"]?.array?.count == 5)
        #expect(value["few"]?.array?.count == 1)
        #expect(value["day"]?.string?.hasPrefix("2026-01-") == true)
    }

    @Test func `the same seed gives the same value and another one another`() throws {
        let schema = #"{"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}}}"#
        #expect(try synthesize(schema) == synthesize(schema))
        #expect(try synthesize(schema) != synthesize(schema, seed: 2))
    }

    // MARK: - Outputs of runs

    private func output(_ members: String) throws -> JSONValue {
        try JSONValue.parse(RunAnswer.output(of: RunRecord(try TaskRunRequest(.task("{\(members)}")))))
    }

    @Test(arguments: [
        ("lite", #""task_spec": {"output_schema": "a word"}"#, "text"),
        ("core", #""task_spec": {"output_schema": {"type": "text"}}"#, "text"),
        ("core2x", #""task_spec": null"#, "text"),
        ("pro", #""task_spec": null"#, "json"),
        ("pro-fast", #""task_spec": {"output_schema": {"type": "auto"}}"#, "json"),
    ])
    func `the form of the output follows the schema and the tier`(processor: String, spec: String, type: String) throws
    {
        let output = try output(#""input": "Mars", "processor": "\#(processor)", \#(spec)"#)
        #expect(output["type"]?.string == type)
        #expect(output.serialized().contains("Mars"))
        #expect(output.serialized().contains("andbox"))
        let basis = try #require(output["basis"]?.array)
        if type == "text" {
            #expect(basis.map { $0["field"] } == ["output"])
        } else {
            let schema = try #require(output["output_schema"]?.object)
            #expect(SchemaMatch.mismatches(of: try #require(output["content"]), with: schema) == [])
            #expect(basis.contains { $0["field"] == "findings.1.detail" })
        }
        #expect(!basis.isEmpty)
        for entry in basis {
            let url = entry["citations"]?[0]?["url"]?.string
            #expect(url?.hasPrefix("https://sandbox.parallel.example/") == true)
        }
    }

    private static let listSchema = #"""
        "input": "i", "processor": "core", "task_spec": {"output_schema": {"json_schema": {"type": "object", "properties":
         {"founded": {"type": "string"}, "people": {"type": "array", "items": {"type": "string"}}}}}}
        """#

    @Test func `list elements get a basis of their own`() throws {
        let fields = try output(Self.listSchema)["basis"]?.array?.map { $0["field"] }
        #expect(fields == ["founded", "people", "people.0", "people.1"])
        #expect(try output(Self.listSchema)["content"]?["founded"] == "Sandbox value for founded (input: i)")
    }

    @Test(arguments: [
        #"{"b":1.10,"a":12345678901234567890,"e":1e400, "u":"\u00e9","b":2}"#, #"[1]"#, "\"x\"",
    ])
    func `a scripted output is kept to the byte`(content: String) async throws {
        let metadata = JSONValue.object(["sandbox_output": .string(content)]).serialized()
        let body = #"{\#(Self.listSchema), "metadata": \#(metadata)}"#
        try await withSandbox { client in
            let run = try await client.run(body)
            let result = try await client.get(run + "/result")
            #expect(result.text.contains(#""content":\#(content),"#))
            let events = try await client.get(run + "/events")
            #expect(events.text.contains(#""content":\#(content),"#))
        }
    }

    @Test func `a scripted output that is no JSON becomes a string, and @input takes the input`() throws {
        #expect(try output(Self.listSchema + #", "metadata": {"sandbox_output": "{oops"}"#)["content"] == "{oops")
        #expect(
            try output(#""input": "[1]", "processor": "lite", "metadata": {"sandbox_output": "@input"}"#)["content"]
                == "[1]")
        let multiline = RunRecord(
            try TaskRunRequest(.task(#"{\#(Self.listSchema), "metadata": {"sandbox_output": "{\n\"a\":1\r\n}"}}"#)))
        var done = multiline
        done.status = .completed
        #expect(EventTrace.state(of: done).count { $0 == UInt8(ascii: "\n") } == 3)
    }

    // MARK: - Search

    private func search(_ body: String) async throws -> JSONValue {
        try await withSandbox { try await $0.send("POST", "/v1/search", body) }.json
    }

    @Test func `search honours its settings`() async throws {
        let plain = try await search(#"{"search_queries": ["a", "b"]}"#)
        #expect(plain["results"]?.array?.count == 10)
        #expect(plain["usage"] == [["name": "sku_search", "count": 1]])
        #expect(plain["session_id"]?.string?.hasPrefix("session_") == true)
        #expect(plain["warnings"] == .some(nil))
        #expect(try await search(#"{"search_queries": ["a", "b"]}"#)["results"] == plain["results"])
        #expect(try await search(#"{"search_queries": ["a", "c"]}"#)["results"] != plain["results"])

        let many = try await search(
            #"{"search_queries": ["a"], "session_id": "s", "max_chars_total": 250, "advanced_settings": {"max_results": 12, "location": "uk"}}"#
        )
        #expect(many["results"]?.array?.count == 12)
        #expect(many["usage"]?[1] == ["name": "sku_search_additional_results", "count": 2])
        #expect(many["session_id"] == "s")
        #expect(many["warnings"]?.array?.count == 1)
        let characters = many["results"]?.array?.flatMap { $0["excerpts"]?.array ?? [] }.reduce(0) {
            $0 + ($1.string?.count ?? 0)
        }
        #expect(characters == 250)
    }

    @Test(arguments: [
        (
            #""include_domains": ["docs.python.org/3/", ".gov"]"#,
            ["https://docs.python.org/3/", "https://sandbox.gov/"]
        ),
        (#""exclude_domains": ["parallel.example"]"#, []),
        (
            #""exclude_domains": ["news.parallel.example", "wiki.parallel.example", "xsandbox.parallel.example"]"#,
            ["https://docs.parallel.example/", "https://sandbox.parallel.example/"]
        ),
    ])
    func `search stays on the domains it may use`(policy: String, prefixes: [String]) async throws {
        let results = try await search(
            #"{"search_queries": ["a"], "advanced_settings": {"source_policy": {"after_date": "2026-12-31", \#(policy)}}}"#
        )["results"]
        let urls = try #require(results?.array).compactMap { $0["url"]?.string }
        #expect(urls.isEmpty == prefixes.isEmpty)
        #expect(urls.allSatisfy { url in prefixes.contains(where: url.hasPrefix) })
        #expect(prefixes.allSatisfy { prefix in urls.contains { $0.hasPrefix(prefix) } })
        #expect(results?.array?.allSatisfy { $0["publish_date"] == "2026-12-31" } == true)
    }
}
