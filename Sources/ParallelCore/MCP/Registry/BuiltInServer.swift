/// The MCP servers that Parallel runs, known by name.
package enum BuiltInServer: String, CaseIterable, Sendable {
    case search = "parallel-search"
    case task = "parallel-task"

    var definition: ServerDefinition {
        let url =
            switch self {
            case .search: "https://search.parallel.ai/mcp"
            case .task: "https://task-mcp.parallel.ai/mcp"
            }
        let key = "Bearer ${\(Settings.keyVariable)}"
        return ServerDefinition(url: url, headers: [.init(name: "Authorization", value: key)])
    }
}
