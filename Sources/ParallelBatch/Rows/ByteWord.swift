/// Eight bytes of text looked at as one number, the first of them lowest.
///
/// The same sums as in ParallelJSON's `ByteScan`, which are not inlined across modules: calling them took a sixth of
/// the time of reading and writing CSV.
extension UInt64 {
    static let highBits: UInt64 = 0x8080_8080_8080_8080
    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The highest bit of each byte that is below `limit`; only the lowest of them is sure.
    @inline(__always)
    func marks(below limit: UInt8) -> UInt64 { (self &- Self.ones &* UInt64(limit)) & ~self & Self.highBits }

    /// The highest bit of each byte that is `byte`; only the lowest of them is sure.
    @inline(__always)
    func marks(of byte: UInt8) -> UInt64 { (self ^ (Self.ones &* UInt64(byte))).marks(below: 1) }
}
