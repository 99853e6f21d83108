import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// An effect that a request must not have twice, such as a run that costs money, in the words of its errors.
struct Effect: Sendable {
    /// What an interruption has cut short, such as `the run was being created`.
    let work: String
    /// What to know where the request may have had its effect, and how to find out.
    let uncertain: [Hint]
    /// What to know where it certainly had none.
    let nothing: Hint

    /// The creation of something that costs money.
    static func creating(_ what: String) -> Effect {
        Effect(
            work: "the \(what) was being created",
            uncertain: [
                Hint(
                    "a \(what) may exist all the same; it was not sent again, since a second \(what) would cost money too"
                )
            ],
            nothing: "nothing was created")
    }

    /// Sends the request of the effect by `send`. The error of a failure says what became of it.
    ///
    /// - Parameters:
    ///   - became: learns what became of the request where this throws.
    ///   - created: what to know of something that exists although the request has failed.
    func performing<Value>(
        _ request: CreationRequest, _ context: Context, became: (CreationOutcome) -> Void = { _ in },
        created: (WorkID) -> [Hint], _ send: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await send()
        } catch {
            let outcome = request.outcome(of: error)
            became(outcome)
            let hints: [Hint] =
                switch outcome {
                case .created(let id): created(id)
                case .uncertain: uncertain
                // A refusal says it by itself.
                case .notCreated(let canBeSentAgain): canBeSentAgain ? [nothing] : []
                }
            if (error as? HTTPError)?.kind == .cancelled {
                throw Interrupted("interrupted while \(work)", hints: hints.isEmpty ? [nothing] : hints, context)
            }
            throw hints.isEmpty ? error : ErrorReport.adding(hints, to: error, context)
        }
    }
}
