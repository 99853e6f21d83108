import ParallelCore
import ParallelSystem
import ParallelTerminal

/// What is said when a batch ends, and when it is left before that.
struct BatchEnding {
    let options: BatchRunOptions
    let group: String
    let output: Output
    let context: Context

    /// The error that ended the wait, with where the rows stand and how to go on.
    func report(_ error: any Error, _ progress: Batch.Progress) -> any Error {
        if case StreamError.closedPipe = error { return error }
        let rows =
            "\(progress.accepted.grouped) of \(progress.wanted.grouped) rows are submitted to group \(group), "
            + "\(progress.ended.grouped) have ended"
        if Task.isCancelled { return Interrupted("interrupted; \(rows)", hints: hints, context) }
        return ErrorReport.adding([rows] + hints, to: error, context)
    }

    private var hints: [String] {
        let collect = "get what is finished with: " + line(["batch", "results", group] + options.connection.words)
        guard options.statePath != nil else { return [collect] }
        return ["go on with the same command: \(line(context.arguments))", collect]
    }

    /// The command that goes on once rows were submitted, or a part of them was run.
    private var rest: String {
        var words = context.arguments
        for flag in ["--limit", "--sample"] {
            while let index = words.firstIndex(where: { $0 == flag || $0.hasPrefix("\(flag)=") }) {
                words.removeSubrange(index..<min(index + (words[index] == flag ? 2 : 1), words.count))
            }
        }
        return line(words.filter { $0 != "--no-wait" })
    }

    private func line(_ words: [String]) -> String {
        ([context.programName] + words).map(ShellQuoting.quoted).joined(separator: " ")
    }

    /// `--no-wait`: the group's id is all the data there is.
    func submitted(_ progress: Batch.Progress) throws -> ExitCode {
        try output.write("\(group)\n")
        let next = options.statePath == nil ? hints[0] : "go on with: \(rest)"
        output.note("\(progress.accepted.grouped) rows are submitted; \(next)")
        return .success
    }

    /// Puts the results into the file of `--output`.
    func save(_ batch: Batch, _ layout: BatchLayout, mayReplace: Bool) async throws -> BatchWriter {
        var fileOptions = options.output
        fileOptions.file = options.layout.file
        fileOptions.replacesFile = mayReplace || options.layout.replacesFile
        do {
            let file = try Output(fileOptions, context)
            let writer = BatchWriter(layout, isRaw: options.layout.isRaw, blockSize: 1 << 16) {
                try file.write(bytes: $0)
            }
            try writer.begin()
            try await batch.forEachResult { try writer.add($0, $1, $2) }
            try writer.end()
            try file.finish()
            return writer
        } catch {
            throw ErrorReport.adding(hints, to: error, context)
        }
    }

    /// Says how it went; the batch is over, unless only some of its rows were wanted.
    func finished(_ batch: Batch, _ writer: BatchWriter) async throws -> ExitCode {
        let progress = await batch.progress
        let isPartial = options.limit != nil || options.sample != nil
        if !isPartial { await batch.forget() }
        for warning in writer.warnings { output.warn("\(warning.text) (\(warning.runs) of \(progress.wanted) runs)") }
        let doubles = await batch.duplicates.count
        if doubles > 0 { output.warn("the group has more than one run for \(doubles) rows; the first was taken") }
        let cost = Cost(runs: progress.accepted - progress.failed, processor: options.task.processor)
        let failed = progress.failed > 0 ? ", \(progress.failed.grouped) failed" : ""
        let place = options.layout.file.map { "; written to \($0)" } ?? ""
        output.note(
            "\(progress.collected.grouped) rows done\(failed)" + (cost.map { ", about \($0.text)" } ?? "")
                + " (group \(group))" + place)
        if isPartial, options.statePath != nil { output.note("go on with the other rows: \(rest)") }
        return progress.failed > 0 ? .partial : .success
    }
}
