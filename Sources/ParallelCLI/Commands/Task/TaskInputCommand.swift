import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelTerminal

/// `parallel task input`: shows the input of a run.
struct TaskInputCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "task input"

    static var command: Command {
        Command(
            summary: "Show the input of a run",
            description: """
                Prints the input of a run: text as it is, structured input as fields. With --json, prints the whole \
                request that created the run; header values and URL queries of MCP servers are masked.
                """,
            usesNetwork: true,
            positionals: [Positional("RUN_ID", .required, completion: .ids(of: "run"), summary: "the id of a run")],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [
                .init("parallel task input trun_9907962f83aa4d9d98fd7f4bf745d654", "The question again"),
                .init(
                    "parallel task input --json trun_9907962f83aa4d9d98fd7f4bf745d654 | jq .task_spec",
                    "The schema it was asked with"),
            ],
            check: { options, words throws(UsageError) in options.words = [try RunIDs.single(words)] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let request = try await client.input(options.words[0])
        if output.format.isJSON {
            try output.write(document: request)
        } else if let text = request["input"]?.string, !output.format.isDelimited {
            try output.write(networkText: text)
        } else if output.takesDocuments {
            var blocks = JSONBlocks(sources: SourceList([]))
            try output.write(Document(blocks.blocks(request["input"] ?? .null)))
        } else {
            let rows = FieldRow.rows(of: request["input"] ?? .null).map { [$0.path, $0.value] }
            try output.write(table: Document.Table(headings: ["field", "value"], rows: rows))
        }
        try output.finish()
        return .success
    }
}
