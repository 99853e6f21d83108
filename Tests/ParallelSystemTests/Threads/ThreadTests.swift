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

@Suite struct ThreadTests {
    @Test func `a thread takes no signals but those of job control`() async throws {
        let blocked = try await onThread {
            var signals = sigset_t()
            pthread_sigmask(SIG_BLOCK, nil, &signals)
            return [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGTTIN, SIGTTOU].filter {
                sigismember(&signals, $0) == 1
            }
        }
        #expect(blocked == [SIGINT, SIGTERM, SIGHUP, SIGPIPE])
    }

    @Test func `a thread that starts another has the signals that it had before`() {
        var (before, after) = (sigset_t(), sigset_t())
        pthread_sigmask(SIG_BLOCK, nil, &before)
        onNewThread {}
        pthread_sigmask(SIG_BLOCK, nil, &after)
        #expect((1..<32).allSatisfy { sigismember(&before, $0) == sigismember(&after, $0) })
    }

    @Test func `a lock lets one thread at a time in`() async throws {
        let count = Lock(0)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask { try await onThread { for _ in 0..<10_000 { count.withLock { $0 += 1 } } } }
            }
            try await group.waitForAll()
        }
        #expect(count.withLock { $0 } == 40_000)
    }

    @Test func `who waits on a pipe is woken with what was written to it`() throws {
        let pipe = try #require(WakePipe())
        #expect(pipe.drain() == [])
        pipe.wake(with: 7)
        pipe.wake(with: 8)
        #expect(FileDescriptor.wait(for: POLLIN, on: pipe.reader, unless: pipe.reader, milliseconds: 0).isReady)
        #expect(pipe.drain() == [7, 8])
        #expect(!FileDescriptor.wait(for: POLLIN, on: pipe.reader, unless: pipe.reader, milliseconds: 0).isReady)
    }
}
