import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Turns structured output into blocks of a document: objects become fields, and lists become bullets or small tables,
/// each with its confidence and the numbers of its sources.
struct JSONBlocks {
    /// The limits of a table; wider ones, or ones with longer cells, would be hard to read.
    private static let maximumColumns = 8
    private static let maximumCellLength = 200

    var sources: SourceList

    /// Returns the blocks of what a run was asked or has found, without its basis: text is Markdown.
    static func blocks(_ content: TaskOutput.Content) -> [Document.Block] {
        switch content {
        case .text(let text): return text.isBlank ? [] : [.markdown(text)]
        case .structured(let value):
            var blocks = JSONBlocks(sources: SourceList([]))
            return blocks.blocks(value)
        }
    }

    /// Returns the blocks of a value. `path` is its path in the basis.
    mutating func blocks(_ value: JSONValue, at path: String = "") -> [Document.Block] {
        switch value {
        case .object(let object):
            object.isEmpty ? [] : [.fields(object.map { field($0.key, $0.value, in: path) })]
        case .array(let elements): elements.isEmpty ? [] : [list(elements, at: path)]
        default: Self.scalar(value)
        }
    }

    private mutating func field(_ name: String, _ value: JSONValue, in path: String) -> Document.Field {
        let path = Self.path(path, name)
        let note = sources.note(for: path)
        return Document.Field(name, blocks(value, at: path), note: note)
    }

    private static func path(_ path: String, _ name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func list(_ elements: [JSONValue], at path: String) -> Document.Block {
        if let table = table(elements, at: path) { return .table(table) }
        let isFlat = elements.allSatisfy { $0.object == nil && $0.array == nil }
        var items: [[Document.Block]] = []
        for (index, element) in elements.enumerated() {
            let path = Self.path(path, String(index))
            let note = sources.note(for: path)
            var item = blocks(element, at: path)
            if item.isEmpty { item = [.paragraph(Document.nothing)] }
            if !note.isEmpty {
                if case .paragraph(let line) = item[item.count - 1] {
                    item[item.count - 1] = .paragraph(line + [.note(note)])
                } else {
                    item.insert(.paragraph([.note(note)]), at: 0)
                }
            }
            items.append(item)
        }
        let isLoose = !isFlat || items.contains { $0.count > 1 }
        return .list(Document.List(start: isFlat ? nil : 1, isLoose: isLoose, items: items))
    }

    // MARK: - Tables

    /// Returns a table of objects whose members are single values; nil for other elements.
    private mutating func table(_ elements: [JSONValue], at path: String) -> Document.Table? {
        var names: [ExactText] = []
        var known: Set<ExactText> = []
        for element in elements {
            guard let object = element.object, !object.isEmpty else { return nil }
            for member in object {
                guard Self.cell(member.value) != nil else { return nil }
                if known.insert(ExactText(member.key)).inserted { names.append(ExactText(member.key)) }
            }
            guard names.count <= Self.maximumColumns else { return nil }
        }
        let rows = elements.map { element in names.map { element.object?[$0.text] ?? .null } }
        var table = Document.Table(
            columns: names.indices.map { column in
                Document.Column(names[column].text, Self.kind(rows.map { $0[column] }))
            },
            rows: rows.map { $0.map { Self.cell($0) ?? Document.nothing } })
        let notes = elements.indices.map { index in
            let row = Self.path(path, String(index))
            return sources.notes(for: [row] + names.map { Self.path(row, $0.text) })
        }
        table.add(Document.Column("confidence", .confidence), notes.map(\.confidence))
        table.add(Document.Column("sources", .identifier), notes.map(\.numbers))
        return table
    }

    /// Returns the content of a cell, a dash for what is null or empty; nil for a value that does not fit a cell.
    private static func cell(_ value: JSONValue) -> [Document.Inline]? {
        switch value {
        case .object: return nil
        case .array(let elements):
            let cells = elements.map { $0.array == nil ? cell($0) : nil }
            guard cells.allSatisfy({ $0 != nil }) else { return nil }
            if cells.isEmpty { return Document.nothing }
            return Array(cells.compactMap(\.self).joined(separator: [.text(", ")]))
        default:
            let text = text(value)
            if text.isBlank { return Document.nothing }
            return text.utf8.count > maximumCellLength || text.has("\n") ? nil : inline(text)
        }
    }

    private static func kind(_ values: [JSONValue]) -> Document.Column.Kind {
        let known = values.filter { !$0.isNull }
        if known.isEmpty { return .text }
        if known.allSatisfy({ if case .number = $0 { true } else { false } }) { return .number }
        return known.allSatisfy { WebAddress.linkTarget($0.string ?? "") != nil } ? .url : .text
    }

    // MARK: - Single values

    private static func scalar(_ value: JSONValue) -> [Document.Block] {
        let text = text(value)
        if text.has("\n") { return Document.Block.paragraphs(text) }
        return text.isBlank ? [] : [.paragraph(inline(text))]
    }

    private static func text(_ value: JSONValue) -> String {
        value.isNull ? "" : value.string ?? value.serialized()
    }

    private static func inline(_ text: String) -> [Document.Inline] {
        if text.isEmpty { return [] }
        return WebAddress.linkTarget(text) == nil ? [.text(text)] : [.link([.text(text)], url: text)]
    }
}

extension Document.Table {
    /// Adds a column, unless there is nothing in it.
    fileprivate mutating func add(_ column: Document.Column, _ cells: [[Document.Inline]]) {
        guard cells.contains(where: { !$0.isEmpty }) else { return }
        columns.append(column)
        for (index, cell) in cells.enumerated() { rows[index].append(cell) }
    }
}
