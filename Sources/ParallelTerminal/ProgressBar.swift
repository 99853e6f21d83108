import ParallelSystem

/// The progress of many items on one line: as a bar for `Streams.setStatus`, or as plain text for logs.
package enum ProgressBar {
    /// What the line shows.
    package struct State: Sendable, Equatable {
        /// The number of finished items, failed ones included.
        package var done: Int
        package var total: Int
        /// The number of finished items that failed.
        package var failed: Int
        package var running: Int
        /// Items finished per second; nil if unknown.
        package var rate: Double?
        package var timeLeft: Duration?
        /// The money spent so far, as text.
        package var cost: String?
        /// What the work waits for at the moment, as text.
        package var activity: String?

        package init(
            done: Int = 0, total: Int, failed: Int = 0, running: Int = 0, rate: Double? = nil,
            timeLeft: Duration? = nil, cost: String? = nil, activity: String? = nil
        ) {
            self.done = done
            self.total = total
            self.failed = failed
            self.running = running
            self.rate = rate
            self.timeLeft = timeLeft
            self.cost = cost
            self.activity = activity
        }
    }

    private static let width = 10

    /// Returns the line for `state`, at most `columns` - 1 wide so that the cursor stays on it.
    ///
    /// If not everything fits, it leaves out, in this order: the running items, the rate, the cost, the time left,
    /// what is waited for, the failures, the bar, the counts.
    package static func draw(_ state: State, columns: Int) -> String {
        let room = columns - 1
        let percent = percent(state)
        let bar = bar(percent: percent)
        let counts = "\(percent)% \(state.done.grouped)/\(state.total.grouped)"
        var details = details(of: state)
        while true {
            let line = ([bar + " " + counts] + details.map(\.text)).joined(separator: " · ")
            if line.displayWidth <= room { return line }
            guard let least = details.indices.min(by: { details[$0].priority < details[$1].priority }) else { break }
            details.remove(at: least)
        }
        return counts.displayWidth <= room ? counts : "\(percent)%".truncated(toWidth: room)
    }

    /// Returns a bar such as `[####------]`; `percent` is from 0 to 100.
    static func bar(percent: Int) -> String {
        let filled = percent * width / 100
        return "[\(String(repeating: "#", count: filled))\(String(repeating: "-", count: width - filled))]"
    }

    /// Returns the line for an output where nothing can be redrawn: `4,200/10,000 (42%) · 12 failed …`.
    package static func plain(_ state: State) -> String {
        let counts = "\(state.done.grouped)/\(state.total.grouped) (\(percent(state))%)"
        return ([counts] + details(of: state).map(\.text)).joined(separator: " · ")
    }

    /// Returns what follows the counts; the detail of lowest priority is left out first.
    private static func details(of state: State) -> [(text: String, priority: Int)] {
        [
            state.failed > 0 ? ("\(state.failed.grouped) failed", 5) : nil,
            state.running > 0 ? ("\(state.running.grouped) running", 0) : nil,
            state.rate.map { (text(ofRate: $0), 1) },
            state.timeLeft.map { (DurationText.describe($0) + " left", 3) },
            state.cost.map { ($0, 2) },
            state.activity.map { ($0, 4) },
        ].compactMap(\.self)
    }

    /// Returns the percentage rounded down, so that 100 means all.
    private static func percent(_ state: State) -> Int {
        state.done >= state.total ? 100 : max(0, state.done) * 100 / state.total
    }

    /// Returns a rate as `85/s`, `2.5/s`, `12/min` or `0.4/min`.
    package static func text(ofRate rate: Double) -> String {
        func number(_ value: Double) -> String {
            let tenths = Int((min(value, 1e9) * 10).rounded())
            return tenths < 100 && !tenths.isMultiple(of: 10)
                ? "\(tenths / 10).\(tenths % 10)" : ((tenths + 5) / 10).grouped
        }
        return rate >= 1 ? "\(number(rate))/s" : "\(number(rate * 60))/min"
    }
}
