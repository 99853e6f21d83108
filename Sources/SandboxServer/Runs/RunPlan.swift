/// A step in the course of a run.
enum RunStep: Sendable {
    case start
    case addMessage(EventTrace.Step)
    /// Calls the run's MCP tools: the only step whose duration is unknown, so the later steps wait for it.
    case callTools
    case cancel
    case end
}

/// The steps of a run and their times. Its request determines them all, so no run needs a task of its own.
enum RunPlan {
    /// A step, and the share of the run's time at which it happens.
    typealias Entry = (share: Double, step: RunStep)

    /// The share of a run's time during which it is queued.
    private static let queuedShare = 0.2
    /// The steps of a run without events, tools or cancellation, shared because there may be very many such runs.
    private static let plainSteps: [Entry] = [(queuedShare, .start), (1, .end)]

    static func steps(of request: TaskRunRequest) -> [Entry] {
        let isCancelled = request.scenario.finalStatus == .cancelled
        if !request.recordsEvents, request.servers.isEmpty, !isCancelled { return plainSteps }
        var steps: [Entry] = [(queuedShare, .start)]
        func addMessages(_ messages: [EventTrace.Step]) {
            guard request.recordsEvents else { return }
            steps += messages.map { (queuedShare + (1 - queuedShare) * $0.done, .addMessage($0)) }
        }
        addMessages(EventTrace.opening(of: request))
        if !request.servers.isEmpty { steps.append((0, .callTools)) }
        addMessages(EventTrace.closing)
        if isCancelled { steps.append((1, .cancel)) }
        steps.append((1, .end))
        return steps
    }
}
