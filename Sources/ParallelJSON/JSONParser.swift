import ParallelSystem

/// The reason why a text is not JSON, and its position.
package struct JSONSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong, without the position.
    package let reason: String
    /// The line, counted from 1; lines end at LF.
    package let line: Int
    /// The column in that line, counted from 1 in Unicode scalars.
    package let column: Int
    /// The offset from the start, in bytes.
    package let offset: Int

    package var description: String { "\(reason) at line \(line), column \(column)" }
}

extension JSONValue {
    /// Parses one JSON text (RFC 8259), which must be valid UTF-8. Skips a leading byte order mark.
    ///
    /// Nesting beyond 512 levels is refused, so that hostile input can't exhaust the stack.
    package static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        let result: Result<JSONValue, JSONSyntaxError> = bytes.withUnsafeBufferPointer { buffer in
            do throws(JSONSyntaxError) {
                return .success(try parse(buffer))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Parses one JSON text like `parse(_:)` for bytes; offsets in errors count UTF-8 bytes.
    package static func parse(_ text: String) throws(JSONSyntaxError) -> JSONValue {
        try parse(Array(text.utf8))
    }

    /// Parses one JSON text like `parse(_:)` for an array, without copying the bytes.
    package static func parse(_ buffer: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> JSONValue {
        var parser = JSONParser(bytes: buffer)
        do throws(JSONParser.Failure) {
            return try parser.parseDocument()
        } catch {
            throw parser.locate(error)
        }
    }

    /// Parses one JSON text like `parse(_:)`, but also reads what JSON does not have and some servers send: `NaN`,
    /// `Infinity` and `-Infinity` become null, and invalid UTF-8 becomes U+FFFD. `isRepaired` says whether there was
    /// any of it.
    package static func parseForgiving(
        _ bytes: [UInt8]
    ) throws(JSONSyntaxError) -> (value: JSONValue, isRepaired: Bool) {
        let text =
            String(validating: bytes, as: UTF8.self) == nil ? Array(String(decoding: bytes, as: UTF8.self).utf8) : nil
        let result: Result<(JSONValue, Bool), JSONSyntaxError> = (text ?? bytes).withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            parser.readsNonFiniteNumbers = true
            do throws(JSONParser.Failure) {
                let value = try parser.parseDocument()
                return .success((value, parser.hasNonFiniteNumbers || text != nil))
            } catch {
                return .failure(parser.locate(error))
            }
        }
        return try result.get()
    }
}

/// A recursive-descent parser over one buffer of bytes, which it never copies.
struct JSONParser {
    /// An error at a byte offset; `locate` works out line and column when it is reported.
    struct Failure: Error {
        let reason: String
        let offset: Int
    }

    private static let maxDepth = 512

    let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var depth = 0
    /// Whether `NaN`, `Infinity` and `-Infinity` are read as null instead of refused.
    fileprivate var readsNonFiniteNumbers = false
    fileprivate var hasNonFiniteNumbers = false

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func parseDocument() throws(Failure) -> JSONValue {
        if bytes.count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        skipWhitespace()
        guard position < bytes.count else { throw failure("the text is empty") }
        let value = try parseValue()
        skipWhitespace()
        guard position == bytes.count else { throw failure("unexpected text after the value") }
        return value
    }

    /// Returns the error with line and column.
    func locate(_ failure: Failure) -> JSONSyntaxError {
        var line = 1
        var column = 1
        for byte in bytes.prefix(failure.offset) {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return JSONSyntaxError(reason: failure.reason, line: line, column: column, offset: failure.offset)
    }

    // MARK: Values

    private mutating func parseValue() throws(Failure) -> JSONValue {
        guard position < bytes.count else { throw failure("the text ends where a value should be") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try parseObject()
        case UInt8(ascii: "["): return try parseArray()
        case UInt8(ascii: "\""): return try parseString()
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let next = position + 1
            if readsNonFiniteNumbers, next < bytes.count, bytes[next] == UInt8(ascii: "I") {
                return try parseNonFinite("-Infinity")
            }
            return .number(try parseNumber())
        case UInt8(ascii: "N") where readsNonFiniteNumbers: return try parseNonFinite("NaN")
        case UInt8(ascii: "I") where readsNonFiniteNumbers: return try parseNonFinite("Infinity")
        default: throw failure("unexpected \(describe(bytes[position])) where a value should be")
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws(Failure) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard position + index < bytes.count, bytes[position + index] == word.utf8Start[index] else {
                throw failure("unexpected \(describe(bytes[position])) where a value should be")
            }
        }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func parseNonFinite(_ word: StaticString) throws(Failure) -> JSONValue {
        hasNonFiniteNumbers = true
        return try parseWord(word, .null)
    }

    private mutating func parseObject() throws(Failure) -> JSONValue {
        try enter()
        var members: [JSONObject.Member] = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object(JSONObject())
        }
        while true {
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
                throw failure("expected a member name in quotes")
            }
            guard let key = try parseString().string else { throw failure("expected a member name in quotes") }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw failure("expected ':' after a member name") }
            skipWhitespace()
            members.append(JSONObject.Member(key: key, value: try parseValue()))
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            guard take(UInt8(ascii: "}")) else { throw failure("expected ',' or '}' in an object") }
            depth -= 1
            return .object(JSONObject(members))
        }
    }

    private mutating func parseArray() throws(Failure) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array([])
        }
        while true {
            elements.append(try parseValue())
            skipWhitespace()
            if take(UInt8(ascii: ",")) {
                skipWhitespace()
                continue
            }
            guard take(UInt8(ascii: "]")) else { throw failure("expected ',' or ']' in an array") }
            depth -= 1
            return .array(elements)
        }
    }

    /// Enters a nesting level: skips its opening bracket.
    private mutating func enter() throws(Failure) {
        guard depth < Self.maxDepth else { throw failure("nested deeper than \(Self.maxDepth) levels") }
        depth += 1
        position += 1
    }

    private mutating func parseNumber() throws(Failure) -> JSONNumber {
        let start = position
        _ = take(UInt8(ascii: "-"))
        if take(UInt8(ascii: "0")) {
            if let next = peek, isDigit(next) { throw failure("a number can't begin with 0") }
        } else {
            guard takeDigits() else { throw failure("expected a digit") }
        }
        if take(UInt8(ascii: ".")) {
            guard takeDigits() else { throw failure("expected a digit after the decimal point") }
        }
        if let next = peek, next | 0x20 == UInt8(ascii: "e") {
            position += 1
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard takeDigits() else { throw failure("expected a digit in the exponent") }
        }
        return JSONNumber(checked: String(decoding: bytes[start..<position], as: UTF8.self))
    }

    // MARK: Strings

    private mutating func parseString() throws(Failure) -> JSONValue {
        position += 1
        let start = position
        let isASCII = skipPlain()
        guard position < bytes.count else { throw failure("a string has no closing quote") }
        if bytes[position] == UInt8(ascii: "\"") {
            let text = try string(of: start..<position, isASCII: isASCII)
            position += 1
            return .string(text)
        }
        return try parseEscapedString(from: start)
    }

    /// Parses the rest of a string from its first backslash or control character.
    private mutating func parseEscapedString(from start: Int) throws(Failure) -> JSONValue {
        var text: [UInt8] = []
        text.reserveCapacity(2 * (position - start) + 16)
        text.append(contentsOf: bytes[start..<position])
        var isPaired = true
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                guard let decoded = String(validating: text, as: UTF8.self) else {
                    throw invalidUTF8(in: start..<position)
                }
                defer { position += 1 }
                return isPaired
                    ? .string(decoded) : .unpairedSurrogates(source: try string(of: start..<position, isASCII: false))
            case UInt8(ascii: "\\"):
                position += 1
                let scalar = try parseEscape()
                if scalar == nil { isPaired = false }
                text.append(contentsOf: UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
            default:
                throw failure("unescaped \(describe(bytes[position])) in a string")
            }
            let run = position
            _ = skipPlain()
            text.append(contentsOf: bytes[run..<position])
        }
        throw failure("a string has no closing quote")
    }

    /// Skips to the next quote, backslash or control character; returns whether everything skipped is ASCII.
    private mutating func skipPlain() -> Bool {
        let run = ByteScan.plainRun(bytes, from: position, stopsBeyondASCII: false)
        position = run.end
        return run.isASCII
    }

    /// Parses what follows a backslash; returns nil for an unpaired surrogate.
    private mutating func parseEscape() throws(Failure) -> Unicode.Scalar? {
        guard position < bytes.count else { throw failure("a string has no closing quote") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
        case UInt8(ascii: "b"): return "\u{08}"
        case UInt8(ascii: "f"): return "\u{0C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let unit = try parseHexUnit()
            guard UTF16.isLeadSurrogate(unit) else { return Unicode.Scalar(unit) }
            let afterLead = position
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                position = afterLead
                return nil
            }
            let trail = try parseHexUnit()
            guard UTF16.isTrailSurrogate(trail) else {
                position = afterLead
                return nil
            }
            return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + UInt32(trail) - 0xDC00)
        default:
            throw failure("unknown escape \\\(describe(byte))", at: position - 1)
        }
    }

    private mutating func parseHexUnit() throws(Failure) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek?.hexDigitValue else {
                throw failure("expected four hexadecimal digits after \\u")
            }
            unit = unit << 4 | UInt16(digit)
            position += 1
        }
        return unit
    }

    private func string(of range: Range<Int>, isASCII: Bool) throws(Failure) -> String {
        let slice = UnsafeBufferPointer(rebasing: bytes[range])
        if isASCII { return String(decoding: slice, as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else { throw invalidUTF8(in: range) }
        return text
    }

    private func invalidUTF8(in range: Range<Int>) -> Failure {
        var decoder = UTF8()
        var iterator = bytes[range].makeIterator()
        var offset = range.lowerBound
        while case .scalarValue(let scalar) = decoder.decode(&iterator) {
            offset += UTF8.width(scalar)
        }
        return failure("invalid UTF-8 in a string", at: offset)
    }

    /// Decodes the source text of a string with unpaired surrogates, each of which becomes U+FFFD.
    static func repairedString(source: String) -> String {
        var text = ""
        let quoted: [UInt8] = Array("\"\(source)\"".utf8)
        quoted.withUnsafeBufferPointer { buffer in
            var parser = JSONParser(bytes: buffer)
            parser.position = 1
            while parser.position < buffer.count - 1 {
                let start = parser.position
                guard buffer[start] == UInt8(ascii: "\\") else {
                    while parser.position < buffer.count - 1, buffer[parser.position] != UInt8(ascii: "\\") {
                        parser.position += 1
                    }
                    text += String(decoding: buffer[start..<parser.position], as: UTF8.self)
                    continue
                }
                parser.position += 1
                text.unicodeScalars.append((try? parser.parseEscape()) ?? "\u{FFFD}")
            }
        }
        return text
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func takeDigits() -> Bool {
        let start = position
        while position < bytes.count, isDigit(bytes[position]) { position += 1 }
        return position > start
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private func failure(_ reason: String, at offset: Int? = nil) -> Failure {
        Failure(reason: reason, offset: offset ?? position)
    }

    /// Returns a printable name of a byte.
    private func describe(_ byte: UInt8) -> String {
        switch byte {
        case 0x21...0x7E: return "'\(Character(Unicode.Scalar(byte)))'"
        case 0x20: return "space"
        case 0x0A: return "line end"
        case 0x09: return "tab"
        default:
            let hex = String(byte, radix: 16, uppercase: true)
            return "byte 0x\(hex.count == 1 ? "0" : "")\(hex)"
        }
    }
}
