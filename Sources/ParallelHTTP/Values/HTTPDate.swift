import ParallelSystem

/// HTTP dates (RFC 9110 §5.6.7) as seconds since 1970.
package enum HTTPDate {
    /// Parses all three forms: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov 6
    /// 08:49:37 1994`. `now` decides the century of a year with two digits.
    package static func parse(_ text: String, now: Int) -> Int? {
        let words = text.parts(between: " ").filter { !$0.isEmpty }.map(String.init)
        switch words.count {
        case 6 where words[0].ends(with: ",") && words[5] == "GMT":
            return time(day: words[1], month: words[2], year: Int(words[3]), clock: words[4])
        case 4 where words[0].ends(with: ",") && words[3] == "GMT":
            let date = words[1].parts(between: "-").map(String.init)
            guard date.count == 3, date[2].utf8.count == 2, let short = Int(date[2]) else { return nil }
            let thisYear = civilYear(at: now)
            // A date that appears to be more than 50 years ahead is in the past.
            var year = thisYear - thisYear % 100 + short
            if year > thisYear + 50 { year -= 100 }
            if year <= thisYear - 50 { year += 100 }
            return time(day: date[0], month: date[1], year: year, clock: words[2])
        case 5:
            return time(day: words[2], month: words[1], year: Int(words[4]), clock: words[3])
        default:
            return nil
        }
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    private static func time(day: String, month: String, year: Int?, clock: String) -> Int? {
        let parts = clock.parts(between: ":").map { $0.utf8.count == 2 ? Int($0) : nil }
        guard let day = Int(day), (1...31).contains(day), let month = months.firstIndex(of: month),
            let year, (1601...9999).contains(year), parts.count == 3,
            let hour = parts[0], let minute = parts[1], let second = parts[2],
            (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second)
        else { return nil }
        return daysSince1970(year: year, month: month + 1, day: day) * 86400 + hour * 3600 + minute * 60 + second
    }

    /// Returns the number of days since 1970 (Howard Hinnant's `days_from_civil`). Years begin in March, so that the
    /// leap day comes last.
    package static func daysSince1970(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func civilYear(at time: Int) -> Int {
        var year = 1970 + time / 31_556_952
        while daysSince1970(year: year + 1, month: 1, day: 1) * 86400 <= time { year += 1 }
        while daysSince1970(year: year, month: 1, day: 1) * 86400 > time { year -= 1 }
        return year
    }
}
