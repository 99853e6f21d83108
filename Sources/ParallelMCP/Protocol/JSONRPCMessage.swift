import ParallelJSON

/// A message of JSON-RPC 2.0 as it comes from a server.
enum JSONRPCMessage: Sendable {
    /// A request, whose response must have exactly the same id.
    case request(id: JSONValue, method: String, params: JSONValue?)
    case notification(method: String, params: JSONValue?)
    case response(id: JSONValue?, Result<JSONValue, ErrorObject>)

    /// The `error` member of a response.
    struct ErrorObject: Error, Sendable {
        /// The code as it was written: an integer, but some servers send a word, or none.
        let givenCode: JSONValue?
        let message: String
        let data: JSONValue?

        var code: Int? { givenCode?.int ?? givenCode?.string.flatMap { Int($0) } }

        init(code: Int?, message: String, data: JSONValue?) {
            givenCode = code.map { .number(JSONNumber($0)) }
            self.message = message
            self.data = data
        }

        /// Reads an `error` of any shape: servers also send a text, or an object without a message.
        init(_ error: JSONValue) {
            let code = error["code"] ?? .null
            givenCode = code.isNull ? JSONValue?.none : code
            message = error["message"]?.string ?? error.string ?? error.serialized()
            data = error["data"]
        }

        /// The error for a `result` that is no object, which JSON-RPC allows and MCP does not.
        init(insteadOfResult result: JSONValue) {
            let shown = result.isNull ? "" : ": \(result.string ?? result.serialized())"
            self.init(code: nil, message: "its result is \(result.typeName), not an object\(shown)", data: result)
        }

        /// The error for a result that has the id of a request that was sent before the one with `id`.
        init(insteadOf id: Int, _ earlier: Int, _ result: JSONValue) {
            let message = "its result is for the earlier request \(earlier), not for \(id): \(result.serialized())"
            self.init(code: nil, message: message, data: result)
        }
    }

    /// Returns nil if the value is not a message. An absent `jsonrpc` member is accepted, because the other members
    /// identify a message. Any `error` but null is a failure, and so is a `result` that is no object.
    init?(_ value: JSONValue) {
        guard let object = value.object else { return nil }
        let id = object["id"].flatMap { $0.isNull ? JSONValue?.none : $0 }
        if let method = object["method"]?.string {
            self =
                id.map { .request(id: $0, method: method, params: object["params"]) }
                ?? .notification(method: method, params: object["params"])
        } else if let error = object["error"], !error.isNull {
            self = .response(id: id, .failure(ErrorObject(error)))
        } else if let result = object["result"] {
            let isResult = result.object != nil
            self = .response(id: id, isResult ? .success(result) : .failure(ErrorObject(insteadOfResult: result)))
        } else {
            return nil
        }
    }

    static func request(id: Int, _ method: String, _ params: JSONObject) -> JSONValue {
        [
            "jsonrpc": "2.0", "id": .number(JSONNumber(id)), "method": .string(method), "params": .object(params),
        ]
    }

    static func notification(_ method: String, _ params: JSONObject? = nil) -> JSONValue {
        var object: JSONObject = ["jsonrpc": "2.0", "method": .string(method)]
        object["params"] = params.map(JSONValue.object)
        return .object(object)
    }

    /// Returns this client's response to a request of the server. No capability was declared, so every request but a
    /// ping is refused.
    static func reply(to id: JSONValue, method: String) -> JSONValue {
        let refusal = ErrorObject(
            code: MCPErrorCode.methodNotFound, message: "Method not found: this client does not support it", data: nil)
        return answer(to: id, method == "ping" ? .success([:]) : .failure(refusal))
    }

    /// Returns the response to a request of the server.
    static func answer(to id: JSONValue, _ result: Result<JSONValue, ErrorObject>) -> JSONValue {
        switch result {
        case .success(let result): ["jsonrpc": "2.0", "id": id, "result": result]
        case .failure(let error):
            [
                "jsonrpc": "2.0", "id": id,
                "error": ["code": error.givenCode ?? .null, "message": .string(error.message)],
            ]
        }
    }
}

/// Error codes of JSON-RPC and of MCP that this client acts on.
enum MCPErrorCode {
    static let methodNotFound = -32601
    static let invalidParams = -32602
    /// The codes that servers define for themselves, without the first ones, which the official SDKs use.
    static let ownCodes = -32099 ... -32004
    /// The session is not known (the official TypeScript SDK).
    static let sessionNotFound = -32001
    /// A header field and the body differ (2026-07-28).
    static let headerMismatch = -32020
    static let missingCapability = -32021
    static let unsupportedVersion = -32022
    /// The user has to open a URL first (2025-11-25).
    static let urlElicitationRequired = -32042

    /// The codes that only servers of the modern era use.
    static let modern = [headerMismatch, missingCapability, unsupportedVersion]
}
