import ParallelHTTP
package import ParallelJSON
import ParallelSettings

/// The request for a run (`TaskRunInput`) as foreign JSON.
package struct TaskRunInput: Sendable {
    package var json: JSONObject

    package init(_ json: JSONObject) { self.json = json }

    /// The values of the `parallel-beta` header that its features call for.
    package var betas: [String] {
        [
            servers.isEmpty ? nil : Beta.mcpServers, json["enable_events"]?.bool == true ? Beta.events : nil,
            (json["webhook"] ?? .null).isNull ? nil : Beta.webhooks,
        ].compactMap(\.self)
    }

    /// The request with MCP servers' header values and their URLs' query values hidden.
    package var masked: JSONObject {
        guard !servers.isEmpty else { return json }
        var masked = json
        masked["mcp_servers"] = .array(
            servers.map { server in
                guard var object = server.object else { return server }
                if let url = object["url"]?.string { object["url"] = .string(SecretMask.url(url)) }
                if let headers = object["headers"]?.object {
                    let shown = headers.map { (SecretMask.headerName($0.key), JSONValue.string(SecretMask.hidden)) }
                    object["headers"] = .object(JSONObject(shown))
                }
                return .object(object)
            })
        return masked
    }

    /// The secret values in the request.
    package var secrets: [String] {
        let webhook = json["webhook"]?["url"]?.string.map(AddressMask.secrets) ?? []
        return webhook
            + servers.flatMap { server in
                func reference(_ value: JSONValue?) -> MCPServer.Reference {
                    MCPServer.Reference(template: value?.string ?? "", expanded: value?.string ?? "")
                }
                let headers = (server["headers"]?.object ?? [:]).map { (name: $0.key, value: reference($0.value)) }
                return MCPServer(name: "", url: reference(server["url"]), headers: headers, allowedTools: nil).secrets
            }
    }

    private var servers: [JSONValue] { json["mcp_servers"]?.array ?? [] }
}

/// Values of the `parallel-beta` header: MCP servers, events and webhooks need one each.
enum Beta {
    static let mcpServers = "mcp-server-2025-07-17"
    static let events = "events-sse-2025-07-24"
    static let webhooks = "webhook-2025-08-12"
}
