/// What a byte is as an ASCII character; no byte of a longer UTF-8 sequence is any of these.
extension UInt8 {
    /// `0` to `9`.
    package var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// `a` to `z`, `A` to `Z` or `0` to `9`.
    package var isASCIILetterOrDigit: Bool {
        // Bit 5 is all that tells a capital from its small letter.
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}
