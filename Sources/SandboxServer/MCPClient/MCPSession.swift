import ParallelJSON

/// The reason why a request to an MCP server failed, or the error that the server returned.
struct MCPError: Error, CustomStringConvertible {
    let description: String
    /// The HTTP status of the server's answer, if that is the error.
    let status: Int?
    /// The code of the server's JSON-RPC error, if that is the error.
    let code: Int?

    init(_ description: String, status: Int? = nil, code: Int? = nil) {
        self.description = description
        self.status = status
        self.code = code
    }
}

/// A session with an MCP server over Streamable HTTP, revision 2025-06-18: `initialize`, `initialized`, `tools/list`,
/// `tools/call`, and `DELETE` if the server gave a session id.
struct MCPSession {
    static let protocolVersion = "2025-06-18"
    /// The maximum number of pages of one `tools/list`.
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

    /// Opens the session and returns the tools of all pages.
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

    /// Ends the session. Servers need not support that, so the response is ignored.
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
            throw MCPError(
                error["message"]?.string ?? error.string ?? error.serialized(), code: error["code"]?.int ?? 0)
        }
        guard let result = answer["result"] else { throw MCPError("\(method) was answered with no JSON-RPC result") }
        return result
    }

    private func notify(_ method: String) async throws {
        try await post(["jsonrpc": "2.0", "method": .string(method)])
    }

    /// Sends a message that expects no response.
    private func post(_ message: JSONValue) async throws {
        try await withTimeout(timeout) {
            let exchange = try await send("POST", body: message)
            defer { exchange.close() }
            guard (200..<300).contains(exchange.status) else {
                throw MCPError("HTTP status \(exchange.status)", status: exchange.status)
            }
        }
    }

    /// Returns the response to `message`, from a JSON body or an event stream, and the session id, if the server gave
    /// one.
    private func exchange(
        _ message: JSONValue, id: JSONValue, method: String
    ) async throws -> (answer: JSONValue, sessionID: String?) {
        var exchange = try await send("POST", body: message)
        defer { exchange.close() }
        guard (200..<300).contains(exchange.status) else {
            let body = String(decoding: try await exchange.collectBody(), as: UTF8.self)
            throw MCPError(
                "\(method) got HTTP status \(exchange.status) \(body.prefix(200))", status: exchange.status)
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

    /// Responds to a server's request within a stream; otherwise the server would wait forever.
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
