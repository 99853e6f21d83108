import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Decides whether the rows may be run for their probable cost.
extension BatchRunCommand {
    /// Looks at the MCP servers of rows that are about to be sent. Prints the cost of the `remaining` rows, or asks if
    /// it is above `--confirm-above`. Throws if the batch costs more than `--max-cost`, including the rows that have
    /// runs already (`spent`).
    func approve(_ plan: BatchPlan, spent: Int, remaining rows: Int) async throws {
        guard rows > 0 else { return }
        try checkMaximum(plan, spent: spent, remaining: rows)
        try await TaskRequest(task: options.task, output: output, context: context)
            .checkServers(of: plan.task, within: options.timeout)
        let nothing = nothingWasRun(spent)
        let remaining = plan.estimate(rows: rows, rate: rate)
        try options.approves?(remaining)
        let isCheap = remaining.cost.map { $0 <= options.confirmAbove } ?? false
        if options.isConfirmed || isCheap {
            output.note(remaining.text)
            return
        }
        guard context.terminal.canPrompt, options.source != "-" else {
            let limit = remaining.cost == nil ? "" : "above \(options.confirmAbove.text) (--confirm-above), and "
            let why = options.source == "-" ? "standard input has the rows" : "there is no terminal to ask on"
            throw refusal(
                "\(remaining.text); \(limit)\(why); \(nothing)", spent: spent, hint: "--yes runs it without a question")
        }
        guard try await context.confirms("\(remaining.text). Go ahead?", orElse: nothing) else {
            throw ErrorReport(.unexpected, "not confirmed; \(nothing)")
        }
    }

    /// Throws if the batch costs more than `--max-cost`.
    func checkMaximum(_ plan: BatchPlan, spent: Int = 0, remaining rows: Int) throws {
        guard let maximum = options.maximumCost else { return }
        let whole = plan.estimate(rows: spent + rows)
        guard let cost = whole.cost else {
            throw refusal(
                "--max-cost can't be kept: the price of '\(whole.processor)' is not known to this version", spent: spent
            )
        }
        if cost > maximum {
            throw refusal(
                "\(whole.text), which is above --max-cost \(maximum.text); \(nothingWasRun(spent))", spent: spent,
                hint: options.rerun == nil ? "--limit N runs fewer rows" : nil)
        }
    }

    /// Makes the error for rows that may not be run. It says that nothing was run only if the batch has no run
    /// (`spent`).
    private func refusal(_ message: String, spent: Int, hint: Hint? = nil) -> any Error {
        spent > 0 ? ErrorReport(.unexpected, message, hints: [hint]) : UsageError(message, hint: hint)
    }

    private func nothingWasRun(_ spent: Int) -> String { spent > 0 ? "nothing more was run" : "nothing was run" }
}

extension CostEstimate {
    /// The estimate on one line: `10,000 rows on core: about $250.00, in 1 to 5 min if all run at once`.
    var text: String {
        let what = "\(counted(rows, "row")) on \(processor)"
        let pace = minutesOfSending.map { "; at least \($0.grouped) min at \((rate ?? 0).grouped) a minute" } ?? ""
        guard let cost, let seconds else { return "\(what): the price is not known\(pace)" }
        return "\(what): about \(cost.text), in \(ProcessorText.range(seconds)) if all run at once\(pace)"
    }
}
