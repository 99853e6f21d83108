import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel memory clear`: removes every entry of a memory.
struct MemoryClearCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var isConfirmed = false
        var memory = MemoryOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        var needsOutputPlace: Bool { preview.sendsNothing }

        static let flags: [Flag<Options>] =
            [
                Flag("yes", short: "y", summary: "Don't ask") { $0.isConfirmed = $1 }.formerly("confirm-clear"),
                MemoryOptions.flag.embedded(at: \.memory),
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "memory clear"

    static var command: Command {
        Command(
            summary: "Remove every entry of a memory",
            description: """
                Removes all entries of the memory under --scope-key, or of your personal one, for good. Runs and monitors \
                themselves stay as they are. Asks first; without a terminal to ask on, --yes is needed.
                """,
            usesNetwork: true, defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel memory clear --scope-key workspace_acme --yes", "Forget what was kept under a key")
            ],
            check: { options, _ throws(UsageError) in try options.preview.check(&options.output) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let body: JSONObject = options.memory.scopeKey.map { ["memory_scope_key": .string($0)] } ?? [:]
        let which = options.memory.scopeKey.map { "the memory under '\($0)'" } ?? "your personal memory"
        let call = APICall(
            endpoint: .memory("clear"), body: .object(body), terms: "every entry of \(which) would be removed",
            status: "removing")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        if !options.isConfirmed {
            try await context.confirm(
                "Remove every entry of \(which)?", before: "every entry of \(which) would be removed",
                orElse: "nothing was removed")
        }
        let answer = try await call.send(client, output, context)
        if !answer.isNull, output.format.isJSON { try output.write(document: answer) }
        output.note("every entry of \(which) is removed")
        try output.finish()
        return .success
    }
}
