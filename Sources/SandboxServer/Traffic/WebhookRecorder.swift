import ParallelSystem

/// The last webhooks and their attempts, for the sandbox's page.
final class WebhookRecorder: Sendable {
    static let limit = 200

    struct Attempt: Sendable {
        /// Milliseconds since 1970, at its end.
        let time = WallClock.milliseconds()
        /// The status of the answer; nil if there was none.
        let status: Int?
        let duration: Duration
    }

    struct Webhook: Sendable {
        /// The `webhook-id` of all its attempts.
        let id: String
        let subject: String
        let url: String
        /// Whether it is called; others are not on this machine.
        let isCalled: Bool
        let time = WallClock.milliseconds()
        fileprivate(set) var attempts: [Attempt] = []
        /// The time of the next attempt, in milliseconds since 1970; nil if there is none.
        fileprivate(set) var next: Int?
    }

    private let state = Lock((webhooks: [Webhook](), version: 0))

    /// - Parameter subject: the id of the run or monitor that the webhook tells of.
    func begin(_ id: String, of subject: String, _ url: String, isCalled: Bool) {
        state.withLock { state in
            if state.webhooks.count >= Self.limit { state.webhooks.removeFirst() }
            state.webhooks.append(Webhook(id: id, subject: subject, url: url, isCalled: isCalled))
            state.version += 1
        }
    }

    /// - Parameter next: the time until the next attempt; nil if this was the last.
    func attempted(_ id: String, status: Int?, after duration: Duration, next: Duration?) {
        state.withLock { state in
            guard let index = state.webhooks.lastIndex(where: { $0.id == id }) else { return }
            state.webhooks[index].attempts.append(Attempt(status: status, duration: duration))
            state.webhooks[index].next = next.map { WallClock.milliseconds() + $0.milliseconds }
            state.version += 1
        }
    }

    func clear() {
        state.withLock { state in
            state.webhooks = []
            state.version += 1
        }
    }

    /// All webhooks, the newest last, and a number that changes with them.
    func snapshot() -> (version: Int, webhooks: [Webhook]) {
        state.withLock { ($0.version, $0.webhooks) }
    }
}
