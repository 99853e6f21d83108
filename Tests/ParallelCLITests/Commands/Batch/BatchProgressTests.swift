import ParallelAPI
import ParallelBatch
import ParallelOutput
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

@Suite(.timeLimit(.minutes(10))) struct BatchProgressTests {
    private static let animated = TerminalInfo(stderrIsTerminal: true, columns: 100, term: "xterm")
    private static let dumb = TerminalInfo(stderrIsTerminal: true, columns: 100, term: "dumb")

    private struct Failure: Error {}

    /// What is on standard error after `steps`: the done rows, and for how long nothing happens then.
    private func errors(
        _ steps: [(done: Int, span: Duration)], total: Int = 100, terminal: TerminalInfo = TerminalInfo(),
        showsPlainLines: Bool = true, activity: BatchSession.Activity? = nil, failing: Bool = false,
        _ change: (inout OutputOptions) -> Void = { _ in }
    ) async throws -> String {
        let clock = ManualClock()
        let context = Context.test(ScriptedTransport([]), terminal: terminal, clock: clock)
        var options = OutputOptions()
        change(&options)
        let progress = BatchProgress(
            context: context, output: try Output(options, context), total: total, showsPlainLines: showsPlainLines)
        @Sendable func update(_ done: Int) {
            progress.update(
                done: done, total: total, failed: 1, running: 2, costSoFar: Cost(runs: done, processor: "base"))
        }
        // The first line may be drawn before the work below begins.
        if let first = steps.first { update(first.done) }
        let isShown = !options.isQuiet && (showsPlainLines || terminal == Self.animated)
        do {
            try await progress.shown {
                progress.note(activity)
                for step in steps {
                    update(step.done)
                    if isShown {
                        try await clock.untilAsleep()
                        clock.advance(by: step.span)
                        // Asleep again: what was due was drawn.
                        try await clock.untilAsleep()
                    }
                }
                if failing { throw Failure() }
            }
        } catch is Failure {}
        return context.streams.capturedError
    }

    @Test func `a log gets a line every five seconds and one at the end`() async throws {
        let errors = try await errors([(0, .seconds(5)), (20, .seconds(5)), (20, .zero)])
        #expect(
            errors == """
                0/100 (0%) · 1 failed · 2 running · $0.00 so far
                20/100 (20%) · 1 failed · 2 running · 2/s · 40s left · $0.20 so far
                20/100 (20%) · 1 failed · 2 running · 2/s · 40s left · $0.20 so far

                """)
    }

    @Test func `work that fails ends with a line too`() async throws {
        let errors = try await errors([(50, .zero)], failing: true)
        #expect(errors == "50/100 (50%) · 1 failed · 2 running · $0.50 so far\n")
    }

    @Test func `the rate is that of the last half minute, and what was done before the start does not count`()
        async throws
    {
        let errors = try await errors(
            [
                (1_000, .seconds(5)), (1_500, .seconds(5)), (1_600, .seconds(5)), (1_600, .seconds(30)),
                (1_630, .seconds(5)),
            ], total: 2_000)
        let rates = errors.split(separator: "\n").map { line in
            line.split(separator: " · ").first { $0.hasSuffix("/s") || $0.hasSuffix("/min") } ?? "none"
        }
        // 1,500 − 1,000 in the first 10 s; 600 in 15 s; then 0 since the sample of 15 s; then 30 in 35 s.
        #expect(rates.first == "none" && rates[1] == "50/s" && rates[2] == "40/s")
        #expect(rates.last == "51/min")
    }

    @Test func `a terminal gets a bar that is removed at the end`() async throws {
        let errors = try await errors([(50, .milliseconds(100)), (60, .zero)], terminal: Self.animated)
        #expect(errors.contains("[#####-----] 50% 50/100 · 1 failed · 2 running · $0.50 so far"))
        #expect(errors.hasSuffix("\r\u{1B}[K"))
    }

    @Test func `what is waited for is on the line that is drawn, and in the lines of a log`() async throws {
        let waiting = BatchSession.Activity.waiting(.seconds(12))
        let bar = try await errors(
            [(50, .milliseconds(100)), (50, .zero)], terminal: Self.animated, activity: waiting)
        #expect(bar.contains("$0.50 so far · waiting for the rate limit, 12 s"), "\(bar)")
        let log = try await errors([(0, .seconds(5)), (0, .zero)], activity: waiting)
        #expect(log.contains("$0.00 so far · waiting for the rate limit, 7 s\n"), "\(log)")
        let looking = try await errors([(0, .seconds(5)), (0, .zero)], activity: .asking(rows: 1_000))
        #expect(looking.contains(" · asking the group what became of 1,000 rows\n"), "\(looking)")
    }

    @Test func `where no progress is shown, what is waited for gets a line, but not again and again`() async throws {
        let clock = ManualClock()
        func told(_ isQuiet: Bool, _ work: (BatchProgress) -> Void) throws -> String {
            let context = Context.test(ScriptedTransport([]), clock: clock)
            var options = OutputOptions()
            options.isQuiet = isQuiet
            work(
                BatchProgress(
                    context: context, output: try Output(options, context), total: 1, showsPlainLines: false))
            return context.streams.capturedError
        }
        let work = { (progress: BatchProgress) in
            progress.note(.waiting(.seconds(1)))
            progress.note(.waiting(.seconds(60)))
            progress.note(nil)
            progress.note(.asking(rows: 1))
            progress.note(.waiting(.seconds(50)))
            clock.advance(by: .seconds(300))
            progress.note(.waiting(.seconds(40)))
        }
        #expect(
            try told(false, work)
                == "waiting for the rate limit, 60 s\nasking the group what became of 1 row\n"
                + "waiting for the rate limit, 40 s\n")
        #expect(try told(true, work).isEmpty)
    }

    @Test func `nothing is shown where nothing was asked for`() async throws {
        #expect(try await errors([(50, .zero)], showsPlainLines: false).isEmpty)
        #expect(try await errors([(50, .zero)], terminal: Self.dumb, showsPlainLines: false).isEmpty)
        #expect(try await errors([(50, .zero)]) { $0.isQuiet = true }.isEmpty)
        #expect(try await errors([(50, .zero)], terminal: Self.animated) { $0.isQuiet = true }.isEmpty)
    }

    @Test func `a trace is not mixed with a bar`() async throws {
        let errors = try await errors([(50, .zero)], terminal: Self.animated) { $0.isVerbose = true }
        #expect(errors == "50/100 (50%) · 1 failed · 2 running · $0.50 so far\n")
    }
}
