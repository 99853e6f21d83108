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
        put((isDrawn ? Self.eraseLine : "") + lines + (status ?? ""))
        isDrawn = status != nil
    }

    /// Makes room for text that is written past this object.
    mutating func eraseStatus() {
        if isDrawn { put(Self.eraseLine) }
        isDrawn = false
    }

    private mutating func put(_ text: String) {
        // There is nowhere left to report that stderr is gone.
        try? sink.write(Array(text.utf8))
    }
}
