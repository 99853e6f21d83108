import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel batch results`: prints the results that a batch has so far, on any machine.
struct BatchResultsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var words: [String] = []
        var layout = BatchLayoutOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        var writesJSON: Bool { layout.isRaw && layout.file == nil }

        static let flags: [Flag<Options>] =
            BatchLayoutOptions.flags.map { $0.embedded(at: \.layout) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "batch results"

    static var command: Command {
        Command(
            summary: "Collect the results that a batch has so far",
            description: """
                Prints the rows of a group whose runs have ended, in the input's order, without waiting for others. \
                Several groups, such as those of 'batch run --shard', are joined by the numbers of their rows. A \
                group's id is enough, on any machine; groups that another program made can be read, too.

                The exit code is 5 while rows are still running or not all of them were submitted or are listed, and \
                8 if some failed.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "GROUP", .oneOrMore, completion: .file,
                    summary: "ids of groups, or output FILEs of unfinished batches")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel batch results tgrp_9907962f83aa4d9d98fd7f4bf745d654 -o results.csv",
                    "Into a table"),
                .init(
                    "parallel batch results tgrp_9907962f83aa4d9d98fd7f4bf745d654 --json | jq .output.content",
                    "The API's documents"),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                try options.layout.check()
                options.output.file = options.layout.file
                options.output.replacesFile = options.layout.replacesFile
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let sources = try options.words.map { try BatchSource($0, context) }
        let client = try APIConnection.client(options.connection, output, context)
        let runs = try await endedRuns(of: sources, client)

        let layout = BatchLayout(
            format: options.layout.rowFormat, columns: runs.columns, fields: runs.fields,
            showsBasis: options.layout.showsBasis, showsRunIDs: options.layout.showsRunIDs,
            showsStatus: options.layout.showsStatus, isExcelSafe: options.layout.isExcelSafe,
            textStyle: runs.textStyle, hasInputFromNetwork: runs.hasInputFromNetwork)
        let writer = BatchWriter(layout, options.layout, blockSize: 1 << 16, to: output)
        try writer.begin()
        try runs.forEach { try writer.add($0, $1) }
        try writer.end()
        try output.finish()
        return tell(runs, writer)
    }

    /// Collects the ended runs of all groups, and says which rows of their input were left out.
    private func endedRuns(of sources: [BatchSource], _ client: ParallelClient) async throws -> EndedRuns {
        var runs = try EndedRuns(temporaryDirectory: context.temporaryDirectory)
        do {
            for source in sources {
                do {
                    try await runs.gather(source.group, source.header, client, context.clock)
                } catch let error as APIError where sources.count > 1 && error.missing == nil {
                    var report = ErrorReport(error, context)
                    report.message = "group \(source.group): \(report.message)"
                    throw report
                }
            }
        } catch let other as EndedRuns.OtherInput {
            throw UsageError("\(other.group) has the rows of another input than the groups before it")
        }
        if let input = runs.input { output.tell(input.notices, of: input.path) }
        return runs
    }

    private func tell(_ runs: EndedRuns, _ writer: BatchWriter) -> ExitCode {
        for warning in writer.warnings { output.warn(saying: "\(warning.text) (\(counted(warning.runs, "run")))") }
        if runs.duplicates > 0 {
            output.warn("left out \(counted(runs.duplicates, "run")) of rows that had one already")
        }
        var text = counted(writer.count, "row")
        if writer.failed > 0 { text += ", \(writer.failed.grouped) of them failed\(writer.whereErrorsAre)" }
        if runs.running > 0 { text += "; \(runs.running.grouped) still running and left out" }
        if runs.notSubmitted > 0 { text += "; \(runs.notSubmitted.grouped) never submitted" }
        if runs.notListed > 0 { text += "; \(runs.notListed.grouped) missing in the list of runs" }
        output.note(text)
        if runs.running + runs.notSubmitted + runs.notListed > 0 { return .stillRunning }
        return writer.failed > 0 ? .partial : .success
    }
}
