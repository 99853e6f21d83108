import ParallelAPI
import ParallelAuth
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// The errors for answers that are no success, or not MCP.
extension StreamableHTTP {
    /// Returns the error for an answer with an error status.
    ///
    /// - Parameter id: that of the request; nil for a notification.
    func refusal(_ response: HTTPResponse, of id: Int? = nil) async throws -> MCPError {
        let body = await response.body.beginning(upTo: HTTPRequest.maximumErrorBytes)
        try Task.checkCancellation()
        let json = try? JSONValue.parseForgiving(body).value
        let isChallenged = response.headers["www-authenticate"] != nil
        if response.status == 401 || response.status == 403 && isChallenged {
            var error = unauthorized(explanation(of: body, response), status: response.status)
            error.received = Array(body.prefix(HTTPError.maximumReceived))
            error.challenge = BearerChallenge(response.headers)
            return error
        }
        let received = Array(body.prefix(HTTPError.maximumReceived))
        let hasRetryAfter = response.headers["retry-after"] != nil
        // A gateway's `{"error": "…"}` is no message of JSON-RPC.
        if let json, case .response(let given, .failure(let object))? = JSONRPCMessage(json),
            object.code != nil || json["jsonrpc"] != nil
        {
            var error = MCPError(object, of: endpoint)
            error.status = response.status
            error.hasRetryAfter = hasRetryAfter
            error.isResponse = given != nil && given?.int == id
            error.received = received
            return error
        }
        var error = MCPError(
            .status, "'\(endpoint.name)' answered \(response.status): \(explanation(of: body, response))")
        error.status = response.status
        error.hasRetryAfter = hasRetryAfter
        error.received = received
        return error
    }

    /// Returns the error for a successful status with a body that is not MCP, or not even JSON because of `reason`.
    func notMCP(
        _ body: [UInt8], _ response: HTTPResponse, because reason: JSONSyntaxError? = nil
    ) -> MCPError {
        let text = body.isEmpty ? "an empty body" : explanation(of: body, response)
        let cause = body.isEmpty ? "" : reason.map { " (no JSON: \($0))" } ?? ""
        var error = MCPError(
            .notMCP, "the answer of '\(endpoint.name)' is not MCP (\(response.status)): \(text)\(cause)")
        error.received = Array(body.prefix(HTTPError.maximumReceived))
        return error
    }

    func unauthorized(_ text: String, status: Int?) -> MCPError {
        let hasCredentials = !endpoint.headers.fields.isEmpty
        let said = hasCredentials ? "did not accept the credentials" : "wants credentials"
        var error = MCPError(
            .unauthorized, "'\(endpoint.name)' \(said)\(status.map { " (\($0))" } ?? ""): \(text)")
        error.status = status
        return error
    }

    func explanation(of body: [UInt8], _ response: HTTPResponse) -> String {
        let told = APIError(
            status: response.status, body: body, contentType: response.headers["content-type"],
            hiding: endpoint.secrets)
        let json = try? JSONValue.parse(body)
        let detail = json?["error"] == nil ? nil : json?["detail"]?.string
        return endpoint.shown(detail.map { "\(told.message): \($0)" } ?? told.message)
    }

    static func speaksOfCredentials(_ text: String) -> Bool {
        let words = text.lowercased().unicodeScalars.split { !$0.properties.isAlphabetic }
        let signs: Set<String> = [
            "authentication", "authenticate", "unauthenticated", "authorization", "unauthorized", "credentials",
        ]
        return words.contains { signs.contains(String($0)) }
    }
}
