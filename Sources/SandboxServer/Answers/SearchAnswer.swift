import ParallelJSON
import ParallelSystem

/// Made-up results of a search, derived from its queries: the same request always gets the same results.
struct SearchAnswer {
    private static let hosts = [
        "sandbox.parallel.example", "news.parallel.example", "docs.parallel.example", "wiki.parallel.example",
    ]
    /// The number of results included in the price; more cost extra.
    private static let includedResults = 10

    private let request: SearchRequest
    private let seed: UInt64

    static func answer(to request: SearchRequest) -> JSONValue {
        let seed = StableHash.of((request.queries + [request.objective ?? ""]).joined(separator: "\n"))
        return SearchAnswer(request: request, seed: seed).answer()
    }

    private func answer() -> JSONValue {
        let results = results()
        let extra = max(0, results.count - Self.includedResults)
        var usage: [JSONValue] = [["name": "sku_search", "count": 1]]
        if extra > 0 { usage.append(["name": "sku_search_additional_results", "count": .number(JSONNumber(extra))]) }
        return [
            "search_id": .string(Identifier.make(SearchRequest.referencePrefix)),
            "results": .array(results), "warnings": warnings.isEmpty ? .null : .array(warnings),
            "usage": .array(usage), "session_id": .string(request.sessionID ?? Identifier.make("session_")),
        ]
    }

    private var warnings: [JSONValue] {
        request.warnings.map { TaskRunRequest.warning("warning", $0) }
    }

    private func results() -> [JSONValue] {
        var left = request.maximumCharacters ?? .max
        return (0..<request.maximumResults).compactMap { index in
            let page = "/" + String(StableHash.of("\(index)", seed: seed), radix: 36)
            let sites = sites(allowing: page)
            if sites.isEmpty { return nil }
            let query = request.queries[index % request.queries.count]
            let excerpt = String(excerpt(for: query, number: index + 1).prefix(left))
            left -= excerpt.count
            return [
                "url": .string("https://\(sites[index % sites.count])\(page)"),
                "title": .string("Sandbox result \(index + 1) for “\(query)”"),
                "publish_date": .string(date(of: index)),
                "excerpts": excerpt.isEmpty ? [] : [.string(excerpt)],
            ]
        }
    }

    /// Returns the hosts, some with a path prefix, below which the source policy allows `page`.
    private func sites(allowing page: String) -> [String] {
        let policy = request.policy
        if policy.include.isEmpty { return Self.hosts.filter { policy.allows(host: $0, path: page) } }
        return policy.include.map { ($0.domain.begins(with: ".") ? "sandbox" : "") + $0.domain + $0.path }
    }

    /// Returns an excerpt of less than 1,000 characters, the smallest limit that `max_chars_per_result` can set.
    private func excerpt(for query: String, number: Int) -> String {
        let aim = request.objective.map { " The objective was: \($0.prefix(200))" } ?? ""
        return
            "Sandbox excerpt \(number) on **\(query)**. Made up by `parallel-sandbox`; no web page was read for it.\(aim)"
    }

    private func date(of index: Int) -> String {
        let day = 1 + Int(StableHash.of("day \(index)", seed: seed) % 28)
        let date = "2026-01-\(day < 10 ? "0" : "")\(day)"
        return max(date, request.policy.afterDate ?? date)
    }
}
