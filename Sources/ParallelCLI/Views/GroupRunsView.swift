import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelTerminal

/// Shows each run of a group as a row.
struct GroupRunsView {
    let output: Output
    let query: GroupRunsQuery

    /// Writes the headings above the first run.
    func writeHeading() throws {
        let more = (query.includesInput ? ["input"] : []) + (query.includesOutput ? ["output"] : [])
        try output.writeHeadings(["run_id", "status", "processor", "error"] + more)
    }

    /// Writes the event as JSON, or the run that it tells of as a row; other events have no row.
    func write(_ event: GroupEvent) throws {
        try output.write(document: event.shownJSON, asRow: cells(event), widths: [38, 12, 12])
    }

    private func cells(_ event: GroupEvent) -> [[Document.Inline]]? {
        guard case .run(let run) = event.kind else { return nil }
        var cells: [[Document.Inline]] = [
            [.text(run.id)], [.mark(.status(run.status.rawValue))], [.text(run.processor ?? "")],
            [.text(run.error.map { output.said($0.message) } ?? "")],
        ]
        if query.includesInput { cells.append([.text(Self.text(event.input?["input"]))]) }
        if query.includesOutput { cells.append([.text(Self.text(event.json["output"]?["content"]))]) }
        return cells
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.serialized()
    }
}
