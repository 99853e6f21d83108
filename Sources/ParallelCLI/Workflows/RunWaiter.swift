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

    /// Returns the result of a completed run. Throws `RunNotCompleted`, `Interrupted`, or a report with the command
    /// that resumes the wait.
    func wait(for id: String, timeout: Duration?, isKnown: Bool, events: ShownEvents) async throws -> TaskRunResult {
        let outcome = try await ResumableWait.perform(
            interrupted: "interrupted; run \(id) continues", hints: { resume.hints(for: [id], context) }, context,
            unless: { !isKnown && ($0 as? APIError)?.status == 404 }
        ) {
            try await follow(id, timeout, isKnown, events)
        }
        switch outcome {
        case .completed(let result):
            warn(of: result.run)
            return result
        case .ended(let run):
            warn(of: run)
            throw RunNotCompleted(run, hiding: context.streams.secrets)
        }
    }

    private func warn(of run: TaskRun) {
        RunWarnings.tell(run, prefix: namesRuns ? "\(run.id): " : "", output, context)
    }

    /// Follows the run, and shows its events and the progress line until it ends.
    private func follow(
        _ id: String, _ timeout: Duration?, _ isKnown: Bool, _ events: ShownEvents
    ) async throws -> ActiveRun.Outcome {
        let progress = RunProgress(context: context, output: output, events: events)
        let run = ActiveRun(id: id, client: client, clock: context.clock) { progress.update($0) }
        return try await progress.shown {
            async let _: Void = showEvents(of: run, events, progress)
            return try await LongRunningWait(clock: context.clock).outcome(of: run, within: timeout, isKnown: isKnown)
        }
    }

    /// Shows events until the task is cancelled. Errors of the stream are ignored, because the result does not depend
    /// on it.
    private func showEvents(of run: ActiveRun, _ events: ShownEvents, _ progress: RunProgress) async {
        guard events != .none, !output.options.isQuiet else { return }
        _ = try? await run.events { progress.update($0) }
    }
}

/// The error for a run that ended without a result.
struct RunNotCompleted: ReportedError {
    let message: String
    let hints: [Hint]

    func report(_ context: Context) -> ErrorReport { ErrorReport(.runFailed, message, hints: hints) }

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
