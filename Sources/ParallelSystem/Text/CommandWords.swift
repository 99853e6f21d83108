/// A line split into words as a POSIX shell does it, by spaces, quotation marks and backslashes (XCU 2.2). Nothing is
/// expanded, as no shell runs it.
package struct CommandWords: Sendable {
    package private(set) var words: [String] = []
    /// Where the last word begins in the line, in bytes; its end if the line ends between words.
    package private(set) var lastStart: Int
    /// Whether the line ends within a word, which is then the last one.
    package private(set) var endsInWord = false
    /// The quotation mark or the backslash that the line leaves open.
    package private(set) var open: Unicode.Scalar?
    /// Whether the open quotation mark stands behind a letter, as in `what's`.
    package private(set) var opensWithinWord = false
    /// What a shell would first act on, such as `|`, `$(`, or a line feed between words.
    package private(set) var operation: String?

    /// - Parameter home: what `~` in front of a `/` stands for; nil leaves it.
    package init(_ line: String, home: String? = nil) {
        let scalars = Array(line.unicodeScalars)
        lastStart = line.utf8.count
        var word: String.UnicodeScalarView?
        var (index, place, hasLineEnd) = (0, 0, false)
        func next(_ count: Int = 0) -> Unicode.Scalar? {
            scalars.indices.contains(index + count) ? scalars[index + count] : nil
        }
        while let scalar = next() {
            let start = place
            (index, place) = (index + 1, place + UTF8.width(scalar))
            let isBlank = scalar == " " || scalar == "\t" || scalar == "\n"
            if word == nil, !isBlank {
                lastStart = start
                if hasLineEnd, !words.isEmpty { operation = operation ?? "\n" }
            }
            switch scalar {
            case _ where scalar == open: open = nil
            case "\"" where open == nil, "'" where open == nil:
                opensWithinWord = word?.isEmpty == false
                (open, word) = (scalar, word ?? .init())
            case "\\" where open != "'":
                guard let following = next() else {
                    (open, word) = (scalar, word ?? .init())
                    continue
                }
                (index, place) = (index + 1, place + UTF8.width(following))
                // The line goes on.
                if following == "\n" { continue }
                // Inside quotation marks, a backslash takes the meaning only from what has one there.
                if open != nil, following != "\"", following != "\\" { word?.append(scalar) }
                word = word ?? .init()
                word?.append(following)
            case _ where isBlank && open == nil:
                if let word { words.append(String(word)) }
                (word, hasLineEnd) = (nil, hasLineEnd || scalar == "\n" && !words.isEmpty)
            default:
                if word == nil, scalar == "~", next() == "/", let home {
                    word = home.unicodeScalars
                    continue
                }
                if open == nil, word == nil, "|<>;&".unicodeScalars.contains(scalar) {
                    operation = operation ?? String(scalar)
                }
                if open != "'", scalar == "`" || scalar == "$" && next() == "(" { operation = operation ?? "$(" }
                word = word ?? .init()
                word?.append(scalar)
            }
        }
        endsInWord = word != nil
        if let word { words.append(String(word)) } else { lastStart = line.utf8.count }
    }
}
