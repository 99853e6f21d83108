import ParallelAPI
import ParallelBatch
import ParallelSystem

/// Which rows `--where` chooses.
extension BatchRunCommand {
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
        var places: [Int] = []
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
        }
        return EarlierResults.Choice(condition: condition.text, repeats: options.repeatsRows) { [places] row, result in
            let cells = layout.conditionCells(try row.read(), BatchResult(result, number: row.index + 1))
            return condition.holds(cells, places)
        }
    }
}
