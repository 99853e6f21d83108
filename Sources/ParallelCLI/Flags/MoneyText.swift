import ParallelAPI

/// Amounts of money as values of flags.
enum MoneyText {
    /// Parses `10`, `$12.50` or `0.005`, in USD.
    static func usd(_ text: String) throws(InvalidValue) -> Cost {
        guard let cost = Cost(usd: text) else {
            throw InvalidValue("'\(text)' is no amount in USD; write one like 10, 12.50 or 0.005")
        }
        return cost
    }
}
