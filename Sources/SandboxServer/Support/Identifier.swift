import Synchronization

/// Random identifiers in the API's formats.
enum Identifier {
    /// Random seeds, asked of the system only once: asking for each identifier would take a tenth of the time of adding
    /// runs to a group.
    private static let seeds = (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max))
    private static let lastNumber = Atomic<UInt64>(0)

    /// Returns `prefix` and 32 lower-case hexadecimal digits, such as `trun_…`.
    static func make(_ prefix: String) -> String {
        let number = lastNumber.add(1, ordering: .relaxed).newValue
        let digits = [StableHash.mixed(seeds.0 &+ number), StableHash.mixed(seeds.1 &+ number)]
        return String(unsafeUninitializedCapacity: prefix.utf8.count + 32) { text in
            let end = text.initialize(fromContentsOf: prefix.utf8)
            for place in 0..<32 {
                let digit = UInt8(truncatingIfNeeded: digits[place / 16] >> (60 - 4 * (place % 16)) & 0xF)
                text.initializeElement(
                    at: end + place, to: digit + (digit < 10 ? UInt8(ascii: "0") : UInt8(ascii: "a") - 10))
            }
            return end + 32
        }
    }

    /// Returns a random UUID (RFC 9562, version 4) in lower case.
    static func uuid() -> String {
        let high = UInt64.random(in: 0 ... .max) & ~0xF000 | 0x4000
        let low = UInt64.random(in: 0 ... .max) & ~(0b11 << 62) | 0b10 << 62
        let digits = Array(hex(high) + hex(low))
        return [digits[0..<8], digits[8..<12], digits[12..<16], digits[16..<20], digits[20..<32]]
            .map { String($0) }.joined(separator: "-")
    }

    private static func hex(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}
