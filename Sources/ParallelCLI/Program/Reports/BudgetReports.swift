import ParallelAPI
import ParallelSettings
import ParallelSystem

extension BudgetError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        let flags = budget.profile.map { FlagSpec.words("profile", $0) } ?? []
        let unset = context.command(["config", "unset", Setting.budget], flags: flags)
        let without: Hint = "to go without a budget: \(command: unset)"
        switch reason {
        case .exceeded(let spent, let cost):
            let next = "\((spent + cost + 999_999) / 1_000_000)/\(budget.period.rawValue)"
            let raise = context.command(["config", "set", Setting.budget, next], flags: flags)
            return ErrorReport(
                .usage,
                "this would cost up to \(Cost(micro: cost).text), and of the budget of \(budget.text) "
                    + "\(Cost(micro: max(0, budget.limit - spent)).text) is left (\(Cost(micro: spent).text) is spent); "
                    + "nothing was sent",
                hints: [
                    "see what it went to: \(command: context.command(["spend", "--by", "day"]))",
                    "raise it with: \(command: raise)",
                ])
        case .unpriced:
            return ErrorReport(
                .usage,
                "nobody can say what this costs, so that the budget of \(budget.text) can't be kept; nothing was sent",
                hints: [without])
        case .noLog:
            return ErrorReport(
                .usage,
                "the budget of \(budget.text) is counted in the log of this machine, which is off or has no place; "
                    + "nothing was sent",
                hints: [
                    "leave out --no-log, \(ActivityLog.variable) and \(Setting.zeroRetention), and set HOME", without,
                ])
        case .unusable(let error):
            return ErrorReport(
                .usage, "the budget can't be kept: \(error.path): \(error.reason); nothing was sent",
                hints: [error.remedy?.hint, without])
        }
    }
}
