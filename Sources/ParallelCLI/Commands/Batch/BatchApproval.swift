import ParallelAPI
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Whether the rows may be run for what they are likely to cost.
enum BatchApproval {
    /// Tells what `remaining` rows cost, or asks where that is above `--confirm-above`; refuses a batch above
    /// `--max-cost`, to which the rows that were `spent` on before count.
    static func settle(
        _ options: BatchRunOptions, spent: Int, remaining rows: Int, _ output: Output, _ context: Context
    ) async throws {
        guard rows > 0 else { return }
        try checkMaximum(options, spent: spent, remaining: rows)
        let nothing = nothing(spent)
        let remaining = CostEstimate(rows: rows, processor: options.task.processor)
        let isCheap = remaining.cost.map { $0 <= options.confirmAbove } ?? false
        if options.isConfirmed || isCheap {
            output.note(remaining.text)
            return
        }
        guard context.terminal.canPrompt, options.source != "-" else {
            throw UsageError("\(remaining.text); \(nothing)", hint: "--yes runs it without a question")
        }
        guard try await context.confirms("\(remaining.text). Go ahead?", orElse: nothing) else {
            throw ErrorReport(.usage, "not confirmed; \(nothing)")
        }
    }

    /// Refuses what is above `--max-cost`.
    static func checkMaximum(_ options: BatchRunOptions, spent: Int, remaining rows: Int) throws(UsageError) {
        guard let maximum = options.maximumCost else { return }
        let whole = CostEstimate(rows: spent + rows, processor: options.task.processor)
        guard let cost = whole.cost else {
            throw UsageError(
                "--max-cost can't be kept: the price of '\(whole.processor)' is not known to this version")
        }
        if cost > maximum {
            throw UsageError(
                "\(whole.text), which is above --max-cost \(maximum.text); \(nothing(spent))",
                hint: "--limit N runs fewer rows")
        }
    }

    private static func nothing(_ spent: Int) -> String { spent > 0 ? "nothing more was run" : "nothing was run" }
}
