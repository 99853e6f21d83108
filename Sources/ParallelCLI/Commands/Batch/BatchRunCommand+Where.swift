import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Which rows `--where` chooses.
extension BatchRunCommand {
    /// The statuses that a row of a batch that has ended may have.
    private static let statuses = ["completed", "failed", "cancelled", "blank", "unusable", "refused", "not_sent"]

    /// Returns what `--where` chooses among the rows of `plan`; nil without it. Throws if it names no column of the
    /// output, whatever columns that was written with.
    func choice(_ plan: BatchPlan) throws(UsageError) -> EarlierResults.Choice? {
        guard let condition = options.condition else { return nil }
        var shown = options.layout
        shown.isExcelSafe = false
        shown.showsBasis = true
        shown.showsRunIDs = true
        shown.showsStatus = true
        shown.showsRowNumbers = true
        let layout = BatchLayout(shown, plan.input, outputSchema: plan.task.outputSchema)
        let titles = layout.titles
        let columns = plan.input.columns.count
        // Behind the columns of the input: the fields, three columns for the basis of each, and four others.
        let basis = columns + (titles.count - columns - 4) / 4
        var places: [Int] = []
        var confidences: [Int] = []
        for term in condition.alternatives.joined() {
            let name = plan.input.columns.firstIndex { term.column.isExactly($0.name) }
            guard let place = titles.firstIndex(where: term.column.isExactly) ?? name else {
                let near = Suggestions.nearest(to: term.column, among: titles)
                let names = titles.filter { !$0.ends(with: ".reasoning") }.joined(separator: ", ")
                throw UsageError(
                    "--where: the output has no column '\(term.column)'",
                    hint: near.map { "did you mean '\($0)'?" } ?? Hint("there are: \(names)"))
            }
            places.append(place)
            let isOfBasis = (basis..<titles.count - 4).contains(place)
            if isOfBasis, (place - basis) % 3 == 0 { confidences.append(place) }
            if term.value.isEmpty { continue }
            let isNumber = place == titles.count - 2 || isOfBasis && (place - basis) % 3 == 1
            if isNumber, (try? JSONValue.parse(term.value))?.number == nil {
                throw UsageError("--where: '\(term.value)' is no number, as '\(term.column)' is")
            }
            if place == titles.count - 3, !Self.statuses.contains(term.value) {
                throw UsageError(
                    "--where: '\(term.value)' is no status",
                    hint: Hint("there are: \(Self.statuses.joined(separator: ", "))"))
            }
        }
        lacksConfidence.withLock { $0 = !confidences.isEmpty }
        return EarlierResults.Choice(condition: condition.text, repeats: options.repeatsRows) {
            [lacksConfidence, places, confidences] row, result in
            let cells = layout.conditionCells(try row.read(), BatchResult(result, number: row.index + 1))
            if confidences.contains(where: { !cells[$0].isEmpty }) { lacksConfidence.withLock { $0 = false } }
            return condition.holds(cells, places)
        }
    }
}
