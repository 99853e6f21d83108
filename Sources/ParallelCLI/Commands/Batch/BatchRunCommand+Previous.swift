import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem

/// What `--only-changed` takes over. The batch begins with all that the earlier one has, and goes on like one with
/// --add-new: a further group runs the rows that no earlier one has run.
extension BatchRunCommand {
    /// Returns the command that is carried out: with --only-changed, a batch that has begun already only goes on. One
    /// that was killed before it had a group of its own gets that now.
    func settled() throws -> BatchRunCommand {
        guard let previous = options.previous else { return self }
        let (header, state) = try BatchSource.ofOutput(previous, context)
        var options = options
        guard let own = options.statePath.map(context.filePath) else { return self }
        if let begun = try? BatchFiles.header(state: own) {
            options.previous = nil
            options.addsNew = begun.group == header.group || UserFile.isSame(own, state)
        }
        return BatchRunCommand(options: options, output: output, context: context)
    }

    /// The path of the state file of `previous`, if `plan` asks the same question; otherwise says why all rows are run.
    func stateToTakeOver(_ previous: String, _ plan: BatchPlan) throws -> String? {
        let (header, state) = try BatchSource.ofOutput(previous, context)
        // Its other rows were run on the first one.
        if let first = header.processors.first,
            let other = header.processors.dropFirst().first(where: {
                $0.isExactly(plan.task.processor)
            })
        {
            output.note(
                "all rows are run: only some of \(previous) have a result of \(other), the others one of \(first)")
            return nil
        }
        do {
            try plan.check(against: header, mayHaveOtherRows: true, alsoOn: header.processors)
            return state
        } catch {
            output.note("all rows are run: \(error.text(reading: options.source))")
            return nil
        }
    }

    func takeOver(_ previous: String, _ plan: BatchPlan, _ files: BatchFiles) throws {
        guard let state = try stateToTakeOver(previous, plan) else { return }
        try files.takeOver(state: state)
        // Its group is still its own: rows that this batch added to it would be that one's, too.
        if files.journal?.ending == nil {
            throw UsageError(
                "--only-changed: the batch of \(previous) has not ended",
                hint: "go on with that one first, by the command that began it")
        }
    }
}
