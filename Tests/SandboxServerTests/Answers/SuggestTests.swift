import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct SuggestTests {
    private func suggest(_ body: String, processor: Bool = false) async throws -> Answer {
        try await withSandbox {
            try await $0.send("POST", "/v1beta/tasks/suggest" + (processor ? "-processor" : ""), body)
        }
    }

    private func warnings(_ answer: Answer) -> [String] {
        (answer.json["warnings"]?.array ?? []).compactMap { $0["type"]?.string }
    }

    @Test func `an intent gives a task that can be run, always the same`() async throws {
        let body = #"{"user_intent": "Find the CEOs of tech companies, and the CEOs' ages"}"#
        let answer = try await suggest(body)
        #expect(answer.status == 200)
        #expect(answer.json == (try await suggest(body)).json)
        #expect(answer.json["output_schema"]?["properties"]?.object?.keys == ["ceos", "tech", "companies", "ages"])
        #expect(answer.json["input_schema"]?["properties"]?.object?.keys == ["company_name"])
        #expect(answer.json["title"] == "Find ceos tech companies ages")
        #expect(answer.json["inputs"] == [])
        #expect(warnings(answer) == [])
        var check = RequestCheck()
        let schema = try #require(answer.json["output_schema"]?.object)
        #expect(OutputSchemaRules.apply(to: schema, at: [], reportingTo: &check) == [])
        #expect(check.errors.isEmpty)
    }

    @Test(arguments: [
        ("ab", "unparsable_input"), ("find all the", "unattainable_task"),
        ("name age size colour weight height", "schema_generalization"),
    ])
    func `an intent that is hard to meet has a warning`(intent: String, kind: String) async throws {
        let answer = try await suggest(#"{"user_intent": "\#(intent)"}"#)
        #expect(answer.status == 200)
        #expect(warnings(answer) == [kind])
        #expect(answer.json["output_schema"]?["properties"]?.object?.isEmpty == false)
    }

    @Test func `an earlier task is refined`() async throws {
        let previous = """
            {"title": "T", "input_schema": {"type": "object", "properties": {"site": {"type": "string"}}},
             "output_schema": {"type": "object", "properties": {"ceo": {"type": "integer"}}}}
            """
        let answer = try await suggest(#"{"user_intent": "ceo and founder", "previous_task": \#(previous)}"#)
        #expect(answer.json["title"] == "T")
        #expect(answer.json["input_schema"]?["properties"]?.object?.keys == ["site"])
        #expect(answer.json["output_schema"]?["properties"]?.object?.keys == ["ceo", "founder"])
        #expect(answer.json["output_schema"]?["properties"]?["ceo"] == ["type": "integer"])
    }

    @Test(arguments: [
        (2, "", ["base", "core"]), (12, "", ["pro", "ultra"]), (60, "", ["ultra8x"]),
        (2, #", "choose_processors_from": ["lite", "pro", "core-fast"]"#, ["core-fast", "pro"]),
        (2, #", "choose_processors_from": ["lite", "lite-fast"]"#, []),
    ])
    func `processors fit the number of fields, and are never lite`(
        fields: Int, more: String, expected: [String]
    ) async throws {
        let properties = (0..<fields).map { #""f\#($0)": {"type": "string"}"# }.joined(separator: ",")
        let spec = #"{"input_schema": {}, "output_schema": {"type": "object", "properties": {\#(properties)}}}"#
        let answer = try await suggest(#"{"task_spec": \#(spec)\#(more)}"#, processor: true)
        #expect(answer.json["recommended_processors"] == .array(expected.map(JSONValue.string)))
    }

    @Test(arguments: [
        ("{}", false), (#"{"user_intent": ""}"#, false), (#"{"user_intent": 1}"#, false),
        (#"{"user_intent": "ceo", "previous_task": 1}"#, false),
        (#"{"user_intent": "ceo", "previous_task": {"input_schema": 1}}"#, false), ("{}", true),
        (#"{"task_spec": {}}"#, true),
        (#"{"task_spec": {"output_schema": {}}, "choose_processors_from": ["hyper"]}"#, true),
    ])
    func `a bad body is refused`(body: String, processor: Bool) async throws {
        let answer = try await suggest(body, processor: processor)
        #expect(answer.status == 422)
        #expect(answer.errors.count == 1)
    }
}
