/// Which rows of an input are to be run now.
package struct RowSelection: Sendable {
    /// Why no row is left to be run.
    package enum Failure: Error, Sendable, Equatable {
        /// There are fewer rows than shards.
        case shardIsEmpty
        /// The limit ends before the first row of the shard.
        case limitIsBeforeShard
    }

    /// Whether no row is left out for another call; a shard is a whole of its own.
    package let isWhole: Bool
    /// How many rows are to be run.
    package let count: Int
    let shard: Shard?
    private let limit: Int
    private let sample: Set<Int>?

    /// Selects among the rows of an input, or among those of `shard`: the first `limit` rows, or `sample` random ones.
    ///
    /// A sample is the same each time for the same input, so that a call which was interrupted goes on with it.
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
