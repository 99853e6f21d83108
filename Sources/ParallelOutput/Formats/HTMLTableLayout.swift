import ParallelSystem
import ParallelTerminal

/// Where the cells of a table on a page may be broken, and whether it has room for its columns side by side.
struct HTMLTableLayout {
    enum Breaking {
        /// Nowhere: identifiers, numbers, dates and other short texts.
        case never
        case atSpaces
        /// Anywhere, as addresses may be, so that they do not take the room of the other columns.
        case anywhere

        var className: String? {
            switch self {
            case .never: "whole"
            case .atSpaces: nil
            case .anywhere: "long"
            }
        }
    }

    /// About how many characters a page is wide, and how many the space around a cell takes.
    private static let room = 92
    private static let padding = 3
    /// What is broken anywhere has no narrower column than this, as `HTMLStyle` says.
    private static let narrowestColumn = 18
    /// Texts up to this width are not broken; longer words may be anywhere.
    static let shortText = 24

    /// One for each column that is shown.
    let breaking: [Breaking]
    /// Whether each row is to be a block, with a line for each of its cells.
    let isStacked: Bool

    /// - Parameter columns: those that are shown.
    init(_ table: Document.Table, _ columns: [Int]) {
        var breaking: [Breaking] = []
        var needed = 0
        for column in columns {
            let cells = table.rows.map { column < $0.count ? $0[column].plainText : "" }
            let width = cells.reduce(0) { max($0, $1.displayWidth) }
            let word = Self.widestWord(cells)
            let kind = Self.breaking(table.columns[column].kind, width: width, word: word)
            let least =
                switch kind {
                case .never: width
                case .atSpaces: word
                case .anywhere: min(word, Self.narrowestColumn)
                }
            needed += Self.padding + max(least, Self.widestWord([table.columns[column].heading.plainText]))
            breaking.append(kind)
        }
        (self.breaking, isStacked) = (breaking, needed > Self.room)
    }

    private static func widestWord(_ cells: [String]) -> Int {
        cells.reduce(0) { $1.lines.reduce($0) { $1.parts(between: " ").reduce($0) { max($0, $1.displayWidth) } } }
    }

    private static func breaking(_ kind: Document.Column.Kind, width: Int, word: Int) -> Breaking {
        switch kind {
        case .identifier, .number, .time, .status, .confidence: .never
        case .url: .anywhere
        case .text: width <= shortText ? .never : word > shortText ? .anywhere : .atSpaces
        }
    }
}
