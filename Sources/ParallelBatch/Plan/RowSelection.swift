/// The rows of an input that are to be run now.
package struct RowSelection: Sendable {
    /// An error for a selection without rows.
    package enum Failure: Error, Sendable, Equatable {
        /// There are fewer rows than shards.
        case shardIsEmpty
        /// The limit ends before the first row of the shard.
        case limitIsBeforeShard
    }

    /// Whether the selection has all rows of the input, or of the shard.
    package let isWhole: Bool
    /// The number of selected rows.
    package let count: Int
    let shard: Shard?
    private let limit: Int
    private let sample: Set<Int>?

    /// Selects from the rows of an input, or of `shard`: the first `limit` rows, or `sample` random ones.
    ///
    /// The same input gives the same sample each time, so that an interrupted call can be resumed.
    package init(
        of input: BatchInput, shard: Shard? = nil, limit: Int? = nil, sample: Int? = nil
    ) throws(Failure) {
        self.shard = shard
        self.limit = limit ?? input.rowCount
        let rows = (0..<input.rowCount).lazy.filter { shard?.contains($0) ?? true }
        let available = rows.count
        if available == 0 { throw .shardIsEmpty }
        if let sample {
            let ranked = rows.map { (row: $0, rank: Self.rank(of: $0, input.fingerprint)) }
                .sorted { $0.rank < $1.rank }
            self.sample = Set(ranked.prefix(sample).map(\.row))
            count = min(sample, available)
        } else {
            self.sample = nil
            count = rows.count { $0 < limit ?? input.rowCount }
        }
        if count == 0 { throw .limitIsBeforeShard }
        isWhole = count == available
    }

    package func contains(_ row: Int) -> Bool {
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
