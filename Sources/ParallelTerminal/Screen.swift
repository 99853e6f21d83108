/// stderr, with a status line at its end that is redrawn in place.
struct Screen {
    private static let eraseLine = "\r\u{1B}[K"

    var sink: Sink
    /// The status line, without a line break.
    var status: String?
    /// The status line that is shown as long as there is no other one.
    var backgroundStatus: String?
    /// The time before which no status is drawn.
    private var pauseEnd: ContinuousClock.Instant?
    private var isDrawn = false
    /// Whether data on the same terminal has ended within a line, where the status must not be drawn.
    var isWithinLine = false

    private let now: @Sendable () -> ContinuousClock.Instant

    init(sink: Sink, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        self.sink = sink
        self.now = now
    }

    /// Writes whole lines, or nothing, above the status line and redraws the status line.
    mutating func write(_ lines: String) {
        let isPaused = pauseEnd.map { now() < $0 } ?? false
        let shown = mayDraw && !isWithinLine && !isPaused ? status ?? backgroundStatus : nil
        put(erasure + lines + (shown ?? ""))
        isDrawn = shown != nil
    }

    /// Erases the status line, so that text can be written without this object.
    mutating func eraseStatus() {
        put(erasure)
        isDrawn = false
    }

    /// Erases the status line. The first write after 50 ms draws it again.
    mutating func pauseStatus() {
        eraseStatus()
        pauseEnd = now() + .milliseconds(50)
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
