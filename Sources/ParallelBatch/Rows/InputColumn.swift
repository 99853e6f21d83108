import ParallelSystem

/// A column of the input: one of the header, or a key of JSON rows.
package struct InputColumn: Sendable, Equatable {
    /// The title in the input, for writing it back; may be empty, and several columns may have the same one.
    package let title: String
    /// The name for JSON keys and templates, which no other column has.
    package let name: String
    /// The JSON Schema type of all its values (`string` for CSV and TSV); nil if they differ.
    package let type: String?
    /// Whether every row has the column.
    package let isInEveryRow: Bool
    /// Whether there are rows that are just a JSON string, which this column stands for.
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

    /// The name of the column for rows that are just a string.
    package static let wholeRow = "input"

    /// The maximum number of warnings about titles that are shown; further ones are counted.
    private static let maximumWarnings = 20

    /// Returns the columns of a header line, and warnings about titles that can't be used as names.
    ///
    /// A name is the title without spaces around it. The second of two equal titles becomes `name_2`; an empty third
    /// title becomes `column_3`.
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
        let more = warnings.count - maximumWarnings
        return (
            columns, more > 0 ? warnings.prefix(maximumWarnings) + ["and \(more) columns more of that kind"] : warnings
        )
    }

}

/// Makes names unique by adding `_2`, `_3` and so on.
package struct UniqueNames: Sendable {
    private var used: Set<ExactText> = []
    /// The last number that was added to a name.
    private var numbers: [ExactText: Int] = [:]
    private let reserved: Set<ExactText>

    /// Adding a suffix never makes one of the `reserved` names.
    package init(reserved: [String] = []) { self.reserved = Set(reserved.map(ExactText.init)) }

    /// Returns the name if it is unused, or with the first suffix that makes it unique.
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
