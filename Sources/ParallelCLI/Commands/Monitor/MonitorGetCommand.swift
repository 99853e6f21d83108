import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel monitor get`: shows one monitor.
struct MonitorGetCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "monitor get"

    static let positional = Positional(
        "MONITOR", .required, completion: .ids(of: "monitor"), summary: "the id of a monitor")

    static var command: Command {
        Command(
            summary: "Show a monitor and what it costs",
            description: "Shows a monitor: what it looks for, how often, since when, and what it costs in a month.",
            usesNetwork: true,
            positionals: [positional],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [.init("parallel monitor get monitor_9907962f83aa4d9d98fd7f4bf745d654", "One monitor")],
            check: { options, words throws(UsageError) in
                options.words = [try ResourceID.checked(words[0], is: .monitor, in: "MONITOR")]
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        try MonitorView(output: output).write(try await client.answer(to: .monitor(options.words[0])))
        try output.finish()
        return .success
    }
}
