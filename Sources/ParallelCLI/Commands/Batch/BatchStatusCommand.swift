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
                    summary: "a group's id, or the output FILE of a batch")
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
        if status.activeCount > 0, let begin = group.createdAt, let seconds = Timestamp.seconds(begin) {
            facts.append(([.text("begun")], [.time(begin, seconds: seconds)]))
            let pace = Pace(ended: status.runCount - status.activeCount, of: total, in: now - seconds)
            if let rate = pace?.rate { add(.text("rate"), rate) }
            add(.text("time left"), pace?.timeLeft ?? "known once a row has ended")
        }
        if let message = status.message { add(.text("message"), output.said(message)) }
        return facts
    }
}

/// How quickly rows end, and how long the others take at that rate.
private struct Pace {
    private let perSecond: Double
    private let rest: Int

    /// Nil if nothing can be concluded: no row has ended, or the clocks disagree.
    init?(ended: Int, of total: Int, in seconds: Int) {
        guard ended > 0, seconds >= 0 else { return nil }
        perSecond = Double(ended) / Double(max(1, seconds))
        rest = max(0, total - ended)
    }

    var rate: String {
        perSecond * 60 >= 1 ? "\(Int(perSecond * 60).grouped) a minute" : "\(Int(perSecond * 3_600).grouped) an hour"
    }

    /// A group that claims to be as old as the calendar would need longer than a duration can say.
    var timeLeft: String {
        DurationText.brief(.seconds(min(Double(rest) / perSecond, 1e9).rounded(.up)))
    }
}
