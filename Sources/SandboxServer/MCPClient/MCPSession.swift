import ParallelJSON

/// Why a server could not be talked to, or what it answered instead of a result.
struct MCPError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A conversation with one MCP server over Streamable HTTP, as revision 2025-06-18 has it: `initialize`, `initialized`,
/// `tools/list`, `tools/call`, `DELETE` where there is a session.
struct MCPSession {
    static let protocolVersion = "2025-06-18"
    /// Bound on the pages of one `tools/list`.
    static let maximumPages = 100

    let server: MCPServerEntry
    let timeout: Duration
    private var sessionID: String?
    private var negotiatedVersion: String?
    private var lastID = 0

    init(server: MCPServerEntry, timeout: Duration) {
        self.server = server
        self.timeout = timeout
    }

    /// Opens the session and returns every tool of every page.
    mutating func listTools() async throws -> [JSONValue] {
        let hello = try await request(
            "initialize",
            [
                "protocolVersion": .string(Self.protocolVersion), "capabilities": [:],
                "clientInfo": ["name": "parallel-sandbox", "version": .string(SandboxVersion.number)],
            ])
        negotiatedVersion = hello["protocolVersion"]?.string ?? Self.protocolVersion
        try await notify("notifications/initialized")
        guard hello["capabilities"]?["tools"] != nil else { return [] }

        var tools: [JSONValue] = []
        var cursors: Set<String> = []
        var parameters: JSONObject = [:]
        for _ in 0..<Self.maximumPages {
            let page = try await request("tools/list", .object(parameters))
            tools += page["tools"]?.array ?? []
            guard let cursor = page["nextCursor"]?.string else { return tools }
            guard cursors.insert(cursor).inserted else {
                throw MCPError("tools/list gave the cursor '\(cursor)' twice")
            }
            parameters["cursor"] = .string(cursor)
        }
        throw MCPError("tools/list has more than \(Self.maximumPages) pages")
    }

    mutating func callTool(_ name: String, arguments: JSONValue) async throws -> JSONValue {
        try await request("tools/call", ["name": .string(name), "arguments": arguments])
    }

    /// Gives the session back; servers may not offer that, so the answer does not matter.
    func end() async {
        guard sessionID != nil else { return }
        _ = try? await withTimeout(timeout) {
            let exchange = try await send("DELETE", body: nil)
            exchange.close()
        }
    }

    // MARK: - JSON-RPC

    private mutating func request(_ method: String, _ parameters: JSONValue) async throws -> JSONValue {
        lastID += 1
        let id = JSONValue.number(JSONNumber(lastID))
        let message: JSONValue = ["jsonrpc": "2.0", "id": id, "method": .string(method), "params": parameters]
        let session = self
        let (answer, newSession) = try await withTimeout(timeout) {
            try await session.exchange(message, id: id, method: method)
        }
        if let newSession { sessionID = newSession }
        if let error = answer["error"] {
            throw MCPError(error["message"]?.string ?? error.string ?? error.serialized())
        }
        guard let result = answer["result"] else { throw MCPError("\(method) was answered with no JSON-RPC result") }
        return result
    }

    private func notify(_ method: String) async throws {
        try await post(["jsonrpc": "2.0", "method": .string(method)])
    }

    /// Sends a message that no answer belongs to.
    private func post(_ message: JSONValue) async throws {
        try await withTimeout(timeout) {
            let exchange = try await send("POST", body: message)
            defer { exchange.close() }
            guard (200..<300).contains(exchange.status) else { throw MCPError("HTTP status \(exchange.status)") }
        }
    }

    /// The answer to `message` and the session id the server gave, whichever of the two body types it chose.
    private func exchange(
        _ message: JSONValue, id: JSONValue, method: String
    ) async throws -> (answer: JSONValue, sessionID: String?) {
        var exchange = try await send("POST", body: message)
        defer { exchange.close() }
        guard (200..<300).contains(exchange.status) else {
            let body = String(decoding: try await exchange.collectBody(), as: UTF8.self)
            throw MCPError("\(method) got HTTP status \(exchange.status) \(body.prefix(200))")
        }
        let newSession = exchange.headers["mcp-session-id"]
        let mediaType = (exchange.headers["content-type"] ?? "").prefix { $0 != ";" }.lowercased()
        guard mediaType == "text/event-stream" else {
            return (try JSONValue.parse(try await exchange.collectBody()), newSession)
        }
        var reader = EventStreamReader()
        while let bytes = try await exchange.nextBytes() {
            for data in reader.feed(bytes) where !data.isEmpty {
                let event = try JSONValue.parse(data)
                if let asked = event["method"]?.string {
                    if let number = event["id"] { try await answer(asked, number) }
                } else if event["id"] == id || event["error"] != nil {
                    return (event, newSession)
                }
            }
        }
        throw MCPError("the stream ended before the answer to \(method)")
    }

    /// Answers what a server asks in the middle of a stream, or it would wait for ever.
    private func answer(_ method: String, _ id: JSONValue) async throws {
        if method == "ping" {
            try await post(["jsonrpc": "2.0", "id": id, "result": [:]])
        } else {
            try await post(["jsonrpc": "2.0", "id": id, "error": ["code": -32601, "message": "Method not found"]])
        }
    }

    private func send(_ method: String, body: JSONValue?) async throws -> HTTPExchange {
        var headers = server.headers
        headers.append(("accept", "application/json, text/event-stream"))
        if body != nil { headers.append(("content-type", "application/json")) }
        if let sessionID { headers.append(("mcp-session-id", sessionID)) }
        if let negotiatedVersion { headers.append(("mcp-protocol-version", negotiatedVersion)) }
        return try await HTTPExchange.open(method, server.url, headers: headers, body: body?.bytes() ?? [])
    }
}
