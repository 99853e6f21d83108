import ParallelAPI
import ParallelJSON
package import ParallelSystem

/// The state file of a batch: its header, and a line before each request that creates runs and after its answer.
///
/// This folder holds the records that allow a batch to be resumed: here the requests that were sent, in `ResultFile`
/// the results that were collected, and in each run's metadata the number of its row. Only the group knows which rows
/// were accepted. The lines of this file tell whether a request was under way when the program was killed: then the
/// server gets time to finish it before the group's list is trusted.
package final class BatchJournal: Sendable {
    /// Why a state file can't be used.
    package enum Failure: Error, Sendable, Equatable {
        /// Another process is working on the batch.
        case isBusy(path: String)
        /// The file is not a state file.
        case isForeign(path: String)
    }

    /// A request that creates runs and whose outcome is not known.
    struct SentChunk: Sendable {
        let rows: [Int]
        /// The time of the request, in seconds since 1970.
        let sentAt: Int
    }

    private struct State {
        let file: LineFile
        var header: BatchHeader?
        var unsettled: [Int: SentChunk] = [:]
        var accepted: [Int] = []
        var lastNumber = 0
    }

    private let path: String
    private let state: Lock<State>

    private static let beginning = Array("{\"parallel_batch\":".utf8)

    /// Opens the file, or creates an empty one, and locks it against other processes. Throws `Failure` and `FileError`.
    package init(path: String) throws {
        // A file that is not a state file must be refused before it is opened, because opening cuts off a last line
        // without a line break.
        _ = try Self.header(at: path)
        guard let file = try LineFile(claiming: path) else { throw Failure.isBusy(path: path) }
        self.path = path
        var state = State(file: file)
        try Self.read(path, into: &state)
        self.state = Lock(state)
    }

    /// The header; nil for a batch that has not begun.
    package var header: BatchHeader? { state.withLock { $0.header } }

    /// The requests whose outcome is not known, by their numbers.
    var unsettled: [Int: SentChunk] { state.withLock { $0.unsettled } }

    /// The rows of which the API has confirmed that it accepted them.
    var accepted: [Int] { state.withLock { $0.accepted } }

    /// Returns the header in a state file, even if another process is working on it; nil if there is none. Throws
    /// `Failure` and `FileError`.
    package static func header(at path: String) throws -> BatchHeader? {
        guard UserFile.exists(path) else { return nil }
        let bytes = try UserFile.readRegular(path)
        guard let end = bytes.firstIndex(of: 0x0A) else {
            // A kill may have left an incomplete header.
            if bytes.starts(with: Self.beginning) || Self.beginning.starts(with: bytes) { return nil }
            throw Failure.isForeign(path: path)
        }
        guard let header = (try? JSONValue.parse(Array(bytes[..<end]))).flatMap(BatchHeader.init) else {
            throw Failure.isForeign(path: path)
        }
        return header
    }

    /// Writes the header. From now on the batch can be resumed.
    package func begin(_ header: BatchHeader) throws(FileError) {
        try state.withLock { state throws(FileError) in
            try state.file.append(header.json.bytes())
            try state.file.synchronize()
            state.header = header
        }
        // Errors are ignored, because not every directory can be synchronised.
        try? Directory.synchronize(Directory.containing(path))
    }

    /// Records that a request for `rows` is about to be sent, and returns its number. The record survives the end of
    /// this process. A power failure may lose it, but lasts longer than a server needs to finish the request.
    func willSend(_ rows: [Int], at now: Int) throws(FileError) -> Int {
        try state.withLock { state throws(FileError) in
            state.lastNumber += 1
            state.unsettled[state.lastNumber] = SentChunk(rows: rows, sentAt: now)
            let line: JSONValue = [
                "lot": .number(JSONNumber(state.lastNumber)), "rows": Self.spans(rows), "at": .number(JSONNumber(now)),
            ]
            try state.file.append(line.bytes())
            try state.file.flush()
            return state.lastNumber
        }
    }

    /// Records that the outcome of a request is known. `isAccepted` says that the API confirmed all of its rows.
    func didSettle(_ number: Int, isAccepted: Bool = false) throws(FileError) {
        try state.withLock { state throws(FileError) in
            state.unsettled[number] = nil
            var line: JSONObject = ["settled": .number(JSONNumber(number))]
            if isAccepted { line["accepted"] = true }
            try state.file.append(JSONValue.object(line).bytes())
            try state.file.flush()
        }
    }

    /// Removes the file, which ends the batch.
    package func remove() { state.withLock { $0.file.remove() } }

    private static func read(_ path: String, into state: inout State) throws {
        var isFirst = true
        try state.file.forEach { _, line in
            let json = try? JSONValue.parse(Array(line))
            if isFirst {
                guard let header = json.flatMap(BatchHeader.init) else { throw Failure.isForeign(path: path) }
                state.header = header
            } else if let number = json?["lot"]?.int, (1..<1 << 32).contains(number) {
                state.lastNumber = max(state.lastNumber, number)
                let rows = (json?["rows"]?.array ?? []).lazy.flatMap(Self.rows).prefix(TaskGroup.maximumAddition)
                state.unsettled[number] = SentChunk(rows: Array(rows), sentAt: max(0, json?["at"]?.int ?? 0))
            } else if let number = json?["settled"]?.int {
                let chunk = state.unsettled.removeValue(forKey: number)
                if json?["accepted"]?.bool == true { state.accepted += chunk?.rows ?? [] }
            }
            isFirst = false
        }
    }

    /// Returns ascending row numbers as ranges, such as `[[0, 999], [1001, 1001]]`.
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
