import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// What servers offer: tools, resources, prompts.
extension MCPClient {
    /// A list over all its pages.
    package struct Listing: Sendable {
        /// The first page's result with the elements of all of them.
        package var json: JSONValue
        package var elements: [JSONValue]
    }

    /// The kinds of lists: method, member of the result, capability that it needs.
    package enum ListKind: Sendable {
        case tools, resources, resourceTemplates, prompts

        var method: String {
            switch self {
            case .tools: "tools/list"
            case .resources: "resources/list"
            case .resourceTemplates: "resources/templates/list"
            case .prompts: "prompts/list"
            }
        }

        var member: String {
            switch self {
            case .tools: "tools"
            case .resources: "resources"
            case .resourceTemplates: "resourceTemplates"
            case .prompts: "prompts"
            }
        }

        var capability: String { self == .resourceTemplates ? "resources" : member }
    }

    /// A server that gives more pages, elements or bytes than these doesn't stop.
    private static let maximumPages = 1_000
    private static let maximumElements = 100_000
    private static let maximumBytes = HTTPRequest.usualBodyBytes

    /// All elements of a list; none where the server does not offer it.
    package func list(_ kind: ListKind) async throws -> Listing {
        var listing = Listing(json: .object([:]), elements: []).joined(kind.member)
        if conversation?.lacks(kind.capability) == true { return listing }
        var params: JSONObject = [:]
        var cursors: Set<ExactText> = []
        var byteCount = 0
        for page in 0..<Self.maximumPages {
            let result: JSONValue
            do {
                result = try await request(kind.method, params)
            } catch let error as MCPError where error.code == MCPErrorCode.methodNotFound && page == 0 {
                return listing
            }
            guard let elements = result[kind.member]?.array else {
                throw MCPError(.notMCP, "'\(endpoint.name)' answered \(kind.method) with no '\(kind.member)'")
            }
            if page == 0 { listing.json = result }
            listing.elements += elements
            byteCount += result.bytes().count
            if listing.elements.count > Self.maximumElements || byteCount > Self.maximumBytes {
                let most = "\(Self.maximumElements) elements or \(Self.maximumBytes >> 20) MiB"
                throw MCPError(.notMCP, "'\(endpoint.name)' has more than \(most) in \(kind.method)")
            }
            // Only an absent cursor ends the list: the empty string is one too.
            guard let cursor = result["nextCursor"]?.string else { return listing.joined(kind.member) }
            guard cursors.insert(ExactText(cursor)).inserted else {
                throw MCPError(.notMCP, "'\(endpoint.name)' gave the same cursor twice in \(kind.method)")
            }
            params["cursor"] = .string(cursor)
        }
        throw MCPError(.notMCP, "'\(endpoint.name)' has more than \(Self.maximumPages) pages in \(kind.method)")
    }

    /// The tools with their list as the server gave it, apart from those that must not be used.
    package func tools() async throws -> (tools: [MCPTool], listing: Listing) {
        var listing = try await list(.tools)
        if conversation?.era == .modern {
            listing.elements.removeAll { element in
                guard let reason = Self.headerFault(in: element) else { return false }
                onNotice(.dropped(tool: element["name"]?.string ?? "", reason: reason))
                return true
            }
            listing = listing.joined("tools")
        }
        return (listing.elements.compactMap(MCPTool.init), listing)
    }

    private static func headerFault(in tool: JSONValue) -> String? {
        do throws(ParameterHeaders.Invalid) {
            _ = try ParameterHeaders(inputSchema: tool["inputSchema"])
            return nil
        } catch {
            return error.reason
        }
    }

    /// Calls a tool and gives its result, which may say that the tool failed (`isError`).
    ///
    /// - Parameters:
    ///   - tool: its description, from which the modern era needs to know the parameters that go into header fields.
    ///   - limit: nil for ever.
    ///   - isRepeatable: whether the call may be sent again where no answer came, as it only asks for something.
    package func call(
        _ name: String, _ arguments: JSONObject, tool: MCPTool?, limit: Duration?, isRepeatable: Bool = false
    ) async throws -> JSONValue {
        if let tool, tool.needsTask {
            throw MCPError(.unsupported, "the tool '\(name)' can only be called as an MCP task, which is not supported")
        }
        do {
            return try await call(name, arguments, schema: tool?.inputSchema, limit, isRepeatable)
        } catch let error as MCPError where isHeaderMismatch(error) {
            // The schema has changed since it was read.
            let tool = try await tools().tools.first { $0.name.isExactly(name) }
            return try await call(name, arguments, schema: tool?.inputSchema, limit, isRepeatable)
        }
    }

    /// Whether a call was refused for its header section before anything was done. Elsewhere than in a refusal of the
    /// modern era the code may mean anything.
    private func isHeaderMismatch(_ error: MCPError) -> Bool {
        error.code == MCPErrorCode.headerMismatch && error.status == 400 && conversation?.era == .modern
    }

    private func call(
        _ name: String, _ arguments: JSONObject, schema: JSONValue?, _ limit: Duration?, _ isRepeatable: Bool
    ) async throws -> JSONValue {
        var options = named(name)
        if conversation?.era == .modern, let headers = try? ParameterHeaders(inputSchema: schema) {
            options.fields += headers.fields(for: arguments)
        }
        options.resend = isRepeatable ? .safe : .never
        options.callLimit = .some(limit)
        let params: JSONObject = ["name": .string(name), "arguments": .object(arguments)]
        let result = try await request("tools/call", params, options)
        // A tool that fails may repeat what it was sent; a result is the user's own data.
        return result["isError"]?.bool == true ? endpoint.hidingSecrets(in: result) : result
    }

    /// The contents of a resource (`resources/read`).
    package func readResource(_ uri: String) async throws -> JSONValue {
        try await request("resources/read", ["uri": .string(uri)], named(uri))
    }

    /// The messages of a prompt (`prompts/get`).
    package func prompt(_ name: String, arguments: [(name: String, value: String)]) async throws -> JSONValue {
        var params: JSONObject = ["name": .string(name)]
        if !arguments.isEmpty {
            params["arguments"] = .object(JSONObject(arguments.map { ($0.name, .string($0.value)) }))
        }
        return try await request("prompts/get", params, named(name))
    }

    /// What the modern era repeats in the field `Mcp-Name`.
    private func named(_ name: String) -> RequestOptions {
        guard conversation?.era == .modern else { return RequestOptions() }
        return RequestOptions(fields: [("mcp-name", HeaderText.encoded(name))])
    }
}

extension MCPClient.Listing {
    /// With `json` holding all the elements and no cursor.
    fileprivate func joined(_ member: String) -> MCPClient.Listing {
        var object = json.object ?? [:]
        object[member] = .array(elements)
        object["nextCursor"] = nil
        return MCPClient.Listing(json: .object(object), elements: elements)
    }
}
