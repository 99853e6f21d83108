import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Shows each event of a run as a row.
struct EventView {
    let output: Output

    /// Writes the headings above the first event.
    func writeHeading() throws { try output.writeHeadings(["time", "kind", "text"]) }

    func write(_ event: RunEvent) throws {
        try output.write(document: event.json, asRow: cells(event), widths: [8, 11])
    }

    /// Time, kind, text.
    private func cells(_ event: RunEvent) -> [[Document.Inline]] {
        func row(_ kind: String, _ text: String, time: [Document.Inline] = []) -> [[Document.Inline]] {
            [time, [.mark(.eventKind(kind))], [.text(text)]]
        }
        switch event.kind {
        case .state(let run): return [[], [.mark(.eventKind("state"))], [.mark(.status(run.status.rawValue))]]
        case .message(let topic, let text, let timestamp):
            return row(topic, text, time: timestamp.map { [.time($0, seconds: Timestamp.seconds($0))] } ?? [])
        case .progress(let considered, let read, let meter):
            let figures = [
                considered.map { "\($0) considered" }, read.map { "\($0) read" },
                meter.flatMap { Int(exactly: $0.rounded()) }.map { "run \($0) % done" },
            ]
            return row("sources", figures.compactMap(\.self).joined(separator: ", "))
        case .error(let error): return row("error", output.said(error.message))
        case .other(let type): return row(type, "")
        }
    }
}
