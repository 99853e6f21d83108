import ParallelJSON

/// All monitors of the server. Every query first ends the executions that are due; a task of each execution ends it
/// where nobody asks, so that webhooks are called.
actor MonitorStore {
    /// The time that an execution takes.
    private let delay: Duration
    private let callWebhook: @Sendable (_ url: String, _ id: String, _ body: [UInt8]) -> Void
    private var monitors: [String: Monitor] = [:]
    private var order: [String] = []
    private var clocks: [Int: Task<Void, Never>] = [:]
    private var lastClock = 0

    init(delay: Double, callWebhook: @escaping @Sendable (_ url: String, _ id: String, _ body: [UInt8]) -> Void) {
        self.delay = .seconds(delay)
        self.callWebhook = callWebhook
    }

    func stop() { for clock in clocks.values { clock.cancel() } }

    /// The monitors, newest first.
    var all: [Monitor] {
        for id in order { advance(id) }
        return order.reversed().compactMap { monitors[$0] }
    }

    func add(_ monitor: Monitor) -> Monitor {
        monitors[monitor.id] = monitor
        order.append(monitor.id)
        start(monitor.id)
        return monitor
    }

    func monitor(_ id: String) throws(APIFailure) -> Monitor {
        advance(id)
        guard let monitor = monitors[id] else {
            throw APIFailure(status: 404, message: "Monitor not found")
        }
        return monitor
    }

    func change(_ id: String, _ change: (inout Monitor) -> Void) throws(APIFailure) -> Monitor {
        var monitor = try monitor(id)
        change(&monitor)
        monitors[id] = monitor
        return monitor
    }

    /// Begins an execution.
    func begin(_ id: String) throws(APIFailure) {
        _ = try monitor(id)
        start(id)
    }

    private func start(_ id: String) {
        monitors[id]?.begin(after: delay)
        lastClock += 1
        clocks[lastClock] = Task { [number = lastClock] in
            try? await Task.sleep(for: delay)
            clocks[number] = nil
            if !Task.isCancelled { advance(id) }
        }
    }

    /// Ends the executions that are due, and tells the webhook.
    private func advance(_ id: String) {
        guard let new = monitors[id]?.advance(), let monitor = monitors[id] else { return }
        for call in monitor.webhookCalls(for: new) { callWebhook(call.url, id, call.body.bytes()) }
    }
}
