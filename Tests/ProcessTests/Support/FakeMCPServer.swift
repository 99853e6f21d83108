import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport

/// An MCP server with two tools over Streamable HTTP that lets in who has its token, or everybody without one.
final class FakeMCPServer: Sendable {
    private let api: ScriptedAPI
    /// Whether nobody is let in any more.
    private let isClosed = Lock(false)

    /// - Parameter results: what other methods, or these, give.
    init(token: String?, answer: String = "3 accounts renew", results: [String: JSONValue] = [:]) throws {
        api = try ScriptedAPI { [isClosed] request in
            if isClosed.withLock({ $0 }) { return .whole(401) }
            if let token, request.headers["authorization"] != "Bearer \(token)" { return .whole(401) }
            guard let message = try? JSONValue.parse(request.body), let id = message["id"] else { return .whole(202) }
            let result: JSONValue =
                switch message["method"]?.string {
                case let method? where results[method] != nil: results[method] ?? .null
                case "initialize":
                    [
                        "protocolVersion": "2025-03-26", "capabilities": ["tools": [:]],
                        "serverInfo": ["name": "fake", "version": "1"],
                    ]
                case "tools/list": ["tools": [Self.tool("delete"), Self.tool("renewals")]]
                default: ["content": [["type": "text", "text": .string(answer)]], "isError": false]
                }
            return .ok(JSONValue.object(["jsonrpc": "2.0", "id": id, "result": result]).serialized())
        }
    }

    var url: String { api.baseURL + "/mcp" }

    /// Lets nobody in from now on.
    func close() { isClosed.withLock { $0 = true } }

    /// How often somebody but the sandbox has begun a session.
    var sessions: Int {
        api.requests.compactMap { try? JSONValue.parse($0.body) }.count {
            $0["method"] == "initialize" && $0["params"]?["clientInfo"]?["name"] != "parallel-sandbox"
        }
    }

    /// The tools that were called, with their arguments.
    var calls: [JSONValue] {
        api.requests.compactMap { try? JSONValue.parse($0.body) }.filter { $0["method"] == "tools/call" }
            .compactMap { $0["params"] }
    }

    /// The values of a header field, one for each request.
    func values(of header: String) -> [String?] { api.requests.map { $0.headers[header] } }

    private static func tool(_ name: String) -> JSONValue {
        [
            "name": .string(name),
            "inputSchema": ["type": "object", "properties": ["query": ["type": "string"]], "required": ["query"]],
        ]
    }
}
