import ParallelJSON
import ParallelSystem

/// A condition on the cells of a row: `ceo.confidence<=low and country = "United States"`.
struct RowCondition: Sendable {
    enum Comparison: String, Sendable {
        case equal = "=", notEqual = "!=", less = "<", atMost = "<=", greater = ">", atLeast = ">="
        case empty, notEmpty
    }

    struct Term: Sendable {
        let column: String
        let comparison: Comparison
        let value: String
    }

    /// The condition as it was typed.
    let text: String
    /// It holds if all terms of one of these hold.
    let alternatives: [[Term]]

    /// The confidences that a field may have, in their order.
    fileprivate static let levels = ["low", "medium", "high"]

    private struct Token {
        let text: String
        var isQuoted = false
        var isOperator = false

        func isWord(_ word: String) -> Bool { !isQuoted && !isOperator && text.asciiLowercased.isExactly(word) }
    }

    init(_ text: String) throws(InvalidValue) {
        self.text = String(text.trimmed)
        var rest = try Self.tokens(text)[...]
        var alternatives: [[Term]] = [[]]
        while true {
            let column = Self.words(&rest) { $0.isOperator || $0.isWord("is") }
            guard !column.isEmpty, let sign = rest.popFirst() else {
                throw InvalidValue(
                    "'\(text)' compares nothing",
                    hint: "write it as COLUMN=VALUE, COLUMN<VALUE or 'COLUMN is empty', with 'and' or 'or' between")
            }
            var comparison = Comparison(rawValue: sign.text == "==" ? "=" : sign.text) ?? .equal
            var value = ""
            if sign.isWord("is") {
                let isNot = rest.first?.isWord("not") == true
                if isNot { rest.removeFirst() }
                guard rest.popFirst()?.isWord("empty") == true else {
                    throw InvalidValue("behind '\(column) is' goes 'empty' or 'not empty'")
                }
                comparison = isNot ? .notEmpty : .empty
            } else {
                let isQuoted = rest.first?.isQuoted == true
                value = Self.words(&rest) { $0.isOperator || $0.isWord("and") || $0.isWord("or") }
                if value.isEmpty {
                    guard isQuoted, comparison == .equal || comparison == .notEqual else {
                        throw InvalidValue("behind '\(column)\(sign.text)' goes a value, in quotes if it is not a word")
                    }
                    comparison = comparison == .equal ? .empty : .notEmpty
                }
                if column.ends(with: ".confidence"), !value.isEmpty, !Self.levels.contains(value) {
                    throw InvalidValue("'\(value)' is no confidence: it is low, medium or high")
                }
            }
            alternatives[alternatives.count - 1].append(Term(column: column, comparison: comparison, value: value))
            guard let next = rest.popFirst() else { break }
            if next.isWord("or") {
                alternatives.append([])
            } else if !next.isWord("and") {
                throw InvalidValue(
                    "'\(next.text)' is not expected in '\(text)'; between two comparisons go 'and' or 'or'")
            }
        }
        self.alternatives = alternatives
    }

    /// Takes tokens up to one that is an end, and joins them by spaces.
    private static func words(_ rest: inout ArraySlice<Token>, _ isEnd: (Token) -> Bool) -> String {
        var words: [String] = []
        while let token = rest.first, !isEnd(token) {
            words.append(token.text)
            rest.removeFirst()
        }
        return words.joined(separator: " ")
    }

    private static func tokens(_ text: String) throws(InvalidValue) -> [Token] {
        func isSign(_ scalar: Unicode.Scalar) -> Bool { "=<>!".unicodeScalars.contains(scalar) }
        var tokens: [Token] = []
        var rest = text.unicodeScalars[...]
        while let first = rest.first {
            if first.properties.isWhitespace {
                rest.removeFirst()
            } else if first == "\"" || first == "'" {
                rest.removeFirst()
                guard let end = rest.firstIndex(of: first) else {
                    throw InvalidValue("a quote in it has no end: \(text)")
                }
                tokens.append(Token(text: String(rest[..<end]), isQuoted: true))
                rest = rest[end...].dropFirst()
            } else {
                let isOperator = isSign(first)
                let word = rest.prefix { isSign($0) == isOperator && !$0.properties.isWhitespace }
                if isOperator, !["=", "==", "!=", "<", "<=", ">", ">="].contains(String(word)) {
                    throw InvalidValue("'\(String(word))' is no comparison", hint: "there are = != < <= > >=")
                }
                tokens.append(Token(text: String(word), isOperator: isOperator))
                rest = rest[word.endIndex...]
            }
        }
        return tokens
    }

    /// Whether it holds for these cells; `places` has the place of each term's cell, in the order of the terms.
    func holds(_ cells: [String], _ places: [Int]) -> Bool {
        var place = places[...]
        var holds = false
        for terms in alternatives {
            var all = true
            for term in terms {
                if let index = place.popFirst(), !term.holds(cells[index]) { all = false }
            }
            holds = holds || all
        }
        return holds
    }
}

extension RowCondition.Term {
    /// Whether it holds for a cell. Confidences are compared by their order, numbers as numbers and other text as text,
    /// by its bytes; text is neither less nor greater than a number. An empty cell differs from every value.
    func holds(_ cell: String) -> Bool {
        switch comparison {
        case .empty: return cell.isEmpty
        case .notEmpty: return !cell.isEmpty
        default: if cell.isEmpty { return comparison == .notEqual }
        }
        let isEqual: Bool
        var isLess = false
        let number = Self.number(value)
        let ranks = Self.level(cell).flatMap { cell in Self.level(value).map { (cell, $0) } }
        if let (one, other) = ranks ?? Self.number(cell).flatMap({ cell in number.map { (cell, $0) } }) {
            isEqual = one == other
            isLess = one < other
        } else {
            isEqual = cell.isExactly(value)
            isLess = cell.utf8.lexicographicallyPrecedes(value.utf8)
            if number != nil, comparison != .equal, comparison != .notEqual { return false }
        }
        return switch comparison {
        case .equal: isEqual
        case .notEqual: !isEqual
        case .less: isLess
        case .atMost: isLess || isEqual
        case .greater: !isLess && !isEqual
        case .atLeast, .empty, .notEmpty: !isLess
        }
    }

    private static func level(_ text: String) -> Double? { RowCondition.levels.firstIndex(of: text).map(Double.init) }

    private static func number(_ text: String) -> Double? { (try? JSONValue.parse(text))?.double }
}
