/// Eight bytes of text looked at as one number, the first of them lowest.
///
/// Inlinable, as scanners of JSON and CSV call these for every eight bytes.
extension UInt64 {
    /// The highest bit of each byte: no word of ASCII has one of them.
    @inlinable @inline(__always)
    package static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// A word of which each byte is `byte`.
    @inlinable @inline(__always)
    package static func each(_ byte: UInt8) -> UInt64 { 0x0101_0101_0101_0101 &* UInt64(byte) }

    /// The highest bit of each byte that is below `limit`; only the lowest of them is sure, as a borrow can raise false
    /// ones above it.
    @inlinable @inline(__always)
    package func marks(below limit: UInt8) -> UInt64 { (self &- .each(limit)) & ~self & .highBits }

    /// The highest bit of each byte that is `byte`; only the lowest of them is sure.
    @inlinable @inline(__always)
    package func marks(of byte: UInt8) -> UInt64 { (self ^ .each(byte)).marks(below: 1) }
}
