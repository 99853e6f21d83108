import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel group add`: adds runs to a group.
struct GroupAddCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        /// The name of the file, or `-` for standard input; nil if none was given, which means standard input, too.
        var file: String?
        var processor: String?
        var shape = ShapeOptions()
        var dataSources = DataSources()
        var refreshesStatus = false
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
                    summary: "Processor of the runs that name none"
                ) { options, text throws(InvalidValue) in
                    options.processor = try FilledText.parse(text, called: "name")
                }.asSetting()
            ] + ShapeFlags.all.map { $0.embedded(at: \.shape) }
            + DataSourceFlags.all(of: "the runs", limit: "For runs that name none; not with NAME-fast processors.")
            .map { $0.embedded(at: \.dataSources) } + [
                Flag(
                    "refresh-status", summary: "Have the answer's status count the new runs",
                    details: "The status is shown with --json. Without this flag, the API answers sooner, with the "
                        + "previous status."
                ) { $0.refreshesStatus = $1 }
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "group add"

    static var command: Command {
        Command(
            summary: "Add runs to a group and print their ids",
            description: """
                Adds at most 1,000 runs, read from a file or standard input: the API's body {"inputs": […], \
                "default_task_spec": …}, a JSON array of run inputs, or JSON lines with a run input each. A run \
                input is an object with input, processor, and other members that the API knows. The flags for the \
                output's shape apply to all runs without a task_spec of their own, those for data sources to runs without any.

                Adding runs costs money, so the request is never sent again if it may have been accepted; if its \
                answer is lost, 'group runs' shows what was added. For rows of CSV, and for more than 1,000 runs, \
                there is 'batch run'.
                """,
            usesNetwork: true,
            positionals: [
                GroupID.positional,
                Positional(
                    "FILE", .optional, completion: .file, standardInput: .asDashOrIfAbsent,
                    summary: "run inputs; - or nothing: standard input"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel group add tgrp_9907962f83aa4d9d98fd7f4bf745d654 inputs.jsonl", "Runs from a file"),
                .init(
                    "parallel group add tgrp_9907962f83aa4d9d98fd7f4bf745d654 -p core --field 'ceo=Name of the CEO' < names.jsonl",
                    "With one processor and one question for all"),
            ],
            check: { options, words throws(UsageError) in
                options.id = try GroupID.check(words[0])
                options.file = words.dropFirst().first
                try options.shape.check()
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        if options.file == nil, context.terminal.stdinIsTerminal {
            throw UsageError("missing FILE", hint: "FILE holds the run inputs; - is standard input")
        }
        let settings = try APIConnection.settings(options.connection, context, needsKey: !options.preview.sendsNothing)
        let addition = try addition()
        let client = APIConnection.client(settings, output, context)
        if options.preview.sendsNothing {
            let request = try await client.addRunsRequest(
                to: options.id, body: JSONValue.object(addition.body).bytes(), betas: addition.betas,
                refreshesStatus: options.refreshesStatus)
            try RequestPreview.show(
                request, body: addition.masked, isMasked: addition.masked != .object(addition.body), options.preview,
                terms: "it would be \(terms(of: addition))", output, context)
            return .success
        }
        let progress = RunProgress(context: context, output: output, events: .none, status: "adding runs")
        let added = try await progress.shown { try await add(addition, client) }
        if added.runIDs.count != addition.runs.count {
            output.warn("\(addition.runs.count) runs were sent, and the answer has \(added.runIDs.count) ids")
        } else {
            output.note("added \(terms(of: addition))")
        }
        do {
            switch output.format {
            case .json, .jsonl: try output.write(document: added.json)
            case .table, .csv, .tsv, .markdown, .html, .text:
                try output.write(networkText: added.runIDs.joined(separator: "\n"))
            }
            try output.finish()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch {
            throw ErrorReport.adding(["the runs were added", listing()], to: error, context)
        }
        return .success
    }

    /// Returns `2 runs, about $0.05`, without a price if that of one is unknown.
    private func terms(of addition: GroupAddition) -> String {
        let costs = addition.runs.map { Cost(runs: 1, processor: $0.json["processor"]?.string ?? "")?.thousandths }
        let price = costs.contains(nil) ? "" : ", about \(Cost(thousandths: costs.reduce(0) { $0 + ($1 ?? 0) }).text)"
        return "\(counted(costs.count, "run"))\(price)\(addition.hasPaidCalls ? ", \(ProcessorText.paidCalls)" : "")"
    }

    /// Reads the runs and completes them by the flags.
    private func addition() throws -> GroupAddition {
        let file = options.file ?? "-"
        let source = file == "-" ? InputSource.standardInput : .file(context.filePath(file))
        let name = file == "-" ? source.name : file
        let text: String
        do {
            text = try source.text { try context.streams.readAll(upTo: UserFile.limit) }
        } catch let error as FileError {
            throw UsageError("can't read \(name): \(error.reason)")
        }
        var addition = try GroupAddition(text, named: name)
        addition.runs.flatMap(\.secrets).forEach(context.streams.secrets.hide)
        let count = addition.runs.count
        if count > TaskGroup.maximumAddition {
            throw UsageError(
                "\(name) holds \(count) run inputs; one request takes at most \(TaskGroup.maximumAddition)",
                hint: "'\(context.command(["batch", "run"]))' runs any number of rows")
        }
        if let processor = options.processor { output.warnOfProcessor(processor) }
        try addition.complete(processor: options.processor, sources: options.dataSources)
        if !options.shape.isEmpty { try addition.setTaskSpec { try taskSpec() } }
        return addition
    }

    /// Returns the task spec that the flags ask for. It must obey the same rules as that of a single run.
    private func taskSpec() throws -> JSONValue? {
        var request = TaskRunRequest(input: "-")
        request.outputSchema = try TaskRequest.outputSchema(options.shape, SourceText(context: context))
        try request.check()
        return request.json(.revealed)["task_spec"]
    }

    /// Adds the runs. An error that leaves it open whether they were added says how to find out.
    private func add(_ addition: GroupAddition, _ client: ParallelClient) async throws -> AddedRuns {
        let body = JSONValue.object(addition.body).bytes()
        let effect = Effect(
            work: "runs were being added",
            uncertain: [
                "the runs may have been added all the same; they were not sent again, since they would cost money twice",
                listing(),
            ],
            nothing: "nothing was added")
        return try await effect.performing(
            CreationRequest(body: body), context,
            created: { ["runs were added all the same, such as \($0.text)", listing()] }
        ) {
            try await client.addRuns(
                to: options.id, body: body, betas: addition.betas, refreshesStatus: options.refreshesStatus)
        }
    }

    private func listing() -> Hint {
        let list = context.command(["group", "runs", options.id], flags: options.connection.words)
        return "see what the group has with: \(command: list)"
    }
}
