import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// Where a group's stream is to go on, and the command that does so after it broke off.
enum GroupCursor {
    static let flag = Flag<String?>(
        "after", value: FlagSpec.Value("CURSOR"), summary: "Go on after the event with this event_id",
        details: "As --json shows it, or the command that is printed where a stream breaks off."
    ) { cursor, text throws(InvalidValue) in
        if text.isEmpty { throw InvalidValue("the cursor is empty") }
        cursor = text
    }

    /// Reads a stream with `work`; where that ends early, tells the command that goes on after `last`.
    ///
    /// - Parameters:
    ///   - what: the words in front of the command, such as `list the rest with`.
    ///   - words: the command without cursor, output and connection.
    static func tellingHowToGoOn(
        _ what: String, _ last: Lock<String?>, _ outputOptions: OutputOptions, words: () -> [String],
        connection: ConnectionOptions, _ context: Context, _ work: () async throws -> Void
    ) async throws {
        let start = last.withLock { $0 }
        func hints() -> [Hint] {
            // A file appears only when it is whole: what came so far is not in it.
            let cursor = outputOptions.file == nil ? last.withLock { $0 } : start
            let after = cursor.map { ["--after=\(context.streams.secrets.masked($0))"] } ?? []
            let words =
                [context.programName] + words() + after + outputOptions.words
                + connection.words
            return ["\(what): \(command: ShellQuoting.line(words))"]
        }
        do {
            try await work()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch  where Task.isCancelled {
            throw Interrupted("interrupted", hints: hints(), context)
        } catch is WaitTimedOut {
            throw ErrorReport(.stillRunning, "the wait ended before the group's runs did", hints: hints())
        } catch  where last.withLock({ $0 }) != start {
            throw ErrorReport.adding(hints(), to: error, context)
        }
    }
}
