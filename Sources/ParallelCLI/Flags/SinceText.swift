import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// A point in time as people give it: how long ago, as `7d`, or a local day, as `2026-11-01`.
enum SinceText: Sendable {
    case ago(Duration)
    /// The number of days since 1970.
    case day(Int)

    static func flag(_ summary: String) -> Flag<SinceText?> {
        Flag(
            "since", value: FlagSpec.Value("TIME"), summary: summary,
            details: "How long ago, such as 24h or 7d, or the first day, such as 2026-11-01."
        ) { since, text throws(InvalidValue) in since = try parse(text) }
    }

    static func parse(_ text: String) throws(InvalidValue) -> SinceText {
        let parts = text.parts(between: "-")
        let isDate =
            parts.map(\.utf8.count) == [4, 2, 2] && text.utf8.allSatisfy { $0.isASCIIDigit || $0 == UInt8(ascii: "-") }
        if isDate {
            let (year, month, day) = (Int(parts[0]) ?? 0, Int(parts[1]) ?? 0, Int(parts[2]) ?? 0)
            if let number = LocalDay.number(year: year, month: month, day: day) { return .day(number) }
        } else if let duration = try? DurationText.parse(text), text.utf8.last.map(\.isASCIIDigit) == false {
            return .ago(duration)
        }
        throw InvalidValue("'\(text)' is no time; write one like 24h, 7d or 2026-11-01")
    }

    /// Returns the time in seconds since 1970.
    func start(_ context: Context) -> Int {
        switch self {
        case .ago(let duration): context.now() - Int(duration.components.seconds)
        case .day(let day): day * 86_400 - context.localOffset(day * 86_400)
        }
    }
}
