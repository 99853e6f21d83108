/// A hash that tells whether two inputs are the same: 64 bits, mixed eight bytes at a time. It does not withstand
/// deliberate collisions.
package struct Fingerprint: Sendable {
    /// The hash as a number.
    private(set) var state: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    /// Adds a part. The borders between parts change the result, too.
    package mutating func add(_ part: some Collection<UInt8>) {
        let isContiguous: Void? = part.withContiguousStorageIfAvailable { bytes in
            UnsafeRawBufferPointer(bytes).forEachWord { mix($0) }
        }
        if isContiguous == nil { add(Array(part)) }
    }

    private mutating func mix(_ word: UInt64) {
        state = (state ^ word) &* 0x9e37_79b9_7f4a_7c15
        state ^= state >> 32
    }

    /// The hash as sixteen hexadecimal digits.
    package var text: String { Self.text(of: state) }

    /// Returns a hash as sixteen hexadecimal digits.
    static func text(of hash: UInt64) -> String {
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension UnsafeRawBufferPointer {
    /// Calls `mix` with each eight bytes, with those that are left, and with the number of bytes, for a hash of them.
    @inline(__always)
    func forEachWord(_ mix: (UInt64) -> Void) {
        var place = 0
        while place + 8 <= count {
            mix(UInt64(littleEndian: loadUnaligned(fromByteOffset: place, as: UInt64.self)))
            place += 8
        }
        mix(self[place...].reduce(0) { $0 << 8 | UInt64($1) })
        mix(UInt64(count))
    }
}
