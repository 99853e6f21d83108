/// Splits bytes that arrive in pieces into lines.
package struct LineSplitter: Sendable {
    private var line: [UInt8] = []
    private var isTooLong = false
    private let limit: Int

    /// - Parameter limit: the maximum length of a line, in bytes.
    package init(limit: Int) { self.limit = limit }

    /// Returns the lines that `bytes` complete, without their ends; nil for one that is longer than the limit.
    package mutating func feed(_ bytes: [UInt8]) -> [[UInt8]?] {
        var lines: [[UInt8]?] = []
        var rest = bytes[...]
        while let end = rest.place(of: 0x0A) {
            take(rest[..<end])
            lines.append(finish() ?? (isTooLong ? nil : []))
            isTooLong = false
            rest = rest[(end + 1)...]
        }
        take(rest)
        return lines
    }

    /// Returns the line that the end of the input completes; nil if there is none, or it is too long.
    package mutating func finish() -> [UInt8]? {
        defer { line = [] }
        if line.last == 0x0D { line.removeLast() }
        return line.isEmpty || isTooLong ? nil : line
    }

    private mutating func take(_ piece: ArraySlice<UInt8>) {
        if line.count + piece.count > limit { isTooLong = true }
        if isTooLong { line = [] } else { line += piece }
    }
}
