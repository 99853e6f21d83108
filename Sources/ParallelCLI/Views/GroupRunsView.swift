import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelTerminal

/// A run of a group, as a line.
struct GroupRunsView {
    let output: Output
    let query: GroupRunsQuery

    /// What stands above the first run.
    func writeHeading() throws {
        let more = (query.includesInput ? ["input"] : []) + (query.includesOutput ? ["output"] : [])
        try output.writeHeadings(["run_id", "status", "processor", "error"] + more)
    }

    /// Writes the event's JSON, or its run; what is no run is left out of the latter.
    func write(_ event: GroupEvent) throws {
        if output.format.isJSON {
            try output.write(document: event.shownJSON, isOnly: false)
        } else if case .run(let run) = event.kind {
            try output.writeRow(cells(run, event), widths: [38, 10, 12])
        }
    }

    private func cells(_ run: TaskRun, _ event: GroupEvent) -> [String] {
        var cells = [run.id, run.status.rawValue, run.processor ?? "", run.error.map { output.said($0.message) } ?? ""]
        if query.includesInput { cells.append(Self.text(event.input?["input"])) }
        if query.includesOutput { cells.append(Self.text(event.json["output"]?["content"])) }
        return cells
    }

    private static func text(_ value: JSONValue?) -> String {
        guard let value, !value.isNull else { return "" }
        return value.string ?? value.serialized()
    }
}

extension Output {
    /// Writes one of many rows that come one after the other: on a terminal padded to `widths`, which are a guess.
    func writeRow(_ cells: [String], widths: [Int]) throws {
        let cells = cells.map(shown)
        if format.isDelimited || format == .html {
            return try write(table: Document.Table(headings: [], rows: [cells]))
        }
        guard isTerminal else { return try write(TabSeparated.line(cells)) }
        let padded = cells.enumerated().map { index, cell in
            let text = ControlCharacters.neutralised(cell)
            return index < widths.count ? text.padded(toWidth: widths[index]) : text
        }
        var line = padded.joined(separator: " ")
        while line.last == " " { line.removeLast() }
        try write(line + "\n")
    }
}
