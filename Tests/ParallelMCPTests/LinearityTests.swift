import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelMCP

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
    @Test func `very many variables are listed at once`() async throws {
        let text = (0..<30_000).map { "${V\($0)}${V0}" }.joined()
        let count = try await onThread { ServerDefinition(url: text).variables.count }
        #expect(count == 30_000)
    }

    @Test func `a short text can't become a huge one by its variables`() throws {
        let definition = ServerDefinition(
            url: "https://x.example/", headers: [.init(name: "X", value: String(repeating: "${A}", count: 1_000))])
        #expect(throws: EntryError.self) {
            _ = try definition.expanded(name: "x", ["A": String(repeating: "a", count: 1_000)])
        }
        #expect(try definition.expanded(name: "x", ["A": "a"]).0.headers[0].value.expanded.utf8.count == 1_000)
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

    @Test func `ids in a long answer are distinguished from those that were sent at once`() async throws {
        let text = (0..<20_000).map { "trun_\($0)" }.joined(separator: " ")
        let id = try await onThread {
            TaskMCPStatus.id(in: ["content": [["text": .string(text + " trun_new")]]], to: ["input": .string(text)])
        }
        #expect(id?.text == "trun_new")
    }
}
