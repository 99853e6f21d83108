import ParallelSystem

extension UnsafeBufferPointer<UInt8> {
    /// Whether the bytes are well-formed UTF-8 (Unicode, table 3-7), without making a `String` of them.
    var isUTF8: Bool {
        var index = 0
        while index < count {
            if isASCIIWord(at: index) {
                index += 8
                continue
            }
            let first = self[index]
            index += 1
            guard first >= 0x80 else { continue }
            let (length, second): (Int, ClosedRange<UInt8>)
            switch first {
            case 0xC2...0xDF: (length, second) = (1, 0x80...0xBF)
            case 0xE0: (length, second) = (2, 0xA0...0xBF)
            case 0xED: (length, second) = (2, 0x80...0x9F)
            case 0xE1...0xEF: (length, second) = (2, 0x80...0xBF)
            case 0xF0: (length, second) = (3, 0x90...0xBF)
            case 0xF1...0xF3: (length, second) = (3, 0x80...0xBF)
            case 0xF4: (length, second) = (3, 0x80...0x8F)
            default: return false
            }
            guard index + length <= count, second.contains(self[index]) else { return false }
            for offset in 1..<length where self[index + offset] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }

    /// Whether the next eight bytes are all ASCII, as most text is.
    @inline(__always)
    private func isASCIIWord(at index: Int) -> Bool {
        index + 8 <= count
            && UnsafeRawBufferPointer(self).loadUnaligned(fromByteOffset: index, as: UInt64.self) & UInt64.highBits == 0
    }
}
