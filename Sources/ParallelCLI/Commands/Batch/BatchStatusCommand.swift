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
            summary: "Show the progress of a batch, or watch it until it ends",
            description: """
                Counts the rows of a batch by the status of their runs, and shows the rate and the probable time left. \
                With an output FILE, rows whose runs are in earlier groups are counted as well. With --json, prints the \
                API's group; of FILE, the last one. With --watch, goes on until the last row has ended.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "GROUP", .required, completion: .ids(of: "group", orFile: true),
                    summary: "a group's id, or the output FILE of a batch")
            ],
            defaults: LookupOptions(), flags: LookupOptions.flagsOfWatch,
            examples: [
                .init("parallel batch status tgrp_9907962f83aa4d9d98fd7f4bf745d654", "By the group's id"),
                .init("parallel batch status --watch ceos.csv", "Watch it by its output file, from another terminal"),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                try options.checkWatch()
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let source = try BatchSource(options.words[0], context)
        let client = try APIConnection.client(options.connection, output, context)
        if options.isWatched { return try await watch(source, client) }
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

    /// How often a group is found without active runs, and unchanged, before it counts as left by whoever submits rows.
    private static let idleLooks = 12

    private func watch(_ source: BatchSource, _ client: ParallelClient) async throws -> ExitCode {
        let watch = StatusWatch(options: options, output: output, context: context, command: ["batch", "status"])
        let progress = BatchProgress(context: context, output: output, total: 0, showsPlainLines: false)
        let last = Lock<(group: TaskGroup?, idle: Int)>((nil, 0))
        defer {
            if watch.isLive, let group = last.withLock({ $0.group }) {
                try? output.write(
                    fields: facts(group, source.header, now: context.now()), headings: ["what", "value"])
            }
        }
        let group: TaskGroup = try await progress.shown {
            try await watch.outcome(of: "batch \(source.group)", word: options.words[0], within: options.timeout) {
                let group = try await client.group(source.group)
                try group.status.check()
                let (isChanged, idle) = last.withLock { last in
                    let isChanged = last.group?.status.json != group.status.json
                    last = (group, isChanged || group.status.isActive ? 0 : last.idle + 1)
                    return (isChanged, last.idle)
                }
                let sum = Self.sum(of: group, source.header)
                progress.update(
                    done: sum.completed + sum.failed, total: sum.rows, failed: sum.failed,
                    running: group.status.counts.first { $0.status == .running }?.count ?? 0, costSoFar: nil)
                if isChanged, !watch.isLive { try writeChange(group, sum) }
                if group.status.isActive { return nil }
                if sum.completed + sum.failed >= sum.rows, sum.rows > 0 { return group }
                guard idle < Self.idleLooks else {
                    throw ErrorReport(
                        .stillRunning,
                        "no row is active, and none came for a while: \((sum.completed + sum.failed).grouped) of \(sum.rows.grouped) have ended",
                        hints: ["the command that began the batch goes on with it"])
                }
                return nil
            }
        }
        let sum = Self.sum(of: group, source.header)
        try output.finish()
        if sum.failed == 0 { return .success }
        throw ErrorReport(
            .partial, "\(sum.failed.grouped) of \(counted(sum.rows, "row")) failed",
            hints: ["the results say why: \(command: context.command(["batch", "results", options.words[0]]))"])
    }

    /// Writes a line for a batch whose counts have changed.
    private func writeChange(_ group: TaskGroup, _ sum: (rows: Int, completed: Int, failed: Int)) throws {
        let counts = group.status.counts.map { "\($0.status.rawValue) \($0.count)" }.joined(separator: ", ")
        let cells = [group.id, "\(sum.completed + sum.failed)/\(sum.rows)", counts]
        try output.write(document: group.json, asRow: cells.map { [.text($0)] }, widths: [37, 12, 0])
    }

    /// How many rows a batch has, and how many have ended how, with those of earlier groups.
    private static func sum(of group: TaskGroup, _ header: BatchHeader?) -> (rows: Int, completed: Int, failed: Int) {
        let earlier = header?.earlierCounts
        let status = group.status
        let completed = status.counts.reduce(0) { $1.status == .completed ? $0 + $1.count : $0 }
        let failed = status.counts.reduce(0) {
            $1.status == .completed || $1.status.isUsuallyActive ? $0 : $0 + $1.count
        }
        let rows = max(GroupNotes(group)?.share ?? 0, status.runCount)
        return (
            rows + (earlier?.completed ?? 0) + (earlier?.failed ?? 0), completed + (earlier?.completed ?? 0),
            failed + (earlier?.failed ?? 0)
        )
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
