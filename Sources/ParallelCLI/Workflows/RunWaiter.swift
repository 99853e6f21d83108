import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Waits for a run and shows its progress. However the wait ends, the error says how to resume it.
struct RunWaiter {
    let client: ParallelClient
    let resume: ResumeCommand
    let output: Output
    let context: Context
    /// Whether warnings name the run that they are about.
    var namesRuns = false
    /// Where every event goes, whether it is shown or not.
    var recording: EventsFile?

    /// Whether each wait shows a progress line; the caller shows one for several waits.
    var showsProgress = true

    /// Returns the result of a completed run. Throws `RunNotCompleted`, `Interrupted`, or a report with the command
    /// that resumes the wait.
    ///
    /// - Parameter run: the run as far as it is known, for the progress line.
    func wait(
        for id: String, _ run: TaskRun? = nil, timeout: Duration?, isKnown: Bool, events: ShownEvents
    ) async throws -> TaskRunResult {
        let outcome = try await ResumableWait.perform(
            interrupted: "interrupted; run \(id) continues", hints: { resume.hints(for: [id], context) }, context,
            unless: { !isKnown && ($0 as? APIError)?.status == 404 }
        ) {
            try await follow(id, run, timeout, isKnown, events)
        }
        switch outcome {
        case .completed(let result):
            warn(of: result.run)
            return result
        case .ended(let run):
            warn(of: run)
            var error = RunNotCompleted(run, hiding: context.streams.secrets)
            error.document = run.json
            throw error
        }
    }

    private func warn(of run: TaskRun) {
        RunWarnings.tell(run, prefix: namesRuns ? "\(run.id): " : "", output, context)
    }

    /// Follows the run, and shows its events and the progress line until it ends.
    private func follow(
        _ id: String, _ known: TaskRun?, _ timeout: Duration?, _ isKnown: Bool, _ events: ShownEvents
    ) async throws -> ActiveRun.Outcome {
        let wait = LongRunningWait(clock: context.clock)
        if !showsProgress {
            let run = ActiveRun(id: id, client: client, clock: context.clock)
            return try await wait.outcome(of: run, within: timeout, isKnown: isKnown)
        }
        let progress = RunProgress(context: context, output: output, events: events)
        if let known { progress.update(known) }
        let run = ActiveRun(id: id, client: client, clock: context.clock) { progress.update($0) }
        return try await progress.shown {
            try await withThrowingTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                let record = Lock(Record())
                group.addTask { await followEvents(of: run, events, progress, record) }
                let outcome = try await wait.outcome(of: run, within: timeout, isKnown: isKnown)
                if recording != nil, let grace = record.withLock({ $0.grace }) {
                    group.addTask { [clock = context.clock] in try? await clock.sleep(for: grace) }
                    try await group.next()
                }
                record.withLock { $0.isOver = true }
                return outcome
            }
        }
    }

    /// What is known of the events that are recorded.
    private struct Record {
        var isOpen = false
        /// Why the stream is not open, if there was an error.
        var failure: (any Error)?
        var hasEvents = false
        /// Whether an open stream has shown the end of the run, so that nothing is missing.
        var isWhole = false
        /// Whether the run is over, so that nothing is added.
        var isOver = false

        /// How long the last events may come after the result. Of a stream that is not open, only the final state can
        /// come; nil: the API has refused it, so that the result need not wait for it.
        var grace: Duration? { isOpen ? .seconds(10) : failure is APIError ? nil : .seconds(1) }
    }

    /// Shows and records events until the run ends or the task is cancelled. The result does not depend on them, so
    /// errors are ignored unless events are recorded. If they are, asks again for a stream that is refused, because the
    /// API keeps no events of a run that has ended, and warns if the record may lack some.
    private func followEvents(
        of run: ActiveRun, _ events: ShownEvents, _ progress: RunProgress, _ record: Lock<Record>
    ) async {
        let isShown = events != .none && !output.options.isQuiet
        guard isShown || recording != nil else { return }
        var run = run
        if recording != nil {
            run.onConnection = { isOpen, failure in record.withLock { ($0.isOpen, $0.failure) = (isOpen, failure) } }
        }
        do {
            try recording?.begin()
            _ = try await run.events { event in
                try recording?.write(event)
                record.withLock { record in
                    record.hasEvents = true
                    if case .state(let run) = event.kind, !run.isActive { record.isWhole = record.isOpen }
                }
                if isShown { progress.update(event) }
            }
            record.withLock { $0.isOver = true }
        } catch {
            if !Task.isCancelled { record.withLock { $0.failure = error } }
        }
        let ending = record.withLock { $0 }
        guard recording != nil, !ending.isWhole, ending.isOver || ending.failure != nil else { return }
        let reason = ending.failure.map { ErrorReport($0, context).message }
        output.warn(
            (ending.hasEvents ? "the record of the events may be incomplete: " : "the events are not recorded: ")
                + (reason ?? "their stream did not show the run to its end"))
    }
}

/// The error for a run that ended without a result.
struct RunNotCompleted: ReportedError {
    let message: String
    let hints: [Hint]
    /// The run as the API sent it, where nothing else shows it.
    var document: JSONValue?

    func report(_ context: Context) -> ErrorReport {
        var report = ErrorReport(.runFailed, message, hints: hints)
        report.document = document
        return report
    }

    init(_ run: TaskRun, hiding secrets: KnownSecrets) {
        let reference = run.error?.referenceID.map { " (ref \($0.shortened(to: 200)))" } ?? ""
        if let error = run.error {
            message =
                "run \(run.id) \(run.status.rawValue): \(secrets.shownWords(of: error.message.utf8, limit: 2_000))\(reference)"
        } else if run.status == .failed || run.status == .cancelled {
            message = "run \(run.id) \(run.status.rawValue)"
        } else {
            message = "run \(run.id) stopped with the status \(run.status.rawValue.shortened(to: 200))"
        }
        hints = run.error?.detail.map { [Hint(secrets.shownWords(of: $0.serialized().utf8, limit: 2_000))] } ?? []
    }
}
