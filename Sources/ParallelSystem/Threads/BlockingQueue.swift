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
    /// Whether the one who waits is to look up, though nothing has come.
    private var isNudged = false

    package init() {
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        isFilled.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
            pthread_cond_init(isFilled, nil)
        #else
            // Setting the time of day must not move the ends of waits.
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

    /// Ends a wait, the one that goes on or the next, without a value.
    package func nudge() {
        pthread_mutex_lock(mutex)
        isNudged = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(isFilled)
    }

    /// Everything that has come since the last call. Waits while that is nothing, at most for `timeout` (nil: for
    /// ever).
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

    /// Waits once, with the mutex held; may end early.
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
