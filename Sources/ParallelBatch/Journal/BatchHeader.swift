package import ParallelAPI
package import ParallelJSON

/// The first line of a state file, which describes the batch. A further group for some of its rows adds another one.
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
    /// The groups whose results this batch has taken over, the first one first.
    package var earlierGroups: [String] = []
    /// All groups of the batch, the first one first.
    package var groups: [String] { earlierGroups + [group] }
    /// What the batch has from these groups; nil if the file does not say it.
    package var earlierCounts: EarlierCounts?
    /// The rows that this group was begun for; nil if the file does not say, and then all without an earlier result.
    var reruns: [Int]?
    /// The condition that chose these rows; nil if none did.
    package internal(set) var condition: String?
    /// For each processor, the rows that groups before this one have run there because a condition chose them.
    var reran: [String: [Int]] = [:]
    /// The processors that the batch has run rows on, that of its first group first; empty for one that never changed.
    private(set) var changedProcessors: [String] = []
    /// The processors that the batch has run rows on, that of its first group first.
    package var processors: [String] {
        changedProcessors.isEmpty ? [parts[.processor]?.string].compactMap(\.self) : changedProcessors
    }
    /// The place in the file of results where those of this group begin.
    var resultsStart = 0
    /// The command line that began the batch, without what must not be repeated; nil if it can't be.
    package var command: Command?

    /// What a batch has from the groups before its last one.
    package struct EarlierCounts: Sendable, Equatable {
        /// The rows whose results are those of earlier runs that completed.
        package internal(set) var completed = 0
        /// The rows whose results are those of other earlier runs.
        package internal(set) var failed = 0
        /// The earlier runs that completed, all of which were paid for.
        package internal(set) var paid = 0
        /// What these cost; nil if it is not known.
        package internal(set) var cost: Cost?
    }

    /// A command line, to be suggested again.
    package struct Command: Sendable, Equatable {
        /// The words after the command's name.
        package let words: [String]
        /// The working directory.
        package let directory: String

        package init(words: [String], directory: String) {
            self.words = words
            self.directory = directory
        }
    }

    package init(group: String, rowCount: Int, fingerprint: String, source: String?, parts: [Part: JSONValue]) {
        self.group = group
        self.rowCount = rowCount
        self.fingerprint = fingerprint
        self.source = source
        self.parts = parts
    }

    /// Notes the processors of the groups before this one.
    mutating func follow(_ before: BatchHeader) {
        let own = processors.filter { !before.processors.contains($0) }
        if !own.isEmpty || !before.changedProcessors.isEmpty { changedProcessors = before.processors + own }
    }

    /// The versions that can be read. Version 1 has other keys for two of the parts; version 4 keeps results in case
    /// that another run of their rows fails.
    private static let versions = 1...4

    /// Reads such a line of a state file; nil if this version does not know it.
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
        earlierGroups = json["earlier"]?.array?.compactMap(\.string) ?? []
        resultsStart = max(0, json["results"]?.int ?? 0)
        if let counts = json["earlier_counts"]?.array?.compactMap(TaskGroupStatus.possibleCount), counts.count >= 3 {
            earlierCounts = EarlierCounts(completed: counts[0], failed: counts[1], paid: counts[2])
            earlierCounts?.cost =
                counts.count > 3
                ? Cost(thousandths: counts[3]) : Cost(runs: counts[2], processor: self.parts[.processor]?.string ?? "")
        }
        condition = json["where"]?.string
        changedProcessors = json["processors"]?.array?.compactMap(\.string) ?? []
        func rows(_ spans: [JSONValue]) -> [Int] {
            spans.flatMap { RowSpans.rows(of: $0, atMost: rowCount).filter { $0 < rowCount } }
        }
        reruns = json["reruns"]?.array.map(rows)
        for member in json["reran"]?.object?.members ?? [] { reran[member.key] = rows(member.value.array ?? []) }
        if let words = json["command"]?.array, let directory = json["directory"]?.string {
            command = Command(words: words.compactMap(\.string), directory: directory)
        }
    }

    /// The first line of a state file, and that of each further group.
    var json: JSONValue {
        let options = Part.allCases.compactMap { part in parts[part].map { (part.rawValue, $0) } }
        var json: JSONObject = [
            "parallel_batch": .number(JSONNumber(condition == nil ? 3 : 4)), "group": .string(group),
            "rows": .number(JSONNumber(rowCount)), "input": .string(fingerprint),
            "source": source.map(JSONValue.string) ?? .null, "options": .object(JSONObject(options)),
        ]
        if !earlierGroups.isEmpty {
            json["earlier"] = .array(earlierGroups.map(JSONValue.string))
            json["results"] = .number(JSONNumber(resultsStart))
            if let counts = earlierCounts {
                let numbers =
                    [counts.completed, counts.failed, counts.paid] + (counts.cost.map { [$0.thousandths] } ?? [])
                json["earlier_counts"] = .array(numbers.map { .number(JSONNumber($0)) })
            }
        }
        if let condition { json["where"] = .string(condition) }
        if !changedProcessors.isEmpty { json["processors"] = .array(changedProcessors.map(JSONValue.string)) }
        let members = reran.sorted { $0.key < $1.key }.map { ($0.key, RowSpans.json($0.value)) }
        if !members.isEmpty { json["reran"] = .object(JSONObject(members)) }
        if let reruns { json["reruns"] = RowSpans.json(reruns) }
        if let command {
            json["command"] = .array(command.words.map(JSONValue.string))
            json["directory"] = .string(command.directory)
        }
        return .object(json)
    }
}
