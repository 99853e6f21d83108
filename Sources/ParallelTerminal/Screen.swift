import ParallelSystem

/// stderr, with status lines at its end that are redrawn in place.
struct Screen {
    private static let eraseLine = "\r\u{1B}[K"
    private static let eraseLineAbove = "\u{1B}[A\u{1B}[K"

    var sink: Sink
    /// The status, mostly one line; without a line break at its end.
    var status: String?
    /// The status line that is shown as long as there is no other one.
    var backgroundStatus: String?
    /// Whether data has gone into a pipe that may end on this terminal, at any later time. Then no status is drawn.
    private var mayHaveData = false
    /// The widths of the drawn status lines, in columns.
    private var drawn: [Int] = []
    /// See `TerminalInfo.rewrapsLines`.
    private let rewrapsLines: Bool
    /// Whether data on the same terminal has ended within a line, where the status must not be drawn.
    var isWithinLine = false

    init(sink: Sink, rewrapsLines: Bool) {
        self.sink = sink
        self.rewrapsLines = rewrapsLines
    }

    /// Writes whole lines, or nothing, above the status line and redraws the status line.
    mutating func write(_ lines: String) {
        let shown = mayDraw && !isWithinLine && !mayHaveData ? status ?? backgroundStatus : nil
        put(erasure + lines + (shown ?? ""))
        drawn = shown.map { $0.parts(between: "\n").map(\.displayWidth) } ?? []
    }

    /// Erases the status line, so that text can be written without this object.
    mutating func eraseStatus() {
        put(erasure)
        drawn = []
    }

    /// Erases the status line for good.
    mutating func endStatus() {
        eraseStatus()
        mayHaveData = true
    }

    /// What erases the status: all rows that it takes, as the terminal may be narrower than when it was drawn.
    private var erasure: String {
        guard !drawn.isEmpty, mayDraw else { return "" }
        let columns = rewrapsLines ? sink.descriptor.flatMap(TerminalInfo.columns) : nil
        let rows = drawn.reduce(0) { rows, width in rows + 1 + (columns.map { max(0, width - 1) / $0 } ?? 0) }
        return Self.eraseLine + String(repeating: Self.eraseLineAbove, count: rows - 1)
    }

    /// False in the background, where the terminal's last line belongs to another job.
    private var mayDraw: Bool { sink.descriptor.map { !JobControl.isInBackground(of: $0) } ?? true }

    private mutating func put(_ text: String) {
        if text.isEmpty { return }
        // If stderr is gone, there is nowhere to report it.
        try? sink.write(Array(text.utf8))
    }
}
