import ParallelSystem
import TestSupport
import Testing

@Suite struct WorkClockTests {
    private let longAway = Duration.seconds(3600)

    @Test func `nobody has to be woken while nobody sleeps`() {
        let clock = WorkClock {}
        #expect(clock.untilNext() == nil)
        clock.wake()
    }

    @Test func `a sleeper is woken once its time has come, and not before`() async throws {
        let asleep = Lock(0)
        let clock = WorkClock { asleep.withLock { $0 += 1 } }
        let woken = Lock<[String]>([])
        let start = clock.now
        let tasks = [("late", Duration.seconds(3600)), ("soon", .milliseconds(20)), ("now", .zero)].map { name, span in
            Task {
                try await clock.sleep(until: start + span)
                woken.withLock { $0.append(name) }
            }
        }
        try await poll("three to sleep") { asleep.withLock { $0 == 3 } }
        #expect(clock.untilNext().map { $0 <= .zero } == true)
        try await poll("both whose time has come to be woken") {
            clock.wake()
            return woken.withLock { $0.count == 2 }
        }
        #expect(start.duration(to: clock.now) >= .milliseconds(20))
        #expect(Set(woken.withLock { $0 }) == ["soon", "now"])
        #expect(clock.untilNext().map { $0 > .seconds(60) } == true)
        tasks[0].cancel()
        await #expect(throws: CancellationError.self) { try await tasks[0].value }
        #expect(clock.untilNext() == nil)
    }

    @Test func `a sleeper of whom the waker does not know yet makes it look again`() async throws {
        let asked = Lock(0)
        let clock = WorkClock { asked.withLock { $0 += 1 } }
        let task = Task { try await clock.sleep(for: longAway) }
        try await poll("the sleeper to tell") { asked.withLock { $0 == 1 } }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `who is cancelled before it sleeps does not sleep`() async throws {
        let clock = WorkClock {}
        await #expect(throws: CancellationError.self) {
            try await cancelled { try await clock.sleep(for: .seconds(3600)) }
        }
        #expect(clock.untilNext() == nil)
    }
}
