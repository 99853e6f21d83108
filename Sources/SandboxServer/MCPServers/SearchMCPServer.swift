import ParallelJSON

/// Parallel's MCP servers that search and read pages, with or without a key.
enum SearchMCPServer {
    /// The search server, whose searches can be set by the connection.
    static let search = server("Parallel Search MCP (sandbox)", settings: SearchConnection.settings)

    /// The server with all of Parallel's tools, of which there are two here.
    static let unified = server("Parallel MCP (sandbox)", settings: SearchConnection.defaults)

    /// - Parameter settings: returns the settings of searches that a request comes with.
    private static func server(
        _ name: String, settings: @escaping @Sendable (Request) throws(APIFailure) -> JSONObject
    ) -> StatelessMCPServer {
        StatelessMCPServer(
            name: name,
            instructions:
                "Find pages with web_search, then read the best of them with web_fetch. Give every call of one "
                + "conversation the same session_id. All answers are made up.",
            tools: [
                MCPTool(
                    name: "web_search",
                    description: "Search the web and get the best pages with excerpts that bear on the objective.",
                    annotations: SearchMCPSchemas.searchAnnotations, inputSchema: SearchMCPSchemas.searchInput,
                    outputSchema: SearchMCPSchemas.searchOutput
                ) { arguments, request in try search(arguments, settings(request)) },
                MCPTool(
                    name: "web_fetch",
                    description:
                        "Read web pages: excerpts that bear on the objective, or the whole text as Markdown.",
                    inputSchema: SearchMCPSchemas.fetchInput, outputSchema: SearchMCPSchemas.fetchOutput
                ) { arguments, _ in try fetch(arguments) },
            ],
            refusal: { request in
                if request.credential == .invalid { return .unauthorized }
                do {
                    _ = try settings(request)
                    return nil
                } catch {
                    return StatelessMCPServer.refused(400, -32602, "\(error)")
                }
            })
    }

    private static func search(_ arguments: JSONObject, _ settings: JSONObject) throws -> MCPToolResult {
        var body = settings
        for name in ["objective", "search_queries", "session_id"] { body[name] = arguments[name] ?? body[name] }
        let isCheap = ["turbo", "fast"].contains(settings["mode"]?.string ?? "")
        let answer = SearchAnswer.answer(to: try SearchRequest(body: body))
        let search: JSONValue = ["name": "sku_search", "count": 1, "cost_usd": isCheap ? 0.001 : 0.005]
        // What the other items cost is not known.
        return .structured(answer, usage: [search] + (answer["usage"]?.array ?? []).dropFirst())
    }

    /// The maximum length of what `web_fetch` looks for, which only its description states.
    private static let maximumObjectiveLength = 200

    private static func fetch(_ arguments: JSONObject) throws -> MCPToolResult {
        let urls = (arguments["urls"]?.array ?? []).compactMap(\.string)
        guard (1...ExtractRequest.maximumPages).contains(urls.count) else {
            throw MCPToolError("urls: from 1 to \(ExtractRequest.maximumPages) URLs, not \(urls.count)")
        }
        let objective = arguments["objective"]?.string
        guard objective?.hasMoreScalars(than: maximumObjectiveLength) != true else {
            throw MCPToolError("objective: at most \(maximumObjectiveLength) characters")
        }
        return .structured(
            ExtractAnswer.answer(
                to: urls, objective: objective,
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
