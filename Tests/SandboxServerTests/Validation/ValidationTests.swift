import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct ValidationTests {
    /// Members added to a good body, or a whole body, and the errors that come of it.
    @Test(arguments: [
        (#""processor": 1"#, ["body.processor: string_type"]),
        (#""input": ["a"]"#, ["body.input: union_type"]),
        (#""input": null"#, ["body.input: union_type"]),
        (#""metadata": "x""#, ["body.metadata: dict_type"]),
        (#""metadata": {"12345678901234567": "x"}"#, ["body.metadata.12345678901234567: string_too_long"]),
        (#""metadata": {"a": null, "b": []}"#, ["body.metadata.a: union_type", "body.metadata.b: union_type"]),
        (#""metadata": {"sandbox_nope": 1}"#, ["body.metadata.sandbox_nope: sandbox_scenario"]),
        (#""metadata": {"sandbox_delay": "-1"}"#, ["body.metadata.sandbox_delay: sandbox_scenario"]),
        (#""metadata": {"sandbox_status": "running"}"#, ["body.metadata.sandbox_status: sandbox_scenario"]),
        (#""metadata": {"sandbox_polls": "drop*"}"#, ["body.metadata.sandbox_polls: sandbox_scenario"]),
        (#""enable_events": "true""#, ["body.enable_events: bool_type"]),
        (#""previous_interaction_id": 1"#, ["body.previous_interaction_id: string_type"]),
        (#""memory_scope_key": "a b""#, ["body.memory_scope_key: string_pattern_mismatch"]),
        (#""memory_scope_key": """#, ["body.memory_scope_key: string_too_short"]),
        (#""webhook": {}"#, ["body.webhook.url: missing"]),
        (#""webhook": {"url": "ftp://x"}"#, ["body.webhook.url: url_parsing"]),
        (#""webhook": {"url": "https://x", "event_types": ["y"]}"#, ["body.webhook.event_types.0: literal_error"]),
        (#""source_policy": {"include_domains": "a.com"}"#, ["body.source_policy.include_domains: list_type"]),
        (#""source_policy": {"exclude_domains": null}"#, ["body.source_policy.exclude_domains: list_type"]),
        (#""webhook": {"url": "https://x", "event_types": null}"#, ["body.webhook.event_types: list_type"]),
        (
            #""advanced_settings": {"data_sources": {"free": null}}"#,
            ["body.advanced_settings.data_sources.free: list_type"]
        ),
        (
            #""source_policy": {"exclude_domains": ["https://a.com"]}"#,
            ["body.source_policy.exclude_domains.0: value_error"]
        ),
        (
            #""source_policy": {"after_date": "2026-02-29"}"#,
            ["body.source_policy.after_date: date_from_datetime_parsing"]
        ),
        (#""source_policy": {"after_date": "26-1-1"}"#, ["body.source_policy.after_date: date_from_datetime_parsing"]),
        (#""advanced_settings": {"location": 1}"#, ["body.advanced_settings.location: string_type"]),
        (#""mcp_servers": [{"name": "n"}]"#, ["body.mcp_servers.0.url: missing"]),
        (#""mcp_servers": [{"name": "", "url": "http://x"}]"#, ["body.mcp_servers.0.name: string_too_short"]),
        (#""mcp_servers": [{"name": "n", "url": "x"}]"#, ["body.mcp_servers.0.url: url_parsing"]),
        (
            #""mcp_servers": [{"name": "n", "url": "http://x", "type": "stdio"}]"#,
            ["body.mcp_servers.0.type: literal_error"]
        ),
        (
            #""mcp_servers": [{"name": "n", "url": "http://x", "headers": {"a b": "v", "c": "x\r\ny", "d": 1}}]"#,
            [
                "body.mcp_servers.0.headers.a b: value_error", "body.mcp_servers.0.headers.c: value_error",
                "body.mcp_servers.0.headers.d: string_type",
            ]
        ),
        (
            #""mcp_servers": [{"name": "n", "url": "http://x"}, {"name": "n", "url": "http://y"}]"#,
            ["body.mcp_servers: value_error"]
        ),
        (#""task_spec": {}"#, ["body.task_spec.output_schema: missing"]),
        (#""task_spec": {"output": "x"}"#, ["body.task_spec.output_schema: missing"]),
        (#""task_spec": {"output_schema": 1}"#, ["body.task_spec.output_schema: union_type"]),
        (#""task_spec": {"output_schema": {"type": "xml"}}"#, ["body.task_spec.output_schema.type: literal_error"]),
        (#""task_spec": {"output_schema": {"type": "json"}}"#, ["body.task_spec.output_schema.json_schema: missing"]),
        (
            #""task_spec": {"output_schema": "x", "input_schema": {"type": "auto"}}"#,
            ["body.task_spec.input_schema.type: literal_error"]
        ),
    ])
    func `a broken rule is reported with its place and kind`(member: String, errors: [String]) throws {
        let good: JSONObject = ["input": "i", "processor": "lite"]
        let added = try JSONValue.parse("{\(member)}").object ?? [:]
        let body = added.reduce(into: good) { $0[$1.key] = $1.value }
        let failure = #expect(throws: APIFailure.self) {
            try TaskRunRequest(.task(JSONValue.object(body).serialized()))
        }
        let reply = try #require(failure?.reply)
        #expect(reply.status == 422)
        #expect(answer(reply).errors == errors)
    }

    @Test(arguments: [
        (#"{"free": ["pubmed", "carbonarc"]}"#, "['carbonarc']"), (#"{"pay_per_use": ["pubmed"]}"#, "['pubmed']"),
        (#"{"free": ["a"], "pay_per_use": ["b"]}"#, "['a', 'b']"),
    ])
    func `connectors that the account lacks are answered with those that it has`(
        sources: String, names: String
    ) async throws {
        let run = #"{"input": "i", "processor": "base", "advanced_settings": {"data_sources": \#(sources)}}"#
        try await withSandbox { client in
            let group = try await client.group()
            for answer in [
                try await client.create(run), try await client.send("POST", group + "/runs", "{\"inputs\": [\(run)]}"),
            ] {
                #expect(answer.status == 422)
                #expect(
                    answer.error == "Selected data provider(s) are unavailable: \(names). Available: ['biorxiv', "
                        + "'carbonarc', 'chembl', 'clinical_trials', 'cms_coverage', 'npi_registry', 'pubmed'].")
            }
        }
    }

    @Test(arguments: [
        ("", ["body.0: json_invalid"]), ("{", ["body.1: json_invalid"]), ("[]", ["body: model_attributes_type"]),
        ("{}", ["body.input: missing", "body.processor: missing"]),
    ])
    func `a body that is no run is refused`(body: String, errors: [String]) throws {
        let failure = #expect(throws: APIFailure.self) { try TaskRunRequest(.task(body)) }
        #expect(failure?.status == 422)
        #expect(answer(try #require(failure?.reply)).errors == errors)
    }

    @Test func `data sources have no other members`() throws {
        let body = #"{"input": "i", "processor": "core", "advanced_settings": {"data_sources": {"frei": ["pubmed"]}}}"#
        let failure = #expect(throws: APIFailure.self) { try TaskRunRequest(.task(body)) }
        #expect(
            answer(try #require(failure?.reply)).errors == ["body.advanced_settings.data_sources.frei: extra_forbidden"]
        )
    }

    @Test func `a body without the JSON content type is refused`() async throws {
        let answer = try await withSandbox {
            try await $0.create(#"{"input": "i", "processor": "lite"}"#, headers: ["content-type": "text/plain"])
        }
        #expect(answer.status == 422)
        #expect(answer.errors == ["body: model_attributes_type"])
    }

    @Test func `limits count what they say`() throws {
        func errors(_ body: JSONObject) -> [String] {
            do {
                _ = try TaskRunRequest(.task(JSONValue.object(body).serialized()))
                return []
            } catch {
                return answer(error.reply).errors
            }
        }
        func text(_ count: Int) -> JSONValue { .string(String(repeating: "é", count: count)) }
        var body: JSONObject = ["processor": "lite", "input": text(25_000)]
        #expect(errors(body) == [])
        body["input"] = text(25_001)
        #expect(errors(body) == ["body.input: string_too_long"])
        // {"output_schema":"…"} has 20 characters around the text.
        body["input"] = "i"
        body["task_spec"] = ["output_schema": text(14_980)]
        #expect(errors(body) == [])
        body["task_spec"] = ["output_schema": text(14_981)]
        #expect(errors(body) == ["body.task_spec: string_too_long"])
        body["task_spec"] = nil
        body["metadata"] = ["k": text(512)]
        #expect(errors(body) == [])
        body["metadata"] = ["k": text(513)]
        #expect(errors(body) == ["body.metadata.k: string_too_long"])
        body["metadata"] = nil
        func domains(_ count: Int) -> JSONValue { .array((0..<count).map { "d\($0).com" }) }
        body["source_policy"] = ["include_domains": domains(100), "exclude_domains": domains(100)]
        #expect(errors(body) == [])
        body["source_policy"] = ["include_domains": domains(100), "exclude_domains": domains(101)]
        #expect(errors(body) == ["body.source_policy: too_long"])
        body["source_policy"] = nil
        func servers(_ count: Int) -> JSONValue {
            .array((0..<count).map { ["name": "n\($0)", "url": "http://x"] })
        }
        body["mcp_servers"] = servers(10)
        #expect(errors(body) == [])
        body["mcp_servers"] = servers(11)
        #expect(errors(body) == ["body.mcp_servers: too_long"])
    }

    @Test(arguments: [
        (["example.com"], "example.com", true), (["example.com"], "docs.example.com", true),
        (["example.com"], "notexample.com", false), (["example.com"], "example.com.evil.org", false),
        (["example.com"], "com", false), ([".gov"], "nasa.gov", true), ([".gov"], "nasa.gov.example", false),
        ([".gov"], "notgov", false), (["Example.COM/docs"], "example.com", true),
        (["a.org", "example.com"], "example.com", true), (["a.org"], "b.org", false),
    ])
    func `a source policy covers a domain with all below it`(domains: [String], host: String, isCovered: Bool) {
        let entries = domains.map(SourcePolicy.Entry.init)
        func allows(_ policy: SourcePolicy) -> Bool { policy.allows(host: host, path: "/docs/1") }
        #expect(allows(SourcePolicy(include: entries)) == isCovered)
        #expect(allows(SourcePolicy(exclude: entries)) == !isCovered)
        // What is included is the whole rule.
        #expect(allows(SourcePolicy(include: entries, exclude: entries)) == isCovered)
        #expect(allows(SourcePolicy()))
    }

    @Test func `every documented processor is known and no other`() throws {
        #expect(Processor.all.count == 18)
        for processor in Processor.all {
            #expect(throws: Never.self) {
                try TaskRunRequest(.task(#"{"input": "i", "processor": "\#(processor.name)"}"#))
            }
        }
        let failure = #expect(throws: APIFailure.self) {
            try TaskRunRequest(.task(#"{"input": "i", "processor": "lite-turbo"}"#))
        }
        #expect(failure?.status == 403)
    }

    @Test(arguments: [
        ("core-fast", "free", "chembl", ["Data sources are not available on fast processors"]),
        ("core", "free", "pubmed", ["'pubmed' is the name of an MCP server too"]),
        ("core", "pay_per_use", "carbonarc", ["'carbonarc' is the name of an MCP server too"]),
        ("core", "free", "chembl", []),
    ])
    func `data sources want a standard processor and names of their own`(
        processor: String, kind: String, name: String, messages: [String]
    ) throws {
        let settings = #""advanced_settings": {"data_sources": {"\#(kind)": ["\#(name)"]}}"#
        let servers =
            #""mcp_servers": [{"name": "pubmed", "url": "http://x"}, {"name": "carbonarc", "url": "http://x"}]"#
        let body = #"{"input": "i", "processor": "\#(processor)", \#(settings), \#(servers)}"#
        var failure: APIFailure?
        do { _ = try TaskRunRequest(.task(body)) } catch { failure = error }
        let errors = failure.map { answer($0.reply).json["error"]?["detail"]?["errors"]?.array ?? [] } ?? []
        #expect(errors.map { $0["msg"]?.string } == messages && (failure == nil) == messages.isEmpty)
    }

    @Test func `what only warns is in the warnings`() throws {
        let request = try TaskRunRequest(
            .task(
                #"""
                {"input": {"a": 1}, "processor": "lite", "output_schema": "misplaced", "metadata": {"sandbox_warning": "careful"},
                 "task_spec": {"output_schema": "x", "input_schema":
                 {"json_schema": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["b"]}}}}
                """#))
        #expect(
            request.warnings.map { $0["type"] } == [
                "spec_validation_warning", "input_validation_warning", "input_validation_warning", "warning",
            ])
        #expect(request.warnings.last?["message"] == "careful")
    }

    @Test(arguments: [
        (#"{}"#, ["body.search_queries: missing"]),
        (#"{"search_queries": []}"#, ["body.search_queries: too_short"]),
        (#"{"search_queries": [""]}"#, ["body.search_queries.0: string_too_short"]),
        (#"{"search_queries": ["a"], "mode": "agentic"}"#, ["body.mode: literal_error"]),
        (#"{"search_queries": ["a"], "max_results": 3}"#, ["body.max_results: extra_forbidden"]),
        (#"{"search_queries": ["a"], "max_chars_total": 0}"#, ["body.max_chars_total: greater_than_equal"]),
        (#"{"search_queries": ["a"], "advanced_settings": {"x": 1}}"#, ["body.advanced_settings.x: extra_forbidden"]),
        (
            #"{"search_queries": ["a"], "advanced_settings": {"excerpt_settings": {"x": 1}}}"#,
            ["body.advanced_settings.excerpt_settings.x: extra_forbidden"]
        ),
        (
            #"{"search_queries": ["a"], "advanced_settings": {"fetch_policy": {"max_age_seconds": -1, "timeout_seconds": 0}}}"#,
            [
                "body.advanced_settings.fetch_policy.max_age_seconds: greater_than_equal",
                "body.advanced_settings.fetch_policy.timeout_seconds: greater_than",
            ]
        ),
    ])
    func `search allows no stranger`(body: String, errors: [String]) async throws {
        let answer = try await withSandbox { try await $0.send("POST", "/v1/search", body) }
        #expect(answer.status == 422)
        #expect(answer.errors == errors)
        #expect(answer.json["error"]?["ref_id"]?.string?.hasPrefix("search_") == true)
    }

    private func answer(_ reply: Reply) -> Answer {
        guard case .bytes(let body) = reply.body else { return Answer() }
        return Answer(status: reply.status, body: body)
    }
}
