import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite struct WorkThreadTests {
    private func thread() throws -> WorkThread { try #require(WorkThread.start(), "no thread for a test") }

    @Test func `tasks run on the one thread, also after they have slept on its clock`() async throws {
        let work = try thread()
        let threads = await Task(executorPreference: work) {
            await withTaskGroup(of: [UInt].self) { group in
                for index in 0..<20 {
                    group.addTask {
                        let before = currentThread()
                        try? await work.clock.sleep(for: .milliseconds(index % 3))
                        return [before, currentThread()]
                    }
                }
                return await group.reduce(into: Set<UInt>()) { $0.formUnion($1) }
            }
        }.value
        #expect(threads.count == 1)
        #expect(!threads.contains(currentThread()))
    }

    @Test func `a shorter sleep is over before a longer one that began earlier`() async throws {
        let work = try thread()
        let long = Task(executorPreference: work) { try await work.clock.sleep(for: .seconds(3600)) }
        // The thread waits for the end of the long sleep by now, or it will see both.
        let short = Task(executorPreference: work) { try await work.clock.sleep(for: .milliseconds(5)) }
        try await short.value
        long.cancel()
        await #expect(throws: CancellationError.self) { try await long.value }
    }

    @Test func `a task of another thread that sleeps on the clock is woken too`() async throws {
        let work = try thread()
        let start = work.clock.now
        try await work.clock.sleep(for: .milliseconds(5))
        #expect(start.duration(to: work.clock.now) >= .milliseconds(5))
    }
}

/// The same number for as long as the thread lives.
private func currentThread() -> UInt {
    #if canImport(Darwin)
        UInt(bitPattern: pthread_self())
    #else
        pthread_self()
    #endif
}
