package import ParallelJSON
import ParallelSystem

/// The error for a column that does not exist or a malformed template, which concerns all rows.
package struct RowInputError: Error, Sendable, Equatable {
    /// The message, on one line.
    package let message: String
    /// The column that does not exist, and the names of those that do; nil if something else is wrong.
    package var unknownColumn: String?
    package var columns: [String] = []

    package init(message: String) { self.message = message }
}

/// How a row becomes the input of a run.
package enum RowInput: Sendable, Equatable {
    /// An object of the named columns, or of all columns for nil. A row that is a JSON string stays one if all columns
    /// are used.
    case columns([String]?)
    /// A text with the row's values in it.
    case template(Template)

    /// The text of the template; nil if there is none.
    var template: String? { if case .template(let template) = self { template.source } else { nil } }

    /// The columns that were chosen by name; empty if all are used.
    var chosenColumns: [String] { if case .columns(let names?) = self { names } else { [] } }

    /// Throws if the input lacks a column that is used; for JSON, all rows must have been read before.
    package func check(_ columns: [InputColumn]) throws(RowInputError) {
        let wanted: [String]
        switch self {
        case .columns(let names): wanted = names ?? []
        case .template(let template): wanted = try template.resolved(columns.map(\.name)).columns
        }
        for name in wanted where !columns.contains(where: { $0.name.isExactly(name) }) {
            let shown = columns.prefix(20).map(\.name).joined(separator: ", ")
            let rest = columns.count > 20 ? " and \(columns.count - 20) more" : ""
            var error = RowInputError(message: "there is no column \"\(name)\"; the columns are \(shown)\(rest)")
            (error.unknownColumn, error.columns) = (name, columns.map(\.name))
            throw error
        }
    }

    /// Returns the names of the columns whose values are sent, of an input with columns of these `names`; nil for all.
    func sentColumns(_ names: [String]) -> [String]? {
        switch self {
        case .columns(let chosen): chosen
        case .template(let template): (try? template.resolved(names))?.columns ?? []
        }
    }

    /// Returns the input for a row, whose `columns` have passed `check(_:)`.
    ///
    /// Throws if a JSON row lacks a key that the template uses.
    package func value(of row: InputRow, columns: [InputColumn]) throws(RowError) -> JSONValue {
        switch self {
        case .columns(nil):
            switch row.content {
            case .cells(let cells):
                return .object(JSONObject(zip(columns, cells).map { ($0.name, .string($1)) }))
            case .value(let value): return value
            }
        case .columns(let names?):
            return .object(
                JSONObject(names.compactMap { name in Self.value(name, of: row, columns).map { (name, $0) } }))
        case .template(let template):
            do throws(RowInputError) {
                let template = try template.resolved(row.names(columns))
                switch template.filled({ Self.value($0, of: row, columns) }) {
                case .success(let text): return .string(text)
                case .failure(let missing):
                    throw RowInputError(message: "has no \"\(missing.name)\", which the template asks for")
                }
            } catch {
                throw RowError(line: row.line, reason: error.message)
            }
        }
    }

    /// Returns the places of the columns that make an object; nil for a template.
    func cells(_ columns: [InputColumn]) -> [Int]? {
        guard case .columns(let names) = self else { return nil }
        let chosen = names.map { names in names.compactMap { name in columns.firstIndex { $0.name.isExactly(name) } } }
        return chosen ?? Array(columns.indices)
    }

    /// Returns a JSON Schema of the inputs, derived from the columns; nil if the inputs are text.
    package func schema(_ columns: [InputColumn]) -> JSONValue? {
        guard case .columns(let names) = self else { return nil }
        if names == nil, columns.contains(where: \.isWholeRow) { return nil }
        let chosen = names.map { $0.compactMap { name in columns.first { $0.name.isExactly(name) } } } ?? columns
        return [
            "type": "object",
            "properties": .object(
                JSONObject(chosen.map { ($0.name, $0.type.map { ["type": .string($0)] } ?? [:]) })),
            "required": .array(chosen.filter(\.isInEveryRow).map { .string($0.name) }),
        ]
    }

    private static func value(_ name: String, of row: InputRow, _ columns: [InputColumn]) -> JSONValue? {
        switch row.content {
        case .cells(let cells):
            columns.firstIndex { $0.name.isExactly(name) }.flatMap { $0 < cells.count ? .string(cells[$0]) : nil }
        case .value(let value):
            value.object.map { $0[name] } ?? (name.isExactly(InputColumn.wholeRow) ? value : nil)
        }
    }
}

extension InputRow {
    /// The names that a template can use for the row's values.
    fileprivate func names(_ columns: [InputColumn]) -> [String] {
        switch content {
        case .cells: columns.map(\.name)
        case .value(let value): value.object?.keys ?? [InputColumn.wholeRow]
        }
    }
}
