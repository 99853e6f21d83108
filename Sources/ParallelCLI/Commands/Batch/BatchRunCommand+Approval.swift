import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Decides whether the rows may be run for their probable cost.
extension BatchRunCommand {
    /// Looks at the MCP servers of rows that are about to be sent. Prints the cost of the `remaining` rows, or asks if
    /// it is above `--confirm-above`. Throws if the batch costs more than `--max-cost`, including the rows that have
    /// runs already (`spent`), or than what is left of the budget.
    ///
    /// - Parameter group: that of a batch that is resumed.
    func approve(_ plan: BatchPlan, of group: String? = nil, spent: Int, remaining rows: Int) async throws {
        guard rows > 0 else { return }
        try checkMaximum(plan, spent: spent, remaining: rows)
        try await TaskRequest(task: options.task, output: output, context: context)
            .checkServers(of: plan.task, within: options.timeout)
        let remaining = plan.estimate(rows: rows, rate: rate)
        try options.approves?(remaining)
        let cost = addition(to: group, plan, spent: spent, remaining.cost)
        try context.log?.check(cost)
        try await spending(spent).approve(remaining.text, remaining.cost)
        // An entry for the rows of an earlier call that was interrupted has their cost.
        if cost == 0 { return }
        let file = options.source.parts(between: "/").last.map(String.init) ?? options.source
        var members: JSONObject = ["rows": .number(JSONNumber(rows))]
        members["output"] = options.layout.file.map { .string(absolutePath(of: $0)) }
        let key = try context.log?.begin(
            "group", id: group, processor: plan.task.processor,
            words: (options.source == "-" ? "" : "\(file): ") + (options.template?.source ?? "rows"), cost: cost,
            members)
        logged.withLock { $0 = key }
    }

    private func absolutePath(of file: String) -> String {
        guard !file.begins(with: "/"), let folder = context.workingDirectory else { return file }
        return "\(folder)/\(file)"
    }

    /// Returns what rows cost beside what the log has for their group, in millionths of a USD; nil if that is unknown.
    private func addition(to group: String?, _ plan: BatchPlan, spent: Int, _ cost: Cost?) -> Int? {
        guard let cost else { return nil }
        guard let group, let log = context.log, let whole = Cost(runs: spent, processor: plan.task.processor) else {
            return cost.micro
        }
        return min(cost.micro, max(0, whole.micro + cost.micro - log.spent(on: group)))
    }

    /// Puts down what became of the rows: those that failed or got no run cost nothing.
    ///
    /// - Parameter before: how many rows the groups before this one have completed; nil if nobody knows.
    func settle(_ session: BatchSession, _ plan: BatchPlan, before: Int?) {
        // Without a wait, nobody knows yet.
        if options.doesNotWait { return }
        let done = before.flatMap { plan.estimate(rows: max(0, session.progress.completed - $0)).cost?.micro }
        context.log?.settle(session.group, session.progress.completed > 0 ? "completed" : "failed", cost: done)
    }

    /// Takes the entry back, as no row was run.
    func takeBackEntry() { context.log?.refuse(logged.withLock { $0 }) }

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
            silence: options.source == "-" ? "standard input has the rows" : nil, isReserved: true
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
