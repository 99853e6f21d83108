/// The credit of the account that pays for runs. Amounts are in thousandths of a dollar.
///
/// A run reserves its price as it begins, and is billed if it completes; what a failed run has reserved is free again.
struct Account: Sendable {
    /// The credit that is not billed; nil if there is no limit.
    private var balance: Int?
    /// The prices of the runs that have begun and not ended.
    private var reserved = 0

    init(balance: Int?) { self.balance = balance }

    /// Whether the account has `price` beside what is reserved.
    func canPay(_ price: Int) -> Bool { balance.map { price <= $0 - reserved } ?? true }

    /// Reserves `price`; returns whether the account has it.
    mutating func reserve(_ price: Int) -> Bool {
        guard canPay(price) else { return false }
        reserved += price
        return true
    }

    /// Ends a reservation, and takes the price from the balance if the run is billed.
    mutating func settle(_ price: Int, isBilled: Bool) {
        reserved -= price
        if isBilled, let old = balance { balance = old - price }
    }
}
