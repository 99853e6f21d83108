import ParallelSystem

/// A record of delimited text as bytes, which are valid only during the call of a closure.
package struct DelimitedRecord {
    /// The fields, one after the other, without quotes and separators.
    let bytes: UnsafeBufferPointer<UInt8>
    /// The ends of the fields in `bytes`.
    let ends: [Int]

    package var count: Int { ends.count }

    package subscript(index: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(rebasing: bytes[(index == 0 ? 0 : ends[index - 1])..<ends[index]])
    }
}

/// Reads CSV (RFC 4180) or TSV as a stream, from pieces of any size.
///
/// Lines end with LF, CR LF or CR. Quoted fields may hold separators, line breaks and doubled quotes. A byte order mark
/// in front and empty lines are skipped, the last line may lack its line break, and a quote inside an unquoted field is
/// text; so is every quote if quotes are not read.
package struct DelimitedReader: Sendable {
    private enum State {
        case fieldStart
        case unquoted
        case quoted
        /// The last byte was a quote in a quoted field: it ends the field, or is the first of two.
        case quote
    }

    private static let quote = UInt8(ascii: "\"")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let lineFeed = UInt8(ascii: "\n")

    /// The line where the record begins, counted from 1.
    package private(set) var line = 1

    /// The number of records with a line break in a field.
    private(set) var multilineRecords = 0
    /// Whether a field began with a quote that was taken for text.
    private(set) var hasQuotesAsText = false
    /// Whether cells were in quotes.
    private(set) var hasQuotedCells = false
    /// The number of records in UTF-8 that have characters beyond ASCII.
    private(set) var recordsBeyondASCII = 0
    /// Whether fields may be in quotes.
    var readsQuotes: Bool
    /// Whether an empty line is a record of one empty field.
    var keepsEmptyLines = false

    private let separator: UInt8
    private let maximumLength: Int
    /// The number of lines that are still to be skipped at the beginning.
    private var linesToSkip: Int
    private var state = State.fieldStart
    /// The record's fields without quotes and separators, in the first `used` bytes.
    private var storage: [UInt8] = []
    private var used = 0
    private var ends: [Int] = []
    private var currentLine = 1
    private var quoteLine = 1
    private var hasQuotes = false
    /// Whether a field of the record has a line break.
    private(set) var hasLineBreak = false
    private var isBeyondASCII = false
    /// Whether the previous line ended with CR, so that an LF belongs to it.
    private var followsCarriageReturn = false
    /// The number of bytes of a byte order mark that were skipped; nil once none can follow.
    private var markLength: Int? = 0
    private var isComplete = false

    package init(
        separator: UInt8 = UInt8(ascii: ","), readsQuotes: Bool = true, skippedLines: Int = 0,
        maximumLength: Int = RowFormat.maximumRowLength
    ) {
        self.separator = separator
        self.readsQuotes = readsQuotes
        linesToSkip = skippedLines
        self.maximumLength = maximumLength
    }

    /// Continues at `position` until a record is complete (true) or the bytes are used up (false).
    ///
    /// After an error that is not fatal, the next call continues with the next record.
    package mutating func next(
        in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int
    ) throws(RowError) -> Bool {
        if isComplete { begin() }
        if markLength != nil { passMark(in: bytes, at: &position) }
        if linesToSkip > 0 { passLines(in: bytes, at: &position) }
        while position < bytes.count {
            let end = min(bytes.count, position + 1 << 16)
            // Each byte of input makes at most one of output, and eight are written at a time.
            makeRoom(for: used + end - position + 8)
            var room: [UInt8] = []
            swap(&room, &storage)
            let outcome: Result<Bool, RowError> = room.withUnsafeMutableBufferPointer { room in
                guard let input = bytes.baseAddress, let output = room.baseAddress else { return .success(false) }
                return scan(input, from: &position, to: end, into: output)
            }
            swap(&room, &storage)
            if try outcome.get() {
                try checkText()
                return true
            }
            // Empty fields count, too: a line of nothing but separators must not grow without limit.
            if used + ends.count > maximumLength {
                let hint = state == .quoted ? "; is the quote of line \(quoteLine) closed?" : ""
                throw RowError(
                    line: line, reason: "begins a row of more than \(maximumLength >> 20) MiB\(hint)",
                    isFatal: true, cause: state == .quoted ? .quotes : .other)
            }
        }
        return false
    }

    /// Ends the text. Returns true if its last line had no line break and makes a record.
    package mutating func finish() throws(RowError) -> Bool {
        if isComplete { begin() }
        if let markLength { takeAsText(markLength) }
        if state == .quoted {
            throw RowError(line: quoteLine, reason: "opens a quote that is never closed", isFatal: true, cause: .quotes)
        }
        let isOver = ends.isEmpty && used == 0 && !hasQuotes
        guard !isOver, endRecord() else { return false }
        try checkText()
        return true
    }

    /// The number of fields of the record.
    package var count: Int { ends.count }

    /// Calls `body` with the record that `next(in:at:)` or `finish()` completed.
    package func withRecord<Value>(_ body: (DelimitedRecord) throws -> Value) rethrows -> Value {
        try storage.withUnsafeBufferPointer { storage in
            try body(DelimitedRecord(bytes: UnsafeBufferPointer(rebasing: storage[..<used]), ends: ends))
        }
    }

    private mutating func begin() {
        isComplete = false
        state = .fieldStart
        used = 0
        ends.removeAll(keepingCapacity: true)
        hasQuotes = false
        hasLineBreak = false
        isBeyondASCII = false
        line = currentLine
    }

    private mutating func makeRoom(for count: Int) {
        guard storage.count < count else { return }
        storage.append(contentsOf: repeatElement(0, count: max(count, 2 * storage.count) - storage.count))
    }

    // MARK: Byte order mark

    private mutating func passMark(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) {
        let mark = RowFormat.byteOrderMark
        while let length = markLength, position < bytes.count {
            if bytes[position] != mark[length] {
                takeAsText(length)
            } else {
                position += 1
                markLength = length + 1 == mark.count ? nil : length + 1
            }
        }
    }

    /// Treats the first bytes of a byte order mark as text, because the rest did not follow.
    private mutating func takeAsText(_ length: Int) {
        markLength = nil
        guard length > 0 else { return }
        makeRoom(for: length)
        for index in 0..<length { storage[index] = RowFormat.byteOrderMark[index] }
        used = length
        isBeyondASCII = true
        state = .unquoted
    }

    private mutating func passLines(in bytes: UnsafeBufferPointer<UInt8>, at position: inout Int) {
        while linesToSkip > 0, position < bytes.count {
            let byte = bytes[position]
            position += 1
            let isSecondOfLineEnd = followsCarriageReturn && byte == Self.lineFeed
            followsCarriageReturn = byte == Self.carriageReturn
            guard !isSecondOfLineEnd, byte == Self.lineFeed || byte == Self.carriageReturn else { continue }
            currentLine += 1
            linesToSkip -= 1
        }
        begin()
    }

    // MARK: Scanning

    /// Reads from `position` until a record is complete or `end` is reached.
    private mutating func scan(
        _ input: UnsafePointer<UInt8>, from position: inout Int, to end: Int, into output: UnsafeMutablePointer<UInt8>
    ) -> Result<Bool, RowError> {
        while position < end {
            switch state {
            case .fieldStart:
                let byte = input[position]
                let isSecondOfLineEnd = followsCarriageReturn && byte == Self.lineFeed
                followsCarriageReturn = false
                if isSecondOfLineEnd {
                    position += 1
                } else if byte == Self.quote, !readsQuotes {
                    hasQuotesAsText = true
                    state = .unquoted
                } else if byte == Self.quote {
                    position += 1
                    state = .quoted
                    quoteLine = currentLine
                    (hasQuotes, hasQuotedCells) = (true, true)
                } else {
                    state = .unquoted
                }
            case .unquoted:
                copyRun(input, from: &position, to: end, into: output, stop: separator)
                guard position < end else { return .success(false) }
                let byte = input[position]
                position += 1
                switch byte {
                case separator: endField()
                case Self.lineFeed, Self.carriageReturn:
                    followsCarriageReturn = byte == Self.carriageReturn
                    if endLine() { return .success(true) }
                case 0: return .failure(nul)
                default:
                    output[used] = byte
                    used += 1
                }
            case .quoted:
                copyRun(input, from: &position, to: end, into: output, stop: Self.quote)
                guard position < end else { return .success(false) }
                let byte = input[position]
                position += 1
                switch byte {
                case Self.quote:
                    state = .quote
                    continue
                case Self.lineFeed:
                    let isSecondOfLineEnd = used > (ends.last ?? 0) && output[used - 1] == Self.carriageReturn
                    if !isSecondOfLineEnd { currentLine += 1 }
                    hasLineBreak = true
                case Self.carriageReturn:
                    currentLine += 1
                    hasLineBreak = true
                case 0: return .failure(nul)
                default: break
                }
                output[used] = byte
                used += 1
            case .quote:
                let byte = input[position]
                position += 1
                switch byte {
                case Self.quote:
                    output[used] = byte
                    used += 1
                    state = .quoted
                case separator: endField()
                case Self.lineFeed, Self.carriageReturn:
                    followsCarriageReturn = byte == Self.carriageReturn
                    if endLine() { return .success(true) }
                default:
                    return .failure(
                        RowError(
                            line: currentLine, reason: "has text after a closing quote", isFatal: true, cause: .quotes))
                }
            }
        }
        return .success(false)
    }

    private var nul: RowError {
        RowError(line: currentLine, reason: "has a NUL byte; the text must be UTF-8", isFatal: true)
    }

    private mutating func endField() {
        ends.append(used)
        state = .fieldStart
    }

    private mutating func endLine() -> Bool {
        currentLine += 1
        return endRecord()
    }

    /// Returns false for an empty line.
    private mutating func endRecord() -> Bool {
        if ends.isEmpty, used == 0, !hasQuotes, !keepsEmptyLines {
            begin()
            return false
        }
        endField()
        isComplete = true
        if hasLineBreak { multilineRecords += 1 }
        return true
    }

    /// Copies bytes without special meaning, up to `stop` or a byte below 0x0E, such as CR, LF, tab and NUL.
    @inline(__always)
    private mutating func copyRun(
        _ input: UnsafePointer<UInt8>, from position: inout Int, to end: Int, into output: UnsafeMutablePointer<UInt8>,
        stop: UInt8
    ) {
        var index = position
        var count = used
        var seen: UInt64 = 0
        defer {
            position = index
            used = count
            if seen & UInt64.highBits != 0 { isBeyondASCII = true }
        }
        while index + 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(input + index).loadUnaligned(as: UInt64.self))
            UnsafeMutableRawPointer(output + count).storeBytes(of: word.littleEndian, as: UInt64.self)
            let hits = word.marks(below: 0x0E) | word.marks(of: stop)
            guard hits == 0 else {
                let plain = hits.trailingZeroBitCount / 8
                seen |= word & ((1 << (plain * 8)) - 1)
                index += plain
                count += plain
                return
            }
            seen |= word
            index += 8
            count += 8
        }
        while index < end {
            let byte = input[index]
            if byte < 0x0E || byte == stop { return }
            seen |= UInt64(byte)
            output[count] = byte
            index += 1
            count += 1
        }
    }

    // MARK: UTF-8

    private mutating func checkText() throws(RowError) {
        guard isBeyondASCII else { return }
        let isText = withRecord { record in
            // A character must not begin in one field and end in the next.
            record.bytes.isUTF8
                && record.ends.allSatisfy { $0 == record.bytes.count || record.bytes[$0] & 0xC0 != 0x80 }
        }
        guard isText else {
            let guess = withRecord { record in EncodingGuess((0..<record.count).map { record[$0] }) }
            throw RowError(line: line, reason: "is not UTF-8", cause: .encoding(guess))
        }
        recordsBeyondASCII += 1
    }
}
