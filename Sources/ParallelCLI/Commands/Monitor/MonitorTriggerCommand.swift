import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel monitor trigger`: has a monitor look once more, now.
struct MonitorTriggerCommand: RunnableCommand {
    let options: MonitorActionOptions
    let output: Output
    let context: Context

    static let name = "monitor trigger"

    static var command: Command {
        Command(
            summary: "Have a monitor look once more, now",
            description: """
                Begins one execution beside the schedule, which costs what every execution costs; so the request is \
                never sent again if it may have been accepted. 'monitor events' shows what was found.
                """,
            usesNetwork: true,
            positionals: [MonitorGetCommand.positional],
            defaults: MonitorActionOptions(), flags: MonitorActionOptions.flags,
            examples: [.init("parallel monitor trigger monitor_9907962f83aa4d9d98fd7f4bf745d654", "Look now")],
            check: { options, words throws(UsageError) in try options.check(words) }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APICall.client(options.preview, options.connection, output, context)
        let price = MonitorProcessor.priceList.map { "\(Cost(thousandths: $0.usdPer1000).text) on \($0.name)" }
        let terms = "the monitor would run once more, for \(price.joined(separator: " or "))"
        let call = APICall(
            endpoint: .monitor(options.id, "trigger", method: .post, resend: .never), terms: terms,
            status: "starting an execution",
            effect: Effect(
                work: "an execution was being started",
                uncertain: ["it may have been started all the same; it was not sent again, since it would cost twice"],
                nothing: "nothing was started"))
        if try await call.isShown(options.preview, client, output, context) { return .success }
        let answer = try await call.send(client, output, context)
        let list = context.command(["monitor", "events", options.id], flags: options.connection.words)
        output.note("started; see what it finds with: \(list)")
        // The API answers without a body.
        let told: JSONValue = ["monitor_id": .string(options.id), "triggered": true]
        if output.format.isJSON { try output.write(document: answer.isNull ? told : answer) }
        try output.finish()
        return .success
    }
}
