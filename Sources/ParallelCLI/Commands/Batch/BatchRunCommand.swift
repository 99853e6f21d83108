import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel batch run`: runs a task for each row of a file, and writes the rows with the results.
struct BatchRunCommand: RunnableCommand {
    let options: BatchRunOptions
    let output: Output
    let context: Context
    /// The delimiter that the user has agreed to, for the commands that are suggested later; nil if nothing was asked.
    /// A lock, because commands are values.
    let agreedDelimiter = Lock<UInt8?>(nil)
    /// The entry of the log for the rows of this call; nil if there is none.
    let logged = Lock<String?>(nil)
    /// Whether `--where` asks for a confidence, and no row has any.
    let lacksConfidence = Lock(false)

    static let name = "batch run"

    static var command: Command {
        Command(
            summary: "Run a task for every row of a file, write the rows enriched",
            description: """
                Makes one run for each row of a CSV, TSV, JSON or JSON lines file, follows the runs, and writes the \
                rows with the fields that were found: to FILE as a whole, in the input's order, or to \
                standard output as they finish, as JSON lines or, on a terminal, as a table in the end. The probable \
                cost is shown before anything is run.

                Every row is run and paid for once. With --output, the same command with the same input resumes a \
                batch that was interrupted or killed: it asks the group which rows have runs, submits the missing \
                rows, and fetches no result twice. Runs continue at Parallel in any case, and 'batch results GROUP' \
                collects their results on any machine. Once it is done, the same command with --retry-failed or --add-new \
                runs and pays for the failed or the new rows only.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FILE", .required, completion: .file, standardInput: .asDash,
                    summary: "CSV, TSV, a JSON array or JSON lines; - for standard input")
            ],
            defaults: BatchRunOptions(), flags: BatchRunOptions.flags,
            examples: [
                .init(
                    "parallel batch run companies.csv -o founders.csv --field 'founder=Name of the founder'",
                    "Add a column to a table"),
                .init(
                    "parallel batch run companies.csv -o try.csv --sample 2 --template 'Who founded {company}?'",
                    "Try two random rows first; without --sample, the others follow"),
                .init(
                    "parallel batch run companies.csv --dry-run --field 'ceo=Name of the CEO'",
                    "See the first request and the cost"),
                .init(
                    "cat companies.csv | parallel batch run - -p lite --unordered --output-auto | jq -r .output",
                    "In a pipe, rows as they finish"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode { try await settled().execute() }

    private func execute() async throws -> ExitCode {
        let settings = try APIConnection.settings(options.connection, context, needsKey: !options.isDryRun)
        let request = TaskRequest(task: options.task, output: output, context: context)
        var task = try await request.make(
            input: "row", apiKey: settings.serverKey, sendsNothing: options.isDryRun)
        // The events of single runs are not shown, so they need not be recorded.
        task.enableEvents = nil
        if options.isDryRun {
            return try await explainingLostResults {
                try await preview(task, APIConnection.client(settings, output, context))
            }
        }

        let connection = connection(settings)
        let files = try openFiles()
        let isNew = files.journal?.header == nil
        let plan = try await preparing(files) { try await readPlan(task, isNew: isNew, into: files.spool) }
        if isNew, let previous = options.previous {
            try await preparing(files) { try takeOver(previous, plan, files) }
        }
        let layout = BatchLayout(options.layout, plan.input, outputSchema: plan.task.outputSchema)
        let writer = BatchWriter(layout, options.layout, blockSize: 0, to: output)
        let progress = BatchProgress(
            context: context, output: output, total: plan.selection.count,
            showsPlainLines: options.showsPlainProgress)
        let callbacks = observer(writer, progress, processor: plan.task.processor)
        let standing = try await preparing(files) {
            try await findStanding(of: plan, files, over: connection, callbacks, progress)
        }
        if case .isDone(let code) = standing { return code }
        tellLostColumns(files)
        let session = try await preparing(files) {
            try await openSession(standing, plan, files, over: connection, callbacks)
        }
        let hasEnded = files.journal?.ending != nil
        let ending = BatchEnding(
            command: self, session: session, files: files,
            hadAllResults: hasEnded || session.hasAllResults)
        let before = completedBefore(session, standing)
        do {
            try await Deadline.run(within: options.timeout, context.clock) {
                if case .resumes = standing { try await catchUp(session, plan, hasEnded: hasEnded) }
                if options.streamsRows { try writer.begin() }
                // From the beginning, rows that get no run count as they do in the end.
                callbacks.onProgress(session.progress)
                try await progress.shown { try await session.run() }
                settle(session, plan, before: before)
                if options.streamsRows { try writer.end() }
            }
        } catch {
            // What was found before the end is not held back.
            try? writer.writeRowsForPeople()
            throw await ending.report(error, isNew: isNew)
        }
        if options.doesNotWait { return try await ending.submitted(connection.client) }
        if options.streamsRows { return try await ending.finished(writer, move: nil) }
        let saved = try await ending.save(layout)
        try await ending.showSample(layout)
        return try await ending.finished(saved.writer, move: saved.move)
    }

    /// Returns how many rows the groups before this one have completed; nil if that can't be told from its own.
    private func completedBefore(_ session: BatchSession, _ standing: Standing) -> Int? {
        if options.rerun == nil { return 0 }
        if case .resumes = standing { return nil }
        return session.progress.completed
    }

    private func connection(_ settings: Settings) -> GroupConnection {
        GroupConnection(
            // The client obeys even a long wait that the server asks for.
            client: APIConnection.client(
                settings, policy: RetryPolicy(budget: .seconds(600)), isLogged: false, output, context),
            addingClient: APIConnection.client(
                settings, policy: RetryPolicy(maximumAttempts: 1), isLogged: false, output, context),
            clock: context.clock, now: context.now)
    }

    private func observer(
        _ writer: BatchWriter, _ progress: BatchProgress, processor: String
    ) -> BatchSession.Observer {
        let receive: BatchSession.Receive = { try writer.add($0, $1) }
        var observer = BatchSession.Observer(
            receive: options.streamsRows ? receive : nil,
            onProgress: { progress.update($0, processor: processor) },
            onTrouble: { [output, context] in output.warn("\(ErrorReport($0, context).message); trying again") })
        observer.onActivity = { progress.note($0) }
        let refused = Lock(0)
        observer.onRefusal = { [output] row, reason in
            let count = refused.withLock { count in
                count += 1
                return count
            }
            if count <= Self.namedRefusals {
                output.warn("\(row) was refused: \(reason)")
            } else if count == Self.namedRefusals + 1 {
                output.warn("more rows were refused; each has the reason as its error")
            }
        }
        observer.onLeaving = { [output] count, rows in
            output.warn("\(counted(count, "row")) of \(rows) not sent: too many requests with them were refused")
        }
        return observer
    }

    /// The number of refused rows that are named on standard error.
    private static let namedRefusals = 5
}
