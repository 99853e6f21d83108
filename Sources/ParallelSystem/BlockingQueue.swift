#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Values that any thread hands to one that waits for them, first in, first out.
///
/// `@unchecked Sendable` holds because `values` is reached only with the mutex held.
package final class BlockingQueue<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let isFilled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var values: [Value] = []

    package init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        isFilled.initialize(to: pthread_cond_t())
        pthread_cond_init(isFilled, nil)
    }

    deinit {
        pthread_cond_destroy(isFilled)
        pthread_mutex_destroy(mutex)
        isFilled.deallocate()
        mutex.deallocate()
    }

    /// Adds a value and wakes the thread that waits; from any thread.
    package func append(_ value: Value) {
        pthread_mutex_lock(mutex)
        values.append(value)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(isFilled)
    }

    /// Everything that has come since the last call; waits if that is nothing.
    package func takeAll() -> [Value] {
        pthread_mutex_lock(mutex)
        defer {
            values = []
            pthread_mutex_unlock(mutex)
        }
        while values.isEmpty { pthread_cond_wait(isFilled, mutex) }
        return values
    }
}
