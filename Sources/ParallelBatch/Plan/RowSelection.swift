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
    /// The number of selected rows that get a run.
    package let count: Int
    package let shard: Shard?
    private let sample: Set<Int>?
    /// The end of the rows among which those to be run are; the rows before it keep their places.
    private let end: Int
    private let sharedRuns: SharedRuns

    /// Selects from the rows of an input, or of `shard`, that get a run: those among the first `limit` such rows of the
    /// input, or `sample` random ones.
    ///
    /// The same input gives the same sample each time, so that an interrupted call can be resumed.
    package init(
        of input: BatchInput, shard: Shard? = nil, limit: Int? = nil, sample: Int? = nil
    ) throws(Failure) {
        self.shard = shard
        sharedRuns = input.sharedRuns
        var unsent = input.unsentRows[...]
        /// The rows of which a sample is taken.
        var rows: [Int] = []
        // The rows of the input that get a run; those of them in the shard; and those of these within the limit.
        var (seen, total, limited) = (0, 0, 0)
        var end = input.rowCount
        for row in 0..<input.rowCount {
            if unsent.first?.row == row {
                unsent.removeFirst()
            } else if sharedRuns.owner(of: row) == row {
                if shard?.contains(row) ?? true {
                    total += 1
                    if row < end { limited += 1 }
                    if sample != nil { rows.append(row) }
                }
                seen += 1
                if seen == limit { end = row + 1 }
            }
        }
        self.end = end
        if shard?.share(of: input.rowCount) == 0 { throw .shardIsEmpty }
        if let sample {
            let ranked = rows.map { (row: $0, rank: Self.rank(of: $0, input.fingerprint)) }
                .sorted { $0.rank < $1.rank }
            self.sample = Set(ranked.prefix(sample).map(\.row))
            count = min(sample, total)
        } else {
            self.sample = nil
            count = limited
        }
        if count == 0, total > 0 { throw .limitIsBeforeShard }
        isWhole = count == total
    }

    /// Whether the row is to be run, or keeps its place beside rows that are.
    package func contains(_ row: Int) -> Bool {
        if let sample { return sample.contains(row) }
        return row < end && (shard?.contains(row) ?? true) && sharedRuns.owner(of: row) == row
    }

    private static func rank(of row: Int, _ fingerprint: String) -> String {
        var rank = Fingerprint()
        rank.add(fingerprint.utf8)
        rank.add(String(row).utf8)
        return rank.text
    }
}
