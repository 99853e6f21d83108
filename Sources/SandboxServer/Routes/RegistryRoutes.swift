import ParallelJSON
import ParallelSystem

/// `/v0.1/servers…`: a registry of MCP servers with a few that don't exist, in the form of the public one (2025-12-11).
enum RegistryRoutes {
    static let routes = [
        Route("GET", "/v0.1/servers", needsKey: false) { request, _ in
            let word = request.query["search"] ?? ""
            let limit = request.query["limit"].flatMap { Int($0) } ?? 30
            let found = servers(for: request).filter { server in
                let name = server["server"]?["name"]?.string ?? ""
                return name.utf8.indices.contains { name[$0...].begins(with: word) }
            }
            let page = Array(found.prefix(max(1, limit)))
            return .json(200, ["servers": .array(page), "metadata": ["count": .number(JSONNumber(page.count))]])
        },
        Route("GET", "/v0.1/servers/*/versions/*", needsKey: false) { request, parameters in
            let decoded = PercentEncoding.decode(parameters[0].utf8).bytes
            let name = String(decoding: decoded, as: UTF8.self)
            let server = servers(for: request).first { server in
                server["server"]?["name"]?.string == name
                    && (parameters[1] == "latest" || server["server"]?["version"]?.string == parameters[1])
            }
            return server.map { .json(200, $0) } ?? .json(404, ["error": "Server not found"])
        },
    ]

    /// The servers: one to fill in, the sandbox's own, and each kind that can't be used.
    private static func servers(for request: Request) -> [JSONValue] {
        let own = "http://\(request.headers["host"] ?? "127.0.0.1")/mcp/search"
        let tenant: JSONValue = ["description": "Your region", "isRequired": true, "choices": ["eu", "us"]]
        let key: JSONValue = ["description": "Key from the settings page", "isRequired": true, "isSecret": true]
        return [
            server(
                "com.example/crm",
                remotes: [
                    ["type": "sse", "url": "https://crm.example.com/sse"],
                    [
                        "type": "streamable-http", "url": "https://{tenant}.crm.example.com/mcp",
                        "variables": ["tenant": tenant],
                        "headers": [
                            [
                                "name": "Authorization", "isRequired": true, "isSecret": true,
                                "value": "Bearer {api_key}", "variables": ["api_key": key],
                            ],
                            ["name": "X-Format", "value": "full"],
                            ["name": "X-Team", "description": "Team number"],
                        ],
                    ],
                ]),
            server("com.example/search", remotes: [["type": "streamable-http", "url": .string(own)]]),
            server(
                "com.example/old", status: "deprecated",
                remotes: [["type": "streamable-http", "url": "https://old.example.com/mcp"]]),
            server(
                "com.example/gone", status: "deleted",
                remotes: [["type": "streamable-http", "url": "https://gone.example.com/mcp"]]),
            server("com.example/events", remotes: [["type": "sse", "url": "https://events.example.com/sse"]]),
            server("com.example/local", remotes: nil),
        ]
    }

    private static func server(_ name: String, status: String = "active", remotes: [JSONValue]?) -> JSONValue {
        var server: JSONObject = [
            "$schema": "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json",
            "name": .string(name), "description": "Made up", "version": "2.0.0",
        ]
        if let remotes {
            server["remotes"] = .array(remotes)
        } else {
            let package: JSONValue = [
                "registryType": "npm", "identifier": "@example/local", "version": "2.0.0",
                "transport": ["type": "stdio"],
            ]
            server["packages"] = [package]
        }
        var state: JSONObject = ["status": .string(status), "isLatest": true]
        if status == "deprecated" { state["statusMessage"] = "use com.example/crm" }
        return [
            "server": .object(server), "_meta": ["io.modelcontextprotocol.registry/official": .object(state)],
        ]
    }
}
