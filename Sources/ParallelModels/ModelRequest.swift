package import ParallelAPI
import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A turn of a conversation with a model that may use MCP servers.
package struct ModelRequest: Sendable {
    /// What is said in this turn.
    package enum Input: Sendable {
        case text(String)
        /// Decisions on the calls that the last answer has asked for.
        case decisions([(approvalID: String, isAllowed: Bool)])
        /// Nothing: the last answer has only paused, and goes on.
        case continuation
    }

    package var provider: ModelProvider
    package var model: String
    package var input: Input
    /// What the model is told before the conversation.
    package var system: String?
    package var maximumTokens: Int?
    /// How much the model thinks: low, medium or high.
    package var effort: String?
    package var servers: [MCPServer] = []
    /// Whether a person is asked before each call of a tool.
    package var asksForApproval = false
    /// The revision of Anthropic's connector; nil means the newest.
    package var beta: String?
    /// The id of the answer that this turn follows.
    package var previousID: String?
    /// The messages of all turns before, for a provider that keeps no answers.
    package var messages: [JSONValue] = []
    package var isStreamed = true
    /// Tools beside the MCP servers, and members of the body, that only Parallel's own command sends.
    package var furtherTools: [JSONValue] = []
    package var furtherMembers = JSONObject()

    package init(_ provider: ModelProvider, model: String, input: Input) {
        self.provider = provider
        self.model = model
        self.input = input
    }

    /// The revisions of Anthropic's connector for MCP, newest first.
    package static let betas = ["mcp-client-2026-09-15", "mcp-client-2025-11-20", "mcp-client-2025-04-04"]
    /// The revision in which servers have no toolsets.
    private static let oldBeta = "mcp-client-2025-04-04"
    /// What Anthropic requires to be set.
    package static let usualMaximumTokens = 8_000

    /// The maximum number of servers, and of characters of input and instructions together, that Parallel takes.
    private static let maximumServers = 10
    private static let maximumInput = 20_000

    // MARK: - Limits

    /// Throws for a request that the provider refuses for certain, as far as that can be known before it is sent.
    ///
    /// - Parameter isLocal: whether the provider is a sandbox on this machine, which can reach servers here.
    package func check(isLocal: Bool) throws(InvalidRequest) {
        let title = provider.facts.title
        for server in servers {
            let url = try? HTTPURL(server.url.expanded)
            if let url, url.isLoopback, !isLocal {
                throw InvalidRequest(
                    "MCP server '\(server.name)' is on this machine, where \(title) can't reach it")
            }
            guard provider == .anthropic else { continue }
            if let url, url.scheme != "https", !isLocal {
                throw InvalidRequest("MCP server '\(server.name)': Anthropic takes https only")
            }
            if let header = server.headers.first(where: { Self.token(in: $0.value.template, $0.name) == nil }) {
                throw InvalidRequest(
                    "MCP server '\(server.name)' wants the header '\(header.name)', and Anthropic sends servers nothing "
                        + "but a bearer token")
            }
        }
        guard provider == .parallel else { return }
        if servers.count > Self.maximumServers {
            throw InvalidRequest("\(servers.count) MCP servers are given; Parallel takes \(Self.maximumServers)")
        }
        if let server = servers.first(where: { $0.allowedTools?.isEmpty == true }) {
            throw InvalidRequest("MCP server '\(server.name)' may use no tool at all, which Parallel refuses")
        }
        if case .text(let text) = input, let limit = longestText, text.unicodeScalars.count > limit {
            throw InvalidRequest(
                "the prompt has \(text.unicodeScalars.count) characters; Parallel takes \(Self.maximumInput), the text "
                    + "before the conversation included")
        }
    }

    /// The maximum number of characters of what is said now; nil if none is known.
    package var longestText: Int? {
        provider == .parallel ? max(1, Self.maximumInput - (system?.unicodeScalars.count ?? 0)) : nil
    }

    /// Returns the token of an `Authorization: Bearer` header; nil for any other header.
    private static func token(in value: String, _ header: String) -> String? {
        let scheme = "bearer "
        guard header.asciiLowercased == "authorization", value.asciiLowercased.begins(with: scheme) else { return nil }
        return String(value.dropping(bytes: scheme.utf8.count).trimmed { $0 == " " })
    }

    // MARK: - JSON

    /// The fields of the header section that this provider wants, without the key.
    var fields: [(name: String, value: String)] {
        guard provider == .anthropic else { return [] }
        let version = [("anthropic-version", "2023-06-01")]
        return servers.isEmpty ? version : version + [("anthropic-beta", beta ?? Self.betas[0])]
    }

    /// Returns the body of the request.
    package func json(_ form: MCPServer.Form) -> JSONValue {
        var body: JSONObject = ["model": .string(model)]
        let tools = servers.map { tool($0.json(form)) }
        switch provider {
        case .anthropic:
            body["max_tokens"] = .number(JSONNumber(maximumTokens ?? Self.usualMaximumTokens))
            body["system"] = system.map(JSONValue.string)
            body["messages"] = .array(allMessages)
            if !servers.isEmpty {
                body["mcp_servers"] = .array(tools)
                if beta != Self.oldBeta { body["tools"] = .array(servers.map(Self.toolset)) }
            }
        case .gemini:
            body["system_instruction"] = system.map(JSONValue.string)
            body["input"] = responsesInput
            body["generation_config"] = maximumTokens.map { ["max_output_tokens": .number(JSONNumber($0))] }
            body["tools"] = tools.isEmpty ? nil : .array(tools)
            body["previous_interaction_id"] = previousID.map(JSONValue.string)
        case .openai, .parallel, .xai:
            body["instructions"] = system.map(JSONValue.string)
            body["input"] = responsesInput
            body["max_output_tokens"] = maximumTokens.map { .number(JSONNumber($0)) }
            body["reasoning"] = effort.map { ["effort": .string($0)] }
            let all = furtherTools + tools
            body["tools"] = all.isEmpty ? nil : .array(all)
            body["previous_response_id"] = previousID.map(JSONValue.string)
            body.members += furtherMembers.members
        }
        if isStreamed { body["stream"] = true }
        return .object(body)
    }

    private var responsesInput: JSONValue {
        switch input {
        case .text(let text): .string(text)
        case .continuation: []
        case .decisions(let decisions):
            .array(
                decisions.map { decision in
                    [
                        "type": "mcp_approval_response", "approval_request_id": .string(decision.approvalID),
                        "approve": .bool(decision.isAllowed),
                    ]
                })
        }
    }

    /// The conversation with what is said now, as Anthropic gets it.
    package var allMessages: [JSONValue] {
        guard case .text(let text) = input else { return messages }
        return messages + [["role": "user", "content": .string(text)]]
    }

    /// Returns a server as the provider wants it, made from its URL, headers and allowed tools.
    private func tool(_ server: JSONValue) -> JSONValue {
        let (name, url, headers) = (server["name"] ?? .null, server["url"] ?? .null, server["headers"])
        let allowed = server["allowed_tools"]
        var tool: JSONObject
        switch provider {
        case .anthropic:
            tool = ["type": "url", "url": url, "name": name]
            let tokens = (headers?.object ?? [:]).compactMap { Self.token(in: $0.value.string ?? "", $0.key) }
            tool["authorization_token"] = tokens.first.map(JSONValue.string)
            if beta == Self.oldBeta, let allowed {
                tool["tool_configuration"] = ["enabled": true, "allowed_tools": allowed]
            }
        case .gemini:
            tool = ["type": "mcp_server", "name": name, "url": url]
            tool["headers"] = headers
            tool["allowed_tools"] = allowed.map { [["mode": "auto", "tools": $0]] }
        case .openai, .parallel, .xai:
            tool = ["type": "mcp", "server_label": name, "server_url": url]
            tool["headers"] = headers
            tool["allowed_tools"] = allowed
            tool["require_approval"] = asksForApproval ? "always" : "never"
        }
        return .object(tool)
    }

    private static func toolset(_ server: MCPServer) -> JSONValue {
        var toolset: JSONObject = ["type": "mcp_toolset", "mcp_server_name": .string(server.name)]
        if let allowed = server.allowedTools {
            toolset["default_config"] = ["enabled": false]
            toolset["configs"] = .object(JSONObject(allowed.map { ($0, ["enabled": true]) }))
        }
        return .object(toolset)
    }
}
