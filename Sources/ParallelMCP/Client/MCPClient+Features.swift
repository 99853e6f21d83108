import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// The features of a server: tools, resources, prompts.
extension MCPClient {
    /// A list with the elements of all its pages.
    package struct Listing: Sendable {
        /// The result for the first page, with the elements of all pages.
        package var json: JSONValue
        package var elements: [JSONValue]
    }

    /// A kind of list: its method, its member in the result, and the capability that it needs.
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

    /// The maximum size of a list. A server that sends more would probably never stop.
    private static let maximumPages = 1_000
    private static let maximumElements = 100_000
    private static let maximumBytes = HTTPRequest.usualBodyBytes

    /// Returns all elements of a list; an empty one if the server does not have this feature.
    ///
    /// The server is asked whatever it says of its capabilities, because servers forget to name them.
    package func list(_ kind: ListKind) async throws -> Listing {
        var listing = Listing(json: .object([:]), elements: []).joined(kind.member)
        let isLacking = session?.lacks(kind.capability) == true
        var params: JSONObject = [:]
        var cursors: Set<ExactText> = []
        var byteCount = 0
        for page in 0..<Self.maximumPages {
            let result: JSONValue
            let elements: [JSONValue]
            do {
                result = try await request(kind.method, params)
                guard let array = result[kind.member]?.array else {
                    throw MCPError(.notMCP, "'\(endpoint.name)' answered \(kind.method) with no '\(kind.member)'")
                }
                elements = array
            } catch let error as MCPError
                where page == 0 && error.kind != .unauthorized
                && (error.code == MCPErrorCode.methodNotFound || isLacking && (error.code != nil || kind != .tools))
            {
                return listing
            } catch is MCPError where params["cursor"] == "" {
                noteIncomplete(kind, "an empty cursor, which it does not accept itself")
                return listing.joined(kind.member)
            }
            if page == 0 { listing.json = result }
            // Only an absent cursor ends the list, because the empty string is a cursor, too.
            let cursor = result["nextCursor"] ?? .null
            let isNew = cursor.string.map { cursors.insert(ExactText($0)).inserted } ?? false
            if isNew || cursor.isNull {
                listing.elements += elements
            } else {
                // A server that gives a cursor again has perhaps begun anew, and sent what it had sent before.
                let known = Set(listing.elements.map { ExactText($0.serialized()) })
                listing.elements += elements.filter { !known.contains(ExactText($0.serialized())) }
                noteIncomplete(kind, cursor.string == nil ? "a cursor that is no text" : "the same cursor twice")
            }
            byteCount += result.bytes().count
            if listing.elements.count > Self.maximumElements || byteCount > Self.maximumBytes {
                let most = "\(Self.maximumElements) elements or \(Self.maximumBytes >> 20) MiB"
                throw MCPError(.notMCP, "'\(endpoint.name)' has more than \(most) in \(kind.method)")
            }
            guard isNew else { return listing.joined(kind.member) }
            params["cursor"] = cursor
        }
        throw MCPError(.notMCP, "'\(endpoint.name)' has more than \(Self.maximumPages) pages in \(kind.method)")
    }

    private func noteIncomplete(_ kind: ListKind, _ cursor: String) {
        onNotice(
            .oddAnswer("'\(endpoint.name)' gave \(cursor) in \(kind.method); the list ends there"))
    }

    /// Returns the tools, and the list as the server sent it, without tools that must not be used.
    package func tools() async throws -> (tools: [MCPTool], listing: Listing) {
        var listing = try await list(.tools)
        if session?.era == .modern {
            listing.elements.removeAll { element in
                guard let reason = Self.headerProblem(in: element) else { return false }
                onNotice(.dropped(tool: element["name"]?.string ?? "", reason: reason))
                return true
            }
            listing = listing.joined("tools")
        }
        return (listing.elements.compactMap(MCPTool.init), listing)
    }

    private static func headerProblem(in tool: JSONValue) -> String? {
        do throws(ParameterHeaders.Invalid) {
            _ = try ParameterHeaders(inputSchema: tool["inputSchema"])
            return nil
        } catch {
            return error.reason
        }
    }

    /// Calls a tool and returns its result, which may say that the tool failed (`isError`).
    ///
    /// - Parameters:
    ///   - tool: the description of the tool, which the modern era needs for the parameters in header fields.
    ///   - limit: the time limit; nil means none.
    ///   - isRepeatable: whether the call only reads, so that it may be sent again if no answer came.
    package func call(
        _ name: String, _ arguments: JSONObject, tool: MCPTool?, limit: Duration?, isRepeatable: Bool = false
    ) async throws -> JSONValue {
        if let tool, tool.needsTask {
            throw MCPError(.unsupported, "the tool '\(name)' can only be called as an MCP task, which is not supported")
        }
        do {
            return try await call(name, arguments, schema: tool?.inputSchema, limit, isRepeatable)
        } catch let error as MCPError where isHeaderMismatch(error) {
            // The schema has changed since it was read, so the tool is looked up again.
            let tool = try await tools().tools.first { $0.name.isExactly(name) }
            return try await call(name, arguments, schema: tool?.inputSchema, limit, isRepeatable)
        }
    }

    /// Whether a call was refused because of its header section, before anything was done. The code has this meaning
    /// only with the status 400 in the modern era.
    private func isHeaderMismatch(_ error: MCPError) -> Bool {
        error.code == MCPErrorCode.headerMismatch && error.status == 400 && session?.era == .modern
    }

    private func call(
        _ name: String, _ arguments: JSONObject, schema: JSONValue?, _ limit: Duration?, _ isRepeatable: Bool
    ) async throws -> JSONValue {
        var options = named(name)
        if session?.era == .modern, let headers = try? ParameterHeaders(inputSchema: schema) {
            options.fields += headers.fields(for: arguments)
        }
        options.resend = isRepeatable ? .safe : .never
        options.callLimit = .some(limit)
        let params: JSONObject = ["name": .string(name), "arguments": .object(arguments)]
        let result = try await request("tools/call", params, options)
        // The message of a failed tool may repeat secrets that the tool was sent; a result is the user's own data.
        return result.saysToolFailed ? result.masked(endpoint.secrets) : result
    }

    /// Returns the contents of a resource (`resources/read`).
    package func readResource(_ uri: String) async throws -> JSONValue {
        try await request("resources/read", ["uri": .string(uri)], named(uri))
    }

    /// Returns the messages of a prompt (`prompts/get`).
    package func prompt(_ name: String, arguments: [(name: String, value: String)]) async throws -> JSONValue {
        var params: JSONObject = ["name": .string(name)]
        if !arguments.isEmpty {
            params["arguments"] = .object(JSONObject(arguments.map { ($0.name, .string($0.value)) }))
        }
        return try await request("prompts/get", params, named(name))
    }

    /// Returns options with the field `Mcp-Name`, in which the modern era repeats the name.
    private func named(_ name: String) -> RequestOptions {
        guard session?.era == .modern else { return RequestOptions() }
        return RequestOptions(fields: [("mcp-name", HeaderText.encoded(name))])
    }
}

extension MCPClient.Listing {
    /// Returns the list with `json` holding all elements and no cursor.
    fileprivate func joined(_ member: String) -> MCPClient.Listing {
        var object = json.object ?? [:]
        object[member] = .array(elements)
        object["nextCursor"] = nil
        return MCPClient.Listing(json: .object(object), elements: elements)
    }
}
