import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Writes rows with their results, and counts failures and warnings.
final class BatchWriter: Sendable {
    private struct State {
        var count = 0
        var failed = 0
        /// The warnings, with the number of runs that had each of them.
        var warnings: [(text: String, runs: Int)] = []
        /// The bytes that are not written yet.
        var buffer: [UInt8] = []
    }

    /// The maximum number of different warnings.
    private static let maximumWarnings = 10

    private let layout: BatchLayout
    private let isRaw: Bool
    /// The number of bytes that are written at once; 0 to write each row immediately.
    private let blockSize: Int
    private let write: @Sendable ([UInt8]) throws -> Void
    private let state = Lock(State())

    init(
        _ layout: BatchLayout, isRaw: Bool, blockSize: Int, write: @escaping @Sendable ([UInt8]) throws -> Void
    ) {
        self.layout = layout
        self.isRaw = isRaw
        self.blockSize = blockSize
        self.write = write
    }

    var count: Int { state.withLock { $0.count } }
    var failed: Int { state.withLock { $0.failed } }
    var warnings: [(text: String, runs: Int)] { state.withLock { $0.warnings } }

    func begin() throws { if !isRaw { try write(layout.header()) } }

    func end() throws {
        try write(state.withLock { Self.take(&$0) })
        if !isRaw { try write(layout.footer()) }
    }

    /// Writes a row of the input with its result.
    func add(_ row: SpooledRow, _ result: ResultLine) throws { try add(row.read(), result) }

    /// Writes a row with its result. Only the members that are shown are parsed.
    func add(_ row: InputRow, _ result: ResultLine) throws {
        let parts = JSONText(result.json).members("run", "output")
        let run = parts?[0]?.members("run_id", "status", "error", "warnings")
        let output = parts?[1].flatMap(output)
        let status = run?[1]?.string ?? "unknown"
        let error = Self.error(status, run?[2]?.value, output)
        let warnings = run?[3].flatMap { $0.isNull ? nil : TaskRun.warnings(in: $0.value) } ?? []
        let bytes = state.withLock { state in
            for warning in warnings { Self.note(warning, &state) }
            if error != nil { state.failed += 1 }
            defer { state.count += 1 }
            if isRaw {
                state.buffer += result.json
                state.buffer.append(0x0A)
            } else {
                let result = BatchResult(
                    runID: layout.showsRunIDs ? run?[0]?.string : nil, status: status, error: error,
                    output: error == nil ? output : nil)
                layout.appendRow(state.count, row, result, to: &state.buffer)
            }
            return state.buffer.count >= blockSize ? Self.take(&state) : []
        }
        if !bytes.isEmpty { try write(bytes) }
    }

    private func output(_ text: JSONText) -> TaskOutput? {
        guard !isRaw else { return text.isNull ? nil : TaskOutput(json: [:]) }
        if layout.showsBasis { return text.value.flatMap { $0.object == nil ? nil : TaskOutput(json: $0) } }
        guard let members = text.members("type", "content"), let content = members[1]?.value else { return nil }
        return TaskOutput(json: ["type": members[0]?.value ?? .null, "content": content])
    }

    /// Returns the reason why a run has no output; nil if it has one.
    private static func error(_ status: String, _ error: JSONValue?, _ output: TaskOutput?) -> String? {
        if status == RunStatus.completed.rawValue { return output == nil ? "the API sent no output" : nil }
        return error.flatMap(APIErrorObject.init).map { AddressMask.maskingAddresses(in: $0.message) }
            ?? "the run is \(status)"
    }

    private static func take(_ state: inout State) -> [UInt8] {
        let bytes = state.buffer
        state.buffer = []
        return bytes
    }

    private static func note(_ warning: String, _ state: inout State) {
        if let index = state.warnings.firstIndex(where: { $0.text == warning }) {
            state.warnings[index].runs += 1
        } else if state.warnings.count < maximumWarnings {
            state.warnings.append((warning, 1))
        }
    }
}
