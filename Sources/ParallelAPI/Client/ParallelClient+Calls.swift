package import ParallelHTTP
package import ParallelJSON
import ParallelSystem

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

    /// Sends a call whose answer may be anything, and returns it while its body is still arriving.
    ///
    /// - Parameters:
    ///   - bytes: the body as it is sent; nil for none.
    ///   - headers: further header fields.
    package func response(to endpoint: Endpoint, bytes: [UInt8]?, headers: HTTPHeaders) async throws -> HTTPResponse {
        var request = anyRequest(endpoint, bytes, headers)
        request.streamsBody = true
        let call = try logged(request)
        do {
            var response = try await accepted(request)
            let isStream = response.headers["content-type"]?.asciiLowercased.begins(with: "text/event-stream") == true
            if let call {
                // The answer names what was created. A stream is an answer that costs what it costs.
                let answer = isStream ? [] : try await response.body.collect(upTo: request.maximumBodyBytes)
                call.end(answer)
                if !isStream { response.body = HTTPBody(answer) }
            }
            return response
        } catch {
            call?.fail(error)
            throw error
        }
    }

    /// Returns the request that `response` sends.
    package func preview(of endpoint: Endpoint, bytes: [UInt8]?, headers: HTTPHeaders) async throws -> HTTPRequest {
        try await authorized(anyRequest(endpoint, bytes, headers))
    }

    private func anyRequest(_ endpoint: Endpoint, _ bytes: [UInt8]?, _ headers: HTTPHeaders) -> HTTPRequest {
        var request = request(endpoint, bytes: bytes)
        request.headers.set("accept", "application/json, text/event-stream;q=0.9, */*;q=0.1")
        for field in headers.fields { request.headers.set(field.name, field.value) }
        return request
    }
}
