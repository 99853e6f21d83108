import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// Names and schemas of exported tools.
struct ToolExportTests {
    @Test(arguments: [
        (ExportShape.openai, "find", "find"), (.openai, "a.b", "a_b"), (.openai, "é", "_"), (.openai, "e\u{301}", "e_"),
        (.openai, "", "_"), (.gemini, "1st", "_1st"), (.gemini, "-x", "_-x"), (.anthropic, "1st", "1st"),
        (.mcp, "a.b", "a.b"),
        (.openai, String(repeating: "y", count: 64), String(repeating: "y", count: 64)),
        (.openai, String(repeating: "x", count: 100), String(repeating: "x", count: 55) + "_09ecb6eb"),
        (.anthropic, String(repeating: "x", count: 100), String(repeating: "x", count: 100)),
    ])
    func `a name becomes what the target allows`(shape: ExportShape, original: String, name: String) {
        #expect(shape.name(for: original) == name)
    }

    @Test func `names that are cut stay different`() {
        let start = String(repeating: "x", count: 80)
        #expect(ExportShape.openai.name(for: start + "a") != ExportShape.openai.name(for: start + "b"))
    }

    @Test(arguments: [
        (#"{"type":"object","properties":{},"additionalProperties":false}"#, true),
        (
            #"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
            true
        ),
        (#"{"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false}"#, false),
        (#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}"#, false),
        (
            #"{"type":"object","properties":{"a":{"type":"object","properties":{}}},"required":["a"],"additionalProperties":false}"#,
            false
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"array","items":{"type":"object"}}},"required":["a"],"additionalProperties":false}"#,
            false
        ),
        (
            #"{"type":"object","properties":{"a":{"type":"string","default":"x"}},"required":["a"],"additionalProperties":false}"#,
            false
        ),
        (
            #"{"type":"object","properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}},"required":["a"],"additionalProperties":false}"#,
            true
        ),
        (#"{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}"#, false),
        (
            #"{"type":"object","properties":{},"anyOf":[{"type":"object","properties":{},"additionalProperties":false}],"additionalProperties":false}"#,
            false
        ),
    ])
    func `strict is set only where a schema keeps its rules`(schema: String, isStrict: Bool) throws {
        #expect(StrictSchema.holds(for: try JSONValue.parse(schema)) == isStrict)
    }

    @Test func `a schema can't keep the writing of its types busy`() async throws {
        let references = (0..<20_000).map { index -> JSONValue in ["$ref": .string("#/$defs/d\(index)")] }
        let definitions = (0..<20_000).map { index -> (String, JSONValue) in
            ("d\(index)", ["anyOf": [["$ref": .string("#/$defs/d\((index + 1) % 20_000)")], ["type": "string"]]])
        }
        let schema: JSONValue = ["anyOf": .array(references), "$defs": .object(JSONObject(definitions))]
        let text = try await onThread { TypeScriptTypes.declarations(of: schema, as: "Input") }
        #expect(text.hasPrefix("export type Input = "))
    }
}
