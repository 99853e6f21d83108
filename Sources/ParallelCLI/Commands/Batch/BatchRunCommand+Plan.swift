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
