import ParallelJSON
import Testing

struct SchemaCheckTests {
    struct Row: CustomTestStringConvertible {
        let schema: String
        let value: String
        let mismatches: [String]
        var testDescription: String { "\(value) with \(schema)" }

        init(_ schema: String, _ value: String, _ mismatches: String...) {
            self.schema = schema
            self.value = value
            self.mismatches = mismatches
        }
    }

    @Test(arguments: [
        Row("{}", #"{"a":1}"#), Row("true", "1"), Row("false", "1", "the value is not allowed"), Row("7", "1"),
        Row(#"{"type":"object"}"#, "[]", "the value is an array, not an object"),
        Row(#"{"type":"string"}"#, #""x""#), Row(#"{"type":"string"}"#, #""\ud83d""#),
        Row(#"{"type":"string"}"#, "1", "the value is a number, not a string"),
        Row(#"{"type":["string","null"]}"#, "null"),
        Row(#"{"type":["string","null"]}"#, "1", "the value is a number, not a string or null"),
        Row(#"{"type":"integer"}"#, "3.0"), Row(#"{"type":"integer"}"#, "123456789012345678901234567890"),
        Row(#"{"type":"integer"}"#, "3.5", "the value is a number, not an integer"),
        Row(#"{"type":"integer"}"#, "true", "the value is a boolean, not an integer"),
        Row(#"{"type":"number"}"#, "3.5"), Row(#"{"type":"boolean"}"#, "false"),
        Row(#"{"type":"boolean"}"#, #""false""#, "the value is a string, not a boolean"),
        Row(#"{"type":"whatever"}"#, "1"),
    ])
    func `a value has one of the types`(row: Row) throws { try check(row) }

    @Test(arguments: [
        Row(#"{"enum":["fast","slow"]}"#, #""slow""#), Row(#"{"enum":[1,null]}"#, "1.0"),
        Row(#"{"enum":["fast",2]}"#, #""sl""#, "the value is none of: fast, 2"),
        Row(#"{"const":{"a":1}}"#, #"{"a":1.0}"#),
        Row(#"{"const":"web"}"#, #""news""#, "the value is not web"),
        Row(#"{"minimum":1,"maximum":10}"#, "10"), Row(#"{"minimum":1}"#, "0.5", "the value is 0.5; the least is 1"),
        Row(#"{"maximum":10}"#, "11", "the value is 11; the most is 10"), Row(#"{"maximum":10}"#, #""11""#),
        Row(#"{"exclusiveMinimum":0}"#, "0", "the value is 0, which is not above 0"),
        Row(#"{"exclusiveMaximum":1}"#, "1", "the value is 1, which is not below 1"),
        Row(#"{"minimum":1,"exclusiveMinimum":true}"#, "1"),
        Row(
            #"{"maximum":9007199254740992}"#, "9007199254740993",
            "the value is 9007199254740993; the most is 9007199254740992"),
        Row(#"{"minLength":2,"maxLength":3}"#, #""👩‍👧""#),
        Row(#"{"maxLength":2}"#, #""👩‍👧""#, "the value has 3 characters; the most is 2"),
        Row(#"{"minLength":2}"#, #""x""#, "the value has 1 character; the least is 2"),
        Row(#"{"minItems":1}"#, "[]", "the value has 0 items; the least is 1"),
        Row(#"{"maxItems":1}"#, "[1,2]", "the value has 2 items; the most is 1"),
        Row(#"{"pattern":"^a$","format":"uri","multipleOf":2}"#, "3"),
    ])
    func `a value keeps within choices and limits`(row: Row) throws { try check(row) }

    @Test(arguments: [
        Row(#"{"required":["objective"]}"#, "{}", "'objective' is required"), Row(#"{"required":["a"]}"#, "[]"),
        Row(
            #"{"properties":{"a":{"properties":{"b":{"type":"string"}}}}}"#, #"{"a":{"b":1}}"#,
            "'a.b' is a number, not a string"),
        Row(
            #"{"properties":{"urls":{"items":{"type":"string"}}}}"#, #"{"urls":[0,"x",null]}"#,
            "'urls.0' is a number, not a string", "'urls.2' is null, not a string"),
        Row(
            #"{"properties":{"query":{},"limit":{}},"additionalProperties":false}"#, #"{"querry":1}"#,
            "'querry' is not known; known: query, limit"),
        Row(#"{"additionalProperties":false}"#, #"{"a":1}"#, "'a' is not known; known: nothing is"),
        Row(#"{"additionalProperties":{"type":"integer"}}"#, #"{"a":1,"b":"x"}"#, "'b' is a string, not an integer"),
        Row(#"{"patternProperties":{"^x-":{}},"additionalProperties":false}"#, #"{"x-a":1}"#),
        Row(#"{"properties":{"a":false}}"#, #"{"a":1}"#, "'a' is not allowed"),
        Row(#"{"prefixItems":[{"type":"string"}],"items":{"type":"integer"}}"#, #"["a",1]"#),
        Row(
            #"{"prefixItems":[{"type":"string"}],"items":false}"#, #"[1,2]"#, "'0' is a number, not a string",
            "'1' is not allowed"),
        Row(#"{"items":[{"type":"string"}]}"#, #"[1,2]"#, "'0' is a number, not a string"),
    ])
    func `what is in an object or array is looked at`(row: Row) throws { try check(row) }

    @Test(arguments: [
        Row(#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "null"),
        Row(#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, "1", "the value is a number, not a string or null"),
        Row(
            #"{"anyOf":[{"type":"array","items":{"type":"string"}},{"type":"null"}]}"#, "[1]",
            "'0' is a number, not a string"),
        Row(#"{"anyOf":[{"minimum":5},{"maximum":1}]}"#, "3", "the value fits none of its 2 alternatives"),
        Row(#"{"anyOf":[]}"#, "3"), Row(#"{"oneOf":[{"type":"integer"},{"type":"string"}]}"#, "3"),
        Row(#"{"oneOf":[{"type":"integer"},{"minimum":0}]}"#, "3", "the value fits more than one of its alternatives"),
        Row(#"{"oneOf":[{"type":"integer"},{"$ref":"https://example.com/schema"}]}"#, "3"),
        Row(#"{"allOf":[{"type":"integer"},{"minimum":5}]}"#, "3", "the value is 3; the least is 5"),
        Row(#"{"not":{"type":"string"}}"#, "3"),
        Row(#"{"not":{"type":"string"}}"#, #""x""#, "the value is what the schema excludes"),
        Row(#"{"not":{"$ref":"https://example.com/schema"}}"#, "3"),
    ])
    func `schemas are combined`(row: Row) throws { try check(row) }

    @Test(arguments: [
        Row(
            ##"{"properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{"type":"string"}}}"##, #"{"a":1}"#,
            "'a' is a number, not a string"),
        Row(
            ##"{"properties":{"a":{"$ref":"#/definitions/x~1y~0z","minLength":3}},"definitions":{"x/y~z":{"type":"string"}}}"##,
            #"{"a":"ab"}"#, "'a' has 2 characters; the least is 3"),
        Row(
            ##"{"$ref":"#/$defs/L%5BA%5D","$defs":{"L[A]":{"type":"array"}}}"##, "1",
            "the value is a number, not an array"),
        Row(
            ##"{"$ref":"#/allOf/1","allOf":[{},{"type":"string"}]}"##, "1", "the value is a number, not a string",
            "the value is a number, not a string"),
        Row(
            ##"{"properties":{"next":{"$ref":"#"},"id":{"type":"integer"}}}"##, #"{"next":{"next":{"id":"x"}}}"#,
            "'next.next.id' is a string, not an integer"),
        Row(##"{"$ref":"#"}"##, "1"), Row(##"{"$ref":"#/$defs/missing"}"##, "1"), Row(##"{"$ref":"#name"}"##, "1"),
        Row(##"{"$ref":"#/%zz"}"##, "1"), Row(##"{"$ref":"#/%"}"##, "1"), Row(#"{"$ref":"other.json#/a"}"#, "1"),
        Row(##"{"$ref":"#/$defs/A","$defs":{"A":{"$ref":"#/$defs/B"},"B":{"$ref":"#/$defs/A"}}}"##, "1"),
        Row(##"{"anyOf":[{"$ref":"#"},{"$ref":"#"},{"$ref":"#"}]}"##, "1"),
        Row(##"{"not":{"$ref":"#"}}"##, "1"),
    ])
    func `local references are followed, and nothing goes on for ever`(row: Row) throws { try check(row) }

    @Test func `few mismatches are reported, each on a short line`() throws {
        let long = String(repeating: "long\n", count: 50)
        let schema: JSONValue = ["items": ["enum": .array((0..<99).map { .string("\($0)\(long)") })]]
        let mismatches = SchemaCheck.mismatches(of: .array((0..<40).map { .string("secret \($0)") }), with: schema)
        #expect(mismatches.count == 10)
        #expect(mismatches.allSatisfy { !$0.contains("\n") && !$0.contains("secret") && $0.count < 600 })
        let names = SchemaCheck.mismatches(of: .object([long: 1]), with: ["additionalProperties": false])
        #expect(names == ["'long long long long long long long long …' is not known; known: nothing is"])
    }

    @Test func `a value of great depth is no danger`() {
        let deep = (0..<400).reduce(JSONValue.null) { value, _ in ["a": value] }
        #expect(SchemaCheck.mismatches(of: deep, with: ["properties": ["a": ["$ref": "#"]], "type": "object"]) == [])
    }

    private func check(_ row: Row) throws {
        let schema = try JSONValue.parse(row.schema)
        #expect(try SchemaCheck.mismatches(of: JSONValue.parse(row.value), with: schema) == row.mismatches)
    }
}
