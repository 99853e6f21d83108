import ParallelAPI
import ParallelBatch
import ParallelHTTP
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
        var waits = false
        /// The time limit of the wait; nil means none.
        var timeout: Duration?
        var inputFile: String?
        var reading = BatchReadingOptions()
        var layout = BatchLayoutOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        var writesJSON: Bool { layout.isRaw }
        var needsOutputPlace: Bool { layout.file == nil }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "wait", summary: "Wait until the runs have ended",
                    details: "Without it, the results so far are collected at once."
                ) { $0.waits = $1 },
                WaitFlags.ofBatch(details: "The results so far are collected then; the exit code is 5.")
                    .embedded(at: \.timeout),
                Flag(
                    "input", value: FlagSpec.Value("FILE", completion: .file),
                    summary: "Join the results to the rows of FILE",
                    details: "FILE is the input of the batch, as 'batch run' read it. It is needed where there is no "
                        + "output FILE of the batch, as on another machine: without it, the columns are those that were "
                        + "sent."
                ) { options, text throws(InvalidValue) in
                    options.inputFile = try FileNameText.parse(text)
                },
            ] + BatchReadingOptions.flags.map { $0.embedded(at: \.reading) }
            + BatchLayoutOptions.flags.map { $0.embedded(at: \.layout) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + (OutputFlags.global() + OutputFlags.notice).map { $0.embedded(at: \.output) }
    }

    static let name = "batch results"

    static var command: Command {
        Command(
            summary: "Collect the results that a batch has so far",
            description: """
                Prints the rows of a group whose runs have ended, in the input's order; with --wait, once all have \
                ended. Several groups, such as those of 'batch run --shard', are joined by the numbers of their rows. \
                A group's id is enough, on any machine; groups that another program made can be read, too. After \
                'batch run --add-new', name OUT instead of its groups, and keep OUT.batch beside it.

                The exit code is 5 while rows are still running, missing, or there is none, and 8 if some failed. A \
                file is only written if there is a row, and one that this command has written while rows were \
                missing is replaced by a fuller one.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "GROUP", .oneOrMore, completion: .ids(of: "group", orFile: true),
                    summary: "ids of groups, or output FILEs of batches")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel batch results tgrp_9907962f83aa4d9d98fd7f4bf745d654 --wait -o results.csv",
                    "Into a table"),
                .init(
                    "parallel batch results tgrp_9907962f83aa4d9d98fd7f4bf745d654 --json | jq .output.content",
                    "The API's documents"),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                if options.inputFile == "-" {
                    throw UsageError("--input needs a file, not standard input", hint: "save the rows to one first")
                }
                if options.timeout != nil, !options.waits { throw UsageError("--timeout needs --wait") }
                try options.layout.check()
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let sources = try options.words.map { try BatchSource($0, context) }
        let earlier = options.layout.file.flatMap { IncompleteOutput(of: context.filePath($0)) }
        /// Whether there is a file that may not be replaced. It may have all results already, and is no error then.
        var isTaken = false
        if let file = options.layout.file {
            try context.checkOutput(file)
            isTaken = UserFile.isRegular(context.filePath(file)) && !options.layout.replacesFile && earlier == nil
        }
        let client = try APIConnection.client(options.connection, output, context)
        var runs = try EndedRuns(temporaryDirectory: context.temporaryDirectory)
        if let file = options.inputFile { try read(file, into: &runs) }
        if options.waits, !isTaken { try await wait(for: sources, client) }
        try await gather(sources, client, into: &runs)
        let layout = BatchLayout(
            options.layout, columns: runs.columns, fields: runs.fields, textStyle: runs.textStyle,
            hasInputFromNetwork: runs.hasInputFromNetwork)
        if let file = options.layout.file {
            return try await save(runs, layout, to: file, after: earlier, isTaken: isTaken, sources)
        }
        let writer = BatchWriter(layout, options.layout, blockSize: 1 << 16, to: output)
        try writer.begin()
        try runs.forEach { try writer.add($1, $2, number: $0) }
        try writer.end()
        try output.finish()
        return tell(runs, writer, sources)
    }

    /// Waits until no run is active, or the time limit is over.
    private func wait(for sources: [BatchSource], _ client: ParallelClient) async throws {
        let elapsed = context.clock.stopwatch()
        let again = context.command(["batch", "results"] + context.arguments)
        return try await ResumableWait.perform(
            interrupted: "interrupted; the runs continue", hints: { ["wait again with: \(command: again)"] }, context
        ) {
            do {
                for source in sources {
                    let group = WatchedGroup(
                        id: source.group, client: client,
                        progress: BatchProgress(context: context, output: output, total: 0, showsPlainLines: false))
                    let rest = options.timeout.map { max($0 - elapsed(), .milliseconds(1)) }
                    _ = try await group.progress.shown { [clock = context.clock] in
                        try await LongRunningWait(clock: clock).outcome(of: group, within: rest, isKnown: false)
                    }
                }
            } catch is WaitTimedOut {
                output.note("the wait ended before the runs did")
            }
        }
    }

    private func read(_ file: String, into runs: inout EndedRuns) throws {
        let path = context.filePath(file)
        do {
            try runs.read(path, options.reading.options(file, .columns(nil)))
        } catch let error as FileError where error.path == path {
            throw UsageError("can't read \(file): \(error.reason)")
        } catch {
            throw UsageError(error, inInput: InputName(source: file)) ?? error
        }
    }

    /// Collects the ended runs of all groups, and says which rows of their input were left out.
    private func gather(_ sources: [BatchSource], _ client: ParallelClient, into runs: inout EndedRuns) async throws {
        let ofNewRows: Hint =
            "if --add-new made one of them, name the output file, with OUT.batch beside it; or name one group at a time"
        do {
            for source in sources {
                do {
                    try await runs.gather(
                        source.group, source.header, statePath: source.statePath, client, context.clock)
                } catch let error as APIError where sources.count > 1 && error.missing == nil {
                    var report = ErrorReport(error, context)
                    report.message = "group \(source.group): \(report.message)"
                    throw report
                }
            }
        } catch let other as EndedRuns.OtherInput {
            throw UsageError(
                "\(other.group) has the rows of another input than the groups before it",
                hint: ofNewRows)
        } catch let other as EndedRuns.NotItsInput {
            throw UsageError(
                "\(options.inputFile ?? "") is not the input of \(other.group)"
                    + (other.isKnown ? ", or is read in another way" : ", which 'batch run' has not made"),
                hint: sources.count > 1 ? ofNewRows : nil)
        }
        if let input = runs.input { output.tell(input.notices, of: InputName(source: input.path)) }
        if let path = runs.lostInput {
            output.warn(
                "\(path) is not what was run, or is gone: the columns are those that were sent, and rows without a run "
                    + "are left out; --input FILE names another copy")
        }
    }

    private func tell(_ runs: EndedRuns, _ writer: BatchWriter, _ sources: [BatchSource]) -> ExitCode {
        RunWarnings.tell(writer.warnings, output, context)
        if runs.duplicates > 0 {
            output.warn("left out \(counted(runs.duplicates, "run")) of rows that had one already")
        }
        var text = writer.failed > 0 ? writer.summary(hiding: output.secrets) : counted(writer.count, "row")
        if runs.running > 0 { text += "; \(runs.running.grouped) still running and left out" }
        if runs.withoutRun > 0 { text += "; \(runs.withoutRun.grouped) without a run (refused, or not submitted)" }
        if runs.notListed > 0 { text += "; \(runs.notListed.grouped) missing in the list of runs" }
        for shard in runs.missingShards.prefix(Self.namedCount) { text += "; shard \(shard.text) is missing" }
        let rows = runs.rowsWithoutResult(Self.namedCount + 1)
        if !rows.isEmpty {
            let more = rows.count > Self.namedCount ? ", …" : ""
            let numbers = rows.prefix(Self.namedCount).map(\.grouped).joined(separator: ", ")
            text += "; without a result: row\(rows.count == 1 ? "" : "s") \(numbers)\(more)"
        }
        if options.inputFile != nil, runs.hiddenRows > 0 {
            output.warn(
                "left out \(counted(runs.hiddenRows, "row")) of the input without a run (blank, equal to another or not "
                    + "sendable): the group does not say which")
        }
        var hints: [Hint] = []
        var code: ExitCode = writer.failed > 0 ? .partial : .success
        if runs.lacksRows || runs.running > 0 || writer.count == 0 {
            code = .stillRunning
            // The help tells a person about --wait; a program reads only the error.
            if runs.running > 0, context.reportsErrorsAsJSON {
                let words = BatchRunCommand.adding(options.waits ? [] : ["--wait"], to: context.arguments)
                hints.append("wait with: \(command: context.command(["batch", "results"] + words))")
            }
        } else {
            for source in sources where runs.hasFailures(source.group) {
                guard let command = source.header?.command else { continue }
                hints.append(command.hint("run the failed rows again", adding: ["--retry-failed"], context))
            }
        }
        return output.conclude(code, text, hints, context)
    }

    /// The number of missing rows or shards that are named.
    private static let namedCount = 5

    /// Writes the results to the file of `--output`, unless there is none. An incomplete file gets a note beside it, so
    /// that it may be replaced later. A file that is taken stays as it is; unless it has the same rows, it is an error.
    private func save(
        _ runs: EndedRuns, _ layout: BatchLayout, to file: String, after earlier: IncompleteOutput?,
        isTaken: Bool, _ sources: [BatchSource]
    ) async throws -> ExitCode {
        let path = context.filePath(file)
        let isComplete = runs.count > 0 && runs.running == 0 && !runs.lacksRows
        let exists = UsageError("\(file) exists", hint: "--force replaces it")
        if isTaken, !isComplete { throw exists }
        guard runs.count > 0 else {
            return tell(runs, BatchWriter(layout, isRaw: true, blockSize: 0) { _ in }, sources)
        }
        if let earlier, earlier.rowCount > runs.count, !options.layout.replacesFile {
            throw ErrorReport(
                .unexpected, "\(file) has \(counted(earlier.rowCount, "row")), and now there are \(runs.count.grouped)",
                hints: ["--force replaces it"])
        }
        let isFile = if case .file = try? FileTarget(path) { true } else { false }
        let (writer, move) = try await BatchOutputFile(
            layout: layout, options: options.layout, output: options.output, context: context
        ).write(mayReplace: options.layout.replacesFile || IncompleteOutput(of: path) != nil) { writer in
            try runs.forEach { try writer.add($1, $2, number: $0) }
        } mayFinish: { fingerprint in
            if isTaken {
                guard try OutputFingerprint.ofFile(path) == fingerprint else { throw exists }
                output.note("\(file) is complete, and stays as it is")
                return false
            }
            guard isFile, !isComplete else { return true }
            try IncompleteOutput.write(rowCount: runs.count, fingerprint: fingerprint, after: earlier, of: path)
            return true
        }
        if isFile, isComplete { IncompleteOutput.remove(of: path) }
        let code = tell(runs, writer, sources)
        if let move { throw move }
        return code
    }
}

/// A group that is waited for, with its progress.
private struct WatchedGroup: LongRunning {
    let id: String
    let client: ParallelClient
    let progress: BatchProgress

    let name = "the group's runs"

    func look() async throws -> Look<TaskGroupStatus> {
        let group = try await client.group(id)
        let status = group.status
        progress.update(
            done: status.runCount - status.activeCount, total: max(status.runCount, GroupNotes(group)?.share ?? 0),
            failed: status.counts.reduce(0) { $1.status == .failed ? $0 + $1.count : $0 },
            running: status.activeCount, costSoFar: nil)
        return status.isActive ? .goesOn(wasHeld: false) : .over(status)
    }
}
