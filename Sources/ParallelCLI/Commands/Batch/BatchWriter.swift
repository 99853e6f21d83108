import ParallelCore
import ParallelJSON
import ParallelSystem

/// Writes rows with their results, and takes note of what is to be told about them in the end.
final class BatchWriter: Sendable {
    private struct State {
        var count = 0
        var failed = 0
        /// How many runs had each warning.
        var warnings: [(text: String, runs: Int)] = []
        /// What is not written yet.
        var buffer: [UInt8] = []
    }

    /// Warnings beyond these are not worth reading.
    private static let mostWarnings = 10

    private let layout: BatchLayout
    private let isRaw: Bool
    /// How much is written at once, in bytes; 0 for each row by itself.
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

    /// Writes the row whose line in the input is `input`, with the API's event of its run.
    func add(_ row: Int, _ input: ArraySlice<UInt8>, _ event: ArraySlice<UInt8>) throws {
        let json = try JSONValue.parse(Array(event))
        guard let run = json["run"].flatMap(TaskRun.init) else { return }
        guard let inputRow = InputRow(line: row + 1, spooled: Array(input)) else { return }
        try add(inputRow, run, output: GroupEvent(json).output, event)
    }

    func add(_ row: InputRow, _ run: TaskRun, output: TaskOutput?, _ event: ArraySlice<UInt8>) throws {
        let error = Self.error(of: run, output)
        let bytes = state.withLock { state in
            for warning in run.warnings { Self.note(warning, &state) }
            if error != nil { state.failed += 1 }
            defer { state.count += 1 }
            if isRaw {
                state.buffer += event
                state.buffer.append(0x0A)
            } else {
                let result = BatchResult(
                    runID: run.id, status: run.status.rawValue, error: error, output: error == nil ? output : nil)
                layout.appendRow(state.count, row, result, to: &state.buffer)
            }
            return state.buffer.count >= blockSize ? Self.take(&state) : []
        }
        if !bytes.isEmpty { try write(bytes) }
    }

    private static func take(_ state: inout State) -> [UInt8] {
        let bytes = state.buffer
        state.buffer = []
        return bytes
    }

    /// Why a run has no output to show; nil if it has.
    private static func error(of run: TaskRun, _ output: TaskOutput?) -> String? {
        if run.status == .completed { return output == nil ? "the API sent no output" : nil }
        return run.error?.message ?? "the run is \(run.status.rawValue)"
    }

    private static func note(_ warning: String, _ state: inout State) {
        if let index = state.warnings.firstIndex(where: { $0.text == warning }) {
            state.warnings[index].runs += 1
        } else if state.warnings.count < mostWarnings {
            state.warnings.append((warning, 1))
        }
    }
}
