import ParallelJSON
import Testing

@testable import SandboxServer

@Suite struct OutputSchemaRulesTests {
    private func object(_ properties: JSONObject) -> JSONObject {
        [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.map(JSONValue.string)),
            "additionalProperties": false,
        ]
    }

    private func check(_ schema: JSONObject, _ processor: String = "ultra") -> (errors: [String], warnings: [String]) {
        var check = RequestCheck()
        var warnings = OutputSchemaRules.apply(to: schema, at: ["json_schema"], reportingTo: &check)
        if let processor = Processor.named(processor) {
            warnings += OutputSchemaRules.warning(about: schema, for: processor).map { [$0] } ?? []
        }
        return (check.errors.map { $0["msg"]?.string ?? "" }, warnings)
    }

    private func nested(_ levels: Int) -> JSONObject {
        (1..<levels).reduce(object(["leaf": ["type": "string"]])) { inner, _ in object(["next": .object(inner)]) }
    }

    @Test func `a plain schema passes without a word`() {
        let schema = object([
            "pattern": ["type": "string"], "format": ["type": ["string", "null"]],
            "either": ["anyOf": [["type": "integer"], ["type": "null"]]],
            "list": ["type": "array", "items": .object(object(["maximum": ["type": "number"]]))],
        ])
        let result = check(schema)
        #expect(result.errors == [])
        #expect(result.warnings == [])
    }

    @Test func `the root must be an object with properties and without anyOf`() {
        #expect(check(["type": "array"]).errors.count == 2)
        #expect(check(["type": "object", "properties": [:], "anyOf": []]).errors.count == 1)
    }

    @Test(arguments: OutputSchemaRules.unsupportedKeywords.sorted())
    func `an unsupported keyword is named`(keyword: String) {
        let use: JSONValue = ["type": "string", .init(keyword): 1]
        let places: [JSONValue] = [
            use, ["type": "array", "items": use], ["anyOf": [use]], ["oneOf": [use]], ["allOf": [use]],
            ["$ref": "#/$defs/d"],
        ]
        for place in places {
            var schema = object(["a": place])
            schema["$defs"] = ["d": use]
            #expect(check(schema).errors == ["Schema keyword '\(keyword)' is not supported"], "\(place.serialized())")
        }
    }

    @Test func `null stands in unions only`() {
        #expect(check(object(["a": ["type": "null"]])).errors.count == 1)
        #expect(check(object(["a": ["type": "array", "items": ["type": "null"]]])).errors.count == 1)
        #expect(check(object(["a": ["type": ["null"]]])).errors.isEmpty)
    }

    @Test(arguments: [(3, 0, 0), (4, 0, 1), (5, 0, 1), (6, 1, 0)])
    func `nesting warns above 3 and fails above 5`(levels: Int, errors: Int, warnings: Int) {
        let result = check(nested(levels))
        #expect(result.errors.count == errors)
        #expect(result.warnings.count == warnings)
    }

    @Test func `nesting and properties count through references, and recursion ends`() {
        var schema = object(["node": ["$ref": "#/$defs/node"]])
        schema["$defs"] = [
            "node": .object(
                object(["value": ["type": "string"], "next": ["anyOf": [["$ref": "#/$defs/node"], ["type": "null"]]]]))
        ]
        #expect(check(schema).errors == [])
        #expect(check(object(["a": ["$ref": "#/$defs/none"]])).errors.count == 1)
        schema["$defs"] = ["node": .object(nested(5))]
        #expect(check(schema).errors == ["The schema must not exceed 5 levels of nesting, it has 6"])
    }

    @Test func `properties, names and enums have their bounds`() {
        func fields(_ count: Int) -> JSONObject {
            object(JSONObject((0..<count).map { .init(key: "f\($0)", value: ["type": "string"]) }))
        }
        #expect(check(fields(100)).errors == [])
        #expect(check(fields(101)).errors.count == 1)
        func choices(_ count: Int, _ length: Int = 1) -> JSONObject {
            let values = (0..<count).map { JSONValue.string(String(repeating: "x", count: length) + "\($0)") }
            return object(["a": ["type": "string", "enum": .array(values)]])
        }
        #expect(check(choices(500)).errors == [])
        #expect(check(choices(501)).errors.count == 1)
        #expect(check(choices(250, 97)).errors == [])
        #expect(check(choices(251, 30)).errors.count == 1)
        #expect(
            check(choices(250, 100)).errors == [
                "The schema must not exceed 25000 characters of names and values, it has 25641"
            ])
    }

    @Test func `loose objects, optional and redundant properties and too many fields warn`() {
        let schema: JSONObject = [
            "type": "object",
            "properties": [
                "sources": ["type": "string"], "b": ["type": "string"],
                "c": ["type": "object", "properties": ["d": [:]]],
            ],
            "required": ["sources", "b"],
        ]
        #expect(
            check(schema, "lite").warnings == [
                "All properties should be listed in required, which these are not: c, c.d",
                "Objects should have additionalProperties false, which these do not: the root, c",
                "The basis of every field holds this already, so no property should be named so: sources",
                "Processor lite is meant for about 2 output fields; the schema has 3",
            ])
    }

    @Test func `references that unfold without measure are given up`() {
        var definitions = JSONObject()
        for number in 0..<60 {
            let next: JSONValue = ["$ref": .string("#/$defs/d\(number + 1)")]
            definitions["d\(number)"] = ["anyOf": [next, next], "type": "string"]
        }
        definitions["d60"] = ["type": "string"]
        var schema = object(["a": ["$ref": "#/$defs/d0"]])
        schema["$defs"] = .object(definitions)
        #expect(check(schema).errors == [])
        #expect(SchemaMatch.mismatches(of: ["a": "x"], with: schema) == [])
    }
}
