import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Writes rows with their results, and counts failures and warnings.
final class BatchWriter: Sendable {
    private struct State {
        var count = 0
        var failed = 0
        /// The rows among them that can't be sent, whenever it is.
        var unusable = 0
        var reasons = FailureReasons()
        /// The rows without a run that do not count as failed.
        var blank = 0
        /// The warnings, with the number of runs that had each of them. The text is that of the first run.
        var warnings: [(text: String, common: String, runs: Int)] = []
        /// The bytes that are not written yet.
        var buffer: [UInt8] = []
        /// The rows for people that are not written yet.
        var rows: [(row: InputRow, result: BatchResult)] = []
    }

    /// The maximum number of rows of a table on a terminal, so that a long batch appears while it runs.
    private static let maximumTableRows = 500

    /// The maximum number of different warnings.
    private static let maximumWarnings = 10

    private let layout: BatchLayout
    private let isRaw: Bool
    /// The number of bytes that are written at once; 0 to write each row immediately.
    private let blockSize: Int
    private let write: @Sendable ([UInt8]) throws -> Void
    /// Where rows are laid out for people; nil where lines are written.
    private let peopleOutput: Output?
    private let state = Lock(State())

    init(
        _ layout: BatchLayout, isRaw: Bool, blockSize: Int, write: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.layout = layout
        self.isRaw = isRaw
        self.blockSize = blockSize
        self.write = write
        peopleOutput = nil
    }

    /// Writes in the form that `options` ask for; on a terminal, for people if they ask for none.
    init(_ layout: BatchLayout, _ options: BatchLayoutOptions, blockSize: Int, to output: Output) {
        self.layout = layout
        isRaw = options.isRaw
        self.blockSize = blockSize
        write = { try output.write(rows: $0, separator: options.rowFormat.separator) }
        peopleOutput = output.isLaidOut && options.format == nil && !options.isRaw ? output : nil
    }

    var count: Int { state.withLock { $0.count } }
    var failed: Int { state.withLock { $0.failed } }
    /// Whether rows failed that can be run again.
    var mayRetry: Bool { state.withLock { $0.failed > $0.unusable } }
    var blank: Int { state.withLock { $0.blank } }

    /// Returns the counts of rows by how they ended, for a sentence: `36 rows done, 2 blank rows kept without a run, 1
    /// failed: 1 × no website found`.
    func summary(hiding secrets: KnownSecrets) -> String {
        let (count, failed, blank, reasons) = state.withLock { ($0.count, $0.failed, $0.blank, $0.reasons) }
        return "\(counted(count - failed - blank, "row")) done"
            + (blank > 0 ? ", \(counted(blank, "blank row")) kept without a run" : "")
            + (failed > 0 ? ", \(failed.grouped) failed: \(reasons.summary(hiding: secrets))\(whereErrorsAre)" : "")
    }

    /// The warnings, with the number of runs that had each of them; without reference ids if there were several.
    var warnings: [(text: String, runs: Int)] {
        state.withLock { $0.warnings.map { ($0.runs > 1 ? $0.common : $0.text, $0.runs) } }
    }

    /// Says behind the number of failed rows where each has its error; empty for people, who see it.
    private var whereErrorsAre: String {
        if peopleOutput != nil { return "" }
        return isRaw ? " (see run.error)" : " (see \(layout.placeOfErrors))"
    }

    func begin() throws { if writesLines { try write(layout.header()) } }

    func end() throws {
        try writeRowsForPeople()
        try write(state.withLock { Self.take(&$0) })
        if writesLines { try write(layout.footer()) }
    }

    /// Whether rows are written in the layout's format, and not as the API's documents or for people.
    private var writesLines: Bool { !isRaw && peopleOutput == nil }

    /// Writes a row of the input with its result.
    func add(_ row: SpooledRow, _ result: ResultLine) throws {
        try add(row.read(), result, number: row.index + 1)
    }

    /// Writes a row with its result. Only the members that are shown are parsed.
    ///
    /// - Parameter number: the number of the row in the input, counted from 1; nil for a run that belongs to no row.
    func add(_ row: InputRow, _ result: ResultLine, number: Int? = nil) throws {
        let shown = BatchResult(result, number: number, isRaw: isRaw, hasBasis: layout.showsBasis)
        let (cause, error) = (shown.cause, shown.error)
        let warnings = shown.warnings
        let (bytes, isFull) = state.withLock { state -> ([UInt8], Bool) in
            for warning in warnings { Self.note(warning, &state) }
            if cause == .blank {
                state.blank += 1
            } else if let error {
                state.failed += 1
                if cause == .unusable { state.unusable += 1 }
                state.reasons.add(error)
            }
            defer { state.count += 1 }
            if isRaw {
                state.buffer += result.json
                state.buffer.append(0x0A)
            } else {
                if peopleOutput != nil {
                    state.rows.append((row, shown))
                    return ([], layout.showsBasis || state.rows.count >= Self.maximumTableRows)
                }
                layout.appendRow(state.count, row, shown, to: &state.buffer)
            }
            return (state.buffer.count >= blockSize ? Self.take(&state) : [], false)
        }
        if !bytes.isEmpty { try write(bytes) }
        if isFull { try writeRowsForPeople() }
    }

    /// Writes the rows for people that came so far.
    func writeRowsForPeople() throws {
        let (rows, count) = state.withLock { state in
            defer { state.rows = [] }
            return (state.rows, state.count)
        }
        let first = count - rows.count
        for (index, block) in layout.blocks(rows, from: first).enumerated() {
            try peopleOutput?.write(block, isFirst: first + index == 0)
        }
    }

    private static func take(_ state: inout State) -> [UInt8] {
        let bytes = state.buffer
        state.buffer = []
        return bytes
    }

    private static func note(_ warning: String, _ state: inout State) {
        let common = AddressMask.maskingAddresses(in: warning.withoutReferenceIDs)
        if let index = state.warnings.firstIndex(where: { $0.common.isExactly(common) }) {
            state.warnings[index].runs += 1
        } else if state.warnings.count < maximumWarnings {
            state.warnings.append((warning, common, 1))
        }
    }
}

extension BatchResult {
    /// Reads the result of a row.
    ///
    /// - Parameters:
    ///   - isRaw: whether it is only of interest if there is an output.
    ///   - hasBasis: whether the output's basis is needed.
    init(_ line: ResultLine, number: Int?, isRaw: Bool = false, hasBasis: Bool = true) {
        let parts = JSONText(line.json).members("run", "output")
        // The line of a row without a run has status and error itself.
        cause = parts?[0] == nil ? line.unsent?.cause : nil
        let run = (parts?[0] ?? JSONText(line.json)).members("run_id", "status", "error", "warnings")
        let found = parts?[1].flatMap { Self.output($0, isRaw: isRaw, hasBasis: hasBasis) }
        runID = run?[0]?.string
        rowNumber = number
        status = run?[1]?.string ?? "unknown"
        error = Self.error(status, run?[2]?.value, found)
        warnings = run?[3].flatMap { $0.isNull ? nil : TaskRun.warnings(in: $0.value) } ?? []
        output = error == nil ? found : nil
    }

    private static func output(_ text: JSONText, isRaw: Bool, hasBasis: Bool) -> TaskOutput? {
        guard !isRaw else { return text.isNull ? nil : TaskOutput(json: [:]) }
        if hasBasis { return text.value.flatMap { $0.object == nil ? nil : TaskOutput(json: $0) } }
        guard let members = text.members("type", "content"), let content = members[1]?.value else { return nil }
        return TaskOutput(json: ["type": members[0]?.value ?? .null, "content": content])
    }

    /// Returns the reason why a run has no output; nil if it has one.
    private static func error(_ status: String, _ error: JSONValue?, _ output: TaskOutput?) -> String? {
        if status == RunStatus.completed.rawValue { return output == nil ? "the API sent no output" : nil }
        return error.flatMap(APIErrorObject.init).map { AddressMask.maskingAddresses(in: $0.message) }
            ?? "the run is \(status)"
    }
}
