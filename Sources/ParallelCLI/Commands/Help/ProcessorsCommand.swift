import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel processors`: what everything costs and how long it takes, as far as this version knows.
struct ProcessorsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var output = OutputOptions()

        static let flags: [Flag<Options>] = OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "processors"

    static var command: Command {
        Command(
            summary: "Show processors, search modes and their prices",
            description: """
                Prints what the processors of runs cost, how long they take and what they are for, and the prices of \
                searches and everything else that the API offers. Nothing is sent: this is what this version knows, \
                from the documentation of October 2026. Prices are in USD.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel processors", "Prices, times and uses"),
                .init("parallel processors --json | jq -r '.processors[].name'", "The names of processors"),
            ],
            check: { _, _ throws(UsageError) in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        if output.format.isJSON {
            try output.write(document: json)
        } else {
            let processors = Processor.standard.enumerated().map { index, name in
                [
                    name, Self.price(Processor.usdPer1000(name).map { $0 * 100 }),
                    ProcessorText.usualTime(of: name) ?? "", ProcessorText.usualTime(of: name + "-fast") ?? "",
                    Processor.fields(name).map { String($0) } ?? "", Processor.uses[index],
                ]
            }
            let prices = PriceList.entries.map {
                [$0.product, $0.name, Self.price($0.centsPer1000), $0.unit, $0.note]
            }
            let tables = [
                Document.Table(
                    headings: ["processor", "1,000 runs", "takes", "as NAME-fast", "fields", "for"], rows: processors,
                    kinds: [.text, .number, .text, .text, .number]),
                Document.Table(
                    headings: ["for", "name", "price", "of 1,000", "note"], rows: prices,
                    kinds: [.text, .text, .number]),
            ]
            if output.isLaidOut || output.format == .markdown || output.format == .html {
                try output.write(
                    Document([
                        .heading(2, [.text("Processors of runs")]), .table(tables[0]),
                        .heading(2, [.text("Everything else")]), .table(tables[1]),
                    ]), isWhole: true)
            } else {
                // Programs get rows of one kind.
                try output.write(table: tables[0])
                output.note("searches and everything else are on a terminal, and in --json")
            }
        }
        try output.finish()
        return .success
    }

    private var json: JSONValue {
        func seconds(_ name: String) -> JSONValue {
            Processor.usualLatency(name).map {
                [.number(JSONNumber($0.lowerBound)), .number(JSONNumber($0.upperBound))]
            }
                ?? .null
        }
        let processors = Processor.standard.enumerated().map { index, name -> JSONValue in
            [
                "name": .string(name), "usd_per_1000_runs": .number(JSONNumber(Processor.usdPer1000(name) ?? 0)),
                "latency_seconds": seconds(name), "fast_name": .string(name + "-fast"),
                "fast_latency_seconds": seconds(name + "-fast"),
                "fields": Processor.fields(name).map { .number(JSONNumber($0)) } ?? .null,
                "for": .string(Processor.uses[index]),
            ]
        }
        let prices = PriceList.entries.map { entry -> JSONValue in
            [
                "for": .string(entry.product), "name": .string(entry.name), "unit": .string(entry.unit),
                "usd_per_1000": entry.centsPer1000.map { .number(JSONNumber(Double($0) / 100)) } ?? .null,
                "note": .string(entry.note),
            ]
        }
        return ["processors": .array(processors), "prices": .array(prices)]
    }

    private static func price(_ cents: Int?) -> String {
        cents.map { Cost(thousandths: $0 * 10).text } ?? "not known"
    }
}
