#if canImport(Glibc)
    package import Glibc
#elseif canImport(Musl)
    package import Musl
#else
    package import Darwin
#endif

/// A value that only one thread at a time can reach.
///
/// A pthread mutex, because ThreadSanitizer on Linux does not understand `Synchronization.Mutex` and reports races
/// that are none. Critical sections are a few lines; none of them suspends or calls out.
///
/// `@unchecked Sendable` holds because `state` is reached only inside `withLock`, with the mutex held; it would be
/// private if it were not needed for inlining.
package final class Lock<State>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the mutex held; `body` must not take the same lock again.
    ///
    /// Inlinable, because a batch takes locks several times a row, and a call of a generic function costs more than the
    /// lock.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
