import ParallelSystem

/// Reads Markdown, as models write their answers, into blocks of a document.
///
/// Written here, as the alternatives cost more than they give: a C parser would add 250 kB to a program at the limit of
/// its size, or be missing where it was opened at run time. The subset is that of CommonMark and GitHub's tables and
/// strikethrough, with these differences: raw HTML is text (but `<br>` is a line break), images are links, a table ends
/// at a line without `|`, lines that begin with `[1]` stay lines, and a definition `[1]: URL` is a source in a list.
///
/// Never fails. The time that it takes grows with the length of the text and not faster, whatever the text is.
package enum Markdown {
    /// How deep blocks, and parts of lines, stand inside each other; deeper marks are text.
    static let maximumDepth = 32

    package static func blocks(_ text: String) -> [Document.Block] {
        var parser = MarkdownBlocks()
        return parser.parse(Array(text.utf8))
    }
}

/// Characters of Markdown, as bytes.
enum Mark {
    static let lineFeed = UInt8(ascii: "\n")
    static let space = UInt8(ascii: " ")
    static let backslash = UInt8(ascii: "\\")
    static let backtick = UInt8(ascii: "`")
    static let asterisk = UInt8(ascii: "*")
    static let underscore = UInt8(ascii: "_")
    static let tilde = UInt8(ascii: "~")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let pipe = UInt8(ascii: "|")
    static let dash = UInt8(ascii: "-")
    static let colon = UInt8(ascii: ":")
    static let greater = UInt8(ascii: ">")
    static let less = UInt8(ascii: "<")
    static let hash = UInt8(ascii: "#")
    static let plus = UInt8(ascii: "+")
    static let equals = UInt8(ascii: "=")
    static let openParenthesis = UInt8(ascii: "(")
    static let closeParenthesis = UInt8(ascii: ")")
    static let quote = UInt8(ascii: "\"")
    static let apostrophe = UInt8(ascii: "'")
    static let ampersand = UInt8(ascii: "&")
    static let exclamation = UInt8(ascii: "!")
    static let period = UInt8(ascii: ".")
    static let semicolon = UInt8(ascii: ";")
    static let caret = UInt8(ascii: "^")
}

extension UInt8 {
    /// Punctuation of ASCII, which a backslash takes its meaning from.
    var isASCIIPunctuation: Bool { (0x21...0x7E).contains(self) && !isASCIILetterOrDigit }
}

extension ArraySlice<UInt8> {
    /// The spaces that it begins with.
    var indentation: Int { (firstIndex { $0 != Mark.space } ?? endIndex) - startIndex }

    /// Whether there is nothing but spaces and tabs.
    var isBlankLine: Bool { allSatisfy(\.isSpaceOrTab) }

    /// Without spaces and tabs at both ends.
    var trimmedLine: ArraySlice<UInt8> {
        guard let first = firstIndex(where: { !$0.isSpaceOrTab }), let last = lastIndex(where: { !$0.isSpaceOrTab })
        else { return suffix(0) }
        return self[first...last]
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}

extension UInt8 {
    var isSpaceOrTab: Bool { self == 0x20 || self == 0x09 }
}
