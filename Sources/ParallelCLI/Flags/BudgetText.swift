import ParallelAPI
import ParallelSettings
import ParallelSystem

/// A budget as the value of its setting: `20/day`, `$100/week`, `250/month`.
enum BudgetText {
    static func parse(_ text: String, profile: String? = nil) throws(InvalidValue) -> Budget {
        let parts = text.parts(between: "/").map { String($0.trimmed) }
        // A line break at the end is none of the user's making.
        guard !text.utf8.contains(where: { $0 < 0x20 }), parts.count == 2, let cost = Cost(usd: parts[0]),
            let period = Budget.Period.allCases.first(where: { $0.rawValue.isExactly(parts[1]) })
        else { throw InvalidValue("'\(text)' is no budget; write one like 20/day, 100/week or 250/month") }
        return Budget(limit: cost.micro, period: period, profile: profile)
    }

    /// Returns the budget that is set. One that a profile sets holds what that profile spends.
    static func budget(in settings: ChosenSettings) throws(SettingsError) -> Budget? {
        guard let value = settings.values[Setting.budget] else { return nil }
        var profile: String?
        if case .configuration(_, let name) = value.origin { profile = name }
        do throws(InvalidValue) {
            return try parse(value.text, profile: profile)
        } catch {
            throw .setting(Setting.budget, value.origin, reason: error.reason)
        }
    }
}

extension Budget {
    /// The budget in words: `$20.00 a day`.
    var text: String {
        "\(Cost(micro: limit).text) a \(period.rawValue)" + (profile.map { " for profile '\($0)'" } ?? "")
    }
}
