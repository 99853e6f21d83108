import ParallelSystem
import TestSupport
import Testing

@Suite struct BlockingQueueTests {
    @Test func `values come out in the order in which they went in, all at once`() {
        let queue = BlockingQueue<Int>()
        for value in 1...3 { queue.append(value) }
        #expect(queue.takeAll() == [1, 2, 3])
        #expect(queue.takeAll(timeout: .zero) == [])
    }

    @Test func `a wait ends with the first value`() async throws {
        let queue = BlockingQueue<Int>()
        async let taken = onThread { queue.takeAll() }
        try await Task.sleep(for: .milliseconds(10))
        queue.append(1)
        #expect(try await taken == [1])
    }

    @Test func `a nudge ends one wait without a value, also one that has not begun`() async throws {
        let queue = BlockingQueue<Int>()
        queue.nudge()
        #expect(queue.takeAll() == [])
        async let taken = onThread { queue.takeAll(timeout: .seconds(3600)) }
        try await Task.sleep(for: .milliseconds(10))
        queue.nudge()
        #expect(try await taken == [])
    }

    @Test(arguments: [Duration.seconds(-1), .zero, .milliseconds(20)])
    func `a wait without a value ends with its time`(_ timeout: Duration) {
        let queue = BlockingQueue<Int>()
        var start = ContinuousClock.now
        // A system may end a wait early, but not again and again.
        while queue.takeAll(timeout: timeout - start.duration(to: .now)).isEmpty, start.duration(to: .now) < timeout {}
        #expect(start.duration(to: .now) >= timeout)
        start = .now
        queue.append(1)
        #expect(queue.takeAll(timeout: timeout) == [1])
    }
}
