package import ParallelHTTP
import ParallelSystem

/// The MCP servers that Parallel runs, known by name.
package enum BuiltInServer: String, CaseIterable, Sendable {
    /// The server with all of Parallel's tools, in use since November 2026.
    case parallel
    case search = "parallel-search"
    case task = "parallel-task"

    /// Returns the server's URL at Parallel, or in a sandbox on this machine.
    package func url(in sandbox: HTTPURL?) -> String {
        switch self {
        case .parallel: sandbox.map { $0.appending(path: "/mcp").description } ?? "https://mcp.parallel.ai/mcp"
        case .search: sandbox.map { $0.appending(path: "/mcp/search").description } ?? "https://search.parallel.ai/mcp"
        case .task: sandbox.map { $0.appending(path: "/mcp/task").description } ?? "https://task-mcp.parallel.ai/mcp"
        }
    }

    /// The settings that the URL of the search server may have in its query, which are no secrets.
    static let searchSettings: Set = [
        "mode", "max_chars_total", "advanced_settings.location", "advanced_settings.max_results",
        "advanced_settings.source_policy.include_domains", "advanced_settings.source_policy.exclude_domains",
        "advanced_settings.source_policy.after_date", "advanced_settings.fetch_policy.max_age_seconds",
        "advanced_settings.fetch_policy.timeout_seconds", "advanced_settings.fetch_policy.disable_cache_fallback",
        "advanced_settings.excerpt_settings.max_chars_per_result",
    ]

    /// Returns the server that is at `url`, by today's address, an earlier one, or that in the sandbox; the query may
    /// hold settings.
    static func at(_ url: HTTPURL, in sandbox: HTTPURL?) -> BuiltInServer? {
        let address = url.description.upTo { $0 == "?" }
        if let server = allCases.first(where: { address.isExactly($0.url(in: sandbox)) }) { return server }
        guard url.scheme == "https", url.port == 443 else { return nil }
        switch url.host {
        case "mcp.parallel.ai" where !hasOldAddress(url): return .parallel
        case "search.parallel.ai": return .search
        case "task-mcp.parallel.ai": return .task
        default: return hasOldAddress(url) ? .search : nil
        }
    }

    /// Whether `url` is a former address of the search server: a host of its own, or a path of a host that is in use.
    static func hasOldAddress(_ url: HTTPURL) -> Bool {
        url.host == "search-mcp.parallel.ai" || url.host == "mcp.parallel.ai" && url.path == "/v1beta/search_mcp"
    }

    /// Whether the API key may go to `url` because an entry of somebody else's file says so: only to the origin of the
    /// API, which is nil where nobody knows it, and to Parallel's own hosts.
    static func mayGetKey(_ url: HTTPURL, api: HTTPURL?) -> Bool {
        if url.origin == api?.origin { return true }
        return url.scheme == "https" && (url.host == "parallel.ai" || url.host.ends(with: ".parallel.ai"))
    }
}
