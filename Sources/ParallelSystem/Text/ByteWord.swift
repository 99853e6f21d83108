/// Eight bytes of text as one number, the first byte lowest.
///
/// Inlinable, because the JSON and CSV scanners call these for every eight bytes.
extension UInt64 {
    /// The highest bit of each byte; ASCII text has none of them set.
    @inlinable @inline(__always)
    package static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// Returns a word of eight times `byte`.
    @inlinable @inline(__always)
    package static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// Returns a word with the highest bit set in each byte below `limit`. Only the lowest set bit is reliable: the
    /// borrow of the subtraction may set false ones above it.
    @inlinable @inline(__always)
    package func marks(below limit: UInt8) -> UInt64 { (self &- .each(limit)) & ~self & .highBits }

    /// Returns a word with the highest bit set in each byte equal to `byte`. Only the lowest set bit is reliable.
    @inlinable @inline(__always)
    package func marks(of byte: UInt8) -> UInt64 { (self ^ .each(byte)).marks(below: 1) }
}
