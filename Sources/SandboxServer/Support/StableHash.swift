/// A hash that is the same in every process (FNV-1a, 64 bits, finished with splitmix64), unlike `Hasher`.
enum StableHash {
    static func of(_ text: String, seed: UInt64 = 0xCBF2_9CE4_8422_2325) -> UInt64 {
        mixed(text.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    /// Returns splitmix64's finalizer, which maps every number to a different one.
    static func mixed(_ number: UInt64) -> UInt64 {
        var hash = number
        hash = (hash ^ hash >> 30) &* 0xBF58_476D_1CE4_E5B9
        hash = (hash ^ hash >> 27) &* 0x94D0_49BB_1331_11EB
        return hash ^ hash >> 31
    }

    /// Returns a number from 0 up to but not including 1.
    static func share(of text: String) -> Double { Double(of(text) >> 11) / Double(1 << 53) }
}
