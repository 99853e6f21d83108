import ParallelSystem

/// Reads the text of a paragraph, a heading or a cell into spans, as CommonMark has it: brackets and runs of delimiters
/// go on stacks and are matched when something closes them.
///
/// Matched delimiters only note what begins or ends at them; `MarkdownSpans` builds the tree in one pass at the end, so
/// that nothing is moved while brackets nest.
struct MarkdownInlines {
    private let bytes: [UInt8]
    private let definitions: MarkdownDefinitions
    private var tokens: [MarkdownToken] = []
    private var index = 0
    /// Where text begins that is in no token yet.
    private var textStart = 0

    private var delimiters: [MarkdownDelimiter] = []
    /// The last delimiter that can still be matched; -1 for none.
    private var lastDelimiter = -1

    private struct Bracket {
        var token: Int
        var isImage: Bool
        /// Where its text begins.
        var start: Int
        var delimiterBelow: Int
        /// Whether another bracket stands behind it, which a label can't hold.
        var holdsBracket = false
    }
    private var brackets: [Bracket] = []
    /// Brackets below this place are text, as links hold no links.
    private var firstActiveBracket = 0

    /// Where runs of backticks begin, by their length, last first; made when the first backtick is met.
    private var backticks: [Int: [Int]]?

    init(_ bytes: [UInt8], _ definitions: MarkdownDefinitions) {
        var bytes = bytes
        while let last = bytes.last, last.isSpaceOrTab || last == Mark.lineFeed { bytes.removeLast() }
        self.bytes = bytes
        self.definitions = definitions
    }

    mutating func parse() -> [Document.Inline] {
        while index < bytes.count {
            switch bytes[index] {
            case Mark.lineFeed: addLineEnd()
            case Mark.backslash: addEscape()
            case Mark.backtick: addCode()
            case Mark.asterisk, Mark.underscore, Mark.tilde: addDelimiters()
            case Mark.openBracket: addBracket(isImage: false)
            case Mark.exclamation where next == Mark.openBracket: addBracket(isImage: true)
            case Mark.closeBracket: closeBracket()
            case Mark.less: addAngle()
            case Mark.ampersand:
                if let (text, length) = MarkdownEntity.character(bytes[index...]) {
                    add(.literal(text), length: length)
                } else {
                    index += 1
                }
            case UInt8(ascii: "h"), UInt8(ascii: "H"): addURL()
            default: index += 1
            }
        }
        flushText()
        matchDelimiters(above: -1)
        return MarkdownSpans.tree(tokens, delimiters, bytes)
    }

    private var next: UInt8? { index + 1 < bytes.count ? bytes[index + 1] : nil }

    private mutating func flushText() {
        if textStart < index { tokens.append(.text(textStart..<index)) }
        textStart = index
    }

    private mutating func add(_ token: MarkdownToken, length: Int) {
        flushText()
        tokens.append(token)
        index += length
        textStart = index
    }

    // MARK: - Line ends, escapes, code

    private mutating func addLineEnd() {
        var end = index
        while end > textStart, bytes[end - 1].isSpaceOrTab { end -= 1 }
        let spaces = index - end
        let following = bytes[(index + 1)...]
        // Lists of sources have one to a line.
        let isHard = spaces >= 2 || Self.beginsWithNumber(following) && Self.beginsWithNumber(bytes[...])
        index = end
        flushText()
        index = end + spaces
        textStart = index
        add(isHard ? .lineBreak : .literal(" "), length: 1 + following.indentation)
    }

    /// Whether a text begins with `[1]`.
    private static func beginsWithNumber(_ text: ArraySlice<UInt8>) -> Bool {
        let digits = text.dropFirst().prefix(6).prefix { $0.isASCIIDigit }
        return text.first == Mark.openBracket && !digits.isEmpty
            && text[digits.endIndex...].first == Mark.closeBracket
    }

    private mutating func addEscape() {
        guard let next else {
            index += 1
            return
        }
        if next == Mark.lineFeed {
            add(.lineBreak, length: 2 + bytes[(index + 2)...].indentation)
        } else if next.isASCIIPunctuation {
            add(.literal(String(UnicodeScalar(next))), length: 2)
        } else {
            index += 1
        }
    }

    private mutating func addCode() {
        let length = bytes[index...].prefix { $0 == Mark.backtick }.count
        let start = index + length
        if backticks == nil { backticks = backtickRuns() }
        while let end = backticks?[length]?.last, end < start { backticks?[length]?.removeLast() }
        guard let end = backticks?[length]?.last else {
            index = start
            return
        }
        var code = Array(bytes[start..<end])
        for place in code.indices where code[place] == Mark.lineFeed { code[place] = Mark.space }
        // One space at both ends is there to keep backticks apart.
        if code.count > 2, code.first == Mark.space, code.last == Mark.space, !code[...].isBlankLine {
            code = Array(code[1..<(code.count - 1)])
        }
        add(.code(String(decoding: code, as: UTF8.self)), length: end + length - index)
    }

    private func backtickRuns() -> [Int: [Int]] {
        var runs: [Int: [Int]] = [:]
        var end = bytes.count
        while end > 0 {
            var start = end
            while start > 0, bytes[start - 1] == Mark.backtick { start -= 1 }
            if start < end { runs[end - start, default: []].append(start) }
            end = start < end ? start : end - 1
        }
        return runs
    }

    // MARK: - Addresses in the text

    /// `<https://…>` is a link, `<br>` a line break, all else text.
    private mutating func addAngle() {
        let rest = bytes[(index + 1)...]
        let word = rest.prefix(2_048).prefix { $0 > 0x20 && $0 != Mark.less && $0 != Mark.greater }
        if word.endIndex < bytes.count, bytes[word.endIndex] == Mark.greater, Self.isURL(word) {
            add(.address(word.text), length: word.count + 2)
        } else if word.count >= 2, word.prefix(2).text.asciiLowercased.isExactly("br"),
            let end = rest.prefix(6).firstIndex(of: Mark.greater),
            rest[(rest.startIndex + 2)..<end].allSatisfy({ $0 == Mark.space || $0 == UInt8(ascii: "/") })
        {
            add(.lineBreak, length: end + 1 - index)
        } else {
            index += 1
        }
    }

    private static func isURL(_ text: ArraySlice<UInt8>) -> Bool {
        guard text.count > 8 else { return false }
        let start = text.prefix(8).text.asciiLowercased
        return start.begins(with: "https://") || start.begins(with: "http://")
    }

    /// A URL that stands in the text by itself, without the punctuation of the sentence behind it.
    private mutating func addURL() {
        let isInWord = index > 0 && bytes[index - 1].isASCIILetterOrDigit
        guard !isInWord, Self.isURL(bytes[index...].prefix(9)) else {
            index += 1
            return
        }
        var end = index
        var parentheses = 0
        while end < bytes.count, bytes[end] > 0x20, !"<>[]\"`\\|{}^".utf8.contains(bytes[end]), !isWidePunctuation(end)
        {
            if bytes[end] == Mark.openParenthesis { parentheses += 1 }
            if bytes[end] == Mark.closeParenthesis { parentheses -= 1 }
            end += 1
        }
        while end > index {
            let last = bytes[end - 1]
            if last == Mark.closeParenthesis, parentheses < 0 {
                parentheses += 1
            } else if !"?!.,:;*_~'&".utf8.contains(last) {
                break
            }
            end -= 1
        }
        guard Self.isURL(bytes[index..<end]) else {
            index += 1
            return
        }
        add(.address(bytes[index..<end].text), length: end - index)
    }

    /// Whether punctuation of Chinese and Japanese stands here (U+3000 to U+303F, U+FF00 to U+FF3F), which ends a URL.
    private func isWidePunctuation(_ place: Int) -> Bool {
        guard place + 1 < bytes.count else { return false }
        return bytes[place] == 0xE3 && bytes[place + 1] == 0x80 || bytes[place] == 0xEF && bytes[place + 1] == 0xBC
    }

    // MARK: - Brackets

    private mutating func addBracket(isImage: Bool) {
        if !brackets.isEmpty { brackets[brackets.count - 1].holdsBracket = true }
        flushText()
        brackets.append(
            Bracket(
                token: tokens.count, isImage: isImage, start: index + (isImage ? 2 : 1),
                delimiterBelow: lastDelimiter))
        add(.literal(isImage ? "![" : "["), length: isImage ? 2 : 1)
    }

    private mutating func closeBracket() {
        guard let bracket = brackets.popLast() else {
            index += 1
            return
        }
        let isActive = bracket.isImage || brackets.count >= firstActiveBracket
        firstActiveBracket = min(firstActiveBracket, brackets.count)
        let label = bytes[bracket.start..<index]
        if isActive, let (url, title, end) = target(label, holdsBracket: bracket.holdsBracket) {
            flushText()
            tokens[bracket.token] = .linkStart(url)
            matchDelimiters(above: bracket.delimiterBelow)
            tokens.append(.linkEnd)
            // A title has no other place where there is no pointer to rest on it.
            if !title.isEmpty { tokens.append(.literal(" (\(title))")) }
            if !bracket.isImage { firstActiveBracket = brackets.count }
            (index, textStart) = (end, end)
        } else if !bracket.isImage, Self.isCitation(label) {
            tokens.removeLast(tokens.count - bracket.token)
            textStart = index
            add(.citation(label.text), length: 1)
        } else {
            index += 1
        }
    }

    /// Where the bracket that closes at `index` leads: `(URL "title")`, `[label]`, `[]` or its text as a label.
    private func target(
        _ text: ArraySlice<UInt8>, holdsBracket: Bool
    ) -> (url: String, title: String, end: Int)? {
        let behind = bytes[(index + 1)...]
        var cursor = MarkdownLinkParser(behind)
        if cursor.skip(Mark.openParenthesis), let url = cursor.destination() {
            let title = cursor.title() ?? ""
            cursor.skipSpace()
            if cursor.skip(Mark.closeParenthesis) { return (url, title, cursor.rest.startIndex) }
        }
        var label = text
        var end = index + 1
        if behind.first == Mark.openBracket,
            let close = behind.dropFirst().prefix(1_000).firstIndex(where: {
                $0 == Mark.closeBracket || $0 == Mark.openBracket
            }), bytes[close] == Mark.closeBracket
        {
            let named = bytes[(index + 2)..<close]
            end = close + 1
            if !named.isEmpty {
                return definitions.url(named).map { ($0, "", end) }
            }
        }
        if holdsBracket { return nil }
        label = text
        return definitions.url(label).map { ($0, "", end) }
    }

    /// Whether the text in brackets refers to sources: `1`, `1, 2`, `3-5` or `^note`.
    private static func isCitation(_ label: ArraySlice<UInt8>) -> Bool {
        guard (1...40).contains(label.count) else { return false }
        if label.first == Mark.caret {
            return label.count > 1 && label.dropFirst().allSatisfy { $0.isASCIILetterOrDigit || $0 == Mark.dash }
        }
        return label.first?.isASCIIDigit == true && label.last?.isASCIIDigit == true
            && label.allSatisfy { $0.isASCIIDigit || ",- ".utf8.contains($0) }
    }

    // MARK: - Delimiters

    private mutating func addDelimiters() {
        let byte = bytes[index]
        let length = bytes[index...].prefix { $0 == byte }.count
        let end = index + length
        // A single tilde means "about".
        if byte == Mark.tilde, length != 2 {
            index = end
            return
        }
        let before = Neighbour(scalar(before: index))
        let after = Neighbour(scalar(at: end))
        let isLeft = after != .space && (after == .other || before != .other)
        let isRight = before != .space && (before == .other || after != .other)
        let isUnderscore = byte == Mark.underscore
        delimiters.append(
            MarkdownDelimiter(
                byte: byte, count: length,
                canOpen: isLeft && (!isUnderscore || !isRight || before == .punctuation),
                canClose: isRight && (!isUnderscore || !isLeft || after == .punctuation),
                before: lastDelimiter))
        if lastDelimiter >= 0 { delimiters[lastDelimiter].after = delimiters.count - 1 }
        lastDelimiter = delimiters.count - 1
        add(.delimiters(lastDelimiter), length: length)
    }

    private enum Neighbour {
        case space, punctuation, other

        init(_ scalar: Unicode.Scalar?) {
            guard let scalar else {
                self = .space
                return
            }
            if scalar.value < 0x80 {
                let byte = UInt8(truncatingIfNeeded: scalar.value)
                self = byte <= 0x20 ? .space : byte.isASCIIPunctuation ? .punctuation : .other
                return
            }
            switch scalar.properties.generalCategory {
            case .spaceSeparator, .lineSeparator, .paragraphSeparator: self = .space
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation, .otherPunctuation, .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol:
                self = .punctuation
            default: self = .other
            }
        }
    }

    private func scalar(before end: Int) -> Unicode.Scalar? {
        let start = bytes[..<end].suffix(4).lastIndex { $0 & 0xC0 != 0x80 }
        return start.flatMap { String(decoding: bytes[$0..<end], as: UTF8.self).unicodeScalars.first }
    }

    private func scalar(at start: Int) -> Unicode.Scalar? {
        start < bytes.count ? String(decoding: bytes[start...].prefix(4), as: UTF8.self).unicodeScalars.first : nil
    }

    /// Matches the delimiters above one, the "process emphasis" of CommonMark, and takes them off the stack.
    private mutating func matchDelimiters(above bottom: Int) {
        var closer = -1
        var index = lastDelimiter
        while index > bottom {
            closer = index
            index = delimiters[index].before
        }
        // Below these no opener was found for such a closer, and none needs to be looked for again.
        var bottoms = Array(repeating: bottom, count: 18)
        while closer >= 0 {
            let current = delimiters[closer]
            guard current.canClose else {
                closer = current.after
                continue
            }
            var opener = current.before
            while opener > bottoms[current.kind], !delimiters[opener].opens(for: current) {
                opener = delimiters[opener].before
            }
            guard opener > bottoms[current.kind] else {
                bottoms[current.kind] = max(bottom, current.before)
                if !current.canOpen { remove(closer) }
                closer = current.after
                continue
            }
            let span: MarkdownSpan =
                current.byte == Mark.tilde
                ? .strikethrough : min(current.count, delimiters[opener].count) >= 2 ? .strong : .emphasis
            let used = span == .emphasis ? 1 : 2
            delimiters[opener].starts.append(span)
            delimiters[closer].ends.append(span)
            delimiters[opener].count -= used
            delimiters[closer].count -= used
            // What stands between has found no partner.
            delimiters[opener].after = closer
            delimiters[closer].before = opener
            if delimiters[opener].count == 0 { remove(opener) }
            if delimiters[closer].count == 0 {
                let following = delimiters[closer].after
                remove(closer)
                closer = following
            }
        }
        if bottom >= 0 { delimiters[bottom].after = -1 }
        lastDelimiter = bottom
    }

    private mutating func remove(_ place: Int) {
        let (before, after) = (delimiters[place].before, delimiters[place].after)
        if before >= 0 { delimiters[before].after = after }
        if after >= 0 { delimiters[after].before = before } else { lastDelimiter = before }
    }
}

enum MarkdownToken {
    case text(Range<Int>)
    case literal(String)
    case code(String)
    /// A URL that is its own text.
    case address(String)
    case citation(String)
    case lineBreak
    /// A place in the list of delimiters.
    case delimiters(Int)
    case linkStart(String)
    case linkEnd
}

enum MarkdownSpan {
    case emphasis, strong, strikethrough
}

/// A run of `*`, `_` or `~`.
struct MarkdownDelimiter {
    let byte: UInt8
    /// Those that are not matched.
    var count: Int
    let canOpen: Bool
    let canClose: Bool
    private let length: Int
    /// Its neighbours on the stack; -1 for none.
    var before: Int
    var after = -1
    /// What begins here, the innermost first.
    var starts: [MarkdownSpan] = []
    /// What ends here, the innermost first.
    var ends: [MarkdownSpan] = []

    init(byte: UInt8, count: Int, canOpen: Bool, canClose: Bool, before: Int) {
        (self.byte, self.count, self.canOpen, self.canClose, self.before) = (byte, count, canOpen, canClose, before)
        length = count
    }

    /// A number below 18 for all that decides which openers match this closer.
    var kind: Int {
        let character = byte == Mark.asterisk ? 0 : byte == Mark.underscore ? 1 : 2
        return character * 6 + (canOpen ? 3 : 0) + length % 3
    }

    /// Whether this run can open what `closer` closes: in a run that could do both, lengths must not add up to a
    /// multiple of three, unless both are one (rules 9 and 10 of CommonMark).
    func opens(for closer: MarkdownDelimiter) -> Bool {
        guard canOpen, byte == closer.byte else { return false }
        if !(canClose || closer.canOpen) || byte == Mark.tilde { return true }
        return (length + closer.length) % 3 != 0 || length % 3 == 0 && closer.length % 3 == 0
    }
}
