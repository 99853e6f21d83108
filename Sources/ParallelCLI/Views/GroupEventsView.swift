import ParallelAPI
import ParallelOutput
import ParallelTerminal

/// Shows each event of a group as a row.
struct GroupEventsView {
    let output: Output

    /// Writes the headings above the first event.
    func writeHeading() throws { try output.writeHeadings(["event_id", "kind", "text"]) }

    func write(_ event: GroupEvent) throws {
        // Ids are for programs; where a stream breaks off, the command that goes on has the last one.
        try output.write(document: event.shownJSON, asRow: cells(event), widths: [0, 8])
    }

    /// Id, kind, text.
    private func cells(_ event: GroupEvent) -> [[Document.Inline]] {
        let (kind, text) = words(for: event.kind)
        return [[.text(event.id ?? "")], [.mark(.eventKind(kind))], text]
    }

    private func words(for kind: GroupEvent.Kind) -> (kind: String, text: [Document.Inline]) {
        switch kind {
        case .status(let status):
            let counts = status.counts.filter { $0.count > 0 }.map { count -> [Document.Inline] in
                [.text("\(count.count) "), .mark(.status(count.status.rawValue))]
            }
            return ("status", counts.isEmpty ? [.text("no runs")] : Array(counts.joined(separator: [.text(", ")])))
        case .run(let run):
            let reason = run.error.map { ": \(output.said($0.message))" } ?? ""
            return ("run", [.text("\(run.id) "), .mark(.status(run.status.rawValue)), .text(reason)])
        case .error(let error):
            return ("error", [.text(output.said(error.message))])
        case .other(let type):
            return (type, [])
        }
    }
}
