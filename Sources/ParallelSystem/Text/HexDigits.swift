/// The hexadecimal digits for writing numbers; reading accepts both cases (`hexDigitValue`).
package enum HexDigits: CaseIterable, Sendable {
    case uppercase, lowercase

    /// Returns the digit for the lowest four bits of `value`.
    package func digit(of value: some BinaryInteger) -> UInt8 {
        let nibble = UInt8(truncatingIfNeeded: value) & 0xF
        if nibble < 10 { return UInt8(ascii: "0") + nibble }
        return (self == .uppercase ? UInt8(ascii: "A") : UInt8(ascii: "a")) + nibble - 10
    }

    /// Returns the two digits of a byte, the higher one first.
    package func digits(of byte: UInt8) -> [UInt8] { [digit(of: byte >> 4), digit(of: byte)] }

    /// Returns the four digits of a UTF-16 code unit, as in a `\u` escape.
    package func digits(of unit: UInt16) -> [UInt8] { [12, 8, 4, 0].map { digit(of: unit >> $0) } }
}

extension UInt8 {
    /// The value of a hexadecimal digit of either case, 0 to 15; nil for any other byte.
    package var hexDigitValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `0` to `9`, `a` to `f` or `A` to `F`.
    package var isASCIIHexDigit: Bool { hexDigitValue != nil }
}
