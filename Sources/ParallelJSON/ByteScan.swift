import ParallelSystem

/// Scans strings eight bytes at a time, for the parser and the writer.
enum ByteScan {
    /// Returns the end of the run of bytes from `index` on that are neither a quote nor a backslash nor below 0x20, and
    /// whether the run is all ASCII.
    ///
    /// With `stopsBeyondASCII` the run also ends at the first byte from DEL (0x7F) up.
    @inline(__always)
    static func plainRun(
        _ bytes: UnsafeBufferPointer<UInt8>, from index: Int, stopsBeyondASCII: Bool
    ) -> (end: Int, isASCII: Bool) {
        guard let base = bytes.baseAddress else { return (index, true) }
        var end = index
        var seen: UInt64 = 0
        while end + 8 <= bytes.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + end).loadUnaligned(as: UInt64.self))
            var hits = word.marks(below: 0x20) | word.marks(of: 0x22) | word.marks(of: 0x5C)
            if stopsBeyondASCII { hits |= (word & .highBits) | word.marks(of: 0x7F) }
            guard hits == 0 else {
                let plain = hits.trailingZeroBitCount / 8
                seen |= word & ((1 << (plain * 8)) - 1)
                return (end + plain, seen & UInt64.highBits == 0)
            }
            seen |= word
            end += 8
        }
        while end < bytes.count {
            let byte = bytes[end]
            if byte < 0x20 || byte == 0x22 || byte == 0x5C || stopsBeyondASCII && byte >= 0x7F { break }
            seen |= UInt64(byte)
            end += 1
        }
        return (end, seen & UInt64.highBits == 0)
    }
}
