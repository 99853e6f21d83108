import ParallelJSON
import Testing

@testable import ParallelAPI

struct OutputSchemaRulesTests {
    /// A schema with these properties; their schemas as JSON.
    private func schema(_ properties: String, more: String = "") throws -> JSONValue {
        try JSONValue.parse(#"{"type": "object", "properties": {\#(properties)}\#(more)}"#)
    }

    /// Why the schema is refused; nil when it is not.
    private func fault(_ schema: JSONValue) -> String? {
        refusal { () throws(InvalidRequest) in try OutputSchemaRules.check(schema) }
    }

    @Test(arguments: [
        (#"{"type": "object", "properties": {}, "anyOf": []}"#, "anyOf at its root"),
        (#"{"properties": {}}"#, #"must have "type": "object""#),
        (#"{"type": "array"}"#, #"must have "type": "object""#),
        (#"{"type": ["object"], "properties": {}}"#, #"must have "type": "object""#),
        (#"{"type": "object"}"#, #"has no "properties""#), (#"{"type": "object", "properties": []}"#, "properties"),
        (#"[]"#, "is an array, not an object"), (#"null"#, "is null, not an object"),
        (#""text""#, "is a string, not an object"),
    ])
    func `the root is an object with properties`(text: String, reason: String) throws {
        #expect(fault(try JSONValue.parse(text))?.contains(reason) == true)
    }

    @Test(arguments: OutputSchemaRules.unsupportedKeywords.sorted())
    func `an unsupported keyword is refused wherever it stands`(keyword: String) throws {
        let use = #"{"type": "string", "\#(keyword)": 1}"#
        for (schema, place) in [
            (try schema("", more: #", "\#(keyword)": 1"#), "its root"), (try schema(#""a": \#(use)"#), "a"),
            (try schema(#""a": {"type": "object", "properties": {"b": \#(use)}}"#), "a.b"),
            (try schema(#""a": {"type": "array", "items": \#(use)}"#), "a.items"),
            (try schema("", more: #", "additionalProperties": \#(use)"#), "additionalProperties"),
            (try schema(#""a": {"type": "object", "additionalProperties": \#(use)}"#), "a.additionalProperties"),
            (try schema(#""a": {"not": \#(use)}"#), "a.not"),
            (try schema(#""a": {"anyOf": [{"type": "null"}, \#(use)]}"#), "a[anyOf]"),
            (try schema(#""a": {"oneOf": [{"type": "null"}, \#(use)]}"#), "a[oneOf]"),
            (try schema(#""a": {"allOf": [\#(use)]}"#), "a[allOf]"),
            (try schema(#""a": {"prefixItems": [\#(use)]}"#), "a[prefixItems]"),
            (
                try schema(##""a": {"$ref": "#/definitions/d"}"##, more: #", "definitions": {"d": \#(use)}"#),
                "definitions.d"
            ),
            (try schema(##""a": {"$ref": "#/$defs/d"}"##, more: #", "$defs": {"d": \#(use)}"#), "$defs.d"),
        ] {
            #expect(fault(schema) == #"the output schema uses "\#(keyword)" at \#(place), which is not supported"#)
        }
    }

    @Test(arguments: OutputSchemaRules.unsupportedKeywords.sorted())
    func `a property may be called like an unsupported keyword`(keyword: String) throws {
        #expect(fault(try schema(#""\#(keyword)": {"type": "string", "description": "format"}"#)) == nil)
        // Neither are values of these keywords schemas.
        #expect(fault(try schema(#""a": {"enum": [{"\#(keyword)": 1}], "default": {"\#(keyword)": 1}}"#)) == nil)
    }

    @Test(arguments: [
        #""a": {"type": ["string", "null"]}"#, #""a": {"anyOf": [{"type": "string"}, {"type": "null"}]}"#,
        #""a": {"type": "array", "items": {"type": ["integer", "null"]}}"#, #""a": {"enum": ["x", null]}"#,
        #""a": {"oneOf": [{"type": "string"}, {"type": "null"}]}"#, #""null": {"type": "string"}"#,
    ])
    func `null in a union is fine`(properties: String) throws {
        #expect(fault(try schema(properties)) == nil)
    }

    @Test(arguments: [
        (#""a": {"type": "null"}"#, "a"), (#""a": {"type": "array", "items": {"type": "null"}}"#, "a.items"),
        (#""a": {"type": "object", "properties": {"b": {"type": "null"}}}"#, "a.b"),
        (#""a": {"anyOf": [{"type": "object", "properties": {"b": {"type": "null"}}}]}"#, "a[anyOf].b"),
        (#""a]": {"type": "null"}"#, "a]"), (#""a": {"allOf": [{"type": "null"}]}"#, "a[allOf]"),
        (#""a": {"prefixItems": [{"type": "null"}]}"#, "a[prefixItems]"), (#""a": {"not": {"type": "null"}}"#, "a.not"),
        (#""a": {"type": "object", "additionalProperties": {"type": "null"}}"#, "a.additionalProperties"),
    ])
    func `null by itself is refused`(properties: String, place: String) throws {
        #expect(fault(try schema(properties))?.hasPrefix("the output schema has type null at \(place);") == true)
    }

    /// Objects in each other, `levels` with the root.
    private func nested(_ levels: Int, through wrap: (String) -> String = { $0 }) -> String {
        (1..<levels).reduce(#"{"type": "object", "properties": {"x": {"type": "string"}}}"#) { inner, _ in
            #"{"type": "object", "properties": {"o": \#(wrap(inner))}}"#
        }
    }

    @Test func `five levels of objects are allowed and six are not, through arrays too`() throws {
        for wrap: @Sendable (String) -> String in [
            { $0 }, { #"{"type": "array", "items": \#($0)}"# }, { #"{"anyOf": [{"type": "null"}, \#($0)]}"# },
        ] {
            #expect(fault(try JSONValue.parse(nested(5, through: wrap))) == nil)
            #expect(
                fault(try JSONValue.parse(nested(6, through: wrap)))?.contains("nests deeper than 5 levels") == true)
        }
    }

    @Test func `a hundred properties over all levels are allowed, one more is not`() throws {
        func properties(_ count: Int) -> String {
            (0..<count).map { #""p\#($0)": {"type": "string"}"# }.joined(separator: ",")
        }
        func split(_ inner: Int) throws -> JSONValue {
            try schema(properties(49) + #", "inner": {"type": "object", "properties": {\#(properties(inner))}}"#)
        }
        #expect(fault(try schema(properties(100))) == nil)
        #expect(fault(try schema(properties(101))) == "the output schema has 101 properties; the limit is 100")
        #expect(fault(try split(50)) == nil)
        #expect(fault(try split(51)) == "the output schema has 101 properties; the limit is 100")
    }

    private func list(_ values: some Sequence<String>) -> String {
        #"{"enum": [\#(values.map { #""\#($0)""# }.joined(separator: ","))]}"#
    }

    @Test func `500 enum values over all properties are allowed, one more is not`() throws {
        let (half, more) = (list((0..<250).map(String.init)), list((0..<251).map(String.init)))
        #expect(fault(try schema(#""a": \#(half), "b": \#(half)"#)) == nil)
        #expect(
            fault(try schema(#""a": \#(half), "b": \#(more)"#))
                == "the output schema has 501 enum values; the limit is 500")
    }

    @Test func `a large enum may have 7500 characters, a small one more`() throws {
        func values(_ count: Int, _ length: Int) -> String {
            // All but the first have one character.
            list([String(repeating: "x", count: length - (count - 1))] + Array(repeating: "y", count: count - 1))
        }
        #expect(fault(try schema(#""a": \#(values(251, 7_500))"#)) == nil)
        #expect(fault(try schema(#""a": \#(values(251, 7_501))"#))?.contains("251 values of 7501 characters") == true)
        #expect(fault(try schema(#""a": \#(values(250, 7_501))"#)) == nil)
    }

    @Test func `names and values may have 25000 characters together`() throws {
        func schema(_ length: Int) throws -> JSONValue {
            let value = String(repeating: "é", count: length - 8)
            return try self.schema(
                #""abc": {"const": "\#(value)"}, "de": {"enum": ["x"]}"#, more: #", "$defs": {"fg": {}}"#)
        }
        #expect(fault(try schema(25_000)) == nil)
        #expect(
            fault(try schema(25_001))
                == "names and values of the output schema have 25001 characters; the limit is 25000")
    }

    @Test func `schemas under $defs count towards the limits`() throws {
        let many = (0..<101).map { #""p\#($0)": {}"# }.joined(separator: ",")
        let definitions = #", "$defs": {"d": {"type": "object", "properties": {\#(many)}}}"#
        #expect(fault(try schema("", more: definitions))?.contains("101 properties") == true)
    }
}
