import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel monitor stats`: counts the account's monitors, and says what they cost.
struct MonitorStatsCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "monitor stats"

    static var command: Command {
        Command(
            summary: "Count the account's monitors, with what they cost a month",
            description:
                "Counts the account's monitors by status, processor and frequency, with what they cost a month.",
            usesNetwork: true,
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [.init("parallel monitor stats", "How many there are")],
            check: { _, _ throws(UsageError) in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let stats = try await client.answer(to: Endpoint(.get, ["v1", "monitors", "stats"]))
        if output.format.isJSON {
            try output.write(document: stats)
        } else {
            try write(stats)
        }
        try output.finish()
        return .success
    }

    private func write(_ stats: JSONValue) throws {
        var rows: [[String]] = []
        var monthly = Cost(thousandths: 0)
        for status in stats["processor_counts"]?.object?.members ?? [] {
            for processor in status.value.object?.members ?? [] {
                for frequency in processor.value.object?.members ?? [] {
                    let count = max(0, frequency.value.int ?? 0)
                    let cost = MonitorFrequency(frequency.key).flatMap {
                        MonitorProcessor.monthlyCost($0, on: processor.key)
                    }.map { Cost(thousandths: $0.thousandths * min(count, 1 << 30)) }
                    let isActive = status.key.isExactly("active")
                    if isActive, let cost { monthly = Cost(thousandths: monthly.thousandths + cost.thousandths) }
                    rows.append(
                        [status.key, processor.key, frequency.key, String(count), isActive ? cost?.text ?? "" : ""])
                }
            }
        }
        if !rows.isEmpty || output.format != .table {
            try output.write(
                table: Document.Table(
                    headings: ["status", "processor", "frequency", "monitors", "usd_per_month"], rows: rows))
        }
        output.note(
            "\(counted(stats["total"]?.int ?? 0, "monitor")); the active ones cost about \(monthly.text) a month")
    }
}
