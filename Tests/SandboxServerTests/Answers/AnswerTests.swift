import Foundation
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
    }

    private func made(_ property: String) throws -> JSONValue {
        let schema = #"{"json_schema": {"type": "object", "properties": {\#(property)}}}"#
        let answer = try output(#""input": "i", "processor": "core", "task_spec": {"output_schema": \#(schema)}"#)
        return try #require(answer["content"]?.object?.members.first?.value)
    }

    @Test(arguments: [
        ("founded", 1950.0...2024.0), ("foundedYear", 1950...2024), ("employees", 12...48_000),
        ("number_of_employees", 12...48_000), ("market_share", 1...99), ("rating", 2...5),
        ("latitude", -60...70), ("annual_revenue", 1_000_000...900_000_000),
    ])
    func `a number looks like what its field is called`(name: String, range: ClosedRange<Double>) throws {
        func made(_ schema: String) throws -> Double? {
            let root = try #require(try JSONValue.parse(#"{"properties": {"\#(name)": \#(schema)}}"#).object)
            return ValueSynthesis(root: root, seed: 1, usesFieldNames: true) { $0 }.value()[name]?.double
        }
        for type in ["integer", "number"] {
            let value = try #require(try made(#"{"type": "\#(type)"}"#))
            #expect(range.contains(value), "\(value)")
        }
        #expect(try made(#"{"type": "number", "minimum": 7e9}"#) == 7e9)
        #expect(try made(#"{"type": "number", "maximum": -500}"#) == -500)
    }

    @Test(arguments: [
        ("founded", "", #"^(19|20)[0-9]{2}$"#), ("x", "Year of founding", #"^(19|20)[0-9]{2}$"#),
        ("launch_date", "", #"^2026-01-[0-9]{2}$"#), ("website", "", "^https://sandbox.parallel.example/"),
        ("ceo", "", "^[A-Z][a-z]+ Sand"), ("ceo_name", "", "^[A-Z][a-z]+ Sand"),
        ("boss", "Name of the CEO", "^[A-Z][a-z]+ Sand"), ("ceo_email", "", "@sandbox.parallel.example$"),
        ("hq", "", "^[A-Z][a-z]+, [A-Z]"), ("country", "", "^[A-Z][a-z]+"), ("price", "", #"^\$[0-9.]+$"#),
        ("mission", "What the company does", "^Sandbox value for mission"),
        ("summary", "Website in a sentence", "^Sandbox value for summary"),
        ("remark", "Anything that matters about its website", "^Sandbox value for remark"),
    ])
    func `a text looks like what its field is called`(name: String, description: String, pattern: String) throws {
        let schema = #"{"type": "string", "description": "\#(description)"}"#
        let text = try #require(try made(#""\#(name)": \#(schema)"#).string)
        #expect(text.range(of: pattern, options: .regularExpression) != nil, "\(text)")
        #expect(try made(#""\#(name)": \#(schema)"#) == .string(text))
        #expect(try made(#""\#(name)": {"enum": ["a"]}"#) == "a")
        let list = try made(#""\#(name)": {"type": "array", "items": \#(schema)}"#)
        #expect(list[1]?.string?.range(of: pattern, options: .regularExpression) != nil, "\(list)")
    }

    @Test func `a run that may use data connectors reports a call of each`() async throws {
        let sources = #"{"free": ["pubmed"], "pay_per_use": ["carbonarc"]}"#
        let calls = try output(
            #""input": "drug X", "processor": "base", "advanced_settings": {"data_sources": \#(sources)}"#
        )["mcp_tool_calls"]
        #expect(calls?.array?.map { $0["server_name"] } == ["pubmed", "carbonarc"])
        #expect(calls?[0]?["arguments"] == #"{"query":"drug X"}"#)
        #expect(calls?[0]?["error"] == "")
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
        #expect(try await search(#"{"search_queries": ["", "a", "b"]}"#)["results"] == plain["results"])
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
        (
            #""include_domains": ["www.Example.com/blog/../a/"]"#, ["https://example.com/a/"]
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

    @Test(arguments: [
        ("example.com/blog", "example.com", "/blog", true), ("example.com/blog", "example.com", "/blog/post", true),
        ("example.com/blog", "example.com", "/blogroll", false), ("example.com/blog", "example.com", "/Blog", false),
        ("example.com/blog/", "news.example.com", "/x/../blog", true), ("www.example.com", "example.com", "/", true),
        (".gov", "data.gov", "/x", true), (".gov/a", "data.gov", "/x", false),
    ])
    func `a domain with a path covers the pages below it`(entry: String, host: String, path: String, covers: Bool) {
        var policy = SourcePolicy()
        policy.include = [SourcePolicy.Entry(entry)]
        #expect(policy.allows(host: host, path: path) == covers)
        policy = SourcePolicy()
        policy.exclude = [SourcePolicy.Entry(entry)]
        #expect(policy.allows(host: host, path: path) == !covers)
    }

    @Test func `what is too much for a search is cut with a warning`() async throws {
        let answer = try await search(
            #"""
            {"search_queries": ["a", "b", "c", "d", "e", "f", "g"], "advanced_settings":
             {"max_results": 50, "fetch_policy": {"max_age_seconds": 10}, "location": "uk"}}
            """#)
        #expect(answer["results"]?.array?.count == 20)
        #expect(answer["usage"]?[1]?["count"] == 10)
        #expect(
            answer["warnings"]?.array?.compactMap { $0["message"]?.string } == [
                "7 search queries were given; only the first 5 are used", "max_results was reduced from 50 to 20",
                "max_age_seconds was raised from 10 to 600", "Unsupported location 'uk' is ignored",
            ])
        let titles = answer["results"]?.array?.compactMap { $0["title"]?.string } ?? []
        #expect(titles.contains { $0.contains("“e”") } && !titles.contains { $0.contains("“f”") })
        #expect(
            try await search(#"{"search_queries": ["a"], "advanced_settings": {"location": "GB"}}"#)["warnings"]
                == .some(nil))
    }

    @Test(arguments: [
        (
            #""mode": "turbo", "advanced_settings": {"source_policy": {"include_domains": ["a.com/b"]}}"#,
            "source_policy"
        ),
        (#""advanced_settings": {"source_policy": {"exclude_domains": ["*.org"]}}"#, "source_policy.exclude_domains.0"),
    ])
    func `a search that the API refuses is refused`(members: String, place: String) async throws {
        let answer = try await withSandbox {
            try await $0.send("POST", "/v1/search", #"{"search_queries": ["a"], \#(members)}"#)
        }
        #expect(answer.status == 422)
        #expect(answer.errors == ["body.advanced_settings.\(place): value_error"])
        if members.hasPrefix(#""mode""#) {
            #expect(
                try await search(
                    #"{"search_queries": ["a"], \#(members.replacingOccurrences(of: "turbo", with: "fast"))}"#)[
                        "results"] != nil)
        }
    }
}
