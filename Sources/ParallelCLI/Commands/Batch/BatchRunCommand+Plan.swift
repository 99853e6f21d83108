import ParallelAPI
import ParallelBatch
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The plan of the batch, and the session that executes it.
extension BatchRunCommand {
    /// The maximum number of rows that are sent in a minute; nil means no limit.
    var rate: Int? {
        switch options.rate {
        case .rows(let rate): rate
        case .unlimited: nil
        case nil: (try? context.apiAddress.get())?.localSandbox == nil ? Pacer.usualRate : nil
        }
    }

    var sessionOptions: BatchSession.Options {
        BatchSession.Options(isOrdered: !options.isUnordered, onlySubmits: options.doesNotWait, rate: rate)
    }

    /// Begins or resumes the batch, or begins a further group of it, after the cost is approved.
    func openSession(
        _ standing: Standing, _ plan: BatchPlan, _ files: BatchFiles, over connection: GroupConnection,
        _ observer: BatchSession.Observer
    ) async throws -> BatchSession {
        switch standing {
        case .resumes(let header):
            var resumed = sessionOptions
            resumed.keepsRefusals = options.rerun == nil && !header.earlierGroups.isEmpty
            // With --add-new, the rows of a first group that another call left are run, too.
            if let rerun = options.rerun, rerun != .newRows || !header.earlierGroups.isEmpty {
                resumed.limit(toGroupOf: header)
            }
            return try BatchSession.resume(plan, header, files: files, over: connection, resumed, observer)
        case .reruns(let earlier): return try await rerun(plan, earlier, files, over: connection, observer)
        case .begins, .isDone:
            try await approve(plan, spent: 0, remaining: plan.selection.count)
            return try await begin(plan, files, over: connection, observer)
        }
    }

    /// Finds out which runs the group of an earlier call has, and lets the user approve the cost of the rest.
    ///
    /// - Parameter hasEnded: whether the batch has ended, so that nothing is left to be resumed.
    func catchUp(_ session: BatchSession, _ plan: BatchPlan, hasEnded: Bool) async throws {
        // What is on disk is there even if the account keeps results no longer.
        if !session.hasAllResults { try await session.catchUp() }
        let done = session.progress
        if !hasEnded {
            output.note("resuming group \(session.group), which has \(counted(done.accepted, "run"))")
        }
        try await approve(plan, of: session.group, spent: done.accepted, remaining: done.missingRuns)
    }
}
