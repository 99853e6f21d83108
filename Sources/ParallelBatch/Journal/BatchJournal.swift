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

    /// The end of a batch, as its state file keeps it.
    package struct Ending: Sendable, Equatable {
        /// The number of rows that failed.
        package let failed: Int
        /// The number of rows with a result of a run, in this group or an earlier one; nil if the file does not say it.
        var runs: Int?
        /// Whether a run had to do without one of its MCP servers.
        package var lacksServer = false
        /// The format and the columns that the output was written with, as a key.
        package let layout: String
    }

    private struct State {
        let file: LineFile
        var header: BatchHeader?
        var ending: Ending?
        /// Where the file has the fingerprint of each row's input, in the order of the rows; nil if it has none.
        var inputs: Int?
        /// Where it has those of earlier groups, by the id of the group.
        var earlierInputs: [String: Int] = [:]
        /// The outputs that the batch has written, or was about to write: by their fingerprints, the keys of their
        /// layouts, empty where an earlier version wrote the file.
        var outputs: [String: String] = [:]
        var unsettled: [Int: SentChunk] = [:]
        var accepted: [Int] = []
        /// Requests that may have created runs. When the file is read, those more than a minute older than the last one
        /// are dropped.
        var created: [(rows: Int, sentAt: Int)] = []
        var lastNumber = 0
        /// The last group of another batch, if the file has taken that over.
        var takenOver: String?
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

    /// Reads a copy of the file, which stays as it is and is not locked.
    package init(copyOf path: String, temporaryDirectory: String) throws {
        self.path = path
        var state = State(file: try LineFile(copyOf: path, temporaryDirectory: temporaryDirectory))
        try Self.read(path, into: &state)
        self.state = Lock(state)
    }

    /// The header; nil for a batch that has not begun.
    package var header: BatchHeader? { state.withLock { $0.header } }

    /// The end of the batch; nil for a batch that has not ended.
    package var ending: Ending? { state.withLock { $0.ending } }

    /// Whether all that the file has was taken over from another batch.
    var isOnlyTakenOver: Bool { state.withLock { $0.takenOver != nil && $0.takenOver == $0.header?.group } }

    /// Takes over the lines of the state file at `other`, where this file has none. A further group then makes a batch
    /// of its own of it. Throws `Failure`, `FileError`, and `CancellationError` once the task is cancelled.
    func takeOver(_ other: String, temporaryDirectory: String) throws {
        try state.withLock { state in
            try LineFile(copyOf: other, temporaryDirectory: temporaryDirectory).forEach { try state.file.append($1) }
            try state.file.synchronize()
            try Self.read(path, into: &state)
            state.takenOver = state.header?.group
        }
    }

    /// The fingerprint of each row's input, in the order of the rows; empty if the file does not have it.
    /// Reads them from the file at each use, because only the beginning and the end of a batch need them.
    var inputs: [UInt64] {
        get throws(FileError) {
            try state.withLock { state throws(FileError) in try Self.inputs(at: state.inputs, state) }
        }
    }

    /// Whether the rows of the batch can be told from those of another input.
    package var knowsInputs: Bool { state.withLock { $0.inputs != nil } }

    /// Whether the rows of a group before can be told from those of another input.
    func knowsInputs(ofEarlier group: String) -> Bool { state.withLock { $0.earlierInputs[group] != nil } }

    /// Returns the fingerprint of each row's input in a group before; empty if the file does not have it.
    func inputs(ofEarlier group: String) throws(FileError) -> [UInt64] {
        try state.withLock { state throws(FileError) in try Self.inputs(at: state.earlierInputs[group], state) }
    }

    /// Whether the batch has written an output with this fingerprint.
    package func hasWritten(_ output: String) -> Bool { layout(ofOutput: output) != nil }

    /// Returns the format and the columns of the output with this fingerprint, as a key; nil if the batch has not
    /// written it.
    package func layout(ofOutput output: String) -> String? { state.withLock { $0.outputs[output] } }

    /// The requests whose outcome is not known, by their numbers.
    var unsettled: [Int: SentChunk] { state.withLock { $0.unsettled } }

    /// The rows of which the API has confirmed that it accepted them.
    var accepted: [Int] { state.withLock { $0.accepted } }

    /// Returns the requests of earlier processes that may have created runs in the minute before `now`: their rows, and
    /// the seconds since they were sent. The API's limit is per account, so requests for earlier groups count as well.
    func sentInLastMinute(before now: Int) -> [(rows: Int, age: Int)] {
        state.withLock { state in
            (state.created + state.unsettled.values.map { ($0.rows.count, $0.sentAt) })
                .map { (rows: $0.rows, age: now - $0.sentAt) }.filter { (0..<60).contains($0.age) }
        }
    }

    /// Returns the last header in a state file, even if another process is working on it; nil if there is none. Throws
    /// `Failure` and `FileError`.
    package static func header(at path: String) throws -> BatchHeader? {
        guard UserFile.exists(path) else { return nil }
        var rest = try UserFile.readRegular(path)[...]
        var header: BatchHeader?
        while let end = rest.place(of: 0x0A) {
            let line = rest[..<end]
            rest = rest[(end + 1)...]
            if header != nil, !line.starts(with: Self.beginning) { continue }
            header = (try? JSONValue.parse(Array(line))).flatMap(BatchHeader.init)
            if header == nil { throw Failure.isForeign(path: path) }
        }
        // A kill may have left an incomplete header.
        guard header != nil || rest.starts(with: Self.beginning) || Self.beginning.starts(with: rest) else {
            throw Failure.isForeign(path: path)
        }
        return header
    }

    /// Writes a header. From now on the batch can be resumed. The header of a further group follows the lines of the
    /// group before it, so that a kill leaves the one or the other as the last one.
    ///
    /// - Parameter inputs: the fingerprint of each row's input, for finding equal rows in a changed input.
    package func begin(_ header: BatchHeader, inputs: [UInt64] = []) throws(FileError) {
        try state.withLock { state throws(FileError) in
            try state.file.append(header.json.bytes())
            Self.begin(header, &state)
            if !inputs.isEmpty { try Self.write(inputs, &state) }
            try state.file.synchronize()
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
                "lot": .number(JSONNumber(state.lastNumber)), "rows": RowSpans.json(rows),
                "at": .number(JSONNumber(now)),
            ]
            try state.file.append(line.bytes())
            try state.file.flush()
            return state.lastNumber
        }
    }

    /// Records that the outcome of a request is known. `isAccepted` says that the API confirmed all of its rows.
    func didSettle(_ number: Int, isAccepted: Bool = false) throws(FileError) {
        try state.withLock { state throws(FileError) in
            // The request of an earlier process may have been the last thing that it did.
            if let chunk = state.unsettled.removeValue(forKey: number) {
                state.created.append((chunk.rows.count, chunk.sentAt))
            }
            var line: JSONObject = ["settled": .number(JSONNumber(number))]
            if isAccepted { line["accepted"] = true }
            try state.file.append(JSONValue.object(line).bytes())
            try state.file.flush()
        }
    }

    /// Records the fingerprint of an output that is about to get its name, so that it is known as one of this batch.
    ///
    /// - Parameter layout: the format and the columns of the output, as a key.
    package func willWrite(output: String, layout: String) throws(FileError) {
        try state.withLock { state throws(FileError) in
            state.outputs[output] = layout
            let line: JSONValue = ["output": .string(output), "layout": .string(layout)]
            try state.file.append(line.bytes())
            try state.file.flush()
        }
    }

    /// Records that every row of the batch has its result, and that the output is written.
    ///
    /// - Parameter inputs: the fingerprint of each row's input, where an earlier version has not written it at the
    ///   beginning.
    func end(_ ending: Ending, inputs: [UInt64] = []) throws(FileError) {
        try state.withLock { state throws(FileError) in
            if state.inputs == nil { try Self.write(inputs, &state) }
            state.ending = ending
            try state.file.append(ending.json.bytes())
            try state.file.synchronize()
        }
    }

    private static let inputsPerLine = 1_000

    private static func write(_ inputs: [UInt64], _ state: inout State) throws(FileError) {
        // In pieces, because the text of a million rows is long.
        var rest = inputs[...]
        while !rest.isEmpty {
            let texts = rest.prefix(inputsPerLine).lazy.map { Fingerprint.text(of: $0) }
            let place = try state.file.append(JSONValue.object(["inputs": .string(texts.joined())]).bytes())
            state.inputs = state.inputs ?? place
            rest = rest.dropFirst(inputsPerLine)
        }
    }

    /// Removes the file. The batch can't be resumed after that.
    package func remove() { state.withLock { $0.file.remove() } }

    /// Makes `header` the current one: what is known of requests is about the group before it, unless it says of the
    /// same group where its results are now.
    private static func begin(_ header: BatchHeader, _ state: inout State) {
        let before = state.header?.group
        state.header = header
        if before == header.group { return }
        if let before { state.earlierInputs[before] = state.inputs }
        state.ending = nil
        state.inputs = nil
        state.unsettled = [:]
        state.accepted = []
    }

    private static func read(_ path: String, into state: inout State) throws {
        var isFirst = true
        try state.file.forEach { place, line in
            let json = try? JSONValue.parse(Array(line))
            if isFirst || line.starts(with: Self.beginning) {
                guard let header = json.flatMap(BatchHeader.init) else { throw Failure.isForeign(path: path) }
                Self.begin(header, &state)
            } else if let output = json?["output"]?.string {
                state.outputs[output] = json?["layout"]?.string ?? ""
            } else if let ending = json.flatMap(Ending.init) {
                state.ending = ending
            } else if json?["inputs"]?.string != nil {
                state.inputs = state.inputs ?? place
            } else if let number = json?["lot"]?.int, (1..<1 << 32).contains(number) {
                state.lastNumber = max(state.lastNumber, number)
                let rows = (json?["rows"]?.array ?? []).lazy.flatMap {
                    RowSpans.rows(of: $0, atMost: TaskGroup.maximumAddition)
                }.prefix(TaskGroup.maximumAddition)
                state.unsettled[number] = SentChunk(rows: Array(rows), sentAt: max(0, json?["at"]?.int ?? 0))
            } else if let number = json?["settled"]?.int {
                let chunk = state.unsettled.removeValue(forKey: number)
                if json?["accepted"]?.bool == true, let chunk {
                    state.accepted += chunk.rows
                    state.created.removeAll { $0.sentAt < chunk.sentAt - 60 }
                    state.created.append((chunk.rows.count, chunk.sentAt))
                }
            }
            isFirst = false
        }
    }

    /// Returns the fingerprints in the lines from `place` on.
    private static func inputs(at place: Int?, _ state: State) throws(FileError) -> [UInt64] {
        var inputs: [UInt64] = []
        var place = place
        while let start = place, let (line, next) = try state.file.line(at: start),
            let text = (try? JSONValue.parse(Array(line)))?["inputs"]?.string
        {
            inputs += Self.inputs(text)
            place = next
        }
        return inputs
    }

    /// Reads fingerprints of sixteen digits each.
    private static func inputs(_ text: String) -> [UInt64] {
        let digits = Array(text.utf8)
        return stride(from: 0, to: digits.count, by: 16).compactMap { start in
            UInt64(String(decoding: digits[start..<min(start + 16, digits.count)], as: UTF8.self), radix: 16)
        }
    }
}

extension BatchJournal.Ending {
    /// Reads a line of a state file; nil for another line.
    init?(_ json: JSONValue) {
        guard let failed = json["ended"]?["failed"]?.int, let layout = json["ended"]?["layout"]?.string else {
            return nil
        }
        self.init(
            failed: failed, runs: json["ended"]?["runs"]?.int,
            lacksServer: json["ended"]?["lacks_server"]?.bool ?? false,
            layout: layout)
    }

    /// The line of the state file.
    var json: JSONValue {
        var members: JSONObject = ["failed": .number(JSONNumber(failed)), "layout": .string(layout)]
        if let runs { members["runs"] = .number(JSONNumber(runs)) }
        if lacksServer { members["lacks_server"] = true }
        return ["ended": .object(members)]
    }
}
