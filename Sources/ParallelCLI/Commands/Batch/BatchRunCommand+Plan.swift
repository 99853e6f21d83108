import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The plan of the batch, and the session that executes it.
extension BatchRunCommand {
    /// Reads all rows of the input into `spool` and plans the batch. An invalid row ends the reading, or is reported if
    /// such rows are skipped.
    func readPlan(_ task: TaskRunRequest, into spool: RowSpool) throws -> BatchPlan {
        let name = options.source == "-" ? "standard input" : options.source
        do {
            var reader = InputReader(options.input, for: task, into: spool)
            if options.source == "-" {
                while case let piece = try context.streams.read(), !piece.isEmpty { try reader.feed(piece) }
            } else {
                try UserFile.read(context.filePath(options.source)) { try reader.feed($0) }
            }
            try reader.finish()
            output.tell(reader.notices, of: name)
            let input = try reader.result()
            let selection = try RowSelection(
                of: input, shard: options.shard, limit: options.limit, sample: options.sample)
            return try BatchPlan(task, options.input.rowInput, input, selection)
        } catch let error as FileError where error.path == context.filePath(options.source) {
            throw UsageError("can't read \(options.source): \(error.reason)")
        } catch {
            throw UsageError(error, inInput: name) ?? error
        }
    }

    /// The maximum number of rows that are sent in a minute; nil means no limit.
    var rate: Int? {
        switch options.rate {
        case .rows(let rate): rate
        case .unlimited: nil
        case nil: (try? context.apiAddress.get())?.localSandbox == nil ? Pacer.usualRate : nil
        }
    }

    private var sessionOptions: BatchSession.Options {
        BatchSession.Options(isOrdered: !options.isUnordered, onlySubmits: options.doesNotWait, rate: rate)
    }

    /// Resumes the batch that an earlier call has begun, or begins one after its cost is approved.
    func openSession(
        _ plan: BatchPlan, _ files: BatchFiles, over connection: GroupConnection, _ observer: BatchSession.Observer
    ) async throws -> BatchSession {
        if let header = files.journal?.header {
            do {
                return try BatchSession.resume(
                    plan, header, files: files, over: connection, sessionOptions, observer)
            } catch let difference as BatchPlan.Difference {
                throw UsageError(difference, reading: options.source, hint: beginAnew)
            }
        }
        try await approve(plan, spent: 0, remaining: plan.selection.count)
        do {
            let session = try await BatchSession.begin(
                plan, source: inputPath, files: files, over: connection, timeout: options.timeout, sessionOptions,
                observer)
            output.note("group \(session.group) created")
            return session
        } catch let error as WaitTimedOut {
            throw ErrorReport.replacingMessage(
                of: error, by: "the wait ended before there was a group; nothing was run", context)
        }
    }

    /// Finds out which runs the group of an earlier call has, and lets the user approve the cost of the rest.
    func catchUp(_ session: BatchSession, _ plan: BatchPlan) async throws {
        try await session.catchUp()
        let done = session.progress
        output.note("resuming group \(session.group), which has \(counted(done.accepted, "run"))")
        try await approve(plan, spent: done.accepted, remaining: done.missingRuns)
    }
}

extension Output {
    /// Warns of unusual column titles, and says which rows were left out.
    func tell(_ notices: InputReader.Notices, of name: String) {
        for warning in notices.warnings { warn("\(name): \(warning)") }
        for skipped in [notices.unreadable, notices.unusable] where skipped.count > 0 {
            warn("\(name): left out \(counted(skipped.count, "bad row"))")
            for error in skipped.first { note("  \(error)") }
            if skipped.count > skipped.first.count { note("  …") }
        }
    }
}
