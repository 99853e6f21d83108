import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel batch run`: one run for each row of a file, and the rows with what was found.
struct BatchRunCommand: RunnableCommand {
    let options: BatchRunOptions
    let output: Output
    let context: Context

    static var command: Command {
        Command(
            "batch run", summary: "Run a task for every row of a file, write the rows enriched",
            description: """
                Makes one run for each row of a CSV, TSV, JSON or JSON lines file, follows them, and writes the rows with \
                the fields that were found: to FILE as a whole, in the input's order, or as JSON lines to standard \
                output as they come. What it will cost is told first.

                Every row is run once and paid once. With --output, the same command with the same input goes on where \
                one was interrupted or killed: what the group has is asked, what is missing is submitted, and what was \
                fetched is not fetched again. Runs go on at Parallel in any case, and 'batch results GROUP' gets what \
                they found from any machine.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "FILE", .required, completion: .file,
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
                    "See the first requests and the cost"),
                .init(
                    "cat companies.csv | parallel batch run - -p lite --unordered | jq -r .output",
                    "In a pipe, rows as they finish"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let settings = try APIConnection.settings(options.connection, context, needsKey: !options.isDryRun)
        var request = try await TaskRequest(task: options.task, output: output, context: context).make(
            input: "row", apiKey: settings.apiKey, sendsNothing: options.isDryRun)
        // Single runs are not watched, so that their events need not be recorded.
        request.enableEvents = nil
        if options.isDryRun { return try BatchPreview.print(options, request, output, context) }
        func client(_ policy: RetryPolicy) -> ParallelClient {
            APIConnection.client(settings, policy: policy, output, context)
        }

        let opening = try BatchOpening(options, context)
        // A wait that the server asks for is kept, even a long one.
        let reading = client(RetryPolicy(budget: .seconds(600)))
        let (input, batchRequest, selection, existing) = try await opening.preparing {
            let input = try BatchInput.read(options, request, into: opening.files.input, output, context)
            try input.complete(&request, options)
            let selection = try BatchSelection(options, rowCount: input.rowCount, fingerprint: input.fingerprint)
            return (input, try BatchRequest(request), selection, try opening.existingGroup(request, input, context))
        }
        let processor = options.task.processor
        let group = try await opening.preparing {
            if let existing { return existing }
            try await BatchApproval.settle(options, spent: 0, remaining: selection.count, output, context)
            return try await opening.begin(request, input, reading, output, context)
        }
        let layout = BatchLayout(options.layout, columns: input.columns, outputSchema: request.outputSchema)
        let writer = BatchWriter(layout, isRaw: options.layout.isRaw, blockSize: 0) {
            try output.write(rows: $0, isJSON: options.layout.rowFormat.separator == nil)
        }
        let isStreamed = options.layout.file == nil && !options.doesNotWait
        let progress = BatchProgress(
            context: context, output: output, total: selection.count, showsPlainLines: options.showsPlainProgress)
        let receive: Batch.Receive = { try writer.add($0, $1, $2) }
        let batch = try Batch(
            client: reading, addingClient: client(RetryPolicy(maximumAttempts: 1)), clock: context.clock,
            now: context.now, group: group, request: batchRequest,
            options: Batch.Options(isOrdered: !options.isUnordered, onlySubmits: options.doesNotWait),
            rowCount: input.rowCount, wanted: { selection.contains($0) }, files: opening.files,
            encode: input.encoder(options.rowInput), receive: isStreamed ? receive : nil,
            onProgress: { now in
                progress.update(
                    done: now.ended, total: now.wanted, failed: now.failed, running: now.running,
                    costSoFar: Cost(runs: now.accepted - now.failed, processor: processor))
            },
            onTrouble: { output.warn("\(ErrorReport($0, context).message); trying again") })
        let ending = BatchEnding(options: options, selection: selection, group: group, output: output, context: context)
        do {
            try await Deadline.run(within: options.timeout, context.clock) {
                if existing != nil {
                    try await batch.catchUp()
                    let done = await batch.progress
                    output.note("going on with group \(group), which has \(counted(done.accepted, "run"))")
                    try await BatchApproval.settle(
                        options, spent: done.accepted, remaining: done.wanted - done.accepted, output, context)
                }
                if isStreamed { try writer.begin() }
                try await progress.shown { try await batch.run() }
                if isStreamed { try writer.end() }
            }
        } catch {
            // A batch that was refused as a whole must not stand in the way of the one that is asked for next.
            if existing == nil, !Task.isCancelled, await batch.isUntouched {
                await batch.forget()
                throw ending.nothingBegun(error)
            }
            throw ending.report(error, await batch.progress)
        }
        if options.doesNotWait { return try await ending.submitted(await batch.progress, reading) }
        let written =
            isStreamed ? (writer: writer, move: nil) : try await ending.save(batch, layout, mayReplace: existing != nil)
        return try await ending.finished(batch, written.writer, reading, move: written.move)
    }
}
