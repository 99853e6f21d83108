import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Waits for many sockets on one thread, so that a connection on which nothing happens occupies none.
final class SocketPoller: Sendable {
    private struct Waiter {
        let socket: Int32
        let event: Int32
        let deadline: ContinuousClock.Instant?
        let continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var waiters: [Int: Waiter] = [:]
        var lastID = 0
        /// Waits that were cancelled before they were added to `waiters`.
        var cancelled: Set<Int> = []
        var isStopped = false
    }

    private let state = Lock(State())
    private let pipe: WakePipe

    /// Starts the thread, which ends with `stop`. Throws if the system refuses it.
    init() throws(SystemError) {
        guard let pipe = WakePipe() else { throw SystemError(code: errno) }
        self.pipe = pipe
        guard startThread({ self.run() }) else { throw SystemError(code: EAGAIN) }
    }

    /// Waits until `socket` is ready for `event` or has an error. Returns false at the deadline, after `stop`, and once
    /// the task is cancelled.
    func wait(
        for event: Int32, on socket: Int32, until deadline: ContinuousClock.Instant? = nil
    ) async -> Bool {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        defer { state.withLock { _ = $0.cancelled.remove(id) } }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isWaiting = state.withLock { state in
                    if state.isStopped || state.cancelled.contains(id) { return false }
                    state.waiters[id] = Waiter(
                        socket: socket, event: event, deadline: deadline, continuation: continuation)
                    return true
                }
                if isWaiting { pipe.wake(with: 0) } else { continuation.resume(returning: false) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.cancelled.insert(id)
                return state.waiters.removeValue(forKey: id)
            }
            // As long as the thread waits for a socket, the system doesn't close it.
            if waiter != nil { pipe.wake(with: 0) }
            waiter?.continuation.resume(returning: false)
        }
    }

    /// Ends all waits and the thread.
    func stop() {
        state.withLock { $0.isStopped = true }
        pipe.wake(with: 0)
    }

    private func run() {
        while true {
            let (waiters, isStopped) = state.withLock { state in
                if state.isStopped {
                    defer { state.waiters = [:] }
                    return (Array(state.waiters), true)
                }
                return (Array(state.waiters), false)
            }
            if isStopped {
                for (_, waiter) in waiters { waiter.continuation.resume(returning: false) }
                return
            }
            var requests = [pollfd(fd: pipe.reader, events: Int16(POLLIN), revents: 0)]
            requests += waiters.map { pollfd(fd: $0.value.socket, events: Int16($0.value.event), revents: 0) }
            _ = poll(&requests, nfds_t(requests.count), Self.milliseconds(until: waiters.compactMap(\.value.deadline)))
            if requests[0].revents != 0 { _ = pipe.drain() }
            let now = ContinuousClock.now
            for (place, (id, waiter)) in waiters.enumerated() {
                let isReady = requests[place + 1].revents != 0
                guard isReady || waiter.deadline.map({ $0 <= now }) == true else { continue }
                // It may have been cancelled meanwhile.
                let isStillWaiting = state.withLock { $0.waiters.removeValue(forKey: id) != nil }
                if isStillWaiting { waiter.continuation.resume(returning: isReady) }
            }
        }
    }

    /// The time until the first deadline, rounded up; -1 without a deadline.
    private static func milliseconds(until deadlines: [ContinuousClock.Instant]) -> Int32 {
        guard let first = deadlines.min() else { return -1 }
        let rest = ContinuousClock.now.duration(to: first) / .milliseconds(1)
        return Int32(min(max(rest + 1, 0), 60_000))
    }
}
