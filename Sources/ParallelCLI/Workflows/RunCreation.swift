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
    /// - Parameter known: gets the id as soon as it is known, also where the creation ends with an error.
    static func create(
        _ request: TaskRunRequest, _ client: ParallelClient, within limit: Duration?, _ resume: ResumeCommand,
        _ output: Output, _ context: Context, known: (String) -> Void = { _ in }
    ) async throws -> TaskRun {
        let run: TaskRun
        do {
            let progress = RunProgress(context: context, output: output, events: .none, status: "creating the run")
            run = try await progress.shown { try await client.createRun(request, within: limit) }
        } catch {
            let hints: [Hint]
            switch CreationRequest(body: request.json(.revealed).bytes()).outcome(of: error) {
            case .created(let id):
                known(id.text)
                hints = ["run \(id.text) exists all the same"] + resume.hints(for: [id.text], context)
            case .uncertain: hints = [uncertain]
            // A refusal says it by itself.
            case .notCreated(let canBeSentAgain): hints = canBeSentAgain ? ["nothing was created"] : []
            }
            throw report(
                error, hints, interrupted: "interrupted while the run was being created", orElse: "nothing was created",
                context)
        }
        known(run.id)
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
