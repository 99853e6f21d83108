import ParallelAPI
import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

/// Answers to looks at what goes on, one after the other.
private final class Scripted: LongRunning {
    enum Step { case held, quick, over, failure(any Error) }

    let name = "the work"
    private let steps: Lock<ArraySlice<Step>>
    let looks = Lock(0)

    init(_ steps: [Step]) { self.steps = Lock(steps[...]) }

    func look() async throws -> Look<Int> {
        let count = looks.withLock { looks in
            looks += 1
            return looks
        }
        switch steps.withLock({ $0.popFirst() }) ?? .quick {
        case .held: return .goesOn(wasHeld: true)
        case .quick: return .goesOn(wasHeld: false)
        case .over: return .over(count)
        case .failure(let error): throw error
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct LongRunningTests {
    private struct OfAnotherModule: WaitFailure { let meaning: FailureMeaning }

    private let clock = ManualClock(passing: .seconds(60))
    private let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)

    private func outcome(_ steps: Scripted.Step..., isKnown: Bool = true) async throws -> Int {
        try await LongRunningWait(clock: clock).outcome(of: Scripted(steps), within: nil, isKnown: isKnown)
    }

    @Test func `a server that holds its answers is asked again at once, another after pauses that grow`() async throws {
        #expect(try await outcome(.held, .held, .quick, .quick, .held, .quick, .over) == 7)
        #expect(clock.sleeps == [.milliseconds(250), .milliseconds(500), .milliseconds(250)])
    }

    @Test func `temporary failures don't end a wait, however many there are`() async throws {
        let failures = Array(repeating: Scripted.Step.failure(lost), count: 50)
        let work = Scripted(failures + [.over])
        #expect(try await LongRunningWait(clock: clock).outcome(of: work, within: nil, isKnown: true) == 51)
        #expect(clock.sleeps.last == .seconds(5))
    }

    @Test(arguments: [
        (FailureMeaning.passing, 3, true), (.doubtful, 5, true), (.doubtful, 6, false), (.final, 1, false),
    ])
    func `an error can decide itself whether the wait continues`(meaning: FailureMeaning, count: Int, isTolerated: Bool)
        async throws
    {
        let failures = Array(repeating: Scripted.Step.failure(OfAnotherModule(meaning: meaning)), count: count)
        let work = Scripted(failures + [.over])
        do {
            let looks = try await LongRunningWait(clock: clock).outcome(of: work, within: nil, isKnown: true)
            #expect(isTolerated && looks == count + 1)
        } catch is OfAnotherModule {
            #expect(!isTolerated && work.looks.withLock { $0 } == count)
        }
    }

    @Test func `any failure ends the wait for work that may not exist`() async throws {
        await #expect(throws: lost) { try await outcome(.failure(lost), .over, isKnown: false) }
        #expect(try await outcome(.quick, .failure(lost), .over, isKnown: false) == 3)
    }

    @Test func `a timeout names the work and the last failure, and the work is looked at once more`() async throws {
        let start = clock.stopwatch()
        let failing = Scripted(Array(repeating: .failure(lost), count: 1_000))
        let error = await #expect(throws: WaitTimedOut.self) {
            try await LongRunningWait(clock: clock).outcome(
                of: failing, rest: { .seconds(10) - start() }, isKnown: true)
        }
        #expect(error?.name == "the work" && error?.lastError as? HTTPError == lost)
        #expect(start() == .seconds(10))
        let ending = Scripted([.quick, .over])
        let last = clock.stopwatch()
        #expect(
            try await LongRunningWait(clock: clock).outcome(
                of: ending, rest: { .milliseconds(100) - last() }, isKnown: true) == 2)
        #expect(last() == .milliseconds(100))
    }

    @Test func `an interruption ends a wait`() async throws {
        await #expect(throws: CancellationError.self) { try await cancelled { try await outcome(.quick, .quick) } }
    }
}
