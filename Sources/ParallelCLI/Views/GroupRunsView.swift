import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Shows the runs of a group: to programs a row for each as it comes, to people tables, or blocks where the runs come
/// with what they were asked and what they found.
struct GroupRunsView {
    let output: Output
    let query: GroupRunsQuery
    private let state = Lock(State())

    private struct State {
        /// The rows of the table that is written next.
        var rows: [[[Document.Inline]]] = []
        /// Whether a table or a block was written before.
        var hasBegun = false
    }

    /// The maximum number of rows of a table on a terminal, so that a long list appears while it is read. Markdown
    /// and a page have one table.
    private static let maximumRows = 500

    init(output: Output, query: GroupRunsQuery) {
        self.output = output
        self.query = query
    }

    /// Writes the headings above the first run, in the formats that have some.
    func writeHeading() throws {
        guard !isDocument else { return }
        let more = (query.includesInput ? ["input"] : []) + (query.includesOutput ? ["output"] : [])
        try output.writeHeadings(["run_id", "status", "processor", "error"] + more)
    }

    /// Writes the event as JSON, or takes in the run that it tells of; other events have no row. The caller must call
    /// `finish` after the last one.
    func write(_ event: GroupEvent) throws {
        guard isDocument else {
            return try output.write(document: event.shownJSON, asRow: row(event), widths: [])
        }
        guard case .run(let run) = event.kind else { return }
        if query.includesInput || query.includesOutput {
            try write(.fields([field(run, event)]))
        } else {
            let isFull = state.withLock { state in
                state.rows.append(cells(of: run))
                return output.isTerminal && output.format != .markdown && state.rows.count >= Self.maximumRows
            }
            if isFull { try finish() }
        }
    }

    /// Writes the rows that are not written yet.
    func finish() throws {
        let rows = state.withLock { state in
            defer { state.rows = [] }
            return state.rows
        }
        if rows.isEmpty { return }
        let columns: [Document.Column] = [
            .init("run_id", .identifier), .init("status", .status), .init("processor"), .init("error"),
        ]
        try write(.table(Document.Table(columns: columns, rows: rows)))
    }

    /// Whether runs are laid out for people, not written as rows for programs.
    private var isDocument: Bool { output.takesDocuments && !output.format.isJSON }

    private func write(_ block: Document.Block) throws {
        let isFirst = state.withLock { state in
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
        try output.write(block, isFirst: isFirst)
    }

    private func cells(of run: TaskRun) -> [[Document.Inline]] {
        [
            [.text(run.id)], [.mark(.status(run.status.rawValue))], [.text(run.processor ?? "")],
            [.text(run.error.map { output.said($0.message) } ?? "")],
        ]
    }

    private func row(_ event: GroupEvent) -> [[Document.Inline]]? {
        guard case .run(let run) = event.kind else { return nil }
        var cells = cells(of: run)
        if query.includesInput { cells.append([.text(Self.text(event.input?["input"]))]) }
        if query.includesOutput { cells.append([.text(Self.text(event.json["output"]?["content"]))]) }
        return cells
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.serialized()
    }

    /// Returns a run under its id, with its error, its input and its output in this order.
    private func field(_ run: TaskRun, _ event: GroupEvent) -> Document.Field {
        let status: [Document.Inline] = [.mark(.status(run.status.rawValue))]
        let processor: [Document.Inline] = run.processor.map { [.text("  \($0)")] } ?? []
        var parts: [Document.Field] = []
        if let error = run.error {
            parts.append(Document.Field("error", [.paragraph([.text(output.said(error.message))])]))
        }
        if let input = event.input?["input"] {
            parts.append(Document.Field("input", JSONBlocks.blocks(.structured(input))))
        }
        if let found = event.output { parts.append(Document.Field("output", JSONBlocks.blocks(found.content))) }
        // In one list, values of one line would come before the others.
        return Document.Field(run.id, parts.map { .fields([$0]) }, note: status + processor)
    }
}
