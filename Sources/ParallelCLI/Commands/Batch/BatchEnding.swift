import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Reports the end of `batch run`: its summary, or why it ended early and how to resume it.
struct BatchEnding {
    let command: BatchRunCommand
    let session: BatchSession
    let files: BatchFiles
    /// Whether the batch had ended, or all results were there, when this call began.
    let hadAllResults: Bool
    /// The rows whose other run failed, so that they keep the result that they had.
    private let kept = Lock((count: 0, reasons: FailureReasons()))
    /// Whether this call has only written what there was.
    private var onlyWrites: Bool { hadAllResults && !session.hasAddedRows }

    /// Whether nothing of a batch that has ended is kept.
    private var forgets: Bool { context.rules.zeroRetention != nil }

    private var options: BatchRunOptions { command.options }
    private var output: Output { command.output }
    private var context: Context { command.context }
    private var group: String { session.group }

    /// Returns the report of an error that ended a batch: how many rows are submitted, and how to resume the batch.
    ///
    /// - Parameter isNew: whether this call began the batch. If it was refused as a whole, it is forgotten, so that it
    ///   does not keep another batch from beginning.
    func report(_ error: any Error, isNew: Bool) async -> any Error {
        if isNew, !Task.isCancelled, await session.isUntouched {
            await session.forget()
            command.takeBackEntry()
            guard error is WaitTimedOut else { return error }
            return ErrorReport.replacingMessage(of: error, by: "the wait ended before any row was submitted", context)
        }
        if case StreamError.closedPipe = error {
            nameGroup()
            return error
        }
        let progress = session.progress
        let total = counted(progress.wantedRuns + progress.refused, "row")
        let rows =
            "\(progress.accepted.grouped) of \(total) submitted to group \(group), "
            + "\((progress.ended - progress.unsent).grouped) ended"
        if Task.isCancelled { return Interrupted("interrupted; \(rows)", hints: hints, context) }
        if error is WaitTimedOut {
            let report = ErrorReport.replacingMessage(
                of: error, by: "the wait ended before the batch did; \(rows)", context)
            return ErrorReport.adding(hints, to: report, context)
        }
        if let error = error as? APIError, error.status == 404, !session.hasAddedRows {
            let question: Hint = "was group \(group) begun with another key or at another address?"
            return ErrorReport.adding([question] + hints, to: error, context)
        }
        var others: [Hint] = []
        if error is RowsRefused, options.rerun != nil {
            let end = command.again(
                "end the batch, where refused rows keep their errors",
                without: BatchRunCommand.rerunFlags.union(["yes"]))
            others.append(end)
        }
        return ErrorReport.adding([Hint(rows)] + hints + others, to: error, context)
    }

    private func nameGroup() { output.noteIfQuiet("group \(group) created", context) }

    private var hints: [Hint] {
        guard options.statePath != nil else {
            return [collecting, "without --output, the same command again would pay for all rows again"]
        }
        return [command.again("resume with the same command"), collecting]
    }

    private var collecting: Hint {
        // A group alone lacks the results that it has taken over.
        let hasEarlier = files.journal?.header?.earlierGroups.isEmpty == false
        let name = (hasEarlier ? options.layout.file ?? options.statePath : nil) ?? group
        let command = context.command(
            ["batch", "results"], operands: [context.maskedWord(name)], flags: options.connection.words)
        return "get what is finished with: \(command: command)"
    }

    /// Reports the end of a call with `--no-wait`, whose only data is the group.
    func submitted(_ client: ParallelClient) async throws -> ExitCode {
        let waiting = "wait for the results without --no-wait"
        let next = options.statePath == nil ? hints[0] : command.again(waiting, without: ["no-wait"])
        let progress = session.progress
        let failed = progress.unsent - progress.blank
        let submitted =
            "\(counted(progress.accepted, "row")) submitted" + (failed > 0 ? ", \(failed.grouped) failed" : "")
        do {
            if options.layout.isRaw {
                try output.write(document: try await client.group(group).json)
            } else {
                try output.write("\(group)\n")
            }
        } catch StreamError.closedPipe {
            nameGroup()
            throw StreamError.closedPipe
        } catch {
            throw ErrorReport.adding(["\(submitted) to group \(group)"] + hints, to: error, context)
        }
        return output.conclude(
            failed > 0 ? .partial : .success, "\(submitted) (group \(group))", [next], context)
    }

    /// Writes the results to the file of `--output`. If they had to go to another file, also returns the error that
    /// says so: an output that somebody else has changed meanwhile is left alone.
    func save(_ layout: BatchLayout) async throws -> (writer: BatchWriter, move: OutputFailure?) {
        let file = BatchOutputFile(
            layout: layout, options: options.layout, output: options.output, context: context)
        let mayReplace =
            options.layout.replacesFile || options.layout.file.map { command.mayReplace($0, files) } ?? false
        do {
            return try await file.write(mayReplace: mayReplace) { writer in
                kept.withLock { $0 = (0, FailureReasons()) }
                try await session.forEachResult {
                    try writer.add($0, $1)
                } onKept: { row, failure in
                    let reason = BatchResult(failure, number: nil, isRaw: true).error ?? ""
                    let count = kept.withLock { kept in
                        kept.count += 1
                        kept.reasons.add(reason)
                        return kept.count
                    }
                    if count <= Self.namedRows {
                        output.warn("row \((row.index + 1).grouped) keeps its earlier result: \(reason)")
                    }
                }
            } mayFinish: {
                try files.journal?.willWrite(output: $0, layout: options.layout.key)
                return true
            }
        } catch let error as OutputFailure {
            // Where the state is gone with its folder, the same command would pay for all rows again.
            let isKept = options.statePath.map { UserFile.exists(context.filePath($0)) } ?? false
            throw ErrorReport.adding(isKept ? hints : [collecting], to: error, context)
        } catch {
            throw ErrorReport.adding(hints, to: error, context)
        }
    }

    /// The number of rows that are named because they keep their results.
    private static let namedRows = 5

    /// The number of rows of a sample that are shown.
    private static let shownRows = 10

    /// Shows the first rows of a sample that went into a file, if a person is there to read them.
    func showSample(_ layout: BatchLayout) async throws {
        guard options.sample != nil, output.isLaidOut, !options.output.isQuiet else { return }
        let writer = BatchWriter(layout, BatchLayoutOptions(), blockSize: 0, to: output)
        try await session.forEachResult { row, result in
            if writer.count < Self.shownRows { try writer.add(row, result) }
        }
        try writer.end()
    }

    /// Prints the summary. The group stays on disk; unless only some rows were run, the batch has ended. Throws `move`
    /// at the end.
    func finished(_ writer: BatchWriter, move: OutputFailure?) async throws -> ExitCode {
        let progress = session.progress
        let isWhole = session.isWhole
        let lacksServer = writer.warnings.contains { RunWarnings.isOfUnlistedServer($0.text) }
        if isWhole, move == nil {
            try session.end(failed: writer.failed, lacksServer: lacksServer, layout: options.layout.key)
            if forgets { await session.forget() }
        }
        RunWarnings.tell(writer.warnings, output, context)
        if progress.accepted > 0 { await warnOfExtraRuns() }
        var text = writer.summary(hiding: output.secrets)
        let isFurther = files.journal?.header?.earlierGroups.isEmpty == false
        if !onlyWrites, isFurther { text += ", \(progress.accepted.grouped) run now" }
        if !onlyWrites, let cost = Cost(runs: progress.completed, processor: options.task.processor) {
            text += isFurther ? " for about \(cost.text)" : ", about \(cost.text)"
            if let paid = files.journal?.header?.earlierCounts?.cost {
                text += ", \(Cost(thousandths: paid.thousandths + cost.thousandths).text) in all"
            }
        }
        let (keptCount, reasons) = kept.withLock(\.self)
        if keptCount > 0 {
            text +=
                "; \(counted(keptCount, "row")) with the earlier result, as the other run failed: "
                + reasons.summary(hiding: output.secrets)
        }
        text += " (\(files.journal?.header?.groupsText ?? "group \(group)"))"
        if move == nil, let file = options.layout.file { text += "; written to \(file)" }
        if onlyWrites { text += "; nothing was run" }
        var advice: [Hint] = []
        if options.layout.file == nil, output.isLaidOut {
            let keeping = context.command(
                ["batch", "results", context.maskedWord(group)], flags: options.connection.words)
            advice.append("keep them with: \(command: keeping + " -o FILE")")
        }
        if options.statePath != nil, !isWhole || !forgets {
            // The suggested commands lack --yes, so that they ask before other rows are paid for.
            if !isWhole {
                let others = BatchRunCommand.rerunFlags.union(["limit", "sample", "yes"])
                advice.append(command.again("run the other rows", without: others))
            }
            if writer.mayRetry { advice.append(command.again("run the failed rows again", adding: ["--retry-failed"])) }
        }
        let lacksRequired = lacksServer && options.task.requiresServers
        let code = output.conclude(
            writer.failed + keptCount > 0 && move == nil && !lacksRequired ? .partial : .success, text, advice, context)
        if let move { throw move }
        if lacksRequired {
            throw ErrorReport(.runFailed, RunWarnings.missingServer)
        }
        return code
    }

    /// Warns if rows have more than one run, which were paid for twice.
    private func warnOfExtraRuns() async {
        let more = await session.runsBeyondRows()
        if more > 0 {
            let list = context.command(["group", "runs", context.maskedWord(group)])
            output.note("warning: the group has \(counted(more, "run")) more than rows; see: \(command: list)")
        }
    }
}
