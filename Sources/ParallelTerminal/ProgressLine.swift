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
        /// How much of the work is done, from 0 to 100; nil if unknown.
        package var percent: Double?
        /// The number of works that are waited for, if there are several, and how many of them are over.
        package var total: Int?
        package var ended = 0
        /// How long the work usually takes, such as `2 to 10 min`; nil if unknown.
        package var usualTime: String?

        package init(
            frame: Int = 0, elapsed: Duration = .zero, status: String, message: String? = nil, sourcesRead: Int? = nil,
            percent: Double? = nil, total: Int? = nil, usualTime: String? = nil
        ) {
            self.frame = frame
            self.elapsed = elapsed
            self.status = status
            self.message = message
            self.sourcesRead = sourcesRead
            self.percent = percent
            self.total = total
            self.usualTime = usualTime
        }
    }

    private static let spinner = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"]
    /// The minimum width of a cut message, in columns; a shorter one is left out.
    private static let shortestMessage = 12

    /// Returns the line for `state`, at most `columns` - 1 wide so that the cursor stays on it.
    ///
    /// If not everything fits, it cuts the message, then leaves out the usual time, the message, the count of sources,
    /// the bar, the count of works, and the time.
    package static func draw(_ state: State, columns: Int) -> String {
        let room = columns - 1
        let spinner = spinner[((state.frame % spinner.count) + spinner.count) % spinner.count]
        let status = ControlCharacters.neutralised(state.status)
        let message = state.message.map { " · " + ControlCharacters.neutralised($0) } ?? ""
        let bar = state.percent.flatMap { Int(exactly: min(max($0, 0), 100).rounded(.down)) }

        // In the order in which they are left out, the last first.
        let details = [
            state.total.map { " · \(state.ended)/\($0)" }, bar.map { " \(ProgressBar.bar(percent: $0))" },
            state.sourcesRead.map { " · \($0) \($0 == 1 ? "source" : "sources")" },
        ].compactMap(\.self)
        var line = "\(spinner) \(clock(state.elapsed)) \(status)"
        if line.displayWidth > room { return "\(spinner) \(status)".truncated(toWidth: max(0, room)) }
        for detail in details {
            guard (line + detail).displayWidth <= room else { return line }
            line += detail
        }
        let shortest = min(message.displayWidth, shortestMessage)
        if let time = state.usualTime.map({ " · usually \($0)" }), (line + time).displayWidth + shortest <= room {
            line += time
        }
        let left = room - line.displayWidth
        return left >= shortest ? line + message.truncated(toWidth: left) : line
    }

    /// `0:07`, `12:34` or `1:02:03`.
    private static func clock(_ duration: Duration) -> String {
        func twoDigits(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = max(0, duration.components.seconds)
        let (hours, minutes) = (seconds / 3600, seconds / 60 % 60)
        return (hours > 0 ? "\(hours):\(twoDigits(minutes))" : "\(minutes)") + ":" + twoDigits(seconds % 60)
    }
}
