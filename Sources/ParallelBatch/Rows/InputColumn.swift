import ParallelSystem

/// A column of the input: of a header line, or a key that JSON rows have.
package struct InputColumn: Sendable, Equatable {
    /// As it stands in the input, for writing it back; may be empty or the same as another's.
    package let title: String
    /// Unlike any other column's, for JSON keys and templates.
    package let name: String
    /// The JSON Schema type that all its values have (`string` for CSV and TSV); nil where they differ.
    package let type: String?
    /// Whether no row lacks it.
    package let isInEveryRow: Bool
    /// Whether there are rows that are nothing but a JSON string, which this column then stands for.
    package let isWholeRow: Bool

    package init(
        title: String, name: String, type: String? = "string", isInEveryRow: Bool = true, isWholeRow: Bool = false
    ) {
        self.title = title
        self.name = name
        self.type = type
        self.isInEveryRow = isInEveryRow
        self.isWholeRow = isWholeRow
    }

    /// The column that a row which is only a string is shown in.
    package static let wholeRow = "input"

    /// How many warnings about titles are shown; the rest are counted.
    private static let mostWarnings = 20

    /// Columns of a header line, and what to tell about titles that could not be used as names.
    ///
    /// A name is the title without spaces around it; the second of two becomes `name_2`, an empty third column
    /// `column_3`.
    static func header(_ titles: [String]) -> (columns: [InputColumn], warnings: [String]) {
        let words = titles.map { String($0.trimmed) }
        var names = UniqueNames(reserved: words)
        var warnings: [String] = []
        let columns = zip(titles, words).enumerated().map { index, pair in
            let (title, word) = pair
            let name = names.add(word.isEmpty ? "column_\(index + 1)" : word, mayBeReserved: !word.isEmpty)
            if word.isEmpty {
                warnings.append("column \(index + 1) has no title; it is called \"\(name)\"")
            } else if !name.isExactly(word) {
                warnings.append("column \(index + 1) is another \"\(word)\"; it is called \"\(name)\"")
            }
            return InputColumn(title: title, name: name)
        }
        let more = warnings.count - mostWarnings
        return (
            columns, more > 0 ? warnings.prefix(mostWarnings) + ["and \(more) columns more of that kind"] : warnings
        )
    }

}

/// Gives out names of which no two are the same, by adding `_2`, `_3` and so on.
package struct UniqueNames: Sendable {
    private var used: Set<ExactText> = []
    /// The last number that was given to a name.
    private var numbers: [ExactText: Int] = [:]
    private let reserved: Set<ExactText>

    /// No suffix makes one of the `reserved` names.
    package init(reserved: [String] = []) { self.reserved = Set(reserved.map(ExactText.init)) }

    /// The name itself where it is free, or with the first suffix that makes it so.
    package mutating func add(_ name: String, mayBeReserved: Bool = true) -> String {
        let wanted = ExactText(name)
        var unique = wanted
        if used.contains(wanted) || !mayBeReserved && reserved.contains(wanted) {
            var number = numbers[wanted] ?? 1
            repeat {
                number += 1
                unique = ExactText("\(name)_\(number)")
            } while used.contains(unique) || reserved.contains(unique)
            numbers[wanted] = number
        }
        used.insert(unique)
        return unique.text
    }
}
