import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel spend`: what this machine has spent.
struct SpendCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    /// What the sums are of.
    enum Part: String, Sendable, CaseIterable { case command, day, processor }

    struct Options: CommandOptions {
        var since: SinceText?
        var part = Part.command
        var profile: String?
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                SinceText.flag("Count only what was started since then").embedded(at: \.since),
                Flag(
                    "by", value: FlagSpec.Value("PART", completion: .words(Part.allCases.map(\.rawValue))),
                    summary: "Add up by command (default), day or processor"
                ) { options, text throws(InvalidValue) in options.part = try ChoiceText.parse(text) },
                ConnectionFlags.loggedProfile.embedded(at: \.profile),
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "spend"

    static var command: Command {
        Command(
            summary: "Show what this machine has spent, at list prices at most",
            description: """
                Adds up the costs in the log of this machine, without the network: each call at its list price and as \
                the most that it can be, so that the bill is lower. What failed or was refused costs nothing; what may \
                exist counts, since it may cost, and is named. A monitor counts with a month of its executions. Days are those of local time. What other \
                machines have spent is not in it: 'balance' asks the account.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel spend --since 7d --by day", "Day by day, in the last week"),
                .init("parallel spend --json | jq '[.[].usd] | add'", "For a program"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        guard let log = context.log else { return .success }
        let first = options.since?.start(context) ?? 0
        let entries = try log.entries().filter { $0.time >= first && $0.isOf(profile: options.profile) }
        var sums: [(name: String, calls: Int, cost: Int, unknown: Int)] = []
        var (total, unknown) = (0, [String]())
        for entry in entries where entry.status != ActivityLog.refused {
            let name = name(of: entry)
            let place = sums.firstIndex { $0.name == name } ?? sums.count
            if place == sums.count { sums.append((name, 0, 0, 0)) }
            sums[place].calls += entry.count
            sums[place].cost += entry.cost ?? 0
            total += entry.cost ?? 0
            if entry.cost == nil {
                sums[place].unknown += entry.count
                if !unknown.contains(entry.command) { unknown.append(entry.command) }
            }
        }
        if options.part == .day {
            sums.sort { $0.name < $1.name }
        } else {
            sums.sort { ($1.cost, $0.name) < ($0.cost, $1.name) }
        }
        try write(sums)
        try output.finish()
        let missing = sums.reduce(0) { $0 + $1.unknown }
        if total > 0 || missing == 0 {
            output.note("at most \(Cost(micro: total).text) at list prices, by the log of this machine")
        }
        if missing > 0 {
            output.note("without \(counted(missing, "call")) of unknown price: \(unknown.joined(separator: ", "))")
        }
        let open = entries.filter { $0.mayExist && $0.cost ?? 0 > 0 }
        if !open.isEmpty {
            let list = context.command(
                ["task", "list", "--kind", "all", "--status"], operands: [ActivityLog.uncertain])
            output.note(
                "\(Cost(micro: open.reduce(0) { $0 + ($1.cost ?? 0) }).text) of it is for \(counted(open.count, "call")) "
                    + "without an answer, which may have cost nothing: \(list)")
        }
        if let budget = log.budget {
            let spent = try log.spent(of: budget)
            output.note(
                "the budget: \(budget.text), of which \(Cost(micro: max(0, budget.limit - spent)).text) is left")
        }
        if !log.isOn { output.note("the log is off (\(context.rules.zeroRetention?.name ?? ActivityLog.variable))") }
        return .success
    }

    private func write(_ sums: [(name: String, calls: Int, cost: Int, unknown: Int)]) throws {
        guard output.format.isJSON else {
            let rows = sums.map { sum in
                let cost = sum.unknown < sum.calls ? Cost(micro: sum.cost).text : ""
                return [sum.name, sum.calls.grouped, cost, sum.unknown.grouped]
            }
            return try output.write(
                table: Document.Table(
                    headings: [options.part.rawValue, "calls", "cost", "of unknown price"], rows: rows))
        }
        let values = sums.map { sum -> JSONValue in
            [
                options.part.rawValue: .string(sum.name), "calls": .number(JSONNumber(sum.calls)),
                "usd": Self.usd(sum.unknown < sum.calls ? sum.cost : nil), "unknown": .number(JSONNumber(sum.unknown)),
            ]
        }
        if output.format == .json { return try output.write(document: .array(values)) }
        for value in values { try output.write(document: value, isOnly: false) }
    }

    private func name(of entry: ActivityEntry) -> String {
        switch options.part {
        case .command: entry.command
        case .processor: entry.processor.isEmpty ? "none" : entry.processor
        case .day: Self.day(entry.time + context.localOffset(entry.time))
        }
    }

    /// The day of a time, as `2026-11-01`.
    private static func day(_ seconds: Int) -> String { String((TimeText.exact(seconds) ?? "").prefix(10)) }

    /// An amount as a number in USD; null where nobody can say.
    static func usd(_ micro: Int?) -> JSONValue {
        guard let micro else { return .null }
        return .number(JSONNumber(Double(micro) / 1_000_000))
    }
}
