import ParallelSystem
import TestSupport
import Testing

@testable import ParallelBatch

@Suite(.timeLimit(.minutes(10))) struct SignalTests {
    private let signal = Signal()
    private let clock = ManualClock()

    /// A number that one task changes and others wait for.
    private final class Number: Sendable {
        private let state = Lock(0)
        var value: Int {
            get { state.withLock { $0 } }
            set { state.withLock { $0 = newValue } }
        }
    }

    @Test func `a condition that holds already is not waited for`() async throws {
        try await signal.wait { true }
        try await signal.wait(atMost: .seconds(10), clock) { true }
        #expect(clock.sleeps.isEmpty)
    }

    @Test func `a waiter wakes when its condition becomes true, and not before`() async throws {
        let (number, signal, woken) = (Number(), signal, Lock<[Int]>([]))
        await withThrowingTaskGroup(of: Void.self) { tasks in
            for limit in 1...3 {
                tasks.addTask {
                    try await signal.wait { number.value >= limit }
                    woken.withLock { $0.append(limit) }
                }
            }
            for value in 1...3 {
                number.value = value
                signal.notify()
                await #expect(throws: Never.self) {
                    try await poll("\(value) to wake") { woken.withLock { $0.count } == value }
                }
            }
        }
        #expect(woken.withLock { $0 } == [1, 2, 3])
    }

    @Test func `a change between the look and the wait is not missed`() async throws {
        for _ in 0..<200 {
            let (number, signal) = (Number(), signal)
            async let wait: Void = signal.wait { number.value == 1 }
            number.value = 1
            signal.notify()
            try await wait
        }
    }

    @Test func `a wait ends when its time is over, and without it as soon as there is a change`() async throws {
        let (number, signal, clock) = (Number(), signal, clock)
        async let late: Void = signal.wait(atMost: .seconds(10), clock) { number.value == 1 }
        try await clock.untilAsleep()
        clock.advance(by: .seconds(10))
        try await late
        #expect(number.value == 0)
        async let early: Void = signal.wait(atMost: .seconds(10), clock) { number.value == 1 }
        try await clock.untilAsleep()
        number.value = 1
        signal.notify()
        try await early
        #expect(clock.now.offset == .seconds(10) && clock.sleeperCount == 0)
    }

    @Test func `a wait that is cancelled ends with that, before it began and after`() async throws {
        let signal = signal
        await #expect(throws: CancellationError.self) {
            try await cancelled { try await signal.wait { false } }
        }
        let task = Task { try await signal.wait(atMost: .seconds(10), clock) { false } }
        try await clock.untilAsleep()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
