import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// A command for a batch that an earlier call has begun: it is resumed; or it has ended, and its output is written
/// again, or some of its rows are run in a further group.
extension BatchRunCommand {
    /// What this call does with the batch.
    enum Standing {
        case begins
        /// The batch is resumed, or its output written again.
        case resumes(BatchHeader)
        /// The rows that don't take over a result get a run of a further group.
        case reruns(EarlierResults)
        /// There is nothing to do.
        case isDone(ExitCode)
    }

    /// Finds out what is to be done. Throws if the plan is not that of the batch.
    func findStanding(
        of plan: BatchPlan, _ files: BatchFiles, over connection: GroupConnection, _ observer: BatchSession.Observer,
        _ progress: BatchProgress
    ) async throws -> Standing {
        guard let journal = files.journal, var header = journal.header else { return .begins }
        try check(plan, against: header, files)
        if !header.earlierGroups.isEmpty, options.rerun != nil || !isWritten(files) {
            header = try await waiting(progress) { [header, output] in
                try await BatchSession.restoreResults(header, into: files, over: connection, observer) {
                    output.note("results on disk are lost; fetching those of the earlier groups again")
                }
            }
        }
        // A batch of other rows is not resumed: those of its rows that have no run get one in a further group.
        let isSameInput = plan.input.fingerprint == header.fingerprint
        let isResumed = try journal.ending == nil && isSameInput && BatchSession.lacksReruns(header, in: files)
        // All that this condition chose has its result, or gets it now, before another row is chosen by it.
        if let condition = options.condition, journal.ending == nil, header.condition == condition.text,
            header.parts[.processor]?.string == plan.task.processor
        {
            return .resumes(header)
        }
        let choice = try choice(plan)
        if let rerun = options.rerun {
            var runs: Int?
            if !isResumed {
                if journal.ending == nil {
                    output.note("the batch has not ended yet; waiting for its active runs first")
                }
                let needsWhole = rerun == .newRows && isSameInput
                runs = try await waiting(progress) { [header] in
                    try await BatchSession.fetchResults(
                        header, needsWhole: needsWhole, into: files, over: connection, observer)
                }
            }
            if isResumed { output.note("the batch has not ended yet, so it is resumed first") }
            guard let runs else { return .resumes(header) }
            let earlier = try EarlierResults(for: rerun, plan, header, runs: runs, in: files, choosing: choice)
            if earlier.remaining > 0 || !earlier.isSameInput { return .reruns(earlier) }
            tell(earlier)
        }
        return try tellDone(plan, header, files).map(Standing.isDone) ?? .resumes(header)
    }

    /// Whether the batch has ended, and nothing but its output as it is there is wanted.
    func isWritten(_ files: BatchFiles) -> Bool {
        guard let ending = files.journal?.ending, let file = options.layout.file else { return false }
        return !options.layout.replacesFile && !options.doesNotWait && ending.layout == options.layout.key
            && UserFile.exists(context.filePath(file))
    }

    /// Does `work`, which waits for what a further group, or the rest of the batch, needs; no row is run meanwhile.
    private func waiting<Value: Sendable>(
        _ progress: BatchProgress, _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let hint = again("wait again with the same command")
        do {
            return try await Deadline.run(within: options.timeout, context.clock) {
                try await progress.shown { try await work() }
            }
        } catch let error as WaitTimedOut {
            throw ErrorReport.adding(
                [hint],
                to: ErrorReport.replacingMessage(
                    of: error, by: "the wait ended before the batch did; no row was run again", context), context)
        } catch  where Task.isCancelled {
            throw Interrupted("interrupted; no row was run again", hints: [hint], context)
        }
    }

    /// Throws if the plan is not that of the batch. With --add-new, other rows are allowed if the state file tells
    /// those of the batch.
    func check(_ plan: BatchPlan, against header: BatchHeader, _ files: BatchFiles) throws {
        let mayHaveOtherRows = files.journal?.ending != nil || files.journal?.knowsInputs == true
        var processors: [String] = []
        if files.journal?.ending != nil || (try? BatchSession.lacksReruns(header, in: files)) == false {
            // Nothing is under way that has to be gone on with on its processor.
            processors = header.processors + (options.condition == nil ? [] : [plan.task.processor])
        }
        do {
            try plan.check(
                against: header, mayHaveOtherRows: options.rerun == .newRows && mayHaveOtherRows, alsoOn: processors)
        } catch {
            throw refusal(error, header, mayHaveOtherRows: mayHaveOtherRows)
        }
    }

    /// The number of rows that are named where a condition chooses them.
    private static let namedRows = 20

    /// Says which rows are run again, or that none is, unless the cost says it.
    func tell(_ earlier: EarlierResults) {
        if let condition = options.condition {
            let (count, repeated) = (earlier.remaining, earlier.repeatedCount)
            let rows = earlier.rowsToRun(Self.namedRows).map(\.grouped).joined(separator: ", ")
            output.note(
                count == 0
                    ? "no \(repeated > 0 ? "other " : "")row matches \(condition.text)"
                        + (lacksConfidence.withLock(\.self)
                            ? ": no result has a confidence, which lite and base don't give" : "")
                    : "\(counted(count, "row")) of \(earlier.needsRun.count.grouped) to run again: "
                        + "\(rows)\(count > Self.namedRows ? ", …" : "")")
            if repeated > 0 {
                output.note(
                    "\(counted(repeated, "row")) that \(repeated == 1 ? "was run again before is" : "were run again before are") left as they are; "
                        + "--repeat runs them once more")
            }
        } else if earlier.remaining == 0, earlier.isSameInput {
            output.note(
                options.previous != nil
                    ? "no row is new or has changed: \(counted(earlier.takenCount, "result")) taken over"
                    : options.addsNew ? "no row is new" : "no row failed that could be run again")
        } else if options.rerun == .newRows {
            let gone = earlier.goneCount
            // With --only-changed, the earlier output has them.
            if gone > 0, options.previous == nil {
                let groups = earlier.groups
                let one = groups.count == 1 ? context.maskedWord(groups[0]) : "GROUP"
                let results = context.command(
                    ["batch", "results"], operands: [one], flags: options.connection.words)
                output.note(
                    "results of rows that are gone stay in \(groups.count == 1 ? "group" : "groups") "
                        + "\(groups.joined(separator: ", ")): \(command: results)")
            }
            let taken = "\(counted(earlier.takenCount, "result")) taken over, \(earlier.remaining.grouped) to run that "
            output.note(
                (options.previous != nil
                    ? taken + "\(earlier.remaining == 1 ? "is" : "are") new or changed"
                    : earlier.isOfWhole
                        ? counted(earlier.remaining, "new row") : counted(earlier.remaining, "row") + " without a run")
                    + (gone > 0 ? ", \(gone.grouped) of the old ones \(gone == 1 ? "is" : "are") gone" : ""))
        }
    }

    /// Says that the batch has ended and what can be done now, if it is written; otherwise returns nil.
    func tellDone(_ plan: BatchPlan, _ header: BatchHeader, _ files: BatchFiles) throws -> ExitCode? {
        guard let ending = files.journal?.ending, let file = options.layout.file, isWritten(files) else { return nil }
        let lacksResults = files.results.isEmpty && (ending.failed > 0 || !header.earlierGroups.isEmpty)
        files.removeEmptyResults()
        let rows = plan.selection.shard?.share(of: plan.input.rowCount) ?? plan.input.rowCount
        let failed = ending.failed > 0 ? ", \(ending.failed.grouped) failed" : ""
        let unusable = plan.input.unsentRows.count { $0.cause.isFailure && plan.selection.contains($0.row) }
        var hints: [Hint] = []
        if ending.failed > unusable { hints.append(again("run the failed rows again", adding: ["--retry-failed"])) }
        // Where results were kept and are lost, rows without a run would be sent again.
        var ways = lacksResults ? [] : ["--force writes \(file) again, which costs nothing"]
        if plan.selection.shard == nil { ways.append("--add-new runs rows that are new in the input") }
        if !ways.isEmpty { hints.append(Hint(ways.joined(separator: "; "))) }
        let lacksRequired = ending.lacksServer && options.task.requiresServers
        let code = output.conclude(
            ending.failed > 0 && !lacksRequired ? .partial : .success,
            "this batch is done: \(counted(rows, "row"))\(failed) (\(header.groupsText)); "
                + "\(file) is as it was written, and nothing was run", hints, context)
        if lacksRequired {
            throw ErrorReport(.runFailed, RunWarnings.missingServer)
        }
        return code
    }

    /// Begins a further group after its cost is approved.
    func rerun(
        _ plan: BatchPlan, _ earlier: EarlierResults, _ files: BatchFiles, over connection: GroupConnection,
        _ observer: BatchSession.Observer
    ) async throws -> BatchSession {
        tell(earlier)
        try await approve(plan, spent: 0, remaining: earlier.remaining)
        return try await begin(plan, taking: earlier, files, over: connection, observer)
    }

    /// Creates the group of a batch, or a further one.
    func begin(
        _ plan: BatchPlan, taking earlier: EarlierResults? = nil, _ files: BatchFiles,
        over connection: GroupConnection, _ observer: BatchSession.Observer
    ) async throws -> BatchSession {
        var hasGroup = false
        // Without a group no row is run.
        defer { if !hasGroup { takeBackEntry() } }
        do {
            let progress = RunProgress(context: context, output: output, events: .none, status: "creating the group")
            let session = try await progress.shown {
                try await BatchSession.begin(
                    plan, source: inputPath, command: repeatableCommand, taking: earlier, files: files,
                    over: connection, timeout: options.timeout, sessionOptions, observer)
            }
            output.note("group \(session.group) created")
            hasGroup = true
            context.log?.became(logged.withLock { $0 }, "running", id: session.group)
            return session
        } catch let error as WaitTimedOut {
            throw ErrorReport.replacingMessage(
                of: error, by: "the wait ended before there was a group; nothing was run", context)
        } catch  where Task.isCancelled {
            throw Interrupted("interrupted before there was a group; nothing was run", context)
        }
    }

    // MARK: - The same command again

    /// Flags that are not repeated where a command is suggested that runs other rows than this one.
    static let flagsOfOneCall = rerunFlags.union(["limit", "sample", "yes", "no-wait", "force"])
    static let rerunFlags: Set<String> = ["retry-failed", "add-new", "only-changed", "where", "repeat"]

    /// The words of the command line, where it can be typed again by anybody who may read it.
    private var givenWords: GivenWords? {
        let hasSecret = options.task.webhookURL.map { SecretMask.url($0) != $0 } ?? false
        return hasSecret ? nil : try? GivenWords(context.arguments, of: BatchRunOptions.flags.map(\.spec))
    }

    /// The command line as the state file keeps it.
    private var repeatableCommand: BatchHeader.Command? {
        guard let given = givenWords, given.filesOfThisProcess.isEmpty, !given.readStandardInput,
            let directory = context.workingDirectory
        else { return nil }
        let words = Self.adding(agreedWords, to: given.words(without: Self.flagsOfOneCall))
        return BatchHeader.Command(words: words, directory: directory)
    }

    /// The flags that say what the user was asked about the input.
    private var agreedWords: [String] {
        agreedDelimiter.withLock { $0 }.map { ["--delimiter", $0.delimiterValue] } ?? []
    }

    /// Returns a hint with the same command again, without some flags and with others. A command with a secret in it is
    /// not repeated.
    func again(_ what: String, without flags: Set<String> = [], adding others: [String] = []) -> Hint {
        var place = ""
        if let typed = context.typed {
            // What `batch rerun` runs is shown as it was typed, unless it is about other rows.
            if others.isEmpty, flags.isDisjoint(with: Self.rerunFlags) {
                let specs = BatchRunOptions.flagsOfRerun.map(\.spec)
                let words = flags.isEmpty ? nil : try? GivenWords(typed, of: specs).words(without: flags)
                return "\(what): \(command: context.command(["batch", "rerun"] + (words ?? typed)))"
            }
            place = context.fileDirectory.map { " in \($0)" } ?? ""
        }
        guard let given = givenWords else { return others.isEmpty ? Hint(what) : "\(what) with \(others[0])" }
        if let file = given.filesOfThisProcess.first {
            return "\(what); \(file) was only open in this process, so give it again"
        }
        let removed = others.isEmpty ? flags : Self.flagsOfOneCall
        let words = removed.isEmpty ? context.arguments : given.words(without: removed)
        let input = given.readStandardInput ? ", and the same standard input" : ""
        let line = context.command(["batch", "run"] + Self.adding(agreedWords + others, to: words))
        return "\(what)\(place)\(input): \(command: line)"
    }

    /// Returns words of a command line with further flags, which would be taken for operands behind `--`.
    static func adding(_ flags: [String], to words: [String]) -> [String] {
        words.contains("--") ? flags + words : words + flags
    }
}

extension BatchHeader {
    /// Names the last group, and those before it, for a sentence.
    var groupsText: String {
        "group \(group)" + (earlierGroups.isEmpty ? "" : " after \(earlierGroups.joined(separator: ", "))")
    }
}

extension BatchHeader.Command {
    /// Returns the command with another processor: that of the rows that were run again last, unless it has that.
    func on(_ processor: String?) -> BatchHeader.Command {
        guard let processor, let given = try? GivenWords(words, of: BatchRunOptions.flags.map(\.spec)) else {
            return self
        }
        let own = given.value(of: "processor") ?? BatchRunOptions().task.processor
        if own.isExactly(processor) { return self }
        return Self(
            words: BatchRunCommand.adding(["--processor", processor], to: given.words(without: ["processor"])),
            directory: directory)
    }

    /// Returns a hint with this command and further flags, and where to type it.
    func hint(_ what: String, adding flags: [String] = [], _ context: Context) -> Hint {
        let line = context.command(["batch", "run"] + BatchRunCommand.adding(flags, to: words))
        return "\(what)\(directory == context.workingDirectory ? "" : " in \(directory)"): \(command: line)"
    }
}
