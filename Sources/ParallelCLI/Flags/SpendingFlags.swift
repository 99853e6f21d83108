import ParallelAPI

/// What may be spent, and whether a person has agreed already.
struct SpendingOptions: Sendable {
    var isConfirmed = false
    var confirmAbove = Cost(thousandths: 10_000)
    var maximumCost: Cost?
}

enum SpendingFlags {
    /// - Parameter what: what the cost is that of, such as `a batch`.
    static func all(of what: String) -> [Flag<SpendingOptions>] {
        [
            Flag("yes", short: "y", summary: "Don't ask before spending more than --confirm-above") {
                $0.isConfirmed = $1
            },
            Flag(
                "confirm-above", value: FlagSpec.Value("USD"),
                summary: "Ask before spending more than this (default 10)",
                details: "Without a terminal to ask on, --yes is needed."
            ) { options, text throws(InvalidValue) in options.confirmAbove = try MoneyText.usd(text) }
            .asSetting(),
            Flag(
                "max-cost", value: FlagSpec.Value("USD"),
                summary: "Refuse \(what) that is likely to cost more than this"
            ) { options, text throws(InvalidValue) in options.maximumCost = try MoneyText.usd(text) },
        ]
    }
}
