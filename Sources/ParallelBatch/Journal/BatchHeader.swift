package import ParallelJSON

/// What a batch is, as its state file tells it after a crash.
package struct BatchHeader: Sendable {
    /// What else than the rows must be as it was for a batch to go on; secrets are masked. The raw values are the keys
    /// in the file, and no words for people.
    package enum Part: String, CaseIterable, Sendable {
        case processor
        /// The task's spec: the schemas of output and input.
        case schema
        /// Everything else that the task says.
        case task
        case shard
        /// The text of the template; null where rows are sent by columns.
        case template
        /// How many characters of input the task's spec leaves room for.
        case inputRoom = "input_room"
        /// The columns that were chosen by name; none where all are sent.
        case columns
        /// The format of the input.
        case format

        /// The key in the first version of the file.
        fileprivate var firstKey: String {
            switch self {
            case .inputRoom: "room for the input"
            case .columns: "choice of columns"
            default: rawValue
            }
        }
    }

    package var group: String
    /// How many rows the input has.
    package var rowCount: Int
    /// Tells the rows of one input from those of another.
    package var fingerprint: String
    /// Where the input was read; nil for standard input.
    package var source: String?
    package var parts: [Part: JSONValue]

    package init(group: String, rowCount: Int, fingerprint: String, source: String?, parts: [Part: JSONValue]) {
        self.group = group
        self.rowCount = rowCount
        self.fingerprint = fingerprint
        self.source = source
        self.parts = parts
    }

    /// Version 1 has other keys for two of the parts.
    private static let versions = 1...2

    /// Reads the first line of a state file; nil where it is none that this version knows.
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
