#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A first-in, first-out queue: any thread may append values, and one thread waits for them.
///
/// `@unchecked Sendable` holds because `values` is reached only with the mutex held.
package final class BlockingQueue<Value: Sendable>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let isFilled = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var values: [Value] = []
    /// Whether the current or next wait is to end without a value.
    private var isNudged = false

    package init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        isFilled.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
            pthread_cond_init(isFilled, nil)
        #else
            // The monotonic clock, so that setting the time of day doesn't change how long a wait takes.
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(isFilled, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(isFilled)
        pthread_mutex_destroy(mutex)
        isFilled.deallocate()
        mutex.deallocate()
    }

    package func append(_ value: Value) {
        pthread_mutex_lock(mutex)
        values.append(value)
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(isFilled)
    }

    /// Ends the current or the next wait without a value.
    package func nudge() {
        pthread_mutex_lock(mutex)
        isNudged = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(isFilled)
    }

    /// Returns all values appended since the last call. Waits if there are none, for at most `timeout` (nil: without
    /// limit).
    package func takeAll(timeout: Duration? = nil) -> [Value] {
        pthread_mutex_lock(mutex)
        defer {
            values = []
            isNudged = false
            pthread_mutex_unlock(mutex)
        }
        if values.isEmpty, !isNudged, let timeout {
            wait(for: max(timeout, .zero))
        } else {
            while values.isEmpty, !isNudged { pthread_cond_wait(isFilled, mutex) }
        }
        return values
    }

    /// Waits once, with the mutex held; may return early.
    private func wait(for timeout: Duration) {
        let (seconds, attoseconds) = timeout.components
        let nanoseconds = Int(attoseconds / 1_000_000_000)
        #if canImport(Darwin)
            var span = timespec(tv_sec: Int(seconds), tv_nsec: nanoseconds)
            pthread_cond_timedwait_relative_np(isFilled, mutex, &span)
        #else
            var end = timespec()
            clock_gettime(CLOCK_MONOTONIC, &end)
            end.tv_sec += Int(seconds) + (end.tv_nsec + nanoseconds) / 1_000_000_000
            end.tv_nsec = (end.tv_nsec + nanoseconds) % 1_000_000_000
            pthread_cond_timedwait(isFilled, mutex, &end)
        #endif
    }
}
