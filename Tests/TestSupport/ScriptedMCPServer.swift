package import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// An MCP server played by a script, for what real servers rarely do. Nothing leaves the process.
package final class ScriptedMCPServer: HTTPTransport {
    /// One request as the script sees it.
    package struct Call: Sendable {
        package let request: HTTPRequest
        /// The message in the body; null where there is none.
        package let message: JSONValue
        /// How many requests came before this one.
        package let index: Int

        package var method: String? { message["method"]?.string }
        package var id: JSONValue { message["id"] ?? .null }
        package func header(_ name: String) -> String? { request.headers[name] }

        /// A result for this very request, as JSON.
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

    /// A server of the legacy era that does what every one does, with `answer` for all that remains.
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

    /// A server of the modern era, likewise.
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

    /// Every request so far.
    package var calls: [Call] { seen.withLock { $0 } }
    /// Their methods; requests without a message by their HTTP method.
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

    /// A stream whose bytes come in these pieces; then it ends, or breaks with `error`.
    package static func events(_ pieces: [String], failing error: HTTPError? = nil) -> HTTPResponse {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
            for piece in pieces { stream.yield(Array(piece.utf8)) }
            stream.finish(throwing: error)
        }
        return HTTPResponse(
            status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]), body: HTTPBody(chunks: chunks))
    }

    /// A stream that sends `pieces` and then stays open until its reader gives up.
    package static func openEvents(_ pieces: [String]) -> HTTPResponse {
        let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
            for piece in pieces { stream.yield(Array(piece.utf8)) }
        }
        return HTTPResponse(
            status: 200, headers: HTTPHeaders([("content-type", "text/event-stream")]), body: HTTPBody(chunks: chunks))
    }
}

/// A message as an event, with the line ends given.
package func event(_ message: JSONValue, id: String? = nil, lineEnd: String = "\r\n") -> String {
    (id.map { "id: \($0)\(lineEnd)" } ?? "")
        + "event: message\(lineEnd)data: \(message.serialized())\(lineEnd)\(lineEnd)"
}
