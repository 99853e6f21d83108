import ParallelHTTP
import ParallelSystem
import ParallelTerminal

/// Performs waits for work at a server, which continues if the wait ends early.
enum ResumableWait {
    /// Performs the wait `work`. The error of a wait that ends early says with `hints` how to resume it.
    ///
    /// - Parameters:
    ///   - interrupted: the message after an interruption, such as `interrupted; run r1 continues`.
    ///   - hints: how to resume the wait.
    ///   - isFinal: whether an error means that there is nothing to resume.
    static func perform<Value>(
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
