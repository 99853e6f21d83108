import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel group create`: creates an empty group, to which runs can be added.
struct GroupCreateCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var metadata: Metadata = []
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [MetadataFlag.flag(of: "group", details: "").embedded(at: \.metadata)]
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "group create"

    static var command: Command {
        Command(
            summary: "Make an empty group of runs and print its id",
            description: """
                Makes a group, which costs nothing; 'group add' puts runs into it. To run one task for many rows of a \
                file, use 'batch run', which does all of that.
                """,
            usesNetwork: true,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel group create --metadata job=nightly", "A group to add runs to")
            ],
            check: { _, _ throws(UsageError) in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let group = try await client.createGroup(
            metadata: JSONObject(options.metadata.map { ($0.key, .string($0.value)) }))
        do {
            switch output.format {
            case .json, .jsonl: try output.write(document: group.json)
            case .table, .csv, .tsv, .markdown, .html, .text: try output.write(networkText: group.id)
            }
            try output.finish()
        } catch StreamError.closedPipe {
            throw StreamError.closedPipe
        } catch {
            throw ErrorReport.adding(["group \(group.id) was created"], to: error, context)
        }
        return .success
    }
}
