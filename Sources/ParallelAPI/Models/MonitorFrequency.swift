import ParallelSystem

/// How often a monitor runs (API reference, monitors): a number of hours, days or weeks, from an hour to thirty days.
package struct MonitorFrequency: Sendable {
    /// As the API takes it, such as `6h`.
    package let text: String
    private let hours: Int

    /// The words that stand for a frequency.
    package static let words: [(word: String, text: String)] = [
        ("hourly", "1h"), ("daily", "1d"), ("weekly", "1w"), ("every_two_weeks", "2w"),
    ]

    /// Parses `6h`, `1d`, `2w` or one of `words`; nil for anything else, also if it is too often or too seldom.
    package init?(_ given: String) {
        let text = Self.words.first { $0.word.isExactly(given) }?.text ?? given
        let digits = text.utf8.dropLast()
        guard let unit = text.utf8.last, (1...4).contains(digits.count), digits.allSatisfy(\.isASCIIDigit),
            let factor = ["h": 1, "d": 24, "w": 168][String(decoding: [unit], as: UTF8.self)]
        else { return nil }
        hours = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } * factor
        guard (1...720).contains(hours) else { return nil }
        self.text = text
    }

    /// The number of executions in thirty days.
    package var executionsPerMonth: Int { 720 / hours }
}

/// The processors of monitors.
package enum MonitorProcessor {
    /// With the price of 1,000 executions in whole USD (API reference, pricing); the first is the usual one.
    package static let priceList: [(name: String, usdPer1000: Int)] = [("lite", 3), ("base", 10)]
    package static let usual = "lite"
    package static let names = priceList.map(\.name)

    /// Returns what a monitor costs in thirty days; nil for a processor without a known price.
    package static func monthlyCost(_ frequency: MonitorFrequency, on processor: String) -> Cost? {
        priceList.first { $0.name.isExactly(processor) }.map {
            Cost(thousandths: $0.usdPer1000 * frequency.executionsPerMonth)
        }
    }
}
