/// stderr, with a status line at its end that is redrawn in place.
struct Screen {
    private static let eraseLine = "\r\u{1B}[K"

    var sink: Sink
    /// The status line, without a line break.
    var status: String?
    /// The status line that is shown as long as there is no other one.
    var backgroundStatus: String?
    /// Whether data has gone into a pipe that may end on this terminal, at any later time. Then no status is drawn.
    private var mayHaveData = false
    private var isDrawn = false
    /// Whether data on the same terminal has ended within a line, where the status must not be drawn.
    var isWithinLine = false

    init(sink: Sink) { self.sink = sink }

    /// Writes whole lines, or nothing, above the status line and redraws the status line.
    mutating func write(_ lines: String) {
        let shown = mayDraw && !isWithinLine && !mayHaveData ? status ?? backgroundStatus : nil
        put(erasure + lines + (shown ?? ""))
        isDrawn = shown != nil
    }

    /// Erases the status line, so that text can be written without this object.
    mutating func eraseStatus() {
        put(erasure)
        isDrawn = false
    }

    /// Erases the status line for good.
    mutating func endStatus() {
        eraseStatus()
        mayHaveData = true
    }

    private var erasure: String { isDrawn && mayDraw ? Self.eraseLine : "" }

    /// False in the background, where the terminal's last line belongs to another job.
    private var mayDraw: Bool { sink.descriptor.map { !JobControl.isInBackground(of: $0) } ?? true }

    private mutating func put(_ text: String) {
        if text.isEmpty { return }
        // If stderr is gone, there is nowhere to report it.
        try? sink.write(Array(text.utf8))
    }
}
