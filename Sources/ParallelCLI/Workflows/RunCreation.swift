import ParallelAPI
import ParallelHTTP
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
        do {
            let run = try await client.createRun(request, within: limit)
            output.note("run \(run.id) created (processor \(run.processor ?? request.processor))")
            RunWarnings.tell(run, output, context)
            guard !Task.isCancelled else {
                throw Interrupted(
                    "interrupted; run \(run.id) goes on", hints: resume.hints(for: [run.id], context), context)
            }
            return run
        } catch let error as HTTPError where error.kind == .cancelled {
            let maybe =
                error.mayHaveBeenSent
                ? hints(after: error, request, resume, context) : ["nothing was created"]
            throw Interrupted("interrupted while the run was being created", hints: maybe, context)
        } catch let error where mayHaveCreated(error) {
            throw ErrorReport.adding(hints(after: error, request, resume, context), to: error, context)
        }
    }

    static let uncertain: Hint =
        "a run may exist all the same; it was not sent again, since a second run would cost money too"

    private static func hints(
        after error: any Error, _ request: TaskRunRequest, _ resume: ResumeCommand, _ context: Context
    ) -> [Hint] {
        guard let id = run(toldBy: error, to: request) else { return [uncertain] }
        return ["run \(id) exists all the same"] + resume.hints(for: [id], context)
    }

    /// The run that the answer tells of, though it is an error, came in part or came wrong.
    private static func run(toldBy error: any Error, to request: TaskRunRequest) -> String? {
        let (answer, isCut): ([UInt8], Bool) =
            switch error {
            case let error as HTTPError: (error.received, error.kind != .redirectRefused)
            case let error as APIError: (error.received, false)
            case let error as UnexpectedAnswer: (error.received, false)
            default: ([], false)
            }
        return TaskRun.id(toldIn: answer, isCut: isCut, to: request)
    }

    /// Whether the API may have done what it was asked, though its answer is an error or did not come.
    static func mayHaveCreated(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPError: error.mayHaveBeenSent
        case let error as APIError: HTTPResponse.isUncertain(error.status)
        case let error as UnexpectedAnswer: error.mayHaveCreated
        default: false
        }
    }
}
