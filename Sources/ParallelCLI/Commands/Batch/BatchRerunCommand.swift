import ParallelBatch
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel batch rerun`: `batch run --where` with the other flags of the command that began the batch.
struct BatchRerunCommand: RunnableCommand {
    let options: BatchRunOptions
    let output: Output
    let context: Context

    static let name = "batch rerun"

    static var command: Command {
        Command(
            summary: "Run again the rows of a batch whose results match, and merge",
            description: """
                Runs those rows of a batch again whose results fulfil a condition, as on a larger processor, and writes OUT \
                with the new results; the other rows stay as they are. Input, question and columns are those of the batch, \
                which OUT.batch knows; --mcp-config and flags about the key are to be given again. The rows and the cost are shown before anything is run. A row whose other run \
                fails keeps the result that it had, and the exit code is 8. After an interruption, the same command goes \
                on. A row that was run again before, by whatever condition, is left as it is, unless that run failed, \
                --processor names one that is new to the row, or --repeat is given.

                A condition compares columns of the output with values, with 'and' and 'or' between, of which 'and' binds \
                more closely. There are = != < <= > >=, 'is empty' and 'is not empty'. What has spaces or signs in it goes in \
                quotes.

                FIELD, or a column of the input: numbers are compared as numbers, all else as text.

                FIELD.confidence: low < medium < high, also where OUT was written without --basis.

                FIELD.citations: their number.

                FIELD.reasoning, status (completed, failed, refused, …), error, run_id, row: as --basis, --with-status, \
                --run-ids and --row-numbers would write them.

                An empty cell, as where a row has no output, is empty and differs from every value; nothing else holds for it.
                """,
            usesNetwork: true, takesSettings: false,
            positionals: [
                Positional("OUT", .required, completion: .file, summary: "the output file of the batch")
            ],
            defaults: BatchRunOptions(), flags: BatchRunOptions.flagsOfRerun,
            examples: [
                .init(
                    "parallel batch rerun ceos.csv --where 'ceo.confidence<=low' --processor pro",
                    "What was found with little confidence, on a larger processor"),
                .init(
                    "parallel batch rerun ceos.csv --where 'ceo is empty or ceo.citations<2' --dry-run",
                    "See which rows these are, and the cost"),
            ],
            check: { options, words throws(UsageError) in
                options.source = words[0]
                options.layout.file = words[0]
                // 'batch run' tells its end.
                options.output.rings = false
                options.output.noticeProgram = []
                guard options.condition != nil else {
                    throw UsageError(
                        "--where says which rows are run again", hint: "as in --where 'ceo.confidence<=low'")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let (header, statePath) = try BatchSource.ofOutput(options.source, context)
        guard let begun = header.command else {
            throw UsageError(
                "the command that began the batch can't be repeated: it read standard input, or has a secret in it",
                hint: "give that command again, with --where and what else is wanted")
        }
        var context = context
        context.typed = context.arguments
        context.arguments = try words(begun, header, statePath)
        if begun.directory != context.workingDirectory {
            context.fileDirectory = begun.directory
            context.workingDirectory = begun.directory
        }
        var color = context.color
        guard
            case .command(let run, _) = try BatchRunCommand.command.parse(
                context.arguments, SettingSource(context),
                color: &color)
        else { return .usage }
        return try await run(context)
    }

    /// Flags that are not taken from the state file, which may have come with other people's files: what runs programs,
    /// reads keys, trusts servers and allows money; and how the first call spoke to people.
    private static let flagsNotTaken: Set<String> = Set((OutputFlags.global() + OutputFlags.notice).map(\.spec.name))
        .union(["api-key-command", "api-key-file", "mcp-config", "trust-project", "confirm-above"])

    /// The words of `batch run`: those that began the batch, its processor and the columns that the output has, and
    /// the flags typed now, which count last.
    private func words(
        _ begun: BatchHeader.Command, _ header: BatchHeader, _ statePath: String
    ) throws -> [String] {
        let path = context.filePath(options.source)
        var flags = header.processors.first.map { ["--processor", $0] } ?? []
        if BatchFiles.statePath(ofOutput: path) == statePath {
            // It may have been moved, with its state beside it.
            let isElsewhere = begun.directory != context.workingDirectory && !path.begins(with: "/")
            flags += ["--output", isElsewhere ? "\(context.workingDirectory ?? ".")/\(path)" : path]
            let journal = try BatchJournal(copyOf: statePath, temporaryDirectory: context.temporaryDirectory)
            if let layout = (try? OutputFingerprint.ofFile(path)).flatMap(journal.layout(ofOutput:)) {
                flags += BatchLayoutOptions.columnFlags(ofKey: layout)
            }
        }
        let typed = try GivenWords(context.arguments, of: BatchRunOptions.flagsOfRerun.map(\.spec))
        // What is given now is not given twice, as the line is shown in hints.
        let given = Set(flags.filter { $0.begins(with: "--") }.map { String($0.dropFirst(2)) })
        let kept = try GivenWords(begun.words, of: BatchRunOptions.flags.map(\.spec))
            .words(without: Self.flagsNotTaken.union(given))
        let hasProcessor = typed.words(without: ["processor"]).count < typed.words(without: []).count
        if hasProcessor, flags.first == "--processor" { flags.removeFirst(2) }
        return BatchRunCommand.adding(flags + typed.flagWords, to: kept)
    }
}
