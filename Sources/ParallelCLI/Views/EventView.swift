import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// One event of a run, as a line.
struct EventView {
    let output: Output

    /// Writes the headings above the first event.
    func writeHeading() throws { try output.writeHeadings(["time", "kind", "text"]) }

    func write(_ event: RunEvent) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: event.json, isOnly: false)
        case .csv, .tsv, .html: try output.write(table: Document.Table(headings: [], rows: [cells(event)]))
        case .table, .markdown, .text: try output.write(table(cells(event).map(output.shown)))
        }
    }

    private func table(_ cells: [String]) -> String {
        guard output.isTerminal else { return TabSeparated.line(cells) }
        let kind = "\(cells[1]) ".padded(toWidth: 12)
        let time = cells[0].isEmpty ? "" : output.style(.dim, ControlCharacters.neutralised(clockTime(cells[0]))) + " "
        return time + output.style(.cyan, ControlCharacters.neutralised(kind)) + ControlCharacters.neutralised(cells[2])
            + "\n"
    }

    /// Time, kind, text.
    private func cells(_ event: RunEvent) -> [String] {
        switch event.kind {
        case .state(let run): ["", "state", run.status.rawValue]
        case .message(let topic, let text, let timestamp): [timestamp ?? "", topic, text]
        case .progress(let considered, let read, let meter):
            [
                "", "sources",
                [
                    considered.map { "\($0) considered" }, read.map { "\($0) read" },
                    meter.flatMap { Int(exactly: $0.rounded()) }.map { "\($0) %" },
                ].compactMap(\.self).joined(separator: ", "),
            ]
        case .fault(let fault): ["", "error", output.said(fault.message)]
        case .other(let type): ["", type, ""]
        }
    }

    /// `20:21:48` where the person is; the text itself where it is no time.
    private func clockTime(_ timestamp: String) -> String {
        Timestamp.seconds(timestamp).map(output.clockTime) ?? timestamp
    }
}
