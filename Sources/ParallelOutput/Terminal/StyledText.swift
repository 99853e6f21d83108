import ParallelSystem
import ParallelTerminal

/// How a piece of text looks, as SGR parameters (ECMA-48, 8.3.117).
struct Look: OptionSet {
    let rawValue: UInt16

    static let bold = Look(rawValue: 1)
    static let dim = Look(rawValue: 2)
    static let italic = Look(rawValue: 4)
    static let underline = Look(rawValue: 8)
    static let struck = Look(rawValue: 16)
    static let red = Look(rawValue: 32)
    static let green = Look(rawValue: 64)
    static let yellow = Look(rawValue: 128)
    static let cyan = Look(rawValue: 256)

    /// What switches each bit on, in their order.
    private static let parameters = [1, 2, 3, 4, 9, 31, 32, 33, 36]

    /// The sequence that begins this look; everything ends with `reset`, as pieces do not stand inside each other.
    var sequence: String {
        let numbers = Self.parameters.indices.filter { rawValue & 1 << $0 != 0 }.map { String(Self.parameters[$0]) }
        return "\u{1B}[\(numbers.joined(separator: ";"))m"
    }

    init(rawValue: UInt16) { self.rawValue = rawValue }

    init(_ look: Document.Mark.Look) {
        switch look {
        case .good: self = .green
        case .fair: self = .yellow
        case .bad: self = .red
        case .quiet: self = .dim
        case .name: self = .cyan
        case .plain: self = []
        }
    }

    static let reset = "\u{1B}[0m"
}

/// Text that looks the same from end to end, safe to show.
struct Piece {
    var text: String
    var look: Look = []
    /// What it links to: nothing that `WebAddress` has not checked.
    var link: String?
    /// Whether it is one word, whatever it holds: an identifier, an address.
    var isWhole = false
}

/// A line of pieces.
struct StyledLine {
    var pieces: [Piece] = []
    var width = 0

    static let empty = StyledLine()

    init() {}

    init(_ pieces: [Piece]) {
        self.pieces = pieces
        width = pieces.reduce(0) { $0 + $1.text.displayWidth }
    }

    init(_ text: String, _ look: Look = []) { self.init([Piece(text: text, look: look)]) }

    mutating func append(_ piece: Piece, width pieceWidth: Int) {
        width += pieceWidth
        let last = pieces.count - 1
        // Appends in place: a copy of the last piece would have the whole text copied for each word.
        if last >= 0, pieces[last].look == piece.look, pieces[last].link == piece.link {
            pieces[last].text += piece.text
        } else {
            pieces.append(piece)
        }
    }

    mutating func append(_ text: String, _ look: Look = []) {
        append(Piece(text: text, look: look), width: text.displayWidth)
    }

    mutating func append(_ line: StyledLine) {
        for piece in line.pieces { append(piece, width: 0) }
        width += line.width
    }

    /// Adds spaces up to `columns`.
    mutating func pad(to columns: Int) {
        if width < columns { append(String(repeating: " ", count: columns - width)) }
    }

    /// This line behind another.
    func behind(_ start: StyledLine) -> StyledLine {
        var line = start
        line.append(self)
        return line
    }
}

/// Pieces broken into lines.
struct LineBreaker {
    private struct Word {
        /// The space in front of it.
        var space: Piece?
        var spaceWidth = 0
        var pieces: [Piece] = []
        var width = 0
        var isWhole = false

        var text: String { pieces.map(\.text).joined() }
    }

    /// The lines of `pieces`, none wider than `columns` unless an identifier or an address is.
    ///
    /// Breaks at spaces and beside wide (East Asian) characters; a word that is wider than a line is cut between
    /// clusters. A line feed begins a new line.
    static func lines(_ pieces: [Piece], columns: Int) -> [StyledLine] {
        let columns = max(1, columns)
        var lines: [StyledLine] = []
        for words in wordLines(pieces) {
            var line = StyledLine()
            for word in words {
                if line.width > 0, line.width + word.spaceWidth + word.width > columns {
                    lines.append(line)
                    line = StyledLine()
                } else if let space = word.space, line.width + word.spaceWidth < columns {
                    line.append(space, width: word.spaceWidth)
                }
                if line.width + word.width <= columns || word.isWhole || TextWrap.isIdentifier(word.text[...]) {
                    for piece in word.pieces { line.append(piece, width: 0) }
                    line.width += word.width
                } else {
                    cut(word, &line, &lines, columns)
                }
            }
            lines.append(line)
        }
        return lines
    }

    /// The width of the widest word, which is the least that a column can have.
    static func widestWord(_ pieces: [Piece]) -> Int {
        wordLines(pieces).reduce(0) { $1.reduce($0) { max($0, $1.width) } }
    }

    private static func cut(_ word: Word, _ line: inout StyledLine, _ lines: inout [StyledLine], _ columns: Int) {
        for piece in word.pieces {
            for character in piece.text {
                let width = character.displayWidth
                if line.width > 0, line.width + width > columns {
                    lines.append(line)
                    line = StyledLine()
                }
                line.append(Piece(text: String(character), look: piece.look, link: piece.link), width: width)
            }
        }
    }

    private static func wordLines(_ pieces: [Piece]) -> [[Word]] {
        var lines: [[Word]] = [[]]
        // Whether the next text goes on with the last word.
        var isInWord = false
        func add(_ piece: Piece, _ text: Substring) {
            let width = text.displayWidth
            let part = Piece(text: String(text), look: piece.look, link: piece.link)
            if isInWord, var word = lines[lines.count - 1].popLast() {
                word.pieces.append(part)
                word.width += width
                word.isWhole = word.isWhole || piece.isWhole
                lines[lines.count - 1].append(word)
            } else {
                lines[lines.count - 1].append(Word(pieces: [part], width: width, isWhole: piece.isWhole))
                isInWord = true
            }
        }
        func addSpace(_ piece: Piece, _ text: Substring) {
            let space = Piece(text: String(text), look: piece.look, link: piece.link)
            lines[lines.count - 1].append(Word(space: space, spaceWidth: text.utf8.count))
            isInWord = true
        }
        for piece in pieces {
            if piece.isWhole {
                add(piece, piece.text[...])
                continue
            }
            for (index, line) in piece.text.parts(between: "\n").enumerated() {
                if index > 0 {
                    lines.append([])
                    isInWord = false
                }
                let isPlain = line.utf8.allSatisfy { $0 < 0x80 }
                var rest = line
                while let first = rest.utf8.first {
                    if first == 0x20 {
                        let end = rest.utf8.firstIndex { $0 != 0x20 } ?? rest.endIndex
                        addSpace(piece, rest[..<end])
                        rest = rest[end...]
                    } else if isPlain {
                        let end = rest.place(of: " ") ?? rest.endIndex
                        add(piece, rest[..<end])
                        rest = rest[end...]
                    } else {
                        // A wide cluster is a word of its own, but punctuation behind it stays with it.
                        let isWide = rest.first?.displayWidth == 2
                        if isWide { isInWord = lines[lines.count - 1].last.map { $0.width == 0 } ?? false }
                        let end =
                            isWide
                            ? rest.index(after: rest.startIndex)
                            : rest.firstIndex { $0 == " " || $0.displayWidth == 2 } ?? rest.endIndex
                        add(piece, rest[..<end])
                        rest = rest[end...]
                        if isWide { isInWord = false }
                    }
                }
            }
        }
        return lines
    }
}
