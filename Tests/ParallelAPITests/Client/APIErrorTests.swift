import ParallelJSON
import Testing

@testable import ParallelAPI

struct APIErrorTests {
    private func error(_ body: String, type: String? = "application/json") -> APIError {
        APIError(status: 422, body: Array(body.utf8), contentType: type, retryAfter: "7")
    }

    @Test func `the API's own shape has message, reference and the fields that are wrong`() {
        let error = error(
            #"""
            {"type": "error", "error": {"ref_id": "fcb2", "message": "Unprocessable content", "detail": {"errors": [
              {"loc": ["body", "mcp_servers", 0, "url"], "msg": "Field required", "type": "missing"},
              {"msg": "Something else"}, {"loc": ["body"]}]}}}
            """#)
        #expect(error.status == 422 && error.message == "Unprocessable content" && error.referenceID == "fcb2")
        #expect(error.retryAfter == "7")
        #expect(error.fieldErrors == ["body.mcp_servers.0.url: Field required", "Something else"])
    }

    @Test func `type, reference and detail may be missing`() {
        for body in [#"{"error": {"message": "no"}}"#, #"{"error": {"message": "no", "ref_id": null, "detail": {}}}"#] {
            let error = error(body)
            #expect(error.message == "no" && error.referenceID == nil && error.detail == nil)
            #expect(error.fieldErrors.isEmpty)
        }
    }

    @Test func `OpenAI's shape, which some routes use, has a message and no reference`() {
        let error = error(
            #"{"error":{"message":"background is not supported","type":"invalid_request_error","param":null,"code":null}}"#
        )
        #expect(error.message == "background is not supported")
        #expect(error.referenceID == nil && error.detail == nil && error.fieldErrors.isEmpty)
    }

    @Test func `FastAPI's shape has the fields that are wrong`() {
        let error = error(#"{"detail": [{"loc": ["body", "inputs"], "msg": "Field required", "type": "missing"}]}"#)
        #expect(error.message == "the request was not accepted" && error.referenceID == nil)
        #expect(error.fieldErrors == ["body.inputs: Field required"])
        #expect(self.error(#"{"detail": "Not Found"}"#).message == "Not Found")
        #expect(self.error(#"{"detail": "Not Found"}"#).detail == nil)
    }

    @Test(arguments: [
        (#"{"detail":[{"loc":["body","inputs",16,"input"],"msg":"too long"}]}"#, ["row 17: too long"]),
        (
            #"{"error":{"message":"m","detail":{"errors":[{"loc":["body","inputs",2,"metadata","a"],"msg":"no inputs.2"}]}}}"#,
            ["row 3, metadata.a: no row 3"]
        ),
        (#"{"detail":[{"loc":["body","inputs"],"msg":"too many"}]}"#, ["body.inputs: too many"]),
        (#"{"detail":[{"loc":["body","inputs",99,"input"],"msg":"x"}]}"#, ["body.inputs.99.input: x"]),
        (#"{"detail":[{"loc":["body","inputs","x"],"msg":"x"},{"msg":"y"}]}"#, ["body.inputs.x: x", "y"]),
    ])
    func `inputs of a request get their names in the places of errors`(body: String, lines: [String]) {
        #expect(error(body).namingInputs { $0 < 50 ? "row \($0 + 1)" : nil }.fieldErrors == lines)
    }

    @Test(arguments: [
        ("inputs.3 is long", "row 4 is long"), ("body.inputs[3].input", "row 4"), ("inputs.3.input_a", "row 4.input_a"),
        ("inputs.3.input: long", "row 4: long"), ("at /inputs/0", "at /row 1"),
        ("inputs[3", "inputs[3"), ("inputs.", "inputs."), ("inputs 3", "inputs 3"), ("inputs.99", "inputs.99"),
        ("inputs.3inputs.4", "row 4row 5"), ("", ""), ("inputs.99999999999", "inputs.99999999999"),
    ])
    func `inputs of a request get their names in a message`(message: String, shown: String) {
        let error = error(#"{"error":{"message":"\#(message)"}}"#)
        #expect(error.namingInputs { $0 < 50 ? "row \($0 + 1)" : nil }.message == shown)
    }

    @Test func `OAuth's shape has a code and a description`() {
        let error = error(#"{"error": "invalid_grant", "error_description": "The code has expired"}"#)
        #expect(error.message == "invalid_grant: The code has expired")
        #expect(self.error(#"{"error": "invalid_grant"}"#).message == "invalid_grant")
    }

    @Test(
        arguments: [
            ("", nil, "no explanation was given"),
            ("<html><h1>502 Bad Gateway</h1></html>", nil, "an HTML page instead of an answer of the API"),
            ("  <html>", "Text/HTML; charset=utf-8", "an HTML page instead of an answer of the API"),
            ("upstream connect error", "text/plain", "upstream connect error"),
            (#"{"unknown": 1}"#, "application/json", #"{"unknown": 1}"#), ("{broken", "application/json", "{broken"),
            (#"{"error": {"code": 3}}"#, "application/json", #"{"error": {"code": 3}}"#),
        ] as [(String, String?, String)])
    func `anything else is described`(body: String, type: String?, message: String) {
        let error = error(body, type: type)
        #expect(error.message == message)
        #expect(error.referenceID == nil && error.detail == nil && error.fieldErrors.isEmpty)
    }

    @Test func `a long text is cut between characters`() {
        #expect(error(String(repeating: "x", count: 200)).message == String(repeating: "x", count: 200))
        #expect(error(String(repeating: "x", count: 201)).message == String(repeating: "x", count: 200) + "…")
        #expect(
            error("x" + String(repeating: "é", count: 200)).message == "x" + String(repeating: "é", count: 199) + "…")
    }
}
