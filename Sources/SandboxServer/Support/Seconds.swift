/// Durations in scenarios and options.
enum Seconds {
    /// Parses a decimal number of seconds from 0 to a day; returns nil for anything else.
    static func parse(_ text: some StringProtocol) -> Double? {
        let isDecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
        guard isDecimal, let value = Double(text), (0...86_400).contains(value) else { return nil }
        return value
    }
}

extension Duration {
    /// The whole milliseconds.
    var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
