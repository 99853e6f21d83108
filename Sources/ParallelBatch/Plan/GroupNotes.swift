package import ParallelAPI
package import ParallelJSON

/// The notes that a batch keeps in its group's metadata, for collecting its results on other machines.
package struct GroupNotes: Sendable {
    /// The fingerprint of the rows, which differs from that of any other input.
    package let fingerprint: String
    /// The number of rows of the input.
    package let rowCount: Int
    /// The number of rows of the group that were known to have no run when the group was created.
    let unsentCount: Int
    package let shard: Shard?
    /// For a group that has taken over results of earlier ones, the number of rows that have none yet.
    var rerunCount: Int?
    /// How rows become inputs of runs, which tells the rows without a run of their own; nil if the group does not say
    /// it.
    var rowParts: [BatchHeader.Part: JSONValue]?

    /// The parts of a plan among `rowParts`.
    static let rowPartNames: [BatchHeader.Part] = [.template, .columns, .inputRoom, .equalRows]
    /// The maximum length of a value, in Unicode scalars, none of which counts for more than two characters.
    private static let valueLength = TaskRunRequest.maximumMetadataValueLength / 2
    /// The maximum number of values for `rowParts`; what is longer is left out.
    private static let maximumValues = 32

    private static let fingerprintKey = "parallel_input"
    private static let rowCountKey = "parallel_rows"
    private static let unsentKey = "parallel_rows_without_run"
    private static let rerunKey = "parallel_rerun"
    private static let shardKey = "parallel_shard"
    /// The keys of `rowParts` as JSON, cut into values: this and the number of the value, counted from 1.
    private static let rowPartsKey = "parallel_row_input_"

    init(fingerprint: String, rowCount: Int, unsentCount: Int = 0, shard: Shard?) {
        self.fingerprint = fingerprint
        self.rowCount = rowCount
        self.unsentCount = unsentCount
        self.shard = shard
    }

    /// Reads the notes of a group; nil if the group belongs to no batch.
    package init?(_ group: TaskGroup) {
        guard let fingerprint = group.metadata[Self.fingerprintKey]?.string,
            let rowCount = group.metadata[Self.rowCountKey]?.string.flatMap({ Int($0) }),
            (0..<1 << 32).contains(rowCount)
        else { return nil }
        self.init(
            fingerprint: fingerprint, rowCount: rowCount,
            unsentCount: group.metadata[Self.unsentKey]?.string.flatMap({ Int($0) }) ?? 0,
            shard: group.metadata[Self.shardKey]?.string.flatMap { Shard($0) })
        rerunCount = group.metadata[Self.rerunKey]?.string.flatMap { Int($0) }.map { max(0, $0) }
        var text = ""
        for number in 1...Self.maximumValues {
            guard let value = group.metadata[Self.rowPartsKey + String(number)]?.string else { break }
            text += value
        }
        if let parts = (try? JSONValue.parse(text))?.object {
            rowParts = [:]
            for part in Self.rowPartNames { rowParts?[part] = parts[part.rawValue] }
        }
    }

    /// The notes as metadata of a group.
    package var json: JSONObject {
        var json: JSONObject = [
            Self.fingerprintKey: .string(fingerprint), Self.rowCountKey: .string(String(rowCount)),
        ]
        if unsentCount > 0 { json[Self.unsentKey] = .string(String(unsentCount)) }
        if let rerunCount { json[Self.rerunKey] = .string(String(rerunCount)) }
        if let shard { json[Self.shardKey] = .string(shard.text) }
        if let rowParts {
            let members = Self.rowPartNames.compactMap { part in rowParts[part].map { (part.rawValue, $0) } }
            var rest = JSONValue.object(JSONObject(members)).serialized().unicodeScalars[...]
            guard rest.count <= Self.maximumValues * Self.valueLength else { return json }
            var number = 0
            while !rest.isEmpty {
                number += 1
                json[Self.rowPartsKey + String(number)] = .string(String(rest.prefix(Self.valueLength)))
                rest = rest.dropFirst(Self.valueLength)
            }
        }
        return json
    }

    /// The number of runs that the group should have: one for each row of its shard, or for each row that it runs
    /// again, except those that were not sent.
    package var share: Int {
        rerunCount ?? max(0, (shard?.share(of: rowCount) ?? rowCount) - max(0, unsentCount))
    }
}
