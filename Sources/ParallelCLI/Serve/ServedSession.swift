import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// The work behind the tools of `mcp serve`: what was started, what it may cost, and what goes on between calls.
///
/// A tool uses the same parts as the command of its kind, with streams that are kept: what a command would write to
/// standard error is the progress of the call, and its data is the answer.
final class ServedSession: Sendable {
    let options: MCPServeCommand.Options
    let output: Output
    let context: Context
    /// The folder that files are in, with links resolved; nil for none.
    let root: String?

    private struct State {
        var spent = Cost(thousandths: 0)
        var ids: [String] = []
        /// The runs whose results were not handed over yet.
        var openRuns: [String] = []
        /// The batches by the files that they write.
        var jobs: [String: EnrichmentJob] = [:]
        /// The files by the ids of the groups that are written to them.
        var files: [String: String] = [:]
    }

    private let state = Lock(State())
    private let work: AsyncStream<@Sendable () async -> Void>
    private let inBackground: AsyncStream<@Sendable () async -> Void>.Continuation

    /// The maximum length of an answer, in Unicode scalars: about ten thousand tokens.
    private static let maximumAnswer = 40_000

    /// Throws `UsageError` if the folder of `--root` is none.
    init(_ options: MCPServeCommand.Options, _ output: Output, _ context: Context) throws {
        self.options = options
        self.output = output
        self.context = context
        root = try options.root.map { name in
            guard let path = UserFile.resolved(context.filePath(name)), Directory.isPlain(path) else {
                throw UsageError("--root: there is no folder \(name)")
            }
            return path
        }
        (work, inBackground) = AsyncStream.makeStream()
    }

    // MARK: - Calls

    /// Calls the tool. Its errors are answers, which the model can act on.
    func answer(
        _ tool: String, _ arguments: JSONObject, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> ToolServer.Answer {
        let call = ServedCall(session: self, report)
        do {
            switch tool {
            case "research": return try await call.research(arguments)
            case "search": return try await call.search(arguments)
            case "extract": return try await call.extract(arguments)
            case "enrich_file": return try await call.enrich(arguments)
            case "status": return try await call.status(arguments["id"]?.string)
            default: return try await call.collect(arguments["id"]?.string ?? "")
            }
        } catch {
            return ToolServer.Answer(call.text(of: error), isFailure: true)
        }
    }

    /// Returns an answer that fits into a conversation.
    ///
    /// - Parameter whole: where the whole of it can be had.
    static func answer(_ text: String, whole: String) -> ToolServer.Answer {
        guard text.unicodeScalars.count > maximumAnswer else { return ToolServer.Answer(text) }
        let cut = String(String.UnicodeScalarView(text.unicodeScalars.prefix(maximumAnswer)))
        return ToolServer.Answer("\(cut)\n\n[cut after \(maximumAnswer) characters; \(whole)]")
    }

    // MARK: - Money

    /// Counts what a call is about to cost. Throws `UsageError` if that is not known or above what is left, and counts
    /// nothing then.
    func spend(_ cost: Cost?, for what: String) throws {
        guard let cost else {
            throw UsageError("\(what): the price is not known, so the limit for costs can't be kept; nothing was run")
        }
        let rest = state.withLock { state -> Cost? in
            let rest = Cost(thousandths: options.maximumCost.thousandths - state.spent.thousandths)
            guard cost <= rest else { return rest }
            state.spent = Cost(thousandths: state.spent.thousandths + cost.thousandths)
            return nil
        }
        if let rest {
            throw UsageError(
                "\(what) would cost about \(cost.text), and \(rest.text) is left of the \(options.maximumCost.text) that "
                    + "whoever started this server allows; nothing was run")
        }
    }

    /// Takes back what was counted for a call that was refused.
    func refund(_ cost: Cost?) {
        state.withLock { state in
            state.spent = Cost(thousandths: state.spent.thousandths - (cost?.thousandths ?? 0))
        }
    }

    // MARK: - What was started

    func remember(run id: String) {
        state.withLock { state in
            state.ids.append(id)
            state.openRuns.append(id)
        }
    }

    func remember(group id: String, of job: EnrichmentJob) {
        state.withLock { state in
            if !state.ids.contains(id) { state.ids.append(id) }
            state.files[id] = job.output
        }
    }

    /// Notes that the client has the result of a run.
    func handedOver(run id: String) { state.withLock { $0.openRuns.removeAll { $0 == id } } }

    var ids: [String] { state.withLock { $0.ids } }

    func job(_ id: String) -> EnrichmentJob? { state.withLock { state in state.files[id].flatMap { state.jobs[$0] } } }

    /// Returns the batch under way that writes to this file, or a new one.
    func job(writing path: String, _ arguments: JSONValue) -> (job: EnrichmentJob, isNew: Bool) {
        state.withLock { state in
            if let job = state.jobs[path], !job.hasEnded { return (job, false) }
            let job = EnrichmentJob(output: path, arguments)
            state.jobs[path] = job
            return (job, true)
        }
    }

    /// Says on standard error how to get the results of runs that the client has not got.
    private func tellOfOpenRuns() {
        let runs = state.withLock { $0.openRuns }.map(context.maskedWord)
        guard !runs.isEmpty else { return }
        let command = context.command(["task", "result"], operands: runs)
        output.note("results that were not collected: \(command: command)" as Hint)
    }

    /// Does `job` while other calls come and go.
    func start(_ job: @escaping @Sendable () async -> Void) { inBackground.yield(job) }

    /// Does `serve`, and then ends the jobs that are under way.
    func withJobs(_ serve: () async throws -> Void) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { [work] in
                await withDiscardingTaskGroup { group in
                    for await job in work { group.addTask { await job() } }
                    group.cancelAll()
                }
            }
            defer {
                group.cancelAll()
                tellOfOpenRuns()
            }
            try await serve()
        }
    }
}
