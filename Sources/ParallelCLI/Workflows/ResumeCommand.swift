import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The command that waits for runs again, with the flags of the command that was interrupted.
struct ResumeCommand {
    var output = OutputOptions()
    var connection = ConnectionOptions()
    var showsBasis = false
    var showsToolCalls = false
    var command = ["task", "result"]
    /// Further flags of that command.
    var flags: [String] = []

    func line(for ids: [String], _ context: Context) -> String {
        let shown = flags + (showsBasis ? ["--basis"] : []) + (showsToolCalls ? ["--tool-calls"] : [])
        return context.command(
            command + ids.map(context.maskedWord), flags: shown + output.words + connection.words)
    }

    /// The maximum number of ids in a command that is shown; more ids came in a pipe and are not worth reading.
    private static let maximumIDs = 100

    func hints(for ids: [String], _ context: Context) -> [Hint] {
        guard ids.count <= Self.maximumIDs else { return ["pick them up again with the same command"] }
        return ["pick \(ids.count == 1 ? "it" : "them") up again with: \(command: line(for: ids, context))"]
    }

    /// Does `work` on a result that was paid for. Its errors say how to get the result again, unless they say where it
    /// is.
    func guarding(_ ids: [String], _ context: Context, _ work: () throws -> Void) throws {
        do {
            try work()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch let error as OutputFailure {
            if error.isSaved { throw error }
            // A file of this name exists now, so the command to type writes to standard output.
            var elsewhere = self
            elsewhere.output.file = nil
            elsewhere.output.replacesFile = false
            throw ErrorReport.adding(elsewhere.hints(for: ids, context), to: error, context)
        } catch let error as ReductionFailure {
            // What was asked for is not there, so the command to type prints the whole.
            var whole = self
            whole.output.reduction = JSONReduction()
            throw ErrorReport.adding(whole.hints(for: ids, context), to: error, context)
        } catch {
            throw ErrorReport.adding(hints(for: ids, context), to: error, context)
        }
    }
}
