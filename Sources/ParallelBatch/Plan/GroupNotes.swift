package import ParallelAPI
package import ParallelJSON

/// What a batch notes on its group at the server, for those who collect its results from elsewhere.
package struct GroupNotes: Sendable {
    /// Tells the rows of one input from those of another.
    package let fingerprint: String
    /// How many rows the input has.
    package let rowCount: Int
    package let shard: Shard?

    private static let fingerprintKey = "parallel_input"
    private static let rowCountKey = "parallel_rows"
    private static let shardKey = "parallel_shard"

    init(fingerprint: String, rowCount: Int, shard: Shard?) {
        self.fingerprint = fingerprint
        self.rowCount = rowCount
        self.shard = shard
    }

    /// Reads the notes on a group; nil for one that no batch has made.
    package init?(_ group: TaskGroup) {
        guard let fingerprint = group.metadata[Self.fingerprintKey]?.string,
            let rowCount = group.metadata[Self.rowCountKey]?.string.flatMap({ Int($0) }),
            (0..<1 << 32).contains(rowCount)
        else { return nil }
        self.init(
            fingerprint: fingerprint, rowCount: rowCount,
            shard: group.metadata[Self.shardKey]?.string.flatMap { Shard($0) })
    }

    /// The notes as metadata of a group.
    package var json: JSONObject {
        var json: JSONObject = [
            Self.fingerprintKey: .string(fingerprint), Self.rowCountKey: .string(String(rowCount)),
        ]
        if let shard { json[Self.shardKey] = .string(shard.text) }
        return json
    }

    /// How many rows are the group's: those of its shard.
    package var share: Int { shard?.share(of: rowCount) ?? rowCount }
}
