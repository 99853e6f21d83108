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
        let progress = RunProgress(context: context, output: output, events: .none, status: "creating the run")
        let run = try await progress.shown {
            try await Effect.creating("run").performing(
                CreationRequest(body: request.json(.revealed).bytes()), context, became: became,
                created: { ["run \($0.text) exists all the same"] + resume.hints(for: [$0.text], context) }
            ) {
                try await client.createRun(request, within: limit)
            }
        }
        became(.created(WorkID(run.id)))
        context.transcript?.created(run.id)
        output.note("run \(run.id) created (\(ProcessorText.terms(of: request, on: run.processor)))")
        RunWarnings.tell(run, output, context)
        guard !Task.isCancelled else {
            throw Interrupted(
                "interrupted; run \(run.id) continues", hints: resume.hints(for: [run.id], context), context)
        }
        return run
    }
}
