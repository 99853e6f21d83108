/// Points in time as people like to read them.
package enum TimeText {
    private static let months = "JanFebMarAprMayJunJulAugSepOctNovDec"
    /// The seconds of the years 1 to 9999: others are nobody's times, and could overflow.
    private static let years = -62_135_596_800..<253_402_300_800

    /// A time near `now` by its distance, as `2 min ago`; one farther off by its date, as `3 Nov 14:05` or, in another
    /// year, `3 Nov 2024`.
    ///
    /// - Parameters:
    ///   - seconds: since 1970, as `now` is.
    ///   - offset: what local time is ahead of UTC at that time, in seconds.
    package static func short(_ seconds: Int, now: Int, offset: Int) -> String {
        guard years.contains(seconds) else { return String(seconds) }
        let age = now - seconds
        if abs(age) < 5 { return "now" }
        if abs(age) < 86_400 {
            let size = abs(age)
            let text =
                size < 60 ? "\(size) s" : size < 3_600 ? "\(size / 60) min" : "\(size / 3_600) h"
            return age > 0 ? "\(text) ago" : "in \(text)"
        }
        let local = seconds + offset
        let (year, month, day) = date(ofDay: floorDivided(local, 86_400))
        let name = months.utf8.dropFirst((month - 1) * 3).prefix(3)
        let start = "\(day) \(String(decoding: name, as: UTF8.self)) "
        if year != date(ofDay: floorDivided(now + offset, 86_400)).year { return start + String(year) }
        let minute = local - floorDivided(local, 86_400) * 86_400
        return start + twoDigits(minute / 3_600) + ":" + twoDigits(minute / 60 % 60)
    }

    /// The time to the second, as `2026-11-29 12:40:34 UTC`; nil for one that no calendar has.
    ///
    /// - Parameter seconds: since 1970.
    package static func exact(_ seconds: Int) -> String? {
        guard years.contains(seconds) else { return nil }
        let (year, month, day) = date(ofDay: floorDivided(seconds, 86_400))
        let start = String(year)
        return String(repeating: "0", count: max(0, 4 - start.utf8.count)) + start
            + "-\(twoDigits(month))-\(twoDigits(day)) \(clock(seconds, offset: 0)) UTC"
    }

    /// The time for programs, as `2026-11-29T12:40:34Z` (RFC 3339).
    package static func internet(_ seconds: Int) -> String {
        "\((exact(seconds) ?? "").prefix(10))T\(clock(seconds, offset: 0))Z"
    }

    /// The local time of day, as `20:21:48`.
    package static func clock(_ seconds: Int, offset: Int) -> String {
        let second = (seconds % 86_400 + offset % 86_400 + 2 * 86_400) % 86_400
        return [second / 3_600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }

    private static func floorDivided(_ number: Int, _ divisor: Int) -> Int {
        number >= 0 ? number / divisor : (number + 1) / divisor - 1
    }

    /// The date of a day since 1970, by Howard Hinnant's `civil_from_days`, which counts years from March.
    private static func date(ofDay day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = floorDivided(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let index = (5 * dayOfYear + 2) / 153
        let month = index < 10 ? index + 3 : index - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * index + 2) / 5 + 1)
    }
}
