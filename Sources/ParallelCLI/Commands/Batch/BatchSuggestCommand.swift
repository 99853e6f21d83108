import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel batch suggest`: proposes schemas for the rows of a batch.
struct BatchSuggestCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var intent = InputSource.standardInput
        var previous: InputSource?
        var processors: [String] = []
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "previous", value: FlagSpec.Value("FILE", completion: .file, takesStandardInput: true),
                    summary: "Refine the suggestion in FILE, or - for standard input",
                    details: "The file holds what --json has printed before, or an object with an input_schema to "
                        + "keep to."
                ) { options, text throws(InvalidValue) in
                    let text = try FileNameText.parse(text)
                    options.previous = InputSource(fileName: text)
                },
                Flag(
                    "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
                    isRepeatable: true, summary: "Let the API choose among these processors (repeatable)"
                ) { options, text throws(InvalidValue) in
                    options.processors.append(try FilledText.parse(text, called: "name"))
                },
            ] + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "batch suggest"

    static var command: Command {
        Command(
            summary: "Let the API propose fields and a processor for a batch",
            description: """
                Takes what you want to know, in plain words, and proposes which columns the rows should have, which \
                fields to ask for and which processor to use, with the command that runs it. Nothing is run, and \
                nothing costs money. With --json, prints the API's suggestion, with its processors in \
                recommended_processors.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "INTENT", .required, completion: .atFile,
                    summary: "what you want to know: text, @FILE, or - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel batch suggest 'Find the CEOs of tech companies'", "Fields, processor and command"),
                .init(
                    "parallel batch suggest 'Find the CEOs of tech companies' --json > suggestion.json",
                    "To be refined with --previous"),
            ],
            check: { options, words throws(UsageError) in
                options.intent = InputSource(words[0])
                try options.output.refuseTables(for: "a suggestion")
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let intent = try SourceText(context: context).text(of: options.intent, for: "INTENT")
        if intent.isBlank { throw UsageError("INTENT is empty") }
        var question: JSONObject = ["user_intent": .string(intent)]
        if let source = options.previous {
            let previous = try SourceText(context: context).json(of: source, for: "--previous")
            guard previous.object != nil else {
                throw UsageError("--previous: \(source.name) is \(previous.typeName), not a suggestion")
            }
            question["previous_task"] = previous
        }
        let client = try APIConnection.client(options.connection, output, context)
        let elapsed = context.clock.stopwatch()
        var suggestion = try await client.suggestTask(question)
        let schemas = JSONObject(
            ["input_schema", "output_schema"].compactMap { name in suggestion[name].map { (name, $0) } })
        var task: JSONObject = ["task_spec": .object(schemas)]
        if !options.processors.isEmpty {
            task["choose_processors_from"] = .array(options.processors.map(JSONValue.string))
        }
        let processors = try await client.suggestProcessors(task, within: ParallelClient.usualLimit - elapsed())
        suggestion["recommended_processors"] = .array(processors.map(JSONValue.string))
        switch output.format {
        case .json, .jsonl: try output.write(document: .object(suggestion))
        case .table, .csv, .tsv, .markdown, .html, .text:
            try SuggestionView(output: output, context: context).write(suggestion)
        }
        try output.finish()
        return .success
    }
}
