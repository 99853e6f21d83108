/// Ends the process with what does not hold: libFuzzer takes that for a crash and keeps the input.
package func require(_ holds: Bool, _ property: @autoclosure () -> String) {
    if !holds { fatalError(property()) }
}

/// What libFuzzer handed over, copied: code that reads beyond it must not find more of the input.
package func input(_ start: UnsafePointer<UInt8>?, _ count: Int) -> [UInt8] {
    Array(UnsafeBufferPointer(start: start, count: count))
}

/// `bytes` in pieces, cut in three ways: as a whole, byte by byte, and in sizes that only the bytes themselves decide.
package func cuts(_ bytes: [UInt8]) -> [[[UInt8]]] {
    var uneven: [[UInt8]] = []
    var start = 0
    // FNV-1a, stepped on for every piece.
    var hash = bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    while start < bytes.count {
        hash = (hash ^ (hash >> 29)) &* 0x100_0000_01B3
        let end = min(bytes.count, start + 1 + Int(hash >> 32 & 15))
        uneven.append(Array(bytes[start..<end]))
        start = end
    }
    return [[bytes], bytes.map { [$0] }, uneven]
}
