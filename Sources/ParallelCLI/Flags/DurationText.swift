import ParallelSystem
import ParallelTerminal

extension DurationText {
    /// Parses `90s`, `10m`, `2h`, `1h30m`, `1.5h`, `250ms`; a bare number means seconds.
    static func parse(_ text: String) throws(InvalidValue) -> Duration {
        let error = InvalidValue("'\(text)' is no duration; write one like 90s, 10m or 2h")
        var rest = Substring(text)
        var seconds = 0.0
        guard !rest.isEmpty else { throw error }
        while !rest.isEmpty {
            let digits = rest.upTo { !("0"..."9").contains($0) && $0 != "." }
            guard let number = Double(digits), !digits.begins(with: "."), !digits.ends(with: ".") else { throw error }
            rest = rest[digits.endIndex...]
            let unit = rest.upTo { !$0.properties.isAlphabetic }
            rest = rest[unit.endIndex...]
            guard
                let factor = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400][unit] ?? (unit.isEmpty ? 1 : nil),
                // A number without a unit after one with a unit, as in 1h30, could mean minutes or seconds.
                !unit.isEmpty || digits == text
            else { throw error }
            seconds += number * factor
        }
        guard seconds < 1e9 else { throw InvalidValue("'\(text)' is longer than any wait") }
        // Zero means without limit, so a very short duration must not be rounded down to it.
        return .milliseconds(seconds > 0 ? max(1, Int(seconds * 1000)) : 0)
    }

    /// Returns a duration for people without trailing zeros: `5m`, `1h 30m`, `1m 40s`.
    static func brief(_ duration: Duration) -> String {
        let text = describe(duration)
        for zeros in [" 00s", " 00m"] where text.ends(with: zeros) { return String(text.dropLast(zeros.count)) }
        return text
    }
}
