import ParallelAPI
import ParallelBatch
import Testing

@testable import ParallelCLI

struct MoneyTextTests {
    @Test(arguments: [
        (10_000, "core", "10,000 rows on core: about $250.00, in 1 to 5 min if all run at once"),
        (1, "lite", "1 row on lite: about $0.005, in 10 to 60 s if all run at once"),
        (100_000, "base-fast", "100,000 rows on base-fast: about $1,000.00, in 15 to 50 s if all run at once"),
        (2, "base", "2 rows on base: about $0.02, in 15 to 100 s if all run at once"),
        (7, "ultra4x", "7 rows on ultra4x: about $8.40, in 5 to 90 min if all run at once"),
        (7, "ultra8x-fast", "7 rows on ultra8x-fast: about $16.80, in 1 min to 1 h if all run at once"),
        (7, "giga", "7 rows on giga: the price is not known"),
    ])
    func `an estimate is one line`(rows: Int, processor: String, text: String) {
        #expect(CostEstimate(rows: rows, processor: processor).text == text)
    }

    @Test(
        arguments: [
            (20_000, "core", 2_000, "; at least 10 min at 2,000 a minute"),
            (2_001, "core", 2_000, "; at least 2 min at 2,000 a minute"),
            (7, "giga", 1, "7 rows on giga: the price is not known; at least 7 min at 1 a minute"),
            (2_000, "core", 2_000, "if all run at once"), (1_000_000, "core", nil, "if all run at once"),
        ] as [(Int, String, Int?, String)])
    func `an estimate says how long sending takes at least`(rows: Int, processor: String, rate: Int?, end: String) {
        let text = CostEstimate(rows: rows, processor: processor, rate: rate).text
        #expect(text.hasSuffix(end), "\(text)")
    }

    @Test func `an amount as a flag value is refused with the reason`() throws {
        #expect(try MoneyText.usd("$12.50") == Cost(thousandths: 12_500))
        let error = #expect(throws: InvalidValue.self) { try MoneyText.usd("12,50") }
        #expect(error?.reason == "'12,50' is no amount in USD; write one like 10, 12.50 or 0.005")
    }
}
