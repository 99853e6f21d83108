import ParallelHTTP
import ParallelSystem
import ParallelTerminal

/// Reports how to resume a wait that ends early, while the work at the server goes on.
enum GoingOn {
    /// Does `work`, which waits; an error that ends it early is reported with `hints`.
    ///
    /// - Parameters:
    ///   - interrupted: the message after an interruption, such as `interrupted; run r1 goes on`.
    ///   - hints: how to go on.
    ///   - isFinal: which errors leave nothing to go on with.
    static func tellingHow<Value>(
        interrupted: String, hints: () -> [Hint], _ context: Context,
        unless isFinal: (any Error) -> Bool = { _ in false }, _ work: () async throws -> Value
    ) async throws -> Value {
        do {
            return try await work()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch  where Task.isCancelled {
            throw Interrupted(interrupted, hints: hints(), context)
        } catch  where isFinal(error) {
            throw error
        } catch {
            throw ErrorReport.adding(hints(), to: error, context)
        }
    }
}
