import ParallelCLI
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ProcessorsCommandTests {
    @Test func `a pipe gets a row per processor, without a key or the network`() async {
        let run = await CommandRun(["processors"], environment: ["PARALLEL_API_KEY": ""])
        let rows = run.output.split(separator: "\n")
        #expect(run.code == .success && rows.count == 9)
        #expect(rows[2] == "core\t$25.00\t1 to 5 min\t15 to 100 s\t10\tenrichment, cross-referenced")
    }

    @Test func `a person sees all prices`() async {
        let run = await CommandRun(["processors"], terminal: TerminalInfo(stdoutIsTerminal: true, columns: 140))
        #expect(
            run.output.contains("Everything else") && run.output.contains("turbo") && run.output.contains("not known"))
    }

    @Test func `the JSON has every price in dollars`() async throws {
        let json = try JSONValue.parse(await CommandRun(["processors", "--json"]).output)
        #expect(json["processors"]?.array?.count == 9)
        let prices = json["prices"]?.array ?? []
        let basic = prices.first { $0["for"]?.string == "search" && $0["name"]?.string == "basic" }
        #expect(basic?["usd_per_1000"]?.double == 5)
        let findall = prices.first { $0["for"]?.string == "findall" && $0["name"]?.string == "base" }
        #expect(findall?["usd_per_1000"]?.double == 250)
        #expect(prices.first { $0["for"]?.string == "decide" }?["usd_per_1000"]?.isNull == true)
    }
}
