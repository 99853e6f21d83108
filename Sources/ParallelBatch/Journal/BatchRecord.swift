import ParallelAPI
package import ParallelJSON
package import ParallelSystem

/// What a batch is, as its state file tells it after a crash.
package struct BatchHeader: Sendable {
    package var group: String
    /// How many rows the input has.
    package var rowCount: Int
    /// Tells the rows of one input from those of another.
    package var fingerprint: String
    /// Where the input was read; nil for standard input.
    package var source: String?
    /// What else must be as it was for a batch to go on, secrets masked.
    package var options: JSONObject

    package init(group: String, rowCount: Int, fingerprint: String, source: String?, options: JSONObject) {
        self.group = group
        self.rowCount = rowCount
        self.fingerprint = fingerprint
        self.source = source
        self.options = options
    }

    init?(_ json: JSONValue) {
        guard json["parallel_batch"]?.int == 1, let group = json["group"]?.string, let rowCount = json["rows"]?.int,
            let fingerprint = json["input"]?.string, let options = json["options"]?.object
        else { return nil }
        self.init(
            group: group, rowCount: rowCount, fingerprint: fingerprint, source: json["source"]?.string, options: options
        )
    }

    var json: JSONValue {
        [
            "parallel_batch": 1, "group": .string(group), "rows": .number(JSONNumber(rowCount)),
            "input": .string(fingerprint), "source": source.map(JSONValue.string) ?? .null, "options": .object(options),
        ]
    }
}

/// The state file of a batch: its header, and a line before each request that creates runs and after its answer.
///
/// Which rows were accepted is known by the group alone. The lines tell whether a request was on its way when the
/// program was killed, so that the server is given the time to finish it before the group is believed.
package final class BatchRecord {
    /// Why a batch can't be gone on with here.
    package enum Fault: Error, Sendable {
        /// Another process works on it.
        case isBusy(path: String)
        /// The file is something else.
        case isForeign(path: String)
    }

    /// Rows whose creation was begun and not answered.
    struct Lot {
        let rows: [Int]
        /// Seconds since 1970.
        let sentAt: Int
    }

    /// Nil for a batch that has not begun.
    package private(set) var header: BatchHeader?
    private(set) var unsettled: [Int: Lot] = [:]
    /// Rows whose runs the API said it had accepted.
    private(set) var accepted: [Int] = []
    private let path: String
    private let file: LineFile
    private var lastNumber = 0

    private static let beginning = Array("{\"parallel_batch\":".utf8)

    /// Opens the file, or makes an empty one, and keeps other processes away from it. Throws `Fault` and `FileError`.
    package init(path: String) throws {
        // Of a file that is something else nothing must be lost, not even a last line without a line break.
        _ = try Self.header(at: path)
        guard let file = try LineFile(claiming: path) else { throw Fault.isBusy(path: path) }
        self.path = path
        self.file = file
        try read(path)
    }

    /// The header in a state file, whoever works on it; nil where there is none. Throws `Fault` and `FileError`.
    package static func header(at path: String) throws -> BatchHeader? {
        guard UserFile.exists(path) else { return nil }
        let bytes = try UserFile.readRegular(path)
        guard let end = bytes.firstIndex(of: 0x0A) else {
            // The header itself may be broken off.
            if bytes.starts(with: Self.beginning) || Self.beginning.starts(with: bytes) { return nil }
            throw Fault.isForeign(path: path)
        }
        guard let header = (try? JSONValue.parse(Array(bytes[..<end]))).flatMap(BatchHeader.init) else {
            throw Fault.isForeign(path: path)
        }
        return header
    }

    package func begin(_ header: BatchHeader) throws(FileError) {
        try file.append(header.json.bytes())
        try file.synchronize()
        // Not every directory can be synchronised.
        try? Directory.synchronize(Directory.containing(path))
        self.header = header
    }

    /// Notes that a request for `rows` is about to be sent. The end of this process does not lose the note; a power
    /// failure may, but takes longer than a server needs to end what it was sent.
    func willSend(_ rows: [Int], at now: Int) throws(FileError) -> Int {
        lastNumber += 1
        unsettled[lastNumber] = Lot(rows: rows, sentAt: now)
        let line: JSONValue = [
            "lot": .number(JSONNumber(lastNumber)), "rows": Self.spans(rows), "at": .number(JSONNumber(now)),
        ]
        try file.append(line.bytes())
        try file.flush()
        return lastNumber
    }

    /// Notes that it is known what became of a request; `isAccepted` says that the API has told so, for all of its
    /// rows.
    func didSettle(_ number: Int, isAccepted: Bool = false) throws(FileError) {
        unsettled[number] = nil
        var line: JSONObject = ["settled": .number(JSONNumber(number))]
        if isAccepted { line["accepted"] = true }
        try file.append(JSONValue.object(line).bytes())
        try file.flush()
    }

    /// Ends the batch: the file goes.
    package func remove() { file.remove() }

    private func read(_ path: String) throws {
        var isFirst = true
        try file.forEach { _, line in
            let json = try? JSONValue.parse(Array(line))
            if isFirst {
                guard let header = json.flatMap(BatchHeader.init) else { throw Fault.isForeign(path: path) }
                self.header = header
            } else if let number = json?["lot"]?.int, (1..<1 << 32).contains(number) {
                lastNumber = max(lastNumber, number)
                let rows = (json?["rows"]?.array ?? []).lazy.flatMap(Self.rows).prefix(TaskGroup.maximumAddition)
                unsettled[number] = Lot(rows: Array(rows), sentAt: max(0, json?["at"]?.int ?? 0))
            } else if let number = json?["settled"]?.int {
                let lot = unsettled.removeValue(forKey: number)
                if json?["accepted"]?.bool == true { accepted += lot?.rows ?? [] }
            }
            isFirst = false
        }
    }

    /// Row numbers that rise, as `[[0, 999], [1001, 1001]]`.
    private static func spans(_ rows: [Int]) -> JSONValue {
        var spans: [(first: Int, last: Int)] = []
        for row in rows {
            if let last = spans.last?.last, row == last + 1 {
                spans[spans.count - 1].last = row
            } else {
                spans.append((row, row))
            }
        }
        return .array(spans.map { [.number(JSONNumber($0.first)), .number(JSONNumber($0.last))] })
    }

    private static func rows(of span: JSONValue) -> [Int] {
        guard let first = span[0]?.int, let last = span[1]?.int, first >= 0, first <= last, last < 1 << 32,
            last - first < TaskGroup.maximumAddition
        else {
            return []
        }
        return Array(first...last)
    }
}
