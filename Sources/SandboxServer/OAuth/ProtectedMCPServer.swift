import ParallelJSON
import ParallelSystem

/// An MCP server that only tokens of the sandbox's authorization server open.
struct ProtectedMCPServer: Sendable {
    let grants: OAuthGrants

    var route: Route {
        let server = StatelessMCPServer(
            name: "Protected MCP (sandbox)",
            instructions: "Try out a login. whoami needs the scope read, write_note the scope write.",
            tools: [
                MCPTool(
                    name: "whoami", description: "Tell which client and which scopes the token is for.",
                    inputSchema: ["type": "object", "properties": [:]]
                ) { _, request in
                    let grant = grant(of: request)
                    return .structured(["client": .string(grant?.client ?? ""), "scope": .string(grant?.scope ?? "")])
                },
                MCPTool(
                    name: "write_note", description: "Write a note, which is forgotten at once.",
                    inputSchema: ["type": "object", "properties": ["text": ["type": "string"]]]
                ) { _, _ in .structured(["written": true]) },
            ], refusal: refusal)
        return server.route(at: OAuthRoutes.protectedPath)
    }

    private func grant(of request: Request) -> OAuthGrants.Grant? {
        request.bearerToken.flatMap(grants.grant(ofAccessToken:))
    }

    private func refusal(of request: Request) -> Reply? {
        let metadata = "\(OAuthRoutes.base(request))/.well-known/oauth-protected-resource\(OAuthRoutes.protectedPath)"
        func challenge(_ status: Int, _ error: String, _ more: String = "") -> Reply {
            var reply = Reply.json(status, ["error": .string(error)])
            reply.headers.append(
                ("www-authenticate", "Bearer error=\"\(error)\"\(more), resource_metadata=\"\(metadata)\""))
            return reply
        }
        guard let grant = grant(of: request) else { return challenge(401, "invalid_token") }
        let body = try? JSONValue.parse(request.body)
        let needed = body?["params"]?["name"] == "write_note" && body?["method"] == "tools/call" ? "write" : "read"
        if grant.scope.parts(between: " ").contains(where: needed.isExactly) { return nil }
        return challenge(403, "insufficient_scope", ", scope=\"\(needed)\"")
    }
}
