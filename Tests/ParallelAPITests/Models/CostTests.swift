import ParallelSystem
import Testing

@testable import ParallelAPI

struct CostTests {
    @Test(arguments: [
        (0, "core", "$0.00"), (1, "lite", "$0.005"), (1, "base", "$0.01"), (3, "core", "$0.075"),
        (500, "core", "$12.50"), (10_000, "core", "$250.00"), (12_500, "pro-fast", "$1,250.00"),
        (100_000, "ultra8x", "$240,000.00"), (1_999, "lite-fast", "$9.995"),
    ])
    func `a number of runs costs exactly so much`(runs: Int, processor: String, text: String) throws {
        #expect(try #require(Cost(runs: runs, processor: processor)).text == text)
    }

    @Test func `an unknown processor has no cost`() {
        #expect(Cost(runs: 1, processor: "giga") == nil)
        #expect(Cost(runs: 1, processor: "core-fast-fast") == nil)
        #expect(Processor.usualLatency("giga") == nil)
    }

    @Test func `every known processor has a price and a latency`() {
        for name in Processor.known {
            #expect(Processor.usdPer1000(name) != nil)
            #expect(Processor.usualLatency(name) != nil)
        }
        #expect(Processor.usualLatency("core") == 60...300)
        #expect(Processor.usualLatency("core-fast") == 15...100)
        #expect(Processor.longestUsualLatency("giga") == 7_200)
    }

    @Test(arguments: [
        ("10", 10_000), ("$12.50", 12_500), ("0.005", 5), ("0", 0), ("$0", 0), ("1.5", 1_500), ("007.1", 7_100),
        ("999999999999", 999_999_999_999_000),
    ])
    func `an amount is read`(text: String, thousandths: Int) {
        #expect(Cost(usd: text) == Cost(thousandths: thousandths))
    }

    @Test(arguments: [
        "", "$", ".", "-1", "+1", "1.", ".5", "1.2345", "1,50", "1,000", "1e3", "10 ", "10€", "$$1", "1.2.3", "٣",
        "1000000000000", "inf", "$-1", "1$",
    ])
    func `any other text is no amount`(text: String) {
        #expect(Cost(usd: text) == nil)
    }

    @Test(arguments: [
        (0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (123_456, "123,456"), (1_234_567, "1,234,567"),
        (-1_000, "-1,000"), (-999, "-999"), (Int.min, "-9,223,372,036,854,775,808"),
    ])
    func `amounts have separators between thousands`(number: Int, text: String) {
        #expect(number.grouped == text)
    }
}
