/// stderr, with a status line at its end that is redrawn in place.
struct Screen {
    private static let eraseLine = "\r\u{1B}[K"
    private static let eraseLineAbove = "\u{1B}[A\u{1B}[K"

    var sink: Sink
    /// The status line, without a line break.
    var status: String?
    /// The status line that is shown as long as there is no other one.
    var backgroundStatus: String?
    /// Whether data has gone into a pipe that may end on this terminal, at any later time. Then no status is drawn.
    private var mayHaveData = false
    /// The width of the drawn status line, in columns; nil if none is drawn.
    private var drawnWidth: Int?
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
        drawnWidth = shown?.displayWidth
    }

    /// Erases the status line, so that text can be written without this object.
    mutating func eraseStatus() {
        put(erasure)
        drawnWidth = nil
    }

    /// Erases the status line for good.
    mutating func endStatus() {
        eraseStatus()
        mayHaveData = true
    }

    /// What erases the status line: all rows that it takes, as the terminal may be narrower than when it was drawn.
    private var erasure: String {
        guard let drawnWidth, mayDraw else { return "" }
        guard rewrapsLines, let columns = sink.descriptor.flatMap(TerminalInfo.columns) else { return Self.eraseLine }
        return Self.eraseLine + String(repeating: Self.eraseLineAbove, count: max(0, drawnWidth - 1) / columns)
    }

    /// False in the background, where the terminal's last line belongs to another job.
    private var mayDraw: Bool { sink.descriptor.map { !JobControl.isInBackground(of: $0) } ?? true }

    private mutating func put(_ text: String) {
        if text.isEmpty { return }
        // If stderr is gone, there is nowhere to report it.
        try? sink.write(Array(text.utf8))
    }
}
