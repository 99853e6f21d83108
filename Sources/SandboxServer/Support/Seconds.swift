/// Durations as scenarios and options write them.
enum Seconds {
    /// A decimal number of seconds from 0 to a day; nil for anything else.
    static func parse(_ text: some StringProtocol) -> Double? {
        let isDecimal = text.utf8.allSatisfy {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: ".")
        }
        guard isDecimal, let value = Double(text), (0...86_400).contains(value) else { return nil }
        return value
    }
}
