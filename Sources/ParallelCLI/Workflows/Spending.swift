import ParallelAPI
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Decides whether something may be done for what it probably costs.
struct Spending {
    let options: SpendingOptions
    let output: Output
    let context: Context
    /// What was not done where it may not, such as `nothing was run`.
    var nothing = "nothing was sent"
    /// Why nobody can be asked although there is a terminal.
    var silence: String?
    /// Whether the cost is in the log already, and so counted in a budget.
    var isReserved = false
    /// Makes the error of a refusal.
    var refusal: (_ message: String, _ hint: Hint?) -> any Error = { UsageError($0, hint: $1) }

    /// Prints `estimate`, or asks if the cost is above `--confirm-above` or not known. Throws if the answer is no, or
    /// nobody can be asked.
    ///
    /// - Parameter estimate: what would be done and what it costs, such as `10 rows on core: about $0.25`.
    func approve(_ estimate: String, _ cost: Cost?) async throws {
        if !isReserved { try context.log?.check(cost?.micro) }
        if options.isConfirmed || cost.map({ $0 <= options.confirmAbove }) == true {
            output.note(estimate)
            return
        }
        guard context.terminal.canPrompt, silence == nil else {
            let limit = cost == nil ? "" : "above \(options.confirmAbove.text) (--confirm-above), and "
            throw refusal(
                "\(estimate); \(limit)\(silence ?? "there is no terminal to ask on"); \(nothing)",
                "--yes does it without a question")
        }
        try await context.confirm("\(estimate). Go ahead?", orElse: nothing)
    }

    /// Decides about a single request, as `approve` does, but tells nothing where it may be sent: what it costs is told
    /// when it is. One of unknown price is asked about only if `--confirm-above` is below its default, because a single
    /// request is cheap in all likelihood. Throws also if the cost is above `--max-cost`.
    func approveOne(of estimate: String, _ cost: Cost?, unpriced: String) async throws {
        try checkMaximum(estimate, cost, unpriced: unpriced)
        try context.log?.check(cost?.micro)
        let limit = options.confirmAbove
        let isAsked = cost.map { $0 > limit } ?? (limit < SpendingOptions().confirmAbove)
        if isAsked, !options.isConfirmed { try await approve(estimate, cost) }
    }

    /// Throws if the cost is above `--max-cost`.
    ///
    /// - Parameters:
    ///   - unpriced: what has no known price where `cost` is nil, such as `'core9'`.
    ///   - remedy: how to make it cost less.
    func checkMaximum(_ estimate: String, _ cost: Cost?, unpriced: String, remedy: Hint? = nil) throws {
        guard let maximum = options.maximumCost else { return }
        guard let cost else {
            throw refusal("--max-cost can't be kept: the price of \(unpriced) is not known to this version", nil)
        }
        if cost > maximum {
            throw refusal("\(estimate), which is above --max-cost \(maximum.text); \(nothing)", remedy)
        }
    }
}
