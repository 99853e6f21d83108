import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Creates runs, whose ids must not get lost: a run costs money as soon as the API accepts it.
enum RunCreation {
    /// Creates the run and prints its id. An interruption takes effect at once before the request is sent; afterwards
    /// once the id is known, or after a short grace (`Timeouts.grace`).
    ///
    /// - Parameter became: learns what became of the request as soon as that is known, also where this throws.
    static func create(
        _ request: TaskRunRequest, _ client: ParallelClient, within limit: Duration?, _ resume: ResumeCommand,
        _ output: Output, _ context: Context, became: (CreationOutcome) -> Void = { _ in }
    ) async throws -> TaskRun {
        let run: TaskRun
        do {
            let progress = RunProgress(context: context, output: output, events: .none, status: "creating the run")
            run = try await progress.shown { try await client.createRun(request, within: limit) }
        } catch {
            let hints: [Hint]
            let outcome = CreationRequest(body: request.json(.revealed).bytes()).outcome(of: error)
            became(outcome)
            switch outcome {
            case .created(let id):
                hints = ["run \(id.text) exists all the same"] + resume.hints(for: [id.text], context)
            case .uncertain: hints = [uncertain]
            // A refusal says it by itself.
            case .notCreated(let canBeSentAgain): hints = canBeSentAgain ? ["nothing was created"] : []
            }
            throw report(
                error, hints, interrupted: "interrupted while the run was being created", orElse: "nothing was created",
                context)
        }
        became(.created(RunOrGroupID(run.id)))
        output.note("run \(run.id) created (\(ProcessorText.terms(of: run.processor ?? request.processor)))")
        RunWarnings.tell(run, output, context)
        guard !Task.isCancelled else {
            throw Interrupted(
                "interrupted; run \(run.id) continues", hints: resume.hints(for: [run.id], context), context)
        }
        return run
    }

    static let uncertain: Hint =
        "a run may exist all the same; it was not sent again, since a second run would cost money too"

    /// Returns the error of a failed creation, with `hints` that say what became of it. An interruption without hints
    /// gets the hint `nothing`, which says that nothing was created.
    static func report(
        _ error: any Error, _ hints: [Hint], interrupted: String, orElse nothing: Hint, _ context: Context
    ) -> any Error {
        if (error as? HTTPError)?.kind == .cancelled {
            return Interrupted(interrupted, hints: hints.isEmpty ? [nothing] : hints, context)
        }
        return hints.isEmpty ? error : ErrorReport.adding(hints, to: error, context)
    }
}
