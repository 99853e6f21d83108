import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel monitor cancel`: ends a monitor for good.
struct MonitorCancelCommand: RunnableCommand {
    let options: MonitorActionOptions
    let output: Output
    let context: Context

    static let name = "monitor cancel"

    static var command: Command {
        Command(
            summary: "End a monitor for good",
            description: """
                Ends a monitor, so that it costs nothing more. It can't be begun again; what it has found stays. A \
                monitor that is cancelled already stays so, and that is no error.
                """,
            usesNetwork: true,
            positionals: [MonitorGetCommand.positional],
            defaults: MonitorActionOptions(), flags: MonitorActionOptions.flags,
            examples: [.init("parallel monitor cancel monitor_9907962f83aa4d9d98fd7f4bf745d654", "End it")],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let call = APICall(
            endpoint: .monitor(options.id, "cancel", method: .post), terms: "the monitor would end for good",
            status: "cancelling the monitor")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let monitor = try await call.send(client, output, context)
        context.log?.learned(options.id, "cancelled")
        try MonitorView(output: output).write(monitor)
        try output.finish()
        return .success
    }
}

/// The options of a command that does something to one monitor.
struct MonitorActionOptions: CommandOptions {
    var id = ""
    var preview = PreviewOptions()
    var connection = ConnectionOptions()
    var output = OutputOptions()

    static let flags: [Flag<MonitorActionOptions>] =
        PreviewFlags.all.map { $0.embedded(at: \.preview) }
        + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
        + OutputFlags.data().map { $0.embedded(at: \.output) }

    mutating func check(_ words: [String]) throws(UsageError) {
        id = try ResourceID.checked(words[0], is: .monitor, in: "MONITOR")
        try preview.check(&output)
    }
}
