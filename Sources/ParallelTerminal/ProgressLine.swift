/// One line that says what the program is waiting for, as text for `Streams.setStatus`.
package enum ProgressLine {
    /// What the line shows.
    package struct State: Sendable, Equatable {
        /// A counter of redraws that selects the spinner's picture.
        package var frame: Int
        /// The time since the work began.
        package var elapsed: Duration
        /// The state of the work in a word or two, such as `running`.
        package var status: String
        /// The latest progress message of the server.
        package var message: String?
        /// The number of sources that the run has read; nil if unknown.
        package var sourcesRead: Int?

        package init(
            frame: Int = 0, elapsed: Duration = .zero, status: String, message: String? = nil, sourcesRead: Int? = nil
        ) {
            self.frame = frame
            self.elapsed = elapsed
            self.status = status
            self.message = message
            self.sourcesRead = sourcesRead
        }
    }

    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// The minimum width of a cut message, in columns; a shorter one is left out.
    private static let shortestMessage = 12

    /// Returns the line for `state`, at most `columns` - 1 wide so that the cursor stays on it.
    ///
    /// If not everything fits, it cuts the message, then leaves out the message, the count of sources, and the time.
    package static func draw(_ state: State, columns: Int) -> String {
        let room = columns - 1
        let spinner = spinner[((state.frame % spinner.count) + spinner.count) % spinner.count]
        let status = ControlCharacters.neutralised(state.status)
        let time = clock(state.elapsed)
        let sources = state.sourcesRead.map { " · \($0) \($0 == 1 ? "source" : "sources")" } ?? ""
        let message = state.message.map { " · " + ControlCharacters.neutralised($0) } ?? ""

        let full = "\(spinner) \(time) \(status)\(sources)"
        let left = room - full.displayWidth
        if !message.isEmpty, left >= min(message.displayWidth, shortestMessage) {
            return full + message.truncated(toWidth: left)
        }
        for line in [full, "\(spinner) \(time) \(status)", "\(spinner) \(status)"] where line.displayWidth <= room {
            return line
        }
        return "\(spinner) \(status)".truncated(toWidth: room)
    }

    /// `0:07`, `12:34` or `1:02:03`.
    private static func clock(_ duration: Duration) -> String {
        func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = max(0, duration.components.seconds)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours):\(twoDigits(minutes))" : "\(minutes)") + ":" + twoDigits(seconds % 60)
    }
}
