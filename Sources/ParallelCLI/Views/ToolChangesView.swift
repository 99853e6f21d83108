import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem

extension Output {
    /// Writes what a list holds: as one JSON array, as JSON lines, or as a table. To a person, an empty table is not
    /// shown, as its headings alone say nothing.
    func write(list documents: [JSONValue], _ table: Document.Table) throws {
        switch format {
        case .json: try write(document: .array(documents))
        case .jsonl: for document in documents { try write(document: document, isOnly: false) }
        case .table, .text, .csv, .tsv, .markdown, .html:
            if !table.rows.isEmpty || format != .table { try write(table: table) }
        }
    }
}

/// Shows what has changed in the tools of servers: one row for each difference.
enum ToolChangesView {
    static let headings = ["tool", "change", "what", "before", "now"]

    static func row(_ change: ToolChange) -> [String] {
        // Of a whole tool, its description says the most.
        let values = [change.before, change.now].map { change.member == nil ? $0?["description"] : $0 }
        return [change.tool, change.kind.rawValue, change.member ?? ""]
            + values.map { ($0.map { $0.string ?? $0.serialized() } ?? "").shortened(to: 300) }
    }
}
