package import ParallelJSON

/// The first line of a state file, which describes the batch.
package struct BatchHeader: Sendable {
    /// The parts of a plan, besides its rows, that must be unchanged for a batch to be resumed; secrets are masked. The
    /// raw values are keys in the file, not words for people.
    package enum Part: String, CaseIterable, Sendable {
        case processor
        /// The task's spec: the schemas of output and input.
        case schema
        /// All other members of the task.
        case task
        case shard
        /// The text of the template; null if rows are sent as columns.
        case template
        /// The number of characters of input that the task's spec leaves room for.
        case inputRoom = "input_room"
        /// The columns that were chosen by name; an empty array if all are sent.
        case columns
        /// The format of the input.
        case format
        /// How the text of the input is read, where that was said. It is needed to read the input again; a difference
        /// matters only if it makes other rows.
        case reading
        /// True if rows with equal inputs share a run.
        case equalRows = "equal_rows"

        /// The key in version 1 of the file.
        fileprivate var firstKey: String {
            switch self {
            case .inputRoom: "room for the input"
            case .columns: "choice of columns"
            default: rawValue
            }
        }
    }

    package var group: String
    /// The number of rows of the input.
    package var rowCount: Int
    /// The fingerprint of the rows, which differs from that of any other input.
    package var fingerprint: String
    /// The path of the input; nil for standard input.
    package var source: String?
    package var parts: [Part: JSONValue]

    package init(group: String, rowCount: Int, fingerprint: String, source: String?, parts: [Part: JSONValue]) {
        self.group = group
        self.rowCount = rowCount
        self.fingerprint = fingerprint
        self.source = source
        self.parts = parts
    }

    /// The versions that can be read. Version 1 has other keys for two of the parts.
    private static let versions = 1...2

    /// Reads the first line of a state file; nil if this version does not know it.
    init?(_ json: JSONValue) {
        guard let version = json["parallel_batch"]?.int, Self.versions.contains(version),
            let group = json["group"]?.string, let rowCount = json["rows"]?.int,
            let fingerprint = json["input"]?.string, let options = json["options"]?.object
        else { return nil }
        let parts = Part.allCases.compactMap { part in
            options[version == 1 ? part.firstKey : part.rawValue].map { (part, $0) }
        }
        self.init(
            group: group, rowCount: rowCount, fingerprint: fingerprint, source: json["source"]?.string,
            parts: Dictionary(uniqueKeysWithValues: parts))
    }

    /// The first line of a state file.
    var json: JSONValue {
        let options = Part.allCases.compactMap { part in parts[part].map { (part.rawValue, $0) } }
        return [
            "parallel_batch": .number(JSONNumber(Self.versions.upperBound)), "group": .string(group),
            "rows": .number(JSONNumber(rowCount)), "input": .string(fingerprint),
            "source": source.map(JSONValue.string) ?? .null, "options": .object(JSONObject(options)),
        ]
    }
}
