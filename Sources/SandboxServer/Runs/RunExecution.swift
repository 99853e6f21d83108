import ParallelJSON

/// Takes one run from `queued` to its end: waits as long as the scenario says, fills the trace, calls MCP tools.
struct RunExecution: Sendable {
    let record: RunRecord
    let store: RunStore
    let caller: MCPCaller
    let log: TrafficLog?
    /// Seconds from creation to the end where the scenario names none.
    let usualDelay: Double
    let start = ContinuousClock.now

    /// The part of a run's time that it is queued for.
    private static let queuedShare = 0.2

    /// Returns early, leaving the run as it is, when the task is cancelled: the server is stopping.
    func run() async {
        do {
            try await pause(until: Self.queuedShare)
            await store.update(record.id) { $0.status = .running }
            try await tell(EventTrace.opening(of: record.request))
            await callTools()
            try await tell(EventTrace.closing)
            try await pause(until: 1)
            await end()
        } catch {
            return
        }
    }

    private func callTools() async {
        await caller.callTools(of: record.request) { report in
            await store.update(record.id) { run in
                switch report {
                case .called(let call):
                    run.toolCalls.append(call)
                    if run.request.recordsEvents { run.trace.append(EventTrace.message(of: call)) }
                case .listingFailed(let warning):
                    run.warnings.append(warning)
                }
            }
        }
    }

    private func tell(_ steps: [EventTrace.Step]) async throws {
        guard record.request.recordsEvents else { return }
        for step in steps {
            try await pause(until: Self.queuedShare + (1 - Self.queuedShare) * step.done)
            await store.update(record.id) { run in
                run.trace.append(ProgressMessage(kind: step.kind, text: step.text))
                run.progress = 100 * step.done
            }
        }
    }

    private func end() async {
        let scenario = record.request.scenario
        if scenario.finalStatus == .cancelled { await store.update(record.id) { $0.status = .cancelling } }
        let ended = WallClock.monotonicNanoseconds()
        let final = await store.update(record.id) { run in
            run.status = scenario.finalStatus
            run.progress = 100
            guard scenario.finalStatus == .failed else { return }
            run.error = [
                "ref_id": .string(Identifier.uuid()),
                "message": .string(scenario.errorMessage ?? "Task execution failed"), "detail": nil,
            ]
        }
        if let final { log?.record(final, endedAt: ended) }
    }

    /// Sleeps until `share` of the run's time is over.
    private func pause(until share: Double) async throws {
        let delay = record.request.scenario.delay ?? usualDelay
        guard delay > 0 else { return }
        try await Task.sleep(until: start + .seconds(delay * share), clock: .continuous)
    }
}
