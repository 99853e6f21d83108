import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// What a file or a server may hold is read in a time that grows with its length: with its square, each of these would
/// take longer than a test is waited for.
@Suite struct LinearityTests {
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
}
