import ParallelAPI
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel task run`: creates a run, waits for its end, and prints the result.
struct TaskRunCommand: RunnableCommand {
    let options: TaskRunOptions
    let output: Output
    let context: Context

    static let name = "task run"

    static var command: Command {
        Command(
            summary: "Create a run, follow it, print its result",
            description: """
                Asks Parallel to research something and waits for the answer. The run id is printed on standard \
                error as soon as the run exists; if the wait ends early, 'task result' resumes it. Creating a run \
                costs money, so the request is never sent again if it may have been accepted. The progress of a run \
                can only be read while it is under way: --events-file keeps it.

                Without INPUT, the question is read from a pipe or a file on standard input; on a terminal, the \
                command asks for it. With INPUT, standard input is left alone unless - is given for something.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "INPUT", .optional, completion: .atFile,
                    summary: "the question: text, @FILE, or - for standard input"
                )
            ],
            defaults: TaskRunOptions(), flags: TaskRunOptions.flags,
            examples: [
                .init("parallel task run 'What was the GDP of France in 2023?'", "Ask, wait, print the answer"),
                .init(
                    "parallel task run -p core 'Parallel Web Systems' --field 'founded:integer=Year of founding' --field 'ceo=Name of the CEO'",
                    "Ask for fields"),
                .init(
                    "cat minutes.txt | parallel task run 'Which of these companies are public?' --context -",
                    "Ask about a text"),
                .init("parallel task run --json @question.txt -o answer.json", "From a file into a file, as JSON"),
                .init(
                    "parallel task run -p pro --events 'Compare the three largest CRM vendors'",
                    "Show progress on the way"),
                .init(
                    "parallel task run --report 'The HVAC market in the USA' -o report.html",
                    "A written report, as a page to read or print"),
                .init(
                    "parallel task run --mcp crm 'Which accounts renew this month?'",
                    "Let the run call a registered MCP server"),
                .init(
                    "id=$(parallel task run --no-wait -p ultra 'Map the HVAC market')",
                    "Start now, collect later with 'task result'"),
            ],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let isPrinted = options.preview.sendsNothing
        try requireInput()
        // The key is checked before a question is asked, and the question before a missing key is reported.
        let settings = try APIConnection.settings(
            options.connection, context, needsKey: !hasQuestion && !isPrinted)
        let request = try await request(apiKey: settings.serverKey)
        if !isPrinted, settings.apiKey == nil { throw MissingKey(otherAddress: settings.otherAddress) }
        let client = APIConnection.client(settings, output, context)
        tellOfUnreadInput()
        if options.isReport { warnOfReport(on: request.processor) }
        if isPrinted {
            if options.preview.isDryRun {
                if Processor.known.contains(request.processor) {
                    output.note("nothing is sent; the run would be on \(ProcessorText.terms(of: request))")
                }
                try await RequestPreview.printJSON(request, client, output, context)
            } else {
                try await RequestPreview.printCurl(request, client, output)
            }
            try output.finish()
            return .success
        }

        let estimate = "a run on \(ProcessorText.terms(of: request))"
        try await Spending(
            options: options.spending, output: output, context: context, nothing: "nothing was run"
        ).approveOne(
            of: estimate, request.dataSources.paid.isEmpty ? Cost(runs: 1, processor: request.processor) : nil,
            unpriced: request.dataSources.paid.isEmpty ? "'\(request.processor)'" : "paid data sources")
        let resume = ResumeCommand(
            output: options.output, connection: options.connection, showsBasis: options.showsBasis)
        let recording = try options.eventsFile.map { name in
            try EventsFile(name, output: options.output.file, replaces: options.output.replacesFile, context)
        }
        defer { recording?.discardIfEmpty() }
        try await TaskRequest(task: options.task, output: output, context: context)
            .checkServers(of: request, within: options.wait.timeout)
        let elapsed = context.clock.stopwatch()
        let run = try await RunCreation.create(
            request, client, within: options.wait.timeout, resume, output, context)
        if options.doesNotWait {
            try writeNaming(run, resume) { try printCreated(run) }
            return .success
        }
        var waiter = RunWaiter(client: client, resume: resume, output: output, context: context)
        waiter.recording = recording
        let result = try await waiter.wait(
            for: run.id, run, timeout: options.wait.rest(after: elapsed()), isKnown: true,
            events: output.redrawsProgress ? options.task.shownEventsOnTerminal : options.task.shownEvents)
        try writeNaming(run, resume) {
            var view = ResultView(output: output, context: context, showsBasis: options.showsBasis)
            try view.write(result, question: request.input)
        }
        if options.task.requiresServers, result.run.warnings.contains(where: RunWarnings.isOfUnlistedServer) {
            throw ErrorReport(.runFailed, RunWarnings.missingServer)
        }
        return .success
    }

    /// Writes what there is to show of the run. If it can't be written, the run is named.
    private func writeNaming(_ run: TaskRun, _ resume: ResumeCommand, _ write: () throws -> Void) throws {
        do {
            try resume.guarding([run.id], context) {
                try write()
                try output.finish()
            }
        } catch StreamError.closedPipe {
            output.noteIfQuiet("run \(run.id) created", context)
            throw StreamError.closedPipe
        }
    }

    /// Warns if the processor may be too small for a report.
    private func warnOfReport(on processor: String) {
        guard !Processor.writesReports(processor) else { return }
        output.warn("reports begin with the processor \(Processor.forReports); '\(processor)' may write a few lines")
    }

    private func printCreated(_ run: TaskRun) throws {
        switch output.format {
        case .json, .jsonl: try output.write(document: run.json)
        case .table, .csv, .tsv, .markdown, .html, .text: try output.write(networkText: run.id)
        }
    }
}
