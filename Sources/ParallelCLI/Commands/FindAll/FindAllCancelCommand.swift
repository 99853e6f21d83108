import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel findall cancel`: ends a run.
struct FindAllCancelCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "findall cancel"

    static var command: Command {
        Command(
            summary: "End a FindAll run for good",
            description: """
                Cancels an active run and prints its status. It can't be taken back; what the run has found stays, and \
                work that is under way may be charged.
                """,
            usesNetwork: true,
            positionals: [
                Positional("FINDALL_ID", .required, completion: .ids(of: "findall"), summary: "the id of a FindAll run")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel findall cancel findall_9907962f83aa4d9d98fd7f4bf745d654", "Stop searching")
            ],
            check: { options, words throws(UsageError) in
                options.id = try RunIDs.single(words, .findAll)
                try options.preview.check(&options.output)
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let call = APICall(
            endpoint: .findAll(options.id, "cancel", changes: true), terms: "the run would be cancelled",
            status: "cancelling the run",
            effect: Effect(
                work: "the run was being cancelled", uncertain: ["it may have been cancelled"],
                nothing: "it was not cancelled"))
        if try await call.isShown(options.preview, client, output, context) { return .success }
        _ = try await call.send(client, output, context)
        let run = try await client.findAll(options.id)
        output.note("the run was cancelled; what it has found stays, and work under way may be charged")
        try FindAllStatusView.write([run], isOne: true, output)
        try output.finish()
        return .success
    }
}
