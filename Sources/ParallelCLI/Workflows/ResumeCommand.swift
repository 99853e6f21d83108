import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The exact command that goes on waiting for runs.
struct ResumeCommand {
    var output = OutputOptions()
    var connection = ConnectionOptions()
    var showsBasis = false
    var showsToolCalls = false

    func line(for ids: [String], _ context: Context) -> String {
        let shown = (showsBasis ? ["--basis"] : []) + (showsToolCalls ? ["--tool-calls"] : [])
        return context.command(
            ["task", "result"] + ids.map(context.toldWord), flags: shown + output.words + connection.words)
    }

    /// Beyond this many ids, which came in a pipe, nobody wants to read them.
    private static let mostIDs = 100

    func hints(for ids: [String], _ context: Context) -> [Hint] {
        guard ids.count <= Self.mostIDs else { return ["pick them up again with the same command"] }
        return ["pick \(ids.count == 1 ? "it" : "them") up again with: \(command: line(for: ids, context))"]
    }

    /// Does `work` on a result that was paid for; an error tells how to get it again, unless it tells where it is.
    func guarding(_ ids: [String], _ context: Context, _ work: () throws -> Void) throws {
        do {
            try work()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch let error as OutputFailure {
            if error.isSaved { throw error }
            // The file would be in the way again.
            var elsewhere = self
            elsewhere.output.file = nil
            elsewhere.output.replacesFile = false
            throw ErrorReport.adding(elsewhere.hints(for: ids, context), to: error, context)
        } catch {
            throw ErrorReport.adding(hints(for: ids, context), to: error, context)
        }
    }
}
