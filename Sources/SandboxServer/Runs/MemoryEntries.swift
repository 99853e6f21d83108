import ParallelJSON

/// Finished work that can be found again, in a memory for each scope key and a personal one.
struct MemoryEntries: Sendable {
    struct Entry: Sendable {
        /// `task`, `monitor` or `findall`.
        let kind: String
        let id: String
        /// Nil for the personal memory.
        let scope: String?
        let input: String
        let updatedAt: String
        /// What an entry of its kind has beside id and input.
        let rest: JSONObject

        var json: JSONValue {
            let own: JSONObject = [
                "kind": .string(kind), "id": .string(id), "input_excerpt": .string(String(input.prefix(200))),
            ]
            return .object(
                JSONObject(own.members + rest.members + [.init(key: "updated_at", value: .string(updatedAt))]))
        }
    }

    /// In the order in which they were added; the oldest are forgotten.
    private var entries: [Entry] = []
    private static let limit = 2_000

    mutating func add(_ entry: Entry) {
        entries.append(entry)
        if entries.count > 2 * Self.limit { entries.removeFirst(Self.limit) }
    }

    mutating func evict(_ id: String, kind: String, from scope: String?) {
        entries.removeAll { $0.id == id && $0.kind == kind && $0.scope == scope }
    }

    mutating func clear(_ scope: String?) { entries.removeAll { $0.scope == scope } }

    /// Returns the latest entries, or with a query those that have most of its words.
    func found(by query: String?, kind: String?, since: String?, in scope: String?, limit: Int) -> [Entry] {
        let words = (query ?? "").lowercased().split { !$0.isLetter && !$0.isNumber }
        let candidates = entries.reversed().filter {
            $0.scope == scope && (kind == nil || $0.kind == kind) && $0.updatedAt >= since ?? ""
        }
        guard !words.isEmpty else { return Array(candidates.prefix(limit)) }
        let ranked = candidates.map { entry -> (entry: Entry, hits: Int) in
            let text = entry.input.lowercased()
            return (entry, words.count { text.contains($0) })
        }
        return ranked.filter { $0.hits > 0 }.sorted { $0.hits > $1.hits }.prefix(limit).map(\.entry)
    }
}
