import ParallelHTTP
import ParallelSettings
import ParallelSystem

/// The MCP servers that Parallel runs, known by name.
package enum BuiltInServer: String, CaseIterable, Sendable {
    case search = "parallel-search"
    case task = "parallel-task"

    /// How the registry has it. Where the API is a stand-in on this machine, its servers are those of the stand-in.
    func definition(_ environment: [String: String]) -> ServerDefinition {
        let key = "Bearer ${\(Settings.keyVariable)}"
        return ServerDefinition(url: url(environment), headers: [.init(name: "Authorization", value: key)])
    }

    private func url(_ environment: [String: String]) -> String {
        let standIn = Settings.standIn(environment)
        return switch self {
        case .search: standIn.map { $0.appending(path: "/mcp/search").description } ?? "https://search.parallel.ai/mcp"
        case .task: standIn.map { $0.appending(path: "/mcp/task").description } ?? "https://task-mcp.parallel.ai/mcp"
        }
    }

    /// The one of Parallel's servers that is at `url`, by today's address or an earlier one.
    static func at(_ url: HTTPURL, _ environment: [String: String]) -> BuiltInServer? {
        if let server = allCases.first(where: { $0.url(environment) == url.description }) { return server }
        guard url.scheme == "https", url.port == 443 else { return nil }
        switch url.host {
        case "search.parallel.ai": return .search
        case "task-mcp.parallel.ai": return .task
        default: return hasOldAddress(url) ? .search : nil
        }
    }

    /// Whether `url` is where the search server was before.
    static func hasOldAddress(_ url: HTTPURL) -> Bool {
        ["search-mcp.parallel.ai", "mcp.parallel.ai"].contains(url.host)
    }

    /// Whether the API key may go to `url` on the word of somebody else: where the API is, and to Parallel's own hosts.
    /// What else listens on this machine is no stand-in for the API.
    static func mayGetKey(_ url: HTTPURL, _ environment: [String: String]) -> Bool {
        if let api = try? Settings.baseURL(environment), url.origin == api.origin { return true }
        return url.scheme == "https" && (url.host == "parallel.ai" || url.host.ends(with: ".parallel.ai"))
    }

    static func noteOnOldAddress(_ url: HTTPURL) -> String {
        "\(url.host) is an old address; today it is https://search.parallel.ai/mcp"
    }
}
