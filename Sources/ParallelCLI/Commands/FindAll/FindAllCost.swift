import ParallelAPI
import ParallelOutput
import ParallelSystem

/// What FindAll costs, in words, and whether it may be spent.
enum FindAllCost {
    /// Says what a run would be and what it costs at most, such as `a run on base for up to 10 matches: at most about
    /// $0.55`.
    static func estimate(_ work: String, _ cost: Cost?) -> String {
        "\(work): \(cost.map { "at most about \($0.text)" } ?? "its price is not known to this version")"
    }

    /// Prints the estimate or asks, as the flags say. Throws if it must not be spent.
    static func approve(
        _ work: String, _ cost: Cost?, _ options: SpendingOptions, remedy: Hint? = nil, nothing: String,
        _ output: Output, _ context: Context
    ) async throws {
        let estimate = estimate(work, cost)
        let spending = Spending(options: options, output: output, context: context, nothing: nothing)
        try spending.checkMaximum(estimate, cost, unpriced: "this", remedy: remedy)
        try await spending.approve(estimate, cost)
    }

    /// Returns `up to 10 matches`, or what a preview looks at.
    static func extent(_ generator: String, _ limit: Int) -> String {
        generator == FindAllGenerator.preview
            ? "a look at \(counted(limit, "candidate"))" : "up to \(limit.grouped) matches"
    }
}
