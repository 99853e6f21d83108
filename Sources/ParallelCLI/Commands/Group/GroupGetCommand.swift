import ParallelAPI
import ParallelOutput
import ParallelTerminal

/// `parallel group get`: shows the number of runs in each status.
struct GroupGetCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "group get"

    static var command: Command {
        Command(
            summary: "Show how many runs of a group have which status",
            description: "Asks for the status of a group and prints it without waiting for anything.",
            usesNetwork: true,
            positionals: [GroupID.positional],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [
                .init("parallel group get tgrp_9907962f83aa4d9d98fd7f4bf745d654", "Counts by status"),
                .init(
                    "parallel group get --json tgrp_9907962f83aa4d9d98fd7f4bf745d654 | jq .status.is_active",
                    "Whether any run is active"),
            ],
            check: { options, words throws(UsageError) in options.words = [try GroupID.check(words[0])] },
            runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let client = try APIConnection.client(options.connection, output, context)
        let group = try await client.group(options.words[0])
        if output.format.isJSON {
            try output.write(document: group.json)
        } else {
            var counts = group.status.counts.map { count -> (name: [Document.Inline], value: [Document.Inline]) in
                ([.mark(.status(count.status.rawValue))], [.text(String(count.count))])
            }
            counts.append(([.text("total")], [.text(String(group.status.runCount))]))
            try output.write(fields: counts, headings: ["status", "runs"])
            group.status.message.map { output.note(output.said($0)) }
        }
        try output.finish()
        return .success
    }
}
