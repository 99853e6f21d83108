/// Random identifiers in the forms the API uses.
enum Identifier {
    /// `prefix` and 32 lower-case hexadecimal digits, such as `trun_…`.
    static func make(_ prefix: String) -> String {
        prefix + hex(.random(in: 0 ... .max)) + hex(.random(in: 0 ... .max))
    }

    /// A random UUID (RFC 9562, version 4) in lower case.
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
