import ParallelBatch

/// Which rows are to be run now.
struct BatchSelection: Sendable {
    /// Whether no row is left out for another call; a shard is a whole of its own.
    let isWhole: Bool
    private let limit: Int
    private let shard: Shard?
    private let sample: Set<Int>?

    /// How many rows are to be run.
    let count: Int

    /// A sample is the same each time for the same input, so that a call which was interrupted goes on with it.
    init(_ options: BatchRunOptions, rowCount: Int, fingerprint: String) throws(UsageError) {
        limit = options.limit ?? rowCount
        shard = options.shard
        let rows = (0..<rowCount).lazy.filter { options.shard?.contains($0) ?? true }
        let available = rows.count
        if available == 0 { throw UsageError("there are fewer rows than shards, and none for this one") }
        if let size = options.sample {
            let ranked = rows.map { (row: $0, rank: Self.rank(of: $0, fingerprint)) }.sorted { $0.rank < $1.rank }
            sample = Set(ranked.prefix(size).map(\.row))
            count = min(size, available)
        } else {
            sample = nil
            count = rows.count { $0 < options.limit ?? rowCount }
        }
        if count == 0 { throw UsageError("none of the first rows is one of this shard") }
        isWhole = count == available
    }

    func contains(_ row: Int) -> Bool {
        if let sample { return sample.contains(row) }
        return row < limit && (shard?.contains(row) ?? true)
    }

    private static func rank(of row: Int, _ fingerprint: String) -> String {
        var rank = Fingerprint()
        rank.add(fingerprint.utf8)
        rank.add(String(row).utf8)
        return rank.text
    }
}
