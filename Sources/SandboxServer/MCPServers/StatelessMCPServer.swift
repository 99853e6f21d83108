import ParallelJSON
import ParallelSystem

/// An MCP server over Streamable HTTP that behaves like the Python SDK 1.x without sessions and with JSON responses:
/// every request is independent, so a tool may be called without a handshake.
struct StatelessMCPServer: Sendable {
    /// The supported protocol versions, oldest first.
    static let versions = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]

    let name: String
    /// What a model should know about the tools as a whole.
    let instructions: String
    let tools: [MCPTool]
    /// Returns the response that refuses a request because of its key; nil if the key is accepted.
    let refusal: @Sendable (Request) -> Reply?

    /// Returns the route for the server at `path`. It takes every method and checks the key itself.
    func route(at path: String) -> Route {
        Route("*", path, needsKey: false) { request, _ in await answer(request) }
    }

    /// Responds to a request; checks it in the same order as the SDK.
    private func answer(_ request: Request) async -> Reply {
        guard request.method == "POST" else { return Self.wrongMethod }
        if let refusal = refusal(request) { return refusal }
        guard request.headers["content-type"]?.lowercased().begins(with: "application/json") == true else {
            return Self.refusedHeader(400, "Content-Type")
        }
        guard let host = request.headers["host"], Self.isLocal(host) else { return Self.refusedHeader(421, "Host") }
        if let origin = request.headers["origin"] {
            guard origin.begins(with: "http://"), Self.isLocal(origin.dropFirst(7)) else {
                return Self.refusedHeader(403, "Origin")
            }
        }
        guard Self.acceptsBothTypes(request) else {
            return Self.refused(
                406, -32600, "Not Acceptable: Client must accept both application/json and text/event-stream")
        }
        let body: JSONValue
        do {
            body = try JSONValue.parse(request.body)
        } catch {
            return Self.refused(400, -32700, "Parse error: \(error.description)")
        }
        guard let message = JSONRPCMessage(body) else {
            return Self.refused(400, -32602, "Validation error: not one JSON-RPC 2.0 request, notification or response")
        }
        if message.method != "initialize", let version = request.headers["mcp-protocol-version"],
            !Self.versions.contains(version)
        {
            let known = Self.versions.joined(separator: ", ")
            return Self.refused(
                400, -32600, "Bad Request: Unsupported protocol version: \(version). Supported versions: \(known)")
        }
        guard let id = message.id, let method = message.method else { return .json(202, text: []) }
        var response: JSONObject = ["jsonrpc": "2.0", "id": id]
        do {
            response["result"] = try await result(of: method, message.parameters, in: request)
        } catch {
            response["error"] = error.json
        }
        return .json(200, .object(response))
    }

    // MARK: - Methods

    private func result(
        of method: String, _ parameters: JSONObject, in request: Request
    ) async throws(JSONRPCError) -> JSONValue {
        switch method {
        case "initialize":
            guard let version = parameters["protocolVersion"]?.string, parameters["capabilities"]?.object != nil,
                parameters["clientInfo"]?["name"]?.string != nil, parameters["clientInfo"]?["version"]?.string != nil
            else { throw .invalidParameters }
            let agreed = Self.versions.contains(version) ? version : Self.versions.last ?? version
            return [
                "protocolVersion": .string(agreed),
                "capabilities": ["experimental": [:], "tools": ["listChanged": false]],
                "serverInfo": ["name": .string(name), "version": .string(SandboxVersion.number)],
                "instructions": .string(instructions),
            ]
        case "ping":
            return [:]
        case "tools/list":
            return ["tools": .array(tools.map(\.json))]
        case "tools/call":
            guard let tool = parameters["name"]?.string, let arguments = parameters.optionalObject("arguments") else {
                throw .invalidParameters
            }
            return await call(tool, arguments, request).json
        default:
            // The SDK selects the type of a request by its method, so it reports an unknown method as invalid
            // parameters.
            throw .invalidParameters
        }
    }

    /// Calls a tool; its errors are results too, for the model to read.
    private func call(_ name: String, _ arguments: JSONObject, _ request: Request) async -> MCPToolResult {
        guard let tool = tools.first(where: { $0.name == name }) else { return .error("Unknown tool: \(name)") }
        do {
            try tool.check(arguments)
            return try await tool.call(arguments, request)
        } catch {
            return .error("Error executing tool \(name): \(error)")
        }
    }

    // MARK: - HTTP

    private static func acceptsBothTypes(_ request: Request) -> Bool {
        let types = (request.headers["accept"] ?? "").split(separator: ",").map { $0.drop { $0 == " " } }
        return ["application/json", "text/event-stream"].allSatisfy { name in
            types.contains { $0.begins(with: name) }
        }
    }

    /// Whether a Host or Origin is this machine by name; a foreign name that resolves to this machine (DNS rebinding)
    /// is not.
    private static func isLocal(_ authority: some StringProtocol) -> Bool {
        ["127.0.0.1:", "localhost:", "[::1]:"].contains { authority.begins(with: $0) }
    }

    private static func refusedHeader(_ status: Int, _ name: String) -> Reply {
        Reply(status: status, headers: [], body: .bytes(Array("Invalid \(name) header".utf8)))
    }

    /// Returns the error for a request that is no JSON-RPC request; the SDK uses a fixed id for these.
    static func refused(_ status: Int, _ code: Int, _ message: String) -> Reply {
        let error = JSONRPCError(code: code, message: message)
        return .json(status, ["jsonrpc": "2.0", "id": "server-error", "error": error.json])
    }

    private static let wrongMethod: Reply = {
        let error = JSONRPCError(code: -32000, message: "Method not allowed.")
        var reply = Reply.json(405, ["jsonrpc": "2.0", "id": nil, "error": error.json])
        reply.headers.append(("allow", "POST"))
        return reply
    }()
}

/// A request, a notification (without id) or a response (without method).
private struct JSONRPCMessage {
    var id: JSONValue?
    var method: String?
    var parameters: JSONObject = [:]

    init?(_ value: JSONValue) {
        guard value["jsonrpc"] == "2.0" else { return nil }
        id = value["id"]
        method = value["method"]?.string
        if let id, id.string == nil, id.int == nil { return nil }
        if method != nil {
            guard let object = value.object?.optionalObject("params") else { return nil }
            parameters = object
        } else if id == nil || value["result"] == nil && value["error"] == nil {
            return nil
        }
    }
}

extension JSONObject {
    /// Returns the object at `key`, empty if it is absent or null; nil if it is something else.
    fileprivate func optionalObject(_ key: String) -> JSONObject? {
        guard let value = self[key], !value.isNull else { return [:] }
        return value.object
    }
}

private struct JSONRPCError: Error {
    var code: Int
    var message: String
    var data: JSONValue?

    var json: JSONValue {
        var error: JSONObject = ["code": .number(JSONNumber(code)), "message": .string(message)]
        error["data"] = data
        return .object(error)
    }

    static let invalidParameters = JSONRPCError(code: -32602, message: "Invalid request parameters", data: "")
}
