import ParallelHTTP
import ParallelSystem
import ParallelTerminal

/// What goes on at a server when a command that watches it ends too early.
enum GoingOn {
    /// Does `work`, a wait; whatever ends it before its time, the error tells how to go on.
    ///
    /// - Parameters:
    ///   - interrupted: what is told of an interruption, such as `interrupted; run r1 goes on`.
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
