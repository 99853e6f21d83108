import ParallelSystem

/// A response on its way from the loop thread to the task that awaits it. Any thread may call any function.
final class PendingResponse: Sendable {
    struct Head: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var timings: HTTPResponse.Timings
        /// The collected body; empty if it is streamed.
        var body: [UInt8]
    }

    /// The number of undelivered bytes at which the transfer pauses until the reader has taken them.
    static let bufferLimit = 256 * 1024

    private struct State {
        var headWaiter: CheckedContinuation<Head, any Error>?
        var bodyWaiter: CheckedContinuation<[UInt8]?, any Error>?
        var buffer: [UInt8] = []
        var isPaused = false
        var isCancelled = false
        var lastProgress = ContinuousClock.now
        var end: Result<Void, HTTPError>?
    }

    private let state = Lock(State())

    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    var isPaused: Bool { state.withLock { $0.isPaused } }
    /// Whether there are bytes that the reader has not taken yet.
    var isReaderBehind: Bool { state.withLock { $0.isPaused || !$0.buffer.isEmpty } }
    /// When the reader last noted progress; at first, the time of the request.
    var lastProgress: ContinuousClock.Instant { state.withLock { $0.lastProgress } }
    var isFinished: Bool { state.withLock { $0.end != nil } }

    // MARK: The awaiting side

    func await(_ waiter: CheckedContinuation<Head, any Error>) {
        state.withLock { $0.headWaiter = waiter }
    }

    func cancel() {
        state.withLock { $0.isCancelled = true }
    }

    /// Resumes `waiter` with the next chunk, the end or the error, now or later. Returns whether the transfer must be
    /// resumed.
    func read(_ waiter: CheckedContinuation<[UInt8]?, any Error>) -> Bool {
        let (outcome, mustResume): (Result<[UInt8]?, HTTPError>?, Bool) = state.withLock { state in
            guard state.buffer.isEmpty else {
                let chunk = state.buffer
                state.buffer = []
                defer { state.isPaused = false }
                return (.success(chunk), state.isPaused)
            }
            if let end = state.end { return (end.map { nil }, false) }
            if state.bodyWaiter != nil {
                let error = HTTPError(.invalidRequest, "a body has one reader at a time", mayHaveBeenSent: true)
                return (.failure(error), false)
            }
            state.bodyWaiter = waiter
            return (nil, false)
        }
        if let outcome { waiter.resume(with: outcome) }
        return mustResume
    }

    func noteProgress() {
        state.withLock { $0.lastProgress = .now }
    }

    // MARK: The loop thread's side

    func deliver(_ head: Head) {
        let waiter = state.withLock { state in
            defer { state.headWaiter = nil }
            state.lastProgress = .now
            return state.headWaiter
        }
        waiter?.resume(returning: head)
    }

    /// Delivers part of the body. Returns false if the reader is behind: then `bytes` were not taken and the transfer
    /// must pause.
    func deliver(_ bytes: UnsafeRawBufferPointer) -> Bool {
        let (waiter, isTaken): (CheckedContinuation<[UInt8]?, any Error>?, Bool) = state.withLock { state in
            if let waiter = state.bodyWaiter {
                state.bodyWaiter = nil
                return (waiter, true)
            }
            if state.buffer.count >= Self.bufferLimit {
                state.isPaused = true
                return (nil, false)
            }
            state.buffer += bytes
            return (nil, true)
        }
        waiter?.resume(returning: [UInt8](bytes))
        return isTaken
    }

    /// Ends the body, or the whole response. Only the first call counts.
    func finish(_ end: Result<Void, HTTPError>) {
        let (headWaiter, bodyWaiter) = state.withLock { state in
            guard state.end == nil else {
                return (CheckedContinuation<Head, any Error>?.none, CheckedContinuation<[UInt8]?, any Error>?.none)
            }
            state.end = end
            state.isPaused = false
            if state.isCancelled { state.buffer = [] }
            defer { (state.headWaiter, state.bodyWaiter) = (nil, nil) }
            return (state.headWaiter, state.bodyWaiter)
        }
        if case .failure(let error) = end { headWaiter?.resume(throwing: error) }
        bodyWaiter?.resume(with: end.map { nil })
    }
}
