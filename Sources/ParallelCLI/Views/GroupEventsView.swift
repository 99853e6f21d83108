import ParallelAPI
import ParallelOutput
import ParallelTerminal

/// One event of a group, as a line.
struct GroupEventsView {
    let output: Output

    /// Writes the headings above the first event.
    func writeHeading() throws { try output.writeHeadings(["event_id", "kind", "text"]) }

    func write(_ event: GroupEvent) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: event.shownJSON, isOnly: false)
        case .table, .csv, .tsv, .markdown, .html, .text:
            let (kind, text) = words(for: event.kind)
            try output.writeRow([event.id ?? "", kind, text], widths: [8, 8])
        }
    }

    private func words(for kind: GroupEvent.Kind) -> (kind: String, text: String) {
        switch kind {
        case .status(let status):
            let counts = status.counts.filter { $0.count > 0 }.map { "\($0.count) \($0.status.rawValue)" }
            return ("status", counts.isEmpty ? "no runs" : counts.joined(separator: ", "))
        case .run(let run):
            let reason = run.error.map { ": \(output.said($0.message))" } ?? ""
            return ("run", "\(run.id) \(run.status.rawValue)\(reason)")
        case .fault(let fault):
            return ("error", output.said(fault.message))
        case .other(let type):
            return (type, "")
        }
    }
}
