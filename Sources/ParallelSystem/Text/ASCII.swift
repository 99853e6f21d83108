/// Classes of ASCII characters; a byte of a longer UTF-8 sequence is in none of them.
extension UInt8 {
    /// `0` to `9`.
    package var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// `a` to `z`, `A` to `Z` or `0` to `9`.
    package var isASCIILetterOrDigit: Bool {
        // Capital and small letters differ only in bit 5.
        isASCIIDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}
