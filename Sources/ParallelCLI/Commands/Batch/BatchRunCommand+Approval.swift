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
        let remaining = plan.estimate(rows: rows, rate: rate)
        try options.approves?(remaining)
        try await spending(spent).approve(remaining.text, remaining.cost)
    }

    /// Throws if the batch costs more than `--max-cost`.
    func checkMaximum(_ plan: BatchPlan, spent: Int = 0, remaining rows: Int) throws {
        let whole = plan.estimate(rows: spent + rows)
        try spending(spent).checkMaximum(
            whole.text, whole.cost, unpriced: whole.hasPaidCalls ? "paid data sources" : "'\(whole.processor)'",
            remedy: options.rerun == nil ? "--limit N runs fewer rows" : nil)
    }

    /// Its refusals say that nothing was run only if the batch has no run (`spent`).
    private func spending(_ spent: Int) -> Spending {
        Spending(
            options: options.spending, output: output, context: context,
            nothing: spent > 0 ? "nothing more was run" : "nothing was run",
            silence: options.source == "-" ? "standard input has the rows" : nil
        ) { message, hint in
            if spent > 0 { return ErrorReport(.unexpected, message, hints: [hint]) }
            return UsageError(message, hint: hint)
        }
    }
}

extension CostEstimate {
    /// The estimate on one line: `10,000 rows on core: about $250.00, in 1 to 5 min if all run at once`.
    var text: String {
        let what = "\(counted(rows, "row")) on \(processor)"
        let pace = minutesOfSending.map { "; at least \($0.grouped) min at \((rate ?? 0).grouped) a minute" } ?? ""
        let calls = hasPaidCalls ? " \(ProcessorText.paidCalls)" : ""
        guard let cost = costOfRuns, let seconds else { return "\(what): the price is not known\(calls)\(pace)" }
        return "\(what): about \(cost.text)\(calls), in \(ProcessorText.range(seconds)) if all run at once\(pace)"
    }
}
