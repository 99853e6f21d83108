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
                Counts the rows of a batch by the status of their runs, and shows the rate and the probable time left. \
                With an output FILE, rows whose runs are in earlier groups are counted as well. With --json, prints the \
                API's group; of FILE, the last one.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "GROUP", .required, completion: .ids(of: "group", orFile: true),
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
            if let earlier = source.header?.earlierGroups, !earlier.isEmpty {
                output.note("this is the last group of the batch; before it: \(earlier.joined(separator: ", "))")
            }
            try output.write(document: group.json)
        } else {
            try output.write(fields: facts(group, source.header, now: context.now()), headings: ["what", "value"])
        }
        try output.finish()
        return .success
    }

    /// Describes a batch by its last group and by what its state file, if there is one, says of those before.
    private func facts(
        _ group: TaskGroup, _ header: BatchHeader?, now: Int
    ) -> [(name: [Document.Inline], value: [Document.Inline])] {
        let status = group.status
        let share = GroupNotes(group)?.share ?? status.runCount
        let earlier = header?.earlierCounts
        let taken = (earlier?.completed ?? 0) + (earlier?.failed ?? 0)
        var facts: [(name: [Document.Inline], value: [Document.Inline])] = []
        func add(_ name: Document.Inline, _ value: String) { facts.append(([name], [.text(value)])) }
        add(.text("group"), group.id)
        if let groups = header?.earlierGroups, !groups.isEmpty {
            add(.text("earlier groups"), groups.joined(separator: ", "))
        }
        add(.text("rows"), (share + taken).grouped)
        if status.runCount != share { add(.text("submitted"), (status.runCount + taken).grouped) }
        for count in counts(status, earlier) { add(.mark(.status(count.status.rawValue)), count.count.grouped) }
        if status.activeCount > 0, let begin = group.createdAt, let seconds = Timestamp.seconds(begin) {
            facts.append(([.text("begun")], [.time(begin, seconds: seconds)]))
            let ended = status.runCount - status.activeCount
            let perSecond = Double(ended) / Double(max(1, now - seconds))
            // Nothing can be concluded before a row has ended, or where the clocks disagree.
            if ended > 0, now >= seconds {
                add(.text("rate"), ProgressBar.text(ofRate: perSecond))
                // A creation time far in the past would give a time that a Duration can't hold.
                let left = min(Double(max(0, share - ended)) / perSecond, 1e9)
                add(.text("time left"), DurationText.describe(.seconds(left.rounded(.up))))
            } else {
                add(.text("time left"), "known once a row has ended")
            }
        }
        if let message = status.message { add(.text("message"), output.said(message)) }
        return facts
    }

    /// Returns the number of rows by the status of their runs, with those of earlier groups.
    private func counts(
        _ group: TaskGroupStatus, _ earlier: BatchHeader.EarlierCounts?
    ) -> [(status: RunStatus, count: Int)] {
        var counts = group.counts
        for (status, count) in [(RunStatus.completed, earlier?.completed), (.failed, earlier?.failed)] {
            guard let count, count > 0 else { continue }
            if let index = counts.firstIndex(where: { $0.status == status }) {
                counts[index].count += count
            } else {
                counts.append((status, count))
            }
        }
        return counts
    }
}
