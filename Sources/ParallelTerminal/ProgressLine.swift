/// One line that says what the program is waiting for, as text for `Streams.setStatus`.
package enum ProgressLine {
    /// What the line shows.
    package struct State: Sendable, Equatable {
        /// Counts up with every tick and picks the picture of the spinner.
        package var frame: Int
        /// The time since the work began.
        package var elapsed: Duration
        /// What the work is doing, in a word or two: `running`.
        package var status: String
        /// The latest news from the server.
        package var message: String?
        /// How many sources the run has read; nil if that is not known.
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
    /// The fewest columns that are worth a message.
    private static let shortestMessage = 12

    /// The line for `state`, at most `columns` - 1 wide so that the cursor stays on it.
    ///
    /// Where not everything fits, the message is cut and then left out, then the count of sources, then the time.
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
