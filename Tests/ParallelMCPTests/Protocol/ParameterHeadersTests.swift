import ParallelJSON
import Testing

@testable import ParallelMCP
@testable import ParallelSystem

struct ParameterHeadersTests {
    @Test func `arguments that are asked for become header fields`() throws {
        let headers = try ParameterHeaders(
            inputSchema: .parse(
                #"""
                {"type":"object","properties":{
                    "region":{"type":"string","x-mcp-header":"Region"},"limit":{"type":"integer","x-mcp-header":"Limit"},
                    "dry":{"type":"boolean","x-mcp-header":"X-Dry_Run"},"query":{"type":"string","default":{"x-mcp-header":""}},
                    "where":{"type":"object","properties":{"zone":{"type":"string","x-mcp-header":"Zone"}}},
                    "x-mcp-header":{"type":"string","enum":[{"x-mcp-header":1}]}
                }}
                """#))
        func fields(_ arguments: JSONObject) -> [String] {
            headers.fields(for: arguments).map { "\($0.name): \($0.value)" }
        }
        #expect(
            fields(["region": "us-west1", "limit": 5, "dry": true, "query": "q", "where": ["zone": "a b"]])
                == [
                    "Mcp-Param-Region: us-west1", "Mcp-Param-Limit: 5", "Mcp-Param-X-Dry_Run: true",
                    "Mcp-Param-Zone: a b",
                ])
        #expect(fields([:]) == [])
        #expect(fields(["region": nil, "limit": nil, "where": nil]) == [])
        #expect(fields(["where": "text", "region": [], "limit": [:]]) == [])
        #expect(fields(["limit": 5.0, "dry": false]) == ["Mcp-Param-Limit: 5", "Mcp-Param-X-Dry_Run: false"])
        #expect(fields(["limit": -9_007_199_254_740_991]) == ["Mcp-Param-Limit: -9007199254740991"])
        #expect(fields(["limit": 9_007_199_254_740_992]) == [])
        #expect(fields(["limit": 5.5]) == [])
        #expect(fields(["region": ""]) == ["Mcp-Param-Region: "])
    }

    @Test(arguments: [
        "5", "true", "[]", "{}", #"{"properties":{"a":true,"b":7}}"#, #"{"properties":["x-mcp-header"]}"#,
        #"{"default":{"x-mcp-header":"A"},"examples":[{"x-mcp-header":"A"}],"const":{"x-mcp-header":"A"}}"#,
    ])
    func `a schema without the keyword asks for none`(schema: String) throws {
        #expect(try ParameterHeaders(inputSchema: .parse(schema)).fields(for: ["a": "b"]).isEmpty)
    }

    @Test func `no schema asks for none`() throws {
        #expect(try ParameterHeaders(inputSchema: nil).fields(for: ["a": "b"]).isEmpty)
    }

    /// The tools of the conformance suite's `http-invalid-tool-headers`, and what it leaves out.
    @Test(arguments: [
        (#"{"a":{"type":"string","x-mcp-header":""}}"#, "the x-mcp-header of 'a' is no name for a header field"),
        (
            #"{"a":{"type":"string","x-mcp-header":"My Region"}}"#,
            "the x-mcp-header of 'a' is no name for a header field"
        ),
        (
            #"{"a":{"type":"string","x-mcp-header":"Region:P"}}"#,
            "the x-mcp-header of 'a' is no name for a header field"
        ),
        (#"{"a":{"type":"string","x-mcp-header":"Région"}}"#, "the x-mcp-header of 'a' is no name for a header field"),
        (
            #"{"a":{"type":"string","x-mcp-header":"Re\tgion"}}"#,
            "the x-mcp-header of 'a' is no name for a header field"
        ),
        (
            #"{"a":{"type":"string","x-mcp-header":"R\r\nX: y"}}"#,
            "the x-mcp-header of 'a' is no name for a header field"
        ),
        (#"{"a":{"type":"string","x-mcp-header":7}}"#, "the x-mcp-header of 'a' is no name for a header field"),
        (#"{"a":{"type":"string","x-mcp-header":null}}"#, "the x-mcp-header of 'a' is no name for a header field"),
        (#"{"a":{"type":"object","x-mcp-header":"A"}}"#, "'a' has x-mcp-header but is no string, integer or boolean"),
        (#"{"a":{"type":"array","x-mcp-header":"A"}}"#, "'a' has x-mcp-header but is no string, integer or boolean"),
        (#"{"a":{"type":"null","x-mcp-header":"A"}}"#, "'a' has x-mcp-header but is no string, integer or boolean"),
        (#"{"a":{"type":"number","x-mcp-header":"A"}}"#, "'a' has x-mcp-header but is no string, integer or boolean"),
        (
            #"{"a":{"type":["string","null"],"x-mcp-header":"A"}}"#,
            "'a' has x-mcp-header but is no string, integer or boolean"
        ),
        (#"{"a":{"x-mcp-header":"A"}}"#, "'a' has x-mcp-header but is no string, integer or boolean"),
        (
            #"{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"A"}}"#,
            "the x-mcp-header of 'b' is that of another property too"
        ),
        (
            #"{"a":{"type":"string","x-mcp-header":"Ab"},"b":{"properties":{"c":{"type":"string","x-mcp-header":"aB"}}}}"#,
            "the x-mcp-header of 'b.c' is that of another property too"
        ),
    ])
    func `a tool that asks for an impossible header field is left out`(properties: String, reason: String) throws {
        let schema = try JSONValue.parse(#"{"type":"object","properties":\#(properties)}"#)
        #expect(throws: ParameterHeaders.Invalid(reason: reason)) { try ParameterHeaders(inputSchema: schema) }
    }

    @Test(arguments: [
        #"{"x-mcp-header":"A","type":"string"}"#, #"{"properties":{"a":{"items":ANNOTATED}}}"#,
        #"{"properties":{"a":{"prefixItems":[ANNOTATED]}}}"#, #"{"properties":{"a":{"anyOf":[{},ANNOTATED]}}}"#,
        #"{"oneOf":[{"properties":{"a":ANNOTATED}}]}"#, #"{"allOf":[{"properties":{"a":ANNOTATED}}]}"#,
        #"{"$defs":{"A":ANNOTATED}}"#, #"{"definitions":{"A":ANNOTATED}}"#, #"{"additionalProperties":ANNOTATED}"#,
        #"{"patternProperties":{"^a":ANNOTATED}}"#, #"{"not":ANNOTATED}"#, #"{"if":{"properties":{"a":ANNOTATED}}}"#,
        #"{"dependentSchemas":{"a":{"properties":{"b":ANNOTATED}}}}"#, #"{"items":[ANNOTATED]}"#,
    ])
    func `a tool with the keyword at another place is left out`(schema: String) throws {
        let annotated = #"{"type":"string","x-mcp-header":"A"}"#
        let schema = try JSONValue.parse(schema.replacing("ANNOTATED", with: annotated))
        #expect(throws: ParameterHeaders.Invalid(reason: "x-mcp-header stands where no property is plainly reached")) {
            try ParameterHeaders(inputSchema: schema)
        }
    }

    @Test(arguments: [
        "items", "prefixItems", "contains", "unevaluatedItems", "additionalProperties", "propertyNames",
        "unevaluatedProperties", "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "contentSchema",
        "patternProperties", "dependentSchemas", "$defs", "definitions",
    ])
    func `a tool with the keyword below another keyword that holds schemas is left out`(keyword: String) throws {
        let annotated = #"{"type":"string","x-mcp-header":"A"}"#
        let holdsNames = ["patternProperties", "dependentSchemas", "$defs", "definitions"].contains(keyword)
        let schema = try JSONValue.parse(#"{"\#(keyword)":\#(holdsNames ? #"{"a":\#(annotated)}"# : annotated)}"#)
        #expect(throws: ParameterHeaders.Invalid.self) { try ParameterHeaders(inputSchema: schema) }
    }

    @Test(arguments: [
        ("us-west1", "us-west1"), ("", ""), ("a  b~!", "a  b~!"), ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
        (" padded ", "=?base64?IHBhZGRlZCA=?="), ("end ", "=?base64?ZW5kIA==?="), ("a\tb", "=?base64?YQli?="),
        ("a\r\nb", "=?base64?YQ0KYg==?="), ("\u{7F}", "=?base64?fw==?="), ("\r\n", "=?base64?DQo=?="),
        ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="), ("=?base64?open", "=?base64?open"),
        ("=?utf-8?x?=", "=?utf-8?x?="), ("?=", "?="),
    ])
    func `text is sent as it is or in Base64`(text: String, value: String) {
        #expect(HeaderText.encoded(text) == value)
    }
}
