/// Cuts the elements out of a JSON array that comes as a stream, by brackets and quotes only. Parsing them shows later
/// whether they are valid JSON.
struct JSONArrayCutter: Sendable {
    private enum State {
        case beforeArray
        case element
        case string
        /// The last byte was a backslash in a string.
        case escape
        case afterArray
    }

    /// The element that `next(in:at:)` completed, with the spaces after it; empty where there was none.
    private(set) var text: [UInt8] = []
    /// The line where it begins, counted from 1 by LF.
    private(set) var line = 1

    private var state = State.beforeArray
    private var depth = 0
    private var currentLine = 1
    private var markLength = 0
    private var hasElements = false
    private var isComplete = false

    /// Continues at `position` until an element is complete (true) or the bytes are used up (false).
    mutating func next(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) throws(RowError) -> Bool {
        begin()
        var start = position
        // Copies what belongs to the element, up to the byte at `end`.
        func take(upTo end: Int) { text.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<end])) }
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == 0x0A {
                if state == .string || state == .escape {
                    throw RowError(line: currentLine, reason: "has a string without a closing quote", isFatal: true)
                }
                currentLine += 1
            }
            switch state {
            case .beforeArray:
                start = position
                try open(byte)
            case .afterArray:
                guard byte.isJSONSpace else {
                    throw RowError(line: currentLine, reason: "has text after the array", isFatal: true)
                }
            case .string:
                if byte == UInt8(ascii: "\\") {
                    state = .escape
                } else if byte == UInt8(ascii: "\"") {
                    state = .element
                }
            case .escape: state = .string
            case .element:
                if text.isEmpty, start == position - 1 {
                    if byte.isJSONSpace {
                        start = position
                        continue
                    }
                    line = currentLine
                }
                switch byte {
                case UInt8(ascii: "\""): state = .string
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}") where depth > 0, UInt8(ascii: "]") where depth > 0: depth -= 1
                case UInt8(ascii: ",") where depth == 0:
                    take(upTo: position - 1)
                    hasElements = true
                    isComplete = true
                    return true
                case UInt8(ascii: "]"):
                    take(upTo: position - 1)
                    state = .afterArray
                    isComplete = hasElements || !text.isEmpty
                    if isComplete { return true }
                default: break
                }
            }
        }
        if state != .beforeArray, state != .afterArray {
            take(upTo: position)
            if text.count > RowFormat.maximumRowLength {
                throw RowError(
                    line: line, reason: "begins an element of more than \(RowFormat.maximumRowLength >> 20) MiB",
                    isFatal: true)
            }
        }
        return false
    }

    /// Throws if the array has not ended. A text without any array is an empty one.
    func finish() throws(RowError) {
        switch state {
        case .beforeArray, .afterArray: return
        case .string, .escape:
            throw RowError(line: currentLine, reason: "ends in a string without a closing quote", isFatal: true)
        case .element where depth > 0 && !isComplete:
            throw RowError(line: line, reason: "begins an element that is never closed", isFatal: true)
        case .element:
            throw RowError(line: currentLine, reason: "ends without the array's closing ']'", isFatal: true)
        }
    }

    private mutating func begin() {
        guard isComplete else { return }
        text.removeAll(keepingCapacity: true)
        isComplete = false
    }

    private mutating func open(_ byte: UInt8) throws(RowError) {
        let mark = RowFormat.byteOrderMark
        if markLength < mark.count, byte == mark[markLength] {
            markLength += 1
        } else if byte == UInt8(ascii: "[") {
            state = .element
        } else if !byte.isJSONSpace {
            throw RowError(
                line: currentLine,
                reason: "does not begin an array, which JSON rows stand in (or as JSONL, one a line)",
                isFatal: true)
        }
    }
}
