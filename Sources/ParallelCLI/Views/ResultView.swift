import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelTerminal

/// Shows the result of a finished run: text as it is, JSON as a table, with its basis and tool calls.
///
/// This folder turns the API's nouns into rows and text, one view each; only `Output` writes.
struct ResultView {
    let output: Output
    private let context: Context
    private let showsBasis: Bool
    /// Whether other results are written, too, so that each is marked with its run id.
    var isOneOfSeveral = false
    /// Whether a result was written before.
    private var hasBegun = false

    init(output: Output, context: Context, showsBasis: Bool = false) {
        self.output = output
        self.context = context
        self.showsBasis = showsBasis
    }

    /// Whether a result is written below the question that it answers: on a page, and in a document in Markdown. A text
    /// alone stays in Markdown as the API wrote it.
    static func showsQuestion(of result: TaskRunResult, _ output: Output, isOneOfSeveral: Bool) -> Bool {
        switch output.format {
        case .html: true
        case .markdown: isOneOfSeveral || !isText(result)
        case .table, .json, .jsonl, .csv, .tsv, .text: false
        }
    }

    /// - Parameter question: the input of the run, for formats that show it.
    mutating func write(_ result: TaskRunResult, question: JSONValue? = nil) throws {
        let question = question.flatMap { QuestionTitle($0, output) }
        let isFirst = !hasBegun
        hasBegun = true
        if let transcript = context.transcript {
            let calls = ResultDocument.toolCalls(result)
            transcript.answered(
                result.run.id, last: result.run.json["interaction_id"]?.string,
                ResultDocument(result: result, showsBasis: showsBasis).answer
                    + (calls.calls.isEmpty ? [] : [.toolCalls(calls)]))
        }
        switch output.format {
        case .json, .jsonl:
            try output.write(document: result.json, isOnly: !isOneOfSeveral)
        case .csv, .tsv:
            var table = table(result)
            if !isFirst { table = table.withoutHeadings }
            try output.write(table: table)
        case .html:
            let document = ResultDocument(result: result, showsBasis: true)
            try output.write(Document(document.page(question)))
        case .markdown where showsBasis || !Self.isText(result), .table where output.isLaidOut:
            try writeHeading(result, question, isFirst: isFirst)
            let document = ResultDocument(result: result, showsBasis: showsBasis)
            let hasTitle = output.format == .markdown && !isOneOfSeveral && !Self.isText(result)
            let calls = ToolCallView(output: output, context: context).blocks(below: result)
            try output.write(
                Document((hasTitle ? document.titledAnswer(question) : document.answer) + calls),
                isWhole: !isOneOfSeveral)
        case .table, .markdown, .text:
            try writeHeading(result, question, isFirst: isFirst)
            try writeContent(result)
            try writeBasis(result)
            try ToolCallView(output: output, context: context).writeBelow(result)
        }
    }

    private func writeHeading(_ result: TaskRunResult, _ question: QuestionTitle?, isFirst: Bool) throws {
        guard isOneOfSeveral, !marksRows || Self.isText(result) else { return }
        try output.write(runHeading: result.run.id, question: question, isFirst: isFirst)
    }

    /// Whether the run id is a column; otherwise it is a line above the result.
    private var marksRows: Bool {
        switch output.format {
        case .markdown, .html, .text: false
        case .table, .json, .jsonl, .csv, .tsv: isOneOfSeveral && !output.isTerminal
        }
    }

    private static func isText(_ result: TaskRunResult) -> Bool {
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

    /// Writes the basis as text below the result, unless the table has columns for it.
    private func writeBasis(_ result: TaskRunResult) throws {
        guard showsBasis, output.isTerminal || output.format == .text || Self.isText(result) else { return }
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
        let rows = FieldRow.rows(of: value).map { row -> [[Document.Inline]] in
            let basis = basis.entry(for: row.path)
            let confidence = basis?.confidence.map { [Document.Inline.mark(.confidence($0))] } ?? []
            var cells = [[.text(row.path)], [.text(row.value)], confidence, [.text(sources(basis))]]
            if marksRows { cells.insert([.text(result.run.id)], at: 0) }
            if hasColumns {
                cells.append([.text(basis?.reasoning ?? "")])
                cells.append([.text((basis?.citations ?? []).flatMap(\.excerpts).joined(separator: " … "))])
            }
            return cells
        }
        return Document.Table(columns: headings.map { Document.Column($0) }, rows: rows)
    }

    /// Returns the host of the first source and the number of further ones for a terminal; otherwise every URL.
    private func sources(_ basis: FieldBasis?) -> String {
        let urls = (basis?.citations ?? []).map(\.url)
        guard output.isTerminal else { return urls.joined(separator: " ") }
        guard let first = urls.first else { return "" }
        let host = (try? HTTPURL(first).host) ?? first
        return host + (urls.count > 1 ? " +\(urls.count - 1)" : "")
    }
}

extension Output {
    /// Writes the id of a run above its result or its tool calls. In Markdown the question is the heading, if known.
    func write(runHeading id: String, question: QuestionTitle? = nil, isFirst: Bool) throws {
        guard format == .markdown else {
            let space = isTerminal && !isFirst ? "\n" : ""
            return try write("\(space)\(style(.bold, safe(id)))\n")
        }
        let blocks: [Document.Block] =
            question.map { [.heading(2, [.text($0.text)]), .paragraph([.code(id)])] } ?? [.heading(2, [.text(id)])]
        // A heading of Markdown ends a table above it only after an empty line.
        if !isFirst { try write("\n") }
        try write(Document(blocks))
        try write("\n")
    }
}
