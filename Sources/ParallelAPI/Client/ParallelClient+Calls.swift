package import ParallelHTTP
package import ParallelJSON

/// Calls whose answers are used as they came.
extension ParallelClient {
    /// Sends a call and returns the answer; null if it has no body, as after 204.
    package func answer(to endpoint: Endpoint, body: JSONValue? = nil) async throws -> JSONValue {
        let request = request(endpoint, body: body)
        let answer = try await send(request)
        return answer.isEmpty ? .null : try json(answer, of: request)
    }

    /// Returns the request that `answer` sends.
    package func preview(of endpoint: Endpoint, body: JSONValue? = nil) async throws -> HTTPRequest {
        try await authorized(request(endpoint, body: body))
    }
}
