import ParallelSystem

/// What a file may have beyond JSON (RFC 8259); each allows what the one before it does.
package enum JSONDialect: Int, Sendable {
    case strict
    case comments
    case trailingCommas
    /// Unquoted keys, single quotes and more ways to write numbers (json5.org).
    case json5

    func allows(_ other: JSONDialect) -> Bool { rawValue >= other.rawValue }
}

/// A value of a JSON text, with its place in it.
struct JSONTree {
    indirect enum Content {
        case object([Member])
        case array([JSONTree])
        case scalar(JSONValue)
    }

    struct Member {
        let key: String
        let start: Int
        let value: JSONTree
        /// The place of the comma behind it.
        let comma: Int?
    }

    /// From the first byte of the value to behind its last one.
    let range: Range<Int>
    let content: Content

    var members: [Member]? { if case .object(let members) = content { members } else { nil } }

    var value: JSONValue {
        switch content {
        case .object(let members): .object(JSONObject(members.map { ($0.key, $0.value.value) }))
        case .array(let elements): .array(elements.map(\.value))
        case .scalar(let value): value
        }
    }
}

/// Reads a text of any dialect into a `JSONTree`.
struct JSONTreeScanner {
    struct Comment {
        let range: Range<Int>
        /// Whether it is a `//`, which ends with its line.
        let endsLine: Bool
    }

    let bytes: [UInt8]
    let dialect: JSONDialect
    private(set) var comments: [Comment] = []
    private var position = 0
    private var depth = 0

    init(bytes: [UInt8], dialect: JSONDialect) {
        self.bytes = bytes
        self.dialect = dialect
    }

    mutating func document() throws(JSONSyntaxError) -> JSONTree {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        try skipSpace()
        let tree = try value()
        try skipSpace()
        guard position == bytes.count else { throw failure("unexpected text after the value") }
        return tree
    }

    private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func failure(_ reason: String, at offset: Int? = nil) -> JSONSyntaxError {
        bytes.withUnsafeBufferPointer {
            JSONParser(bytes: $0).locate(JSONParser.Failure(reason: reason, offset: offset ?? position))
        }
    }

    private mutating func skipSpace() throws(JSONSyntaxError) {
        while let byte = next {
            if byte == UInt8(ascii: "/") {
                try skipComment()
            } else if [0x20, 0x09, 0x0A, 0x0D].contains(byte) || dialect == .json5 && [0x0B, 0x0C].contains(byte) {
                position += 1
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws(JSONSyntaxError) {
        let rest = bytes[position...]
        guard dialect.allows(.comments) else { throw failure("this file can't have comments") }
        if rest.starts(with: "//".utf8) {
            let end = rest.firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            comments.append(Comment(range: position..<end, endsLine: true))
            position = end
        } else if rest.starts(with: "/*".utf8) {
            var end = position + 2
            while !bytes[end...].starts(with: "*/".utf8) {
                guard end < bytes.count else { throw failure("a comment has no end") }
                end += 1
            }
            comments.append(Comment(range: position..<(end + 2), endsLine: false))
            position = end + 2
        } else {
            throw failure("unexpected '/'")
        }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSONTree {
        let start = position
        switch next {
        case UInt8(ascii: "{"):
            let members = try list(to: UInt8(ascii: "}")) { scanner throws(JSONSyntaxError) in try scanner.member() }
            return JSONTree(
                range: start..<position,
                content: .object(
                    members.map { item, comma in
                        JSONTree.Member(key: item.key, start: item.start, value: item.value, comma: comma)
                    }))
        case UInt8(ascii: "["):
            let elements = try list(to: UInt8(ascii: "]")) { scanner throws(JSONSyntaxError) in try scanner.value() }
            return JSONTree(range: start..<position, content: .array(elements.map(\.item)))
        case nil: throw failure("the text ends where a value should be")
        case let quote? where isQuote(quote):
            let text = try string()
            return JSONTree(range: start..<position, content: .scalar(text))
        default:
            let word = try self.word()
            return JSONTree(range: start..<position, content: .scalar(word))
        }
    }

    private mutating func list<Item>(
        to end: UInt8, _ item: (inout JSONTreeScanner) throws(JSONSyntaxError) -> Item
    ) throws(JSONSyntaxError) -> [(item: Item, comma: Int?)] {
        // The same limit as the parser's, so that a file can't exhaust the stack.
        guard depth < 512 else { throw failure("nested deeper than 512 levels") }
        depth += 1
        defer { depth -= 1 }
        position += 1
        var items: [(item: Item, comma: Int?)] = []
        try skipSpace()
        while next != end {
            if let last = items.last, last.comma == nil {
                throw failure("expected ',' or '\(Character(Unicode.Scalar(end)))'")
            }
            let read = try item(&self)
            try skipSpace()
            let comma = next == UInt8(ascii: ",") ? position : nil
            items.append((read, comma))
            guard comma != nil else { continue }
            position += 1
            try skipSpace()
            if next == end, !dialect.allows(.trailingCommas) {
                throw failure("there must be no comma in front of this '\(Character(Unicode.Scalar(end)))'")
            }
        }
        position += 1
        return items
    }

    private mutating func member() throws(JSONSyntaxError) -> JSONTree.Member {
        let start = position
        let key: String?
        if let byte = next, isQuote(byte) {
            key = try string().string
        } else {
            guard dialect == .json5 else { throw failure("expected a member name in quotes") }
            let end =
                bytes[start...].firstIndex { !($0.isASCIILetterOrDigit || $0 >= 0x80 || "_$".utf8.contains($0)) }
                ?? bytes.count
            guard end > start else { throw failure("expected a member name") }
            position = end
            key = String(validating: bytes[start..<end], as: UTF8.self)
        }
        guard let key else { throw failure("invalid UTF-8 in a name", at: start) }
        try skipSpace()
        guard next == UInt8(ascii: ":") else { throw failure("expected ':' after a member name") }
        position += 1
        try skipSpace()
        let value = try self.value()
        return JSONTree.Member(key: key, start: start, value: value, comma: nil)
    }

    private func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'") && dialect == .json5
    }

    private mutating func string() throws(JSONSyntaxError) -> JSONValue {
        let (start, quote) = (position, bytes[position])
        position += 1
        while let byte = next, byte != quote {
            if byte == 0x0A || byte == 0x0D { break }
            // What is escaped may be a line end, in JSON5.
            position += byte == UInt8(ascii: "\\") ? (bytes[(position + 1)...].starts(with: "\r\n".utf8) ? 3 : 2) : 1
        }
        guard next == quote else { throw failure("a string has no closing quote", at: start) }
        position += 1
        let text = Array(bytes[start..<position])
        return try parsed(dialect == .json5 ? Self.strict(text) : text, at: start)
    }

    /// Returns a string of JSON5 as JSON has it.
    private static func strict(_ text: [UInt8]) -> [UInt8] {
        var strict: [UInt8] = [UInt8(ascii: "\"")]
        var rest = text.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\"") { strict += "\\\"".utf8 }
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                if byte != UInt8(ascii: "\"") { strict.append(byte) }
                continue
            }
            switch escaped {
            case 0x0A: break
            case 0x0D: if rest.first == 0x0A { rest.removeFirst() }
            case UInt8(ascii: "x"): strict += "\\u00".utf8
            case UInt8(ascii: "v"): strict += "\\u000b".utf8
            case UInt8(ascii: "0"): strict += "\\u0000".utf8
            case let byte where "\"\\/bfnrtu".utf8.contains(byte): strict += [UInt8(ascii: "\\"), byte]
            default: strict.append(escaped)
            }
        }
        return strict + [UInt8(ascii: "\"")]
    }

    private mutating func word() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        position = bytes[start...].firstIndex { ",]}:/{[\"' \t\r\n".utf8.contains($0) } ?? bytes.count
        let word = Array(bytes[start..<position])
        guard dialect == .json5, !word.isEmpty else { return try parsed(word, at: start) }
        if let value = try? JSONValue.parse(word) { return value }
        // Numbers such as +1, .5, 0x1F or Infinity. Nothing here computes with them, so that their text will do.
        guard word.allSatisfy({ $0.isASCIILetterOrDigit || "+-.".utf8.contains($0) }),
            word.contains(where: \.isASCIIDigit) || word.ends(with: "Infinity") || word.ends(with: "NaN")
        else { return try parsed(word, at: start) }
        return .string(String(decoding: word, as: UTF8.self))
    }

    private func parsed(_ text: [UInt8], at start: Int) throws(JSONSyntaxError) -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue.parse(text)
        } catch {
            throw failure(error.reason, at: min(start + error.offset, bytes.count))
        }
    }
}

extension [UInt8] {
    fileprivate func ends(with text: String) -> Bool { suffix(text.utf8.count).elementsEqual(text.utf8) }
}
