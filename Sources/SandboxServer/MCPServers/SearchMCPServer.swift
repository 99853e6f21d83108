import ParallelJSON

/// Parallel's Search MCP server: searches and reads pages, with or without a key.
enum SearchMCPServer {
    static let server = StatelessMCPServer(
        name: "Parallel Search MCP (sandbox)",
        instructions: "Find pages with web_search, then read the best of them with web_fetch. Give every call of one "
            + "conversation the same session_id. All answers are made up.",
        tools: [
            MCPTool(
                name: "web_search",
                description: "Search the web and get the best pages with excerpts that bear on the objective.",
                annotations: SearchMCPSchemas.searchAnnotations, inputSchema: SearchMCPSchemas.searchInput,
                outputSchema: SearchMCPSchemas.searchOutput, call: search),
            MCPTool(
                name: "web_fetch",
                description: "Read web pages: excerpts that bear on the objective, or the whole text as Markdown.",
                inputSchema: SearchMCPSchemas.fetchInput, outputSchema: SearchMCPSchemas.fetchOutput, call: fetch),
        ],
        refusal: { $0.credential == .invalid ? .unauthorized : nil })

    private static func search(_ arguments: JSONObject) throws -> MCPToolResult {
        var body: JSONObject = ["mode": "basic"]
        for name in ["objective", "search_queries", "session_id"] { body[name] = arguments[name] }
        return .structured(SearchAnswer.answer(to: try SearchRequest(body: body)))
    }

    private static func fetch(_ arguments: JSONObject) throws -> MCPToolResult {
        let urls = (arguments["urls"]?.array ?? []).compactMap(\.string)
        guard (1...ExtractAnswer.maximumPages).contains(urls.count) else {
            throw MCPToolError("urls: from 1 to \(ExtractAnswer.maximumPages) URLs, not \(urls.count)")
        }
        return .structured(
            ExtractAnswer.answer(
                to: urls, objective: arguments["objective"]?.string,
                wholePages: arguments["full_content"]?.bool ?? false, sessionID: arguments["session_id"]?.string))
    }
}

extension Reply {
    /// The SDK's response to an unknown bearer token.
    static var unauthorized: Reply {
        let description = "The access token is invalid or has expired"
        var reply = Reply.json(401, ["error": "invalid_token", "error_description": .string(description)])
        reply.headers.append(("www-authenticate", "Bearer"))
        return reply
    }
}
