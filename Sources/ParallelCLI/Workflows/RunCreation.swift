import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// Creates a run so that its id can't get lost: money is spent the moment the API accepts it.
enum RunCreation {
    /// Creates the run and prints its id. An interruption while the request is on its way is obeyed once the id is
    /// known, or after a short grace (`Timeouts.grace`); before that, at once.
    static func create(
        _ request: TaskRunRequest, _ client: ParallelClient, within limit: Duration?, _ resume: ResumeCommand,
        _ output: Output, _ context: Context
    ) async throws -> TaskRun {
        let run: TaskRun
        do {
            run = try await client.createRun(request, within: limit)
        } catch {
            let hints: [Hint]
            switch CreationRequest(body: request.json(.revealed).bytes()).outcome(of: error) {
            case .created(let id):
                hints = ["run \(id.text) exists all the same"] + resume.hints(for: [id.text], context)
            case .uncertain: hints = [uncertain]
            case .notCreated: hints = []
            }
            throw report(
                error, hints, interrupted: "interrupted while the run was being created", orElse: "nothing was created",
                context)
        }
        output.note("run \(run.id) created (processor \(run.processor ?? request.processor))")
        RunWarnings.tell(run, output, context)
        guard !Task.isCancelled else {
            throw Interrupted(
                "interrupted; run \(run.id) goes on", hints: resume.hints(for: [run.id], context), context)
        }
        return run
    }

    static let uncertain: Hint =
        "a run may exist all the same; it was not sent again, since a second run would cost money too"

    /// Returns the error of a creation with `hints` of what became of it. Of an interruption it also says so where
    /// nothing became of it, in the words of `nothing`.
    static func report(
        _ error: any Error, _ hints: [Hint], interrupted: String, orElse nothing: Hint, _ context: Context
    ) -> any Error {
        if (error as? HTTPError)?.kind == .cancelled {
            return Interrupted(interrupted, hints: hints.isEmpty ? [nothing] : hints, context)
        }
        return hints.isEmpty ? error : ErrorReport.adding(hints, to: error, context)
    }
}
