import ParallelJSON

/// All monitors of the server.
actor MonitorStore {
    /// The time that an execution takes.
    private let delay: Duration
    private var monitors: [String: Monitor] = [:]
    private var order: [String] = []

    init(delay: Double) { self.delay = .seconds(delay) }

    /// The monitors, newest first.
    var all: [Monitor] {
        for id in order { _ = monitors[id]?.advance() }
        return order.reversed().compactMap { monitors[$0] }
    }

    func add(_ monitor: Monitor) -> Monitor {
        monitors[monitor.id] = monitor
        order.append(monitor.id)
        monitors[monitor.id]?.begin(after: delay)
        return monitor
    }

    func monitor(_ id: String) throws(APIFailure) -> Monitor {
        _ = monitors[id]?.advance()
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
        _ = try change(id) { $0.begin(after: delay) }
    }
}
