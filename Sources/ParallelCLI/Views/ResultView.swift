import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelTerminal

/// Lays a finished run out: text as it is, JSON as a table, with basis and tool calls where they belong.
///
/// This folder turns the API's nouns into rows and text, one view each; only `Output` writes.
struct ResultView {
    let output: Output
    private let showsBasis: Bool
    /// Among several results each is marked with its run id.
    var isOneOfSeveral = false
    /// Whether a result was written before.
    private var hasBegun = false

    init(output: Output, showsBasis: Bool = false) {
        self.output = output
        self.showsBasis = showsBasis
    }

    /// - Parameter question: what the run was asked, for formats that tell it.
    mutating func write(_ result: TaskRunResult, question: JSONValue? = nil) throws {
        let isFirst = !hasBegun
        hasBegun = true
        switch output.format {
        case .json, .jsonl:
            try output.write(document: result.json, isOnly: !isOneOfSeveral)
        case .csv, .tsv:
            var table = table(result)
            if !isFirst { table = table.withoutHeadings }
            try output.write(table: table)
        case .html:
            let document = ResultDocument(result: result, showsBasis: true)
            try output.write(Document(document.page(question: question)))
        case .markdown where showsBasis || !isText(result), .table where output.isLaidOut:
            try writeHeading(result, isFirst: isFirst)
            let document = ResultDocument(result: result, showsBasis: showsBasis)
            let calls = ToolCallView(output: output).blocks(below: result)
            try output.write(Document(document.answer + calls), isWhole: !isOneOfSeveral)
        case .table, .markdown, .text:
            try writeHeading(result, isFirst: isFirst)
            try writeContent(result)
            try writeBasis(result)
            try ToolCallView(output: output).writeBelow(result)
        }
    }

    private func writeHeading(_ result: TaskRunResult, isFirst: Bool) throws {
        guard isOneOfSeveral, !marksRows || isText(result) else { return }
        try output.write(runHeading: result.run.id, isFirst: isFirst)
    }

    /// Whether the run id is a column; elsewhere it is a line above the result.
    private var marksRows: Bool {
        switch output.format {
        case .markdown, .html, .text: false
        case .table, .json, .jsonl, .csv, .tsv: isOneOfSeveral && !output.isTerminal
        }
    }

    private func isText(_ result: TaskRunResult) -> Bool {
        if case .text = result.output.content { true } else { false }
    }

    private func writeContent(_ result: TaskRunResult) throws {
        switch (result.output.content, output.format) {
        case (.text(let text), _):
            try output.write(networkText: text)
        case (.structured(let value), .text):
            let lines = FieldRow.rows(of: value).map { "\($0.path): \($0.value)\n" }
            try output.write(networkText: lines.joined())
        case (.structured, _):
            try output.write(table: table(result))
        }
    }

    /// The basis as text of its own; in a table that is not for a terminal it is columns instead.
    private func writeBasis(_ result: TaskRunResult) throws {
        guard showsBasis, output.isTerminal || output.format == .text || isText(result) else { return }
        try output.write("\n" + BasisView.text(result.output.basis, output))
    }

    // MARK: - Table

    private func table(_ result: TaskRunResult) -> Document.Table {
        let value: JSONValue =
            switch result.output.content {
            case .structured(let value): value
            case .text(let text): ["output": .string(text)]
            }
        let basis = BasisIndex(result.output.basis)
        let hasColumns = showsBasis && !output.isTerminal
        let headings =
            (marksRows ? ["run_id"] : []) + ["field", "value", "confidence", "sources"]
            + (hasColumns ? ["reasoning", "excerpts"] : [])
        let rows = FieldRow.rows(of: value).map { row -> [String] in
            let basis = basis.entry(for: row.path)
            var cells = [row.path, row.value, basis?.confidence ?? "", sources(basis)]
            if marksRows { cells.insert(result.run.id, at: 0) }
            if hasColumns {
                cells.append(basis?.reasoning ?? "")
                cells.append((basis?.citations ?? []).flatMap(\.excerpts).joined(separator: " … "))
            }
            return cells
        }
        return Document.Table(headings: headings, rows: rows)
    }

    /// On a terminal the first source's host and how many more there are; elsewhere every URL.
    private func sources(_ basis: FieldBasis?) -> String {
        let urls = (basis?.citations ?? []).map(\.url)
        guard output.isTerminal else { return urls.joined(separator: " ") }
        guard let first = urls.first else { return "" }
        let host = (try? HTTPURL(first).host) ?? first
        return host + (urls.count > 1 ? " +\(urls.count - 1)" : "")
    }
}

extension Output {
    /// Writes the id of a run above what is told of it among others.
    func write(runHeading id: String, isFirst: Bool) throws {
        let id = style(.bold, safe(id))
        // A heading of Markdown ends a table above it only after an empty line.
        try write(format == .markdown ? "\(isFirst ? "" : "\n")## \(id)\n\n" : "\(id)\n")
    }
}
