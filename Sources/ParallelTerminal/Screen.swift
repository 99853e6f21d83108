/// stderr with the line that is redrawn in place at its end.
struct Screen {
    private static let eraseLine = "\r\u{1B}[K"

    var sink: Sink
    /// The line to be seen at the end; it holds no line break.
    var status: String?
    private var isDrawn = false

    init(sink: Sink) { self.sink = sink }

    /// Writes whole lines, or nothing, above the status and shows it as it is now.
    mutating func write(_ lines: String) {
        let shown = mayDraw ? status : nil
        put(erasure + lines + (shown ?? ""))
        isDrawn = shown != nil
    }

    /// Makes room for text that is written past this object.
    mutating func eraseStatus() {
        put(erasure)
        isDrawn = false
    }

    private var erasure: String { isDrawn && mayDraw ? Self.eraseLine : "" }

    /// False in the background, where the last line of the terminal is another job's.
    private var mayDraw: Bool { sink.descriptor.map { !JobControl.isInBackground(of: $0) } ?? true }

    private mutating func put(_ text: String) {
        if text.isEmpty { return }
        // There is nowhere left to report that stderr is gone.
        try? sink.write(Array(text.utf8))
    }
}
