import ParallelSystem

/// What `[label]: URL "title"` lines of a text define, for its links `[text][label]`.
///
/// A class, since each part of a text that is parsed marks those that it uses.
final class MarkdownDefinitions {
    struct Definition {
        var label: String
        var url: String
        var title: String
        /// Of a source, whose label is a number.
        var number: Int? { label.utf8.allSatisfy(\.isASCIIDigit) && label.utf8.count < 7 ? Int(label) : nil }
        fileprivate var isUsed = false

        init(label: String, url: String, title: String) { (self.label, self.url, self.title) = (label, url, title) }
    }

    private static let maximumLabelLength = 999

    private var definitions: [ExactText: Definition] = [:]
    /// The labels in their order; nothing can refer to a definition that repeats a label.
    private var labels: [(key: ExactText, repeated: Definition?)] = []

    /// The definitions that no link uses, in their order. Sources are left out, because they are always shown.
    var unused: [Definition] {
        labels.compactMap { $0.repeated ?? definitions[$0.key] }.filter { !$0.isUsed && $0.number == nil }
    }

    /// The first definition of a label counts.
    func add(_ definition: Definition) {
        let key = Self.key(definition.label.utf8)
        let isRepeated = definitions[key] != nil
        labels.append((key, isRepeated ? definition : nil))
        if !isRepeated { definitions[key] = definition }
    }

    /// The URL for a label, which counts as used from now on.
    func url(_ label: ArraySlice<UInt8>) -> String? {
        guard !definitions.isEmpty, label.count <= Self.maximumLabelLength, !label.isBlankLine else { return nil }
        let key = Self.key(label)
        guard let definition = definitions[key] else { return nil }
        if !definition.isUsed { definitions[key]?.isUsed = true }
        return definition.url
    }

    /// Labels compare without regard to case and to how much white space they hold.
    private static func key(_ label: some Sequence<UInt8>) -> ExactText {
        var bytes: [UInt8] = []
        for byte in label {
            if byte.isSpaceOrTab || byte == Mark.lineFeed {
                if let last = bytes.last, last != Mark.space { bytes.append(Mark.space) }
            } else {
                bytes.append(byte)
            }
        }
        if bytes.last == Mark.space { bytes.removeLast() }
        return ExactText(String(decoding: bytes, as: UTF8.self).lowercased())
    }

    /// Whether a line begins a footnote, `[^label]: text`, which goes on to the next one.
    static func isFootnote(_ line: ArraySlice<UInt8>) -> Bool {
        guard line.starts(with: "[^".utf8) else { return false }
        let label = line.dropFirst(2).prefix { $0.isASCIILetterOrDigit || $0 == Mark.dash }
        return !label.isEmpty && line[label.endIndex...].starts(with: "]:".utf8)
    }

    /// The definition that a line is, if it is one from start to end.
    static func definition(_ line: ArraySlice<UInt8>) -> Definition? {
        guard line.first == Mark.openBracket, line.dropFirst().first != Mark.caret,
            let close = line.dropFirst().prefix(maximumLabelLength).firstIndex(of: Mark.closeBracket),
            line[(close + 1)...].first == Mark.colon
        else { return nil }
        let label = line[(line.startIndex + 1)..<close]
        var cursor = MarkdownLinkParser(line[(close + 2)...])
        guard !label.contains(Mark.openBracket), !label.isBlankLine, let url = cursor.destination(), !url.isEmpty
        else { return nil }
        let title = cursor.title() ?? ""
        guard cursor.rest.isBlankLine else { return nil }
        return Definition(label: label.trimmedLine.text, url: url, title: title)
    }
}

/// Reads what stands behind the text of a link: `URL "title"`.
struct MarkdownLinkParser {
    private(set) var rest: ArraySlice<UInt8>

    init(_ rest: ArraySlice<UInt8>) { self.rest = rest }

    mutating func skipSpace() { rest = rest.drop { $0.isSpaceOrTab || $0 == Mark.lineFeed } }

    mutating func skip(_ byte: UInt8) -> Bool {
        guard rest.first == byte else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// `<URL>`, or a word in which parentheses come in pairs; nil if it is neither, "" if there is none.
    mutating func destination() -> String? {
        skipSpace()
        let isBracketed = skip(Mark.less)
        var depth = 0
        var index = rest.startIndex
        scan: while index < rest.endIndex {
            switch rest[index] {
            case Mark.backslash where index + 1 < rest.endIndex && rest[index + 1].isASCIIPunctuation: index += 1
            case Mark.lineFeed where isBracketed, Mark.less where isBracketed: return nil
            case Mark.greater where isBracketed: break scan
            case ...0x20 where !isBracketed, 0x7F where !isBracketed: break scan
            case Mark.openParenthesis where !isBracketed:
                depth += 1
                if depth > Markdown.maximumDepth { return nil }
            case Mark.closeParenthesis where !isBracketed:
                if depth == 0 { break scan }
                depth -= 1
            default: break
            }
            index += 1
        }
        let url = rest[..<index]
        rest = rest[index...]
        if isBracketed ? !skip(Mark.greater) : depth > 0 { return nil }
        return MarkdownEntity.unescaped(url)
    }

    /// A title in quotes or parentheses behind white space; nil where there is none.
    mutating func title() -> String? {
        let start = rest
        skipSpace()
        guard rest.startIndex > start.startIndex, let mark = rest.first,
            [Mark.quote, Mark.apostrophe, Mark.openParenthesis].contains(mark)
        else { return nil }
        let close = mark == Mark.openParenthesis ? Mark.closeParenthesis : mark
        var index = rest.startIndex + 1
        while index < rest.endIndex, rest[index] != close {
            if rest[index] == Mark.openParenthesis, mark == Mark.openParenthesis { break }
            index += rest[index] == Mark.backslash ? 2 : 1
        }
        guard index < rest.endIndex, rest[index] == close else {
            rest = start
            return nil
        }
        let title = rest[(rest.startIndex + 1)..<index]
        rest = rest[(index + 1)...]
        return MarkdownEntity.unescaped(title)
    }
}
