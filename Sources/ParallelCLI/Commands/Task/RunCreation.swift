import ParallelCore
import ParallelHTTP

/// Creates a run so that its id can't get lost: money is spent the moment the API accepts it.
enum RunCreation {
    /// How long an answer that is on its way is still waited for after Ctrl-C.
    private static let grace = Duration.seconds(5)

    /// Creates the run and prints its id. An interruption in between is obeyed only once the id is known, or after
    /// a short grace.
    static func create(
        _ request: TaskRunRequest, _ client: ParallelClient, _ resume: ResumeCommand, _ output: Output,
        _ context: Context
    ) async throws -> TaskRun {
        let creation = Task { try await client.createRun(request) }
        do {
            let run = try await withTaskCancellationHandler {
                try await creation.value
            } onCancel: {
                Task {
                    try? await context.clock.sleep(for: grace)
                    creation.cancel()
                }
            }
            output.note("run \(run.id) created (processor \(run.processor ?? request.processor))")
            run.warnings.forEach(output.warn)
            guard !Task.isCancelled else {
                throw Interrupted(
                    "interrupted; run \(run.id) goes on", hints: resume.hints(for: [run.id], context), context)
            }
            return run
        } catch let error as HTTPError where error.kind == .cancelled {
            let maybe = error.mayHaveBeenSent ? [uncertain] : ["nothing was created"]
            throw Interrupted("interrupted while the run was being created", hints: maybe, context)
        } catch let error where mayHaveCreated(error) {
            throw ErrorReport.adding([uncertain], to: error, context)
        }
    }

    private static let uncertain =
        "a run may exist all the same; it was not sent again, since a second run would cost money too"

    private static func mayHaveCreated(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPError: error.mayHaveBeenSent
        // 503 says that the request was not taken on.
        case let error as APIError: error.status >= 500 && error.status != 503
        case let error as UnexpectedAnswer: error.mayHaveCreated
        default: false
        }
    }
}
