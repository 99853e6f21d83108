/// One thing that happens to a run between its creation and its end.
enum RunStep: Sendable {
    case start
    case tell(EventTrace.Step)
    /// The only step whose time is not known beforehand: what comes after it waits for it.
    case callTools
    case cancel
    case end
}

/// What happens to a run and when: everything follows from its request, so that no run needs a task of its own.
enum RunPlan {
    /// A step, and the share of the run's time after which it comes.
    typealias Entry = (share: Double, step: RunStep)

    /// The part of a run's time that it is queued for.
    private static let queuedShare = 0.2
    /// Shared by all the runs without events, tools or surprises, of which there may be very many.
    private static let usual: [Entry] = [(queuedShare, .start), (1, .end)]

    static func steps(of request: TaskRunRequest) -> [Entry] {
        let isCancelled = request.scenario.finalStatus == .cancelled
        if !request.recordsEvents, request.servers.isEmpty, !isCancelled { return usual }
        var steps: [Entry] = [(queuedShare, .start)]
        func tell(_ messages: [EventTrace.Step]) {
            guard request.recordsEvents else { return }
            steps += messages.map { (queuedShare + (1 - queuedShare) * $0.done, .tell($0)) }
        }
        tell(EventTrace.opening(of: request))
        if !request.servers.isEmpty { steps.append((0, .callTools)) }
        tell(EventTrace.closing)
        if isCancelled { steps.append((1, .cancel)) }
        steps.append((1, .end))
        return steps
    }
}
