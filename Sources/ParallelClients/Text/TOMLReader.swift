import ParallelJSON
import ParallelSystem

/// Reads the statements of a TOML text. Values become JSON; dates and special numbers become strings.
struct TOMLReader {
    private let bytes: [UInt8]
    private var position = 0
    /// The current line, counted from 1.
    private(set) var line = 1
    private var depth = 0
    /// What a value without quotes or brackets is (toml.io, ABNF): a boolean, a number, or a date with or without time.
    private let plain: ExtendedExpression?

    init(bytes: [UInt8]) {
        self.bytes = bytes
        let digits = "[0-9](_?[0-9])*"
        let clock = "([01][0-9]|2[0-3]):[0-5][0-9]"
        let time = "\(clock)(:([0-5][0-9]|60)([.][0-9]+)?)?"
        let decimal = "[+-]?(0|[1-9](_?[0-9])*)([.]\(digits))?([Ee][+-]?\(digits))?"
        let other = "0x[0-9A-Fa-f](_?[0-9A-Fa-f])*|0o[0-7](_?[0-7])*|0b[01](_?[01])*|[+-]?(inf|nan)|true|false"
        let day = "[0-9]{4}-((0[13578]|1[02])-31|(0[13-9]|1[0-2])-(29|30)|(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8]))"
        let by4 = "0[48]|[13579][26]|[2468][048]"
        let leapDay = "([0-9]{2}(\(by4))|(00|\(by4))00)-02-29"
        let date = "(\(day)|\(leapDay))([Tt ]\(time)([Zz]|[+-]\(clock))?)?"
        plain = try? ExtendedExpression("^(\(decimal)|\(other)|\(date)|\(time))$")
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    /// The current column, counted from 1.
    var column: Int {
        let start = bytes[..<min(position, bytes.count)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return position - start + 1
    }

    private func failure(_ reason: String) -> TextProblem { TextProblem(reason, line: line, column: column) }

    private mutating func skip(_ isSkipped: (UInt8) -> Bool) {
        while let byte = next, isSkipped(byte) {
            if byte == 0x0A { line += 1 }
            position += 1
        }
    }

    private mutating func skipBlanks() { skip { $0 == 0x20 || $0 == 0x09 } }

    private mutating func take(_ text: String) -> Bool {
        guard starts(with: text) else { return false }
        position += text.utf8.count
        return true
    }

    /// Skips white space, line ends and comments.
    private mutating func skipLines() {
        while true {
            skip { [0x20, 0x09, 0x0D, 0x0A].contains($0) }
            guard next == UInt8(ascii: "#") else { return }
            skip { $0 != 0x0A }
        }
    }

    /// Skips to the next statement; returns false at the end.
    mutating func skipToStatement() throws(TextProblem) -> Bool {
        skipLines()
        return next != nil
    }

    /// Reads the rest of a line, which may hold a comment only. Leaves the line end.
    mutating func endStatement() throws(TextProblem) {
        skipBlanks()
        if next == UInt8(ascii: "#") { skip { $0 != 0x0A } }
        if next == 0x0D { position += 1 }
        guard next == nil || next == 0x0A else { throw failure("unexpected text behind the value") }
    }

    /// Reads the header of a table, if the statement is one.
    mutating func header() throws(TextProblem) -> (path: [String], isArray: Bool)? {
        guard take("[") else { return nil }
        let isArray = take("[")
        let path = try key()
        guard take(isArray ? "]]" : "]") else { throw failure("expected ']'") }
        try endStatement()
        return (path, isArray)
    }

    /// Reads a key with its dots.
    mutating func key() throws(TextProblem) -> [String] {
        var path: [String] = []
        repeat {
            skipBlanks()
            if next == UInt8(ascii: "\"") || next == UInt8(ascii: "'") {
                path.append(try string())
            } else {
                let start = position
                skip { $0.isASCIILetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
                guard position > start else { throw failure("expected a key") }
                path.append(String(decoding: bytes[start..<position], as: UTF8.self))
            }
            skipBlanks()
        } while take(".")
        return path
    }

    /// Reads `=` and the value.
    mutating func valueOfKey() throws(TextProblem) -> JSONValue {
        guard take("=") else { throw failure("expected '='") }
        skipBlanks()
        return try value()
    }

    private mutating func value() throws(TextProblem) -> JSONValue {
        guard depth < 100 else { throw failure("nested deeper than 100 levels") }
        depth += 1
        defer { depth -= 1 }
        switch next {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try string())
        case UInt8(ascii: "["):
            position += 1
            var elements: [JSONValue] = []
            skipLines()
            while !take("]") {
                elements.append(try value())
                skipLines()
                if take(",") { skipLines() } else if next != UInt8(ascii: "]") { throw failure("expected ',' or ']'") }
            }
            return .array(elements)
        case UInt8(ascii: "{"):
            position += 1
            var members: [JSONObject.Member] = []
            skipLines()
            while !take("}") {
                let path = try key()
                if path.count == 1, members.contains(where: { $0.hasKey(path[0]) }) {
                    throw failure("'\(path[0])' stands twice")
                }
                let value = try valueOfKey()
                // A dotted key stands for tables in tables.
                let inner = path.dropFirst().reversed().reduce(value) { .object(JSONObject([($1, $0)])) }
                members.append(.init(key: path[0], value: inner))
                skipLines()
                if take(",") { skipLines() } else if next != UInt8(ascii: "}") { throw failure("expected ',' or '}'") }
            }
            return .object(JSONObject(members))
        default:
            let start = position
            skip { $0 > 0x20 && !",]}#".utf8.contains($0) }
            // A date may have a space in front of its time.
            if position == start + 10, bytes[start + 4] == UInt8(ascii: "-"), next == 0x20,
                bytes[position...].dropFirst(3).first == UInt8(ascii: ":")
            {
                position += 1
                skip { $0 > 0x20 && !",]}#".utf8.contains($0) }
            }
            guard position > start else { throw failure("expected a value") }
            let word = String(decoding: bytes[start..<position], as: UTF8.self)
            guard plain?.matches(word) == true else {
                position = start
                throw failure("this is no value: a text needs quotes, a number no zero in front, a date must exist")
            }
            return (try? JSONValue.parse(word)) ?? .string(word)
        }
    }

    private mutating func string() throws(TextProblem) -> String {
        let quote = next == UInt8(ascii: "'") ? "'" : "\""
        let isLong = starts(with: quote + quote + quote)
        let end = isLong ? quote + quote + quote : quote
        let first = failure("a string has no closing quote")
        position += end.utf8.count
        // The first line end of a long string is none of it.
        if isLong {
            _ = take("\r")
            if take("\n") { line += 1 }
        }
        var text: [UInt8] = []
        while !starts(with: end) {
            guard let byte = next, isLong || byte != 0x0A else { throw first }
            position += 1
            if byte == 0x0A { line += 1 }
            if byte != UInt8(ascii: "\\") || quote == "'" {
                text.append(byte)
                continue
            }
            try escape(into: &text, isLong)
        }
        position += end.utf8.count
        // A long string may end with quotes of its own.
        while isLong, text.count < bytes.count, take(quote) { text += quote.utf8 }
        guard let decoded = String(validating: text, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return decoded
    }

    private mutating func escape(into text: inout [UInt8], _ isLong: Bool) throws(TextProblem) {
        guard let byte = next else { return }
        let digits = byte == UInt8(ascii: "u") ? 4 : byte == UInt8(ascii: "U") ? 8 : 0
        if digits > 0, position + digits < bytes.count,
            let code = UInt32(String(decoding: bytes[(position + 1)...].prefix(digits), as: UTF8.self), radix: 16),
            let scalar = Unicode.Scalar(code)
        {
            position += 1 + digits
            text += String(scalar).utf8
            return
        }
        if isLong, [0x20, 0x09, 0x0D, 0x0A].contains(byte) {
            // The line goes on in the next one.
            skipBlanks()
            guard next == 0x0D || next == 0x0A else { throw failure("an unknown escape in a string") }
            return skip { [0x20, 0x09, 0x0D, 0x0A].contains($0) }
        }
        let escapes: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
            UInt8(ascii: "r"): 13, UInt8(ascii: "e"): 27, UInt8(ascii: "\""): 34, UInt8(ascii: "\\"): 92,
        ]
        guard let plain = escapes[byte] else { throw failure("an unknown escape in a string") }
        position += 1
        text.append(plain)
    }
}
