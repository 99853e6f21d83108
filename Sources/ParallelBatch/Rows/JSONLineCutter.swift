#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Cuts a stream into lines that are not blank. Only LF ends a line, with or without a CR before it, because JSON may
/// hold U+2028.
struct JSONLineCutter: Sendable {
    /// The line that `next(in:at:)` or `finish()` completed.
    private(set) var text: [UInt8] = []
    /// The number of the line, counted from 1.
    private(set) var line = 0
    private var isComplete = false

    /// Continues at `position` until a line is complete (true) or the bytes are used up (false).
    mutating func next(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) throws(RowError) -> Bool {
        begin()
        guard let base = bytes.baseAddress else { return false }
        while position < bytes.count {
            let found = memchr(base + position, 0x0A, bytes.count - position)
            let end = found.map { UnsafeRawPointer($0) - UnsafeRawPointer(base) } ?? bytes.count
            text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[position..<end]))
            if text.count > RowFormat.maximumRowLength {
                throw RowError(
                    line: line + 1, reason: "is longer than \(RowFormat.maximumRowLength >> 20) MiB", isFatal: true)
            }
            position = end
            guard found != nil else { return false }
            position += 1
            if endLine() { return true }
        }
        return false
    }

    /// Ends the text. Returns true if its last line had no line break.
    mutating func finish() -> Bool {
        begin()
        return endLine()
    }

    private mutating func begin() {
        guard isComplete else { return }
        text.removeAll(keepingCapacity: true)
        isComplete = false
    }

    /// Returns false for a blank line.
    private mutating func endLine() -> Bool {
        if line == 0, text.starts(with: RowFormat.byteOrderMark) { text.removeFirst(RowFormat.byteOrderMark.count) }
        line += 1
        isComplete = !text.allSatisfy(\.isJSONSpace)
        if !isComplete { text.removeAll(keepingCapacity: true) }
        return isComplete
    }
}

extension UInt8 {
    /// Space, tab, LF or CR.
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
