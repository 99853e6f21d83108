package import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A scripted MCP server, for behaviour that is rare in real servers. Nothing leaves the process.
package final class ScriptedMCPServer: HTTPTransport {
    /// A request as the script gets it.
    package struct Call: Sendable {
        package let request: HTTPRequest
        /// The message in the body; null if there is none.
        package let message: JSONValue
        /// The number of requests before this one.
        package let index: Int

        package var method: String? { message["method"]?.string }
        package var id: JSONValue { message["id"] ?? .null }
        package func header(_ name: String) -> String? { request.headers[name] }

        /// Returns a JSON response with a result for this request.
        package func result(_ result: JSONValue, headers: [(String, String)] = []) -> HTTPResponse {
            .json(["jsonrpc": "2.0", "id": id, "result": result], headers: headers)
        }

        package func error(_ code: Int, _ message: String, status: Int = 200, data: JSONValue? = nil) -> HTTPResponse {
            var error: JSONObject = ["code": .number(JSONNumber(code)), "message": .string(message)]
            error["data"] = data
            return .json(["jsonrpc": "2.0", "id": id, "error": .object(error)], status: status)
        }
    }

    private let answer: @Sendable (Call) async throws -> HTTPResponse
    private let seen = Lock<[Call]>([])

    package init(_ answer: @escaping @Sendable (Call) async throws -> HTTPResponse) { self.answer = answer }

    /// Returns a server of the legacy era with the usual behaviour; `answer` may replace any response.
    package static func legacy(
        version: String = "2025-11-25", session: String? = nil, tools: JSONValue = [["name": "echo"]],
        _ answer: @escaping @Sendable (Call) async throws -> HTTPResponse? = { _ in nil }
    ) -> ScriptedMCPServer {
        ScriptedMCPServer { call in
            if let response = try await answer(call) { return response }
            switch (call.request.method, call.method) {
            case (.get, _), (.delete, _): return .empty(405)
            case (_, "server/discover"): return call.error(-32601, "Method not found", status: 400)
            case (_, "initialize"):
                return call.result(
                    [
                        "protocolVersion": .string(version), "capabilities": ["tools": [:]],
                        "serverInfo": ["name": "scripted", "version": "1"],
                    ], headers: session.map { [("mcp-session-id", $0)] } ?? [])
            case (_, "tools/list"): return call.result(["tools": tools])
            case (_, "tools/call"): return call.result(["content": [["type": "text", "text": "called"]]])
            default: return .empty(202)
            }
        }
    }

    /// Returns a server of the modern era with the usual behaviour; `answer` may replace any response.
    package static func modern(
        tools: JSONValue = [["name": "echo"]],
        _ answer: @escaping @Sendable (Call) async throws -> HTTPResponse? = { _ in nil }
    ) -> ScriptedMCPServer {
        ScriptedMCPServer { call in
            if let response = try await answer(call) { return response }
            switch call.method {
            case "server/discover":
                return call.result([
                    "resultType": "complete", "supportedVersions": ["2026-07-28"], "capabilities": ["tools": [:]],
                    "_meta": ["io.modelcontextprotocol/serverInfo": ["name": "scripted", "version": "2"]],
                ])
            case "tools/list": return call.result(["resultType": "complete", "tools": tools])
            case "tools/call":
                return call.result(["resultType": "complete", "content": [["type": "text", "text": "called"]]])
            default: return call.error(-32601, "Method not found", status: 404)
            }
        }
    }

    /// All requests so far.
    package var calls: [Call] { seen.withLock { $0 } }
    /// The methods of all requests; the HTTP method for a request without a message.
    package var methods: [String] { calls.map { $0.method ?? $0.request.method.rawValue } }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let call = seen.withLock { seen -> Call in
            let message = request.body.flatMap { try? JSONValue.parse($0) } ?? .null
            seen.append(Call(request: request, message: message, index: seen.count))
            return seen[seen.count - 1]
        }
        return try await answer(call)
    }
}

extension HTTPResponse {
    package static func json(
        _ value: JSONValue, status: Int = 200, headers: [(String, String)] = []
    ) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: HTTPHeaders([("content-type", "application/json")] + headers),
            body: HTTPBody(value.bytes()))
    }

    package static func empty(_ status: Int, headers: [(String, String)] = []) -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders(headers))
    }

    package static func text(_ text: String, status: Int = 200, type: String = "text/plain") -> HTTPResponse {
        HTTPResponse(status: status, headers: HTTPHeaders([("content-type", type)]), body: HTTPBody(Array(text.utf8)))
    }

    /// Returns an event stream of these chunks, which then ends, or fails with `error`.
    package static func events(_ pieces: [String], failing error: HTTPError? = nil) -> HTTPResponse {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
            for piece in pieces { stream.yield(Array(piece.utf8)) }
            stream.finish(throwing: error)
        }
        return HTTPResponse(
            status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]), body: HTTPBody(chunks: chunks))
    }

    /// Returns an event stream of these chunks, which then stays open until its reader gives up.
    package static func openEvents(_ pieces: [String]) -> HTTPResponse {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
            for piece in pieces { stream.yield(Array(piece.utf8)) }
        }
        return HTTPResponse(
            status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]), body: HTTPBody(chunks: chunks))
    }
}

/// Returns a message as a server-sent event, with the given line ends.
package func event(_ message: JSONValue, id: String? = nil, lineEnd: String = "\r\n") -> String {
    (id.map { "id: \($0)\(lineEnd)" } ?? "")
        + "event: message\(lineEnd)data: \(message.serialized())\(lineEnd)\(lineEnd)"
}
