import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel batch status`: shows the progress of a batch, without waiting.
struct BatchStatusCommand: RunnableCommand {
    let options: LookupOptions
    let output: Output
    let context: Context

    static let name = "batch status"

    static var command: Command {
        Command(
            summary: "Show the progress of a batch, without waiting",
            description: """
                Counts the runs of a batch by status, and shows their rate and the probable time left. With --json, \
                prints the API's group.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "GROUP", .required, completion: .file,
                    summary: "a group's id, or the output FILE of an unfinished batch")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flags,
            examples: [
                .init("parallel batch status tgrp_9907962f83aa4d9d98fd7f4bf745d654", "By the group's id")
            ],
            check: { options, words throws(UsageError) in options.words = words }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let source = try BatchSource(options.words[0], context)
        let client = try APIConnection.client(options.connection, output, context)
        let group = try await client.group(source.group)
        if output.format.isJSON {
            try output.write(document: group.json)
        } else {
            try output.write(fields: facts(group, now: context.now()), headings: ["what", "value"])
        }
        try output.finish()
        return .success
    }

    private func facts(_ group: TaskGroup, now: Int) -> [(name: [Document.Inline], value: [Document.Inline])] {
        let status = group.status
        let total = GroupNotes(group)?.share ?? status.runCount
        var facts: [(name: [Document.Inline], value: [Document.Inline])] = []
        func add(_ name: Document.Inline, _ value: String) { facts.append(([name], [.text(value)])) }
        add(.text("group"), group.id)
        add(.text("rows"), total.grouped)
        if status.runCount != total { add(.text("submitted"), status.runCount.grouped) }
        for count in status.counts { add(.mark(.status(count.status.rawValue)), count.count.grouped) }
        let ended = status.runCount - status.activeCount
        if status.isActive, ended > 0, let begin = group.createdAt.flatMap(Timestamp.seconds), now > begin {
            let perSecond = Double(ended) / Double(now - begin)
            add(.text("rate"), "\(Int(perSecond * 60).grouped) a minute")
            // A group that claims to be as old as the calendar would need longer than a duration can say.
            let left = min(Double(max(total - ended, 0)) / perSecond, 1e9)
            add(.text("time left"), DurationText.brief(.seconds(left.rounded(.up))))
        }
        if let message = status.message { add(.text("message"), output.said(message)) }
        return facts
    }
}
