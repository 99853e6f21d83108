import ParallelTerminal
import Testing

struct ProgressBarTests {
    private let state = ProgressBar.State(
        done: 4_200, total: 10_000, failed: 12, running: 300, rate: 85, timeLeft: .seconds(65), cost: "$10.50")

    @Test(arguments: [
        (120, "[####------] 42% 4,200/10,000 · 12 failed · 300 running · 85/s · 1m 05s left · $10.50"),
        (86, "[####------] 42% 4,200/10,000 · 12 failed · 300 running · 85/s · 1m 05s left · $10.50"),
        (85, "[####------] 42% 4,200/10,000 · 12 failed · 85/s · 1m 05s left · $10.50"),
        (72, "[####------] 42% 4,200/10,000 · 12 failed · 85/s · 1m 05s left · $10.50"),
        (71, "[####------] 42% 4,200/10,000 · 12 failed · 1m 05s left · $10.50"),
        (64, "[####------] 42% 4,200/10,000 · 12 failed · 1m 05s left"),
        (55, "[####------] 42% 4,200/10,000 · 12 failed"),
        (41, "[####------] 42% 4,200/10,000"),
        (29, "42% 4,200/10,000"),
        (16, "42%"),
        (3, "4…"),
        (1, ""),
        (0, ""),
    ])
    func `a narrow terminal gets fewer details`(columns: Int, line: String) {
        #expect(ProgressBar.draw(state, columns: columns) == line)
    }

    @Test(arguments: 0...120)
    func `the line never reaches the last column`(columns: Int) {
        #expect(ProgressBar.draw(state, columns: columns).displayWidth <= max(0, columns - 1))
    }

    @Test(arguments: [
        (0, 10_000, "[----------] 0% 0/10,000"), (9_999, 10_000, "[#########-] 99% 9,999/10,000"),
        (10_000, 10_000, "[##########] 100% 10,000/10,000"), (0, 0, "[##########] 100% 0/0"),
        (12, 10, "[##########] 100% 12/10"), (1, 3, "[###-------] 33% 1/3"),
    ])
    func `a bar is full when all is done`(done: Int, total: Int, line: String) {
        #expect(ProgressBar.draw(.init(done: done, total: total), columns: 80) == line)
    }

    @Test(arguments: [
        (85.4, "85/s"), (1_234, "1,234/s"), (2.54, "2.5/s"), (1, "1/s"), (9.96, "10/s"), (0.5, "30/min"),
        (0.1, "6/min"), (0.04, "2.4/min"), (0.001, "0.1/min"), (1e300, "1,000,000,000/s"),
    ])
    func `a rate is reported in the unit that suits it`(rate: Double, text: String) {
        #expect(ProgressBar.draw(.init(done: 1, total: 4, rate: rate), columns: 80) == "[##--------] 25% 1/4 · \(text)")
    }

    @Test func `a log gets a line without a bar`() {
        let line = "4,200/10,000 (42%) · 12 failed · 300 running · 85/s · 1m 05s left · $10.50"
        #expect(ProgressBar.plain(state) == line)
        #expect(ProgressBar.plain(.init(total: 3)) == "0/3 (0%)")
    }
}
