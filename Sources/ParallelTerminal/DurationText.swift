/// Durations as text.
package enum DurationText {
    /// Returns a duration for people: `250ms`, `42s`, `3m 05s`, `1h 02m`.
    package static func describe(_ duration: Duration) -> String {
        let seconds = Int(duration.components.seconds)
        if seconds == 0 { return "\(duration.components.attoseconds / 1_000_000_000_000_000)ms" }
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m \(padded(seconds % 60))s" }
        return "\(seconds / 3600)h \(padded(seconds / 60 % 60))m"
    }
}
