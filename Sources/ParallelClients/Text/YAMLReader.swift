import ParallelJSON
import ParallelSystem

/// Reads a YAML document in block style into entries with their lines. Anchors, tags and the like are passed over as
/// values that are not understood.
struct YAMLReader {
    private struct Line {
        var indent: Int
        var content: String
    }

    private var lines: [Line] = []
    private var position = 0
    private var depth = 0
    /// The line that ends the document (`...`); nil if there is none.
    private(set) var documentEnd: Int?
    /// The line of a text in block style (`|`) that goes on to the end of the file, which has no last line end: one
    /// would change the text.
    private(set) var openText: Int?

    init(_ text: TextLines) throws(TextProblem) {
        try text.check()
        var isInside = false
        for index in text.lines.indices {
            let line = text.text(index)
            if let column = Self.oddBreak(in: line) {
                throw TextProblem("some readers end a line at this character", line: index + 1, column: column)
            }
            let indent = line.utf8.prefix { $0 == 0x20 }.count
            var content = String(line.dropping(bytes: indent))
            let mark = content.upTo { $0 == " " || $0 == "\t" }
            if indent == 0, mark == "---" || mark == "..." {
                let isEnd = mark == "..."
                guard documentEnd == nil, isEnd || !isInside else {
                    throw TextProblem("a second document is not understood", line: index + 1, column: 1)
                }
                guard Self.withoutComment(String(content.dropping(bytes: 3))).isBlank else {
                    throw TextProblem("only a comment may stand behind '\(mark)' here", line: index + 1, column: 5)
                }
                content = ""
                isInside = true
                if isEnd { documentEnd = index }
            }
            if content.begins(with: "%"), !isInside { content = "" }
            if !content.isBlank, !content.begins(with: "#") {
                guard documentEnd == nil else {
                    throw TextProblem("a second document is not understood", line: index + 1, column: 1)
                }
                isInside = true
            }
            // What follows the end is no part of any text.
            if let documentEnd, index > documentEnd { continue }
            lines.append(Line(indent: indent, content: content))
        }
    }

    /// Returns the column, counted from 1, of U+0085, U+2028 or U+2029: versions of YAML differ in whether a
    /// line ends there, and in quotes in what it means. Nil if there is none.
    private static func oddBreak(in line: String) -> Int? {
        let breaks: [Unicode.Scalar] = ["\u{85}", "\u{2028}", "\u{2029}"]
        return Array(line.unicodeScalars).firstIndex { breaks.contains($0) }.map { $0 + 1 }
    }

    mutating func document() throws(TextProblem) -> [YAMLEntry] {
        guard skipToContent() else { return [] }
        let (entries, isList) = try block()
        guard !isList else { throw failure("the file holds a list, not a map") }
        guard !skipToContent() else { throw failure("this line is indented less than the one it belongs to") }
        return entries
    }

    /// - Parameter column: nil for the first one of the line's content.
    private func failure(_ reason: String, column: Int? = nil) -> TextProblem {
        let line = min(position, lines.count - 1)
        return TextProblem(reason, line: line + 1, column: column ?? lines[line].indent + 1)
    }

    /// Skips empty lines and comments; returns false at the end.
    private mutating func skipToContent() -> Bool {
        while position < lines.count {
            let content = lines[position].content
            if !content.isBlank, !content.begins(with: "#") { return true }
            position += 1
        }
        return false
    }

    private static func isElement(_ content: String) -> Bool {
        content.begins(with: "- ") || content.isExactly("-")
    }

    /// Reads the entries that are indented like the current line.
    private mutating func block() throws(TextProblem) -> (entries: [YAMLEntry], isList: Bool) {
        guard depth < 100 else { throw failure("nested deeper than 100 levels") }
        depth += 1
        defer { depth -= 1 }
        let indent = lines[position].indent
        let isList = Self.isElement(lines[position].content)
        var entries: [YAMLEntry] = []
        while skipToContent(), lines[position].indent == indent, Self.isElement(lines[position].content) == isList {
            if lines[position].content.begins(with: "\t") { throw failure("a tab can't indent", column: indent + 1) }
            let entry = try isList ? element(indent) : member(indent)
            if !isList, entries.contains(where: { $0.key.isExactly(entry.key) }) {
                throw TextProblem("'\(entry.key)' stands twice", line: entry.line + 1, column: indent + 1)
            }
            entries.append(entry)
        }
        if skipToContent(), lines[position].indent > indent {
            throw failure("this line is indented unlike the one it belongs to")
        }
        return (entries, isList)
    }

    private mutating func member(_ indent: Int) throws(TextProblem) -> YAMLEntry {
        let content = lines[position].content
        guard let (key, rest) = Self.key(content) else {
            throw failure("this line is not understood", column: indent + 1)
        }
        var entry = YAMLEntry(key: key, indent: indent, line: position, end: position + 1)
        try readValue(rest, of: &entry, indent, takesListAtIndent: true)
        return entry
    }

    private mutating func element(_ indent: Int) throws(TextProblem) -> YAMLEntry {
        var entry = YAMLEntry(key: "", indent: indent, line: position, end: position + 1)
        let rest = lines[position].content.dropping(bytes: 1)
        let spaces = rest.utf8.prefix { $0 == 0x20 }.count
        let inner = String(rest.dropping(bytes: spaces))
        guard Self.isElement(inner) || Self.key(inner) != nil else {
            try readValue(String(rest), of: &entry, indent, takesListAtIndent: false)
            return entry
        }
        // The rest of the line is read like a line of its own, indented as far as it stands.
        lines[position] = Line(indent: indent + 1 + spaces, content: inner)
        try readBlock(into: &entry)
        return entry
    }

    private mutating func readBlock(into entry: inout YAMLEntry) throws(TextProblem) {
        let (children, isList) = try block()
        entry.children = children
        entry.isList = isList
        entry.end = children.last?.end ?? entry.end
        entry.value =
            isList ? .array(children.map { $0.value ?? .null }) : .object(YAMLEntry.object(children))
    }

    /// Reads the value behind a colon or dash, with the lines that belong to it.
    private mutating func readValue(
        _ rest: String, of entry: inout YAMLEntry, _ indent: Int, takesListAtIndent: Bool
    ) throws(TextProblem) {
        let text = String(rest.trimmed)
        let start = position
        if !text.isEmpty, rest.upTo({ $0 != " " && $0 != "\t" }).has("\t") { throw failure("a tab can't stand here") }
        position += 1
        switch text.utf8.first {
        case nil, UInt8(ascii: "#"):
            entry.value = .null
            guard skipToContent() else { return }
            let line = lines[position]
            let isList = takesListAtIndent && line.indent == indent && Self.isElement(line.content)
            let isBlock =
                Self.isElement(line.content) || Self.key(line.content) != nil
                || "&*!\t".utf8.contains(line.content.utf8.first ?? 0)
            if line.indent > indent, !isBlock {
                // A value on a line of its own.
                return try readValue(line.content, of: &entry, indent, takesListAtIndent: false)
            }
            if line.indent > indent || isList { return try readBlock(into: &entry) }
            position = start + 1
        case UInt8(ascii: "|"), UInt8(ascii: ">"):
            let marks = Self.withoutComment(text).dropping(bytes: 1)
            guard marks.utf8.count <= 2, marks.utf8.allSatisfy({ "+-123456789".utf8.contains($0) }) else {
                throw needsQuotes(rest, at: start)
            }
            let body = continuation(beyond: indent)
            let own = lines[(start + 1)..<position].first { !$0.content.isBlank }?.indent ?? 0
            if !marks.utf8.contains(where: \.isASCIIDigit),
                let odd = lines[start..<position].dropFirst().firstIndex(where: { line in
                    line.indent < own && !line.content.isBlank && !line.content.begins(with: "#")
                })
            {
                position = odd
                throw failure("this line is indented unlike the one it belongs to")
            }
            // Its last line end belongs to the text, with '+' the empty lines behind it too, with '-' neither. What
            // follows the last LF is no line.
            var lineEnds = body.isEmpty || position == lines.count ? 0 : 1
            if marks.has("+") {
                while position < lines.count - 1, lines[position].content.isBlank {
                    position += 1
                    lineEnds += 1
                }
            }
            if marks.has("-") { lineEnds = 0 } else if position == lines.count { openText = start }
            entry.value = .string(
                body.joined(separator: text.begins(with: "|") ? "\n" : " ") + String(repeating: "\n", count: lineEnds))
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "["), UInt8(ascii: "{"):
            var whole = text
            while true {
                if let (value, end) = YAMLFlow.read(whole, refersTo: hasAnchor) {
                    guard end.trimmed.isEmpty || end.begins(with: " ") && end.trimmed.begins(with: "#") else {
                        position = start
                        throw failure("unexpected text behind the value")
                    }
                    entry.value = value
                    break
                }
                guard position < lines.count else {
                    position = start
                    throw failure("a quote, bracket or escape of this value is not right")
                }
                whole += "\n" + lines[position].content
                position += 1
            }
        case UInt8(ascii: "*") where !hasAnchor(String(text.dropping(bytes: 1))):
            position = start
            throw failure("this value needs quotes, or the anchor that it names", column: column(of: rest, in: start))
        case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"):
            _ = continuation(beyond: indent)
        default:
            let plain = Self.withoutComment(text)
            if plain.has("\t") || Self.key("-" + plain) != nil || "@`%,]}".utf8.contains(plain.utf8.first ?? 0)
                || ["-", "?", ":"].contains(String(plain.upTo { $0 == " " }))
            {
                throw needsQuotes(rest, at: start)
            }
            let more = continuation(beyond: indent).filter { !$0.begins(with: "#") }
            if more.contains(where: { Self.key($0) != nil }) || !more.isEmpty && plain.utf8.count < text.utf8.count {
                position = start + 1
                throw failure("this line belongs to no key")
            }
            entry.value = YAMLFlow.scalar(([plain] + more.map(Self.withoutComment)).joined(separator: " "))
        }
        entry.end = position
    }

    /// Returns the error for a text without quotes that means something else to YAML, or nothing.
    private mutating func needsQuotes(_ rest: String, at start: Int) -> TextProblem {
        position = start
        return failure("this value needs quotes", column: column(of: rest, in: start))
    }

    /// Returns the column of the first character of a line's rest that is not blank.
    private func column(of rest: String, in line: Int) -> Int {
        let blanks = rest.utf8.prefix { $0 == 0x20 || $0 == 0x09 }.count
        return lines[line].indent + lines[line].content.utf8.count - rest.utf8.count + blanks + 1
    }

    /// Whether the anchor that an alias names may stand in front of it. Only that no line up to here has it is certain.
    private func hasAnchor(_ alias: String) -> Bool {
        let anchor = Array("&\(alias.upTo { $0 == " " || $0 == "\t" })".utf8)
        return lines[..<position].contains { line in
            line.content.utf8.indices.contains { line.content.utf8[$0...].starts(with: anchor) }
        }
    }

    /// Reads the lines that are indented deeper, without the empty ones behind them.
    private mutating func continuation(beyond indent: Int) -> [String] {
        var (texts, end): ([String], Int) = ([], position)
        for index in position..<lines.count {
            if lines[index].content.isBlank { continue }
            guard lines[index].indent > indent else { break }
            texts.append(String(lines[index].content.trimmed))
            end = index + 1
        }
        position = end
        return texts
    }

    /// Splits `key: value`; nil if the line doesn't begin with a plain or quoted key.
    private static func key(_ content: String) -> (key: String, rest: String)? {
        if content.begins(with: "\"") || content.begins(with: "'") {
            guard let (key, rest) = YAMLFlow.read(content), let text = key.string else { return nil }
            let behind = rest.trimmed
            return behind.begins(with: ":") ? (text, String(behind.dropping(bytes: 1))) : nil
        }
        guard let first = content.utf8.first, !"?&*![{|>%@`#,]}\t".utf8.contains(first) else { return nil }
        var rest = content[...]
        while let colon = rest.place(of: ":") {
            let behind = rest.halves(around: colon).1
            if behind.isEmpty || behind.begins(with: " ") || behind.begins(with: "\t") {
                let key = content[..<colon].trimmed { $0 == " " }
                return key.isEmpty || key.has("#") || key.has("\t") ? nil : (String(key), String(behind))
            }
            rest = behind
        }
        return nil
    }

    /// Returns a plain text without the comment behind it.
    private static func withoutComment(_ text: String) -> String {
        comment(of: text).map { String(text.dropLast($0.count).trimmed) } ?? text
    }

    /// Returns the comment at the end of a line; nil if it has none.
    static func comment(of line: String) -> String? {
        var (quote, before): (UInt8?, UInt8) = (nil, 0x20)
        for index in line.utf8.indices {
            let byte = line.utf8[index]
            if quote == nil, byte == UInt8(ascii: "#"), before == 0x20 || before == 0x09 {
                return String(line[index...])
            }
            if quote == byte {
                quote = nil
            } else if quote == nil, "\"'".utf8.contains(byte), " [{,:".utf8.contains(before) {
                quote = byte
            }
            before = byte
        }
        return nil
    }
}

/// Values in flow style: quoted texts, `[…]` and `{…}`.
enum YAMLFlow {
    /// Reads the value at the beginning of a text; nil if it is not complete.
    ///
    /// - Parameter refersTo: whether an alias (`*name`) names an anchor.
    static func read(
        _ text: String, refersTo isAlias: (String) -> Bool = { _ in true }
    ) -> (value: JSONValue, rest: String)? {
        var rest = Array(text.utf8)[...]
        guard let value = value(&rest, 0, isAlias) else { return nil }
        return (value, String(decoding: rest, as: UTF8.self))
    }

    private static func value(
        _ rest: inout ArraySlice<UInt8>, _ depth: Int, _ isAlias: (String) -> Bool
    ) -> JSONValue? {
        skip(&rest)
        guard depth < 50, let first = rest.first else { return nil }
        switch first {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return quoted(&rest)
        case UInt8(ascii: "["):
            rest.removeFirst()
            var elements: [JSONValue] = []
            while true {
                skip(&rest)
                if rest.first == UInt8(ascii: "]") { break }
                guard let element = value(&rest, depth + 1, isAlias) else { return nil }
                elements.append(element)
                guard separates(&rest, before: UInt8(ascii: "]")) else { return nil }
            }
            rest.removeFirst()
            return .array(elements)
        case UInt8(ascii: "{"):
            rest.removeFirst()
            var members: [JSONObject.Member] = []
            while true {
                skip(&rest)
                if rest.first == UInt8(ascii: "}") { break }
                guard let key = value(&rest, depth + 1, isAlias) else { return nil }
                skip(&rest)
                var member = JSONObject.Member(key: key.string ?? key.serialized(), value: .null)
                if rest.first == UInt8(ascii: ":") {
                    rest.removeFirst()
                    guard let value = value(&rest, depth + 1, isAlias) else { return nil }
                    member.value = value
                }
                members.append(member)
                guard separates(&rest, before: UInt8(ascii: "}")) else { return nil }
            }
            rest.removeFirst()
            return .object(JSONObject(members))
        default:
            let word = rest.prefix { !",]}{[\n".utf8.contains($0) }
            let end = zip(word.indices, word).first { index, byte in
                byte == UInt8(ascii: ":") && (index + 1 >= rest.endIndex || rest[index + 1] == 0x20)
            }
            let text = word[..<(end?.0 ?? word.endIndex)]
            guard !text.isEmpty, !"@`%".utf8.contains(first), !text.contains(0x09) else { return nil }
            rest = rest[text.endIndex...]
            let plain = String(String(decoding: text, as: UTF8.self).trimmed)
            guard !plain.begins(with: "*") || isAlias(String(plain.dropping(bytes: 1))) else { return nil }
            return scalar(plain)
        }
    }

    /// Skips white space, line ends and comments.
    private static func skip(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == 0x20 || $0 == 0x0A }
        guard rest.first == UInt8(ascii: "#") else { return }
        rest = rest.drop { $0 != 0x0A }
        skip(&rest)
    }

    /// Skips a comma; returns whether there is one, or the end.
    private static func separates(_ rest: inout ArraySlice<UInt8>, before end: UInt8) -> Bool {
        skip(&rest)
        if rest.first == UInt8(ascii: ",") {
            rest.removeFirst()
            return true
        }
        return rest.first == end
    }

    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> JSONValue? {
        let quote = rest.removeFirst()
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote {
                if quote == UInt8(ascii: "'"), rest.first == quote {
                    rest.removeFirst()
                    text.append(quote)
                    continue
                }
                let plain = String(decoding: text, as: UTF8.self)
                guard quote == UInt8(ascii: "\"") else { return .string(plain) }
                // The escapes are those of JSON, and a few more.
                return (try? JSONValue.parse("\"\(plain)\"")) ?? .string(plain)
            }
            text.append(byte == 0x0A ? 0x20 : byte)
            if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\""), let escaped = rest.popFirst() {
                guard "0abtnvfre \"/\\N_LPxuU\t\n".utf8.contains(escaped) else { return nil }
                text.append(escaped)
            }
        }
        return nil
    }

    /// Returns what a plain text means.
    static func scalar(_ text: String) -> JSONValue {
        switch text {
        case "true", "True", "TRUE": .bool(true)
        case "false", "False", "FALSE": .bool(false)
        case "null", "~", "": .null
        default:
            (try? JSONValue.parse(text)).flatMap { $0.number == nil ? nil : $0 } ?? .string(text)
        }
    }
}
