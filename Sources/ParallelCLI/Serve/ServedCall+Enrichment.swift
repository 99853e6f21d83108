import ParallelAPI
import ParallelBatch
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// A batch that goes on between calls, until it has ended or the server ends.
final class EnrichmentJob: Sendable {
    /// The file that the rows are written to.
    let output: String
    /// What it was called with.
    let arguments: JSONValue
    private let ending = Lock<ToolServer.Answer?>(nil)
    private let report = Lock<(@Sendable (String) -> Void)?>(nil)
    private let lastNote = Lock("")

    init(output: String, _ arguments: JSONValue) { (self.output, self.arguments) = (output, arguments) }

    var hasEnded: Bool { answer != nil }
    var answer: ToolServer.Answer? { ending.withLock { $0 } }
    /// The last line that the batch has written for people; in the end, its summary.
    var summary: String { lastNote.withLock { $0 } }

    func end(_ answer: ToolServer.Answer) { ending.withLock { $0 = answer } }

    /// Passes progress on to the call that waits at the moment.
    func note(_ line: String) {
        lastNote.withLock { $0 = line }
        report.withLock { $0 }?(line)
    }

    func listen(_ report: (@Sendable (String) -> Void)?) { self.report.withLock { $0 = report } }
}

/// `enrich_file`: a batch whose rows stay out of the conversation.
extension ServedCall {
    func enrich(_ arguments: JSONObject) async throws -> ToolServer.Answer {
        var options = BatchRunOptions()
        let input = try path(arguments["path"]?.string ?? "")
        guard UserFile.isRegular(input) else { throw UsageError("there is no file \(shown(input))") }
        options.source = input
        options.task = try task(arguments)
        options.limit = arguments["limit"]?.int
        if let question = arguments["question"]?.string {
            do throws(RowInputError) { options.template = try Template(question) } catch {
                throw UsageError("question: \(error.message)")
            }
        }
        let output = try path(arguments["output"]?.string ?? Self.outputPath(for: input))
        // A pipe would have no reader, and a hidden file may be one that a program runs.
        guard !UserFile.exists(output) || UserFile.isRegular(output),
            output.parts(between: "/").last?.begins(with: ".") != true
        else { throw UsageError("'\(shown(output))' can't be the output; name an ordinary file") }
        if UserFile.isSame(input, output) { throw UsageError("the output is the input; name another file") }
        options.layout.file = output
        options.connection = session.options.connection
        options.spending.isConfirmed = true
        options.showsPlainProgress = true
        try options.layout.check()
        guard arguments["confirm"]?.bool == true else { return try await estimate(options) }
        let (job, isNew) = session.job(writing: output, .object(arguments))
        guard job.arguments.means(.object(arguments)) else {
            throw UsageError(
                "another enrichment is writing '\(shown(output))'; nothing was run; name another output, or wait for its end"
            )
        }
        if isNew { try begin(job, options) }
        return try await ending(of: job)
    }

    /// Says what the batch would cost.
    private func estimate(_ options: BatchRunOptions) async throws -> ToolServer.Answer {
        var options = options
        options.isDryRun = true
        let command = BatchRunCommand(
            options: options, output: try Output(options.output, context), context: context)
        _ = try await command.run()
        let notes = context.streams.capturedError
        return ToolServer.Answer(
            "\(notes)Nothing was run. To run it and write \(shown(options.layout.file ?? "")), call again with confirm: true."
        )
    }

    /// Begins the batch, or goes on with it.
    private func begin(_ job: EnrichmentJob, _ options: BatchRunOptions) throws {
        var options = options
        let cost = Lock<Cost?>(nil)
        options.approves = { [session] estimate in
            try session.spend(estimate.cost, for: counted(estimate.rows, "row"))
            cost.withLock { $0 = estimate.cost }
        }
        var context = session.context
        context.streams = Streams.captured(secrets: context.streams.secrets, hints: false) { job.note($0) }
        context.terminal = TerminalInfo()
        let command = BatchRunCommand(
            options: options, output: try Output(options.output, context), context: context)
        let call = ServedCall(session: session) { _ in }
        let state = BatchFiles.statePath(ofOutput: job.output)
        session.start { [session] in
            do {
                let code = try await command.run()
                job.end(ToolServer.Answer(job.summary, isFailure: code != .success && code != .partial))
            } catch {
                // Without a group nothing was run.
                let hasGroup = ((try? BatchFiles.header(state: state)) ?? nil) != nil
                if !hasGroup { call.refund(cost.withLock { $0 }, after: error) }
                job.end(ToolServer.Answer(call.text(of: error), isFailure: true))
                // The server ends while the batch is under way: whoever reads its log can go on with it.
                if Task.isCancelled {
                    for hint in ErrorReport(error, command.context).hints { session.output.note(hint) }
                }
            }
        }
    }

    /// Waits for the end of a batch as long as a call may wait.
    func ending(of job: EnrichmentJob) async throws -> ToolServer.Answer {
        let streams = context.streams
        job.listen { streams.note($0) }
        defer { job.listen(nil) }
        func group() -> String? { (try? BatchFiles.header(state: BatchFiles.statePath(ofOutput: job.output)))??.group }
        // Also where the client cancels the call, as the batch goes on.
        defer { if let group = group() { session.remember(group: group, of: job) } }
        let limit = rest
        let waited = context.clock.stopwatch()
        while !job.hasEnded, waited() < limit { try await context.clock.sleep(for: .milliseconds(100)) }
        if let answer = job.answer { return answer }
        let next = group().map { "call collect with \($0)" } ?? "call enrich_file again with the same arguments"
        return ToolServer.Answer("still under way (\(job.summary)); \(next)")
    }

    // MARK: - Files

    /// Returns the path that a model names, with links resolved. Throws `UsageError` if it leads out of the folder.
    private func path(_ name: String) throws -> String {
        guard let root = session.root else { throw UsageError("this server has no folder for files") }
        let path = name.begins(with: "/") ? name : "\(root)/\(name)"
        let (folder, last) = (Directory.containing(path), path.parts(between: "/").last.map(String.init) ?? "")
        guard !last.isEmpty, last != ".", last != "..", !last.utf8.contains(0),
            let real = UserFile.resolved(path) ?? UserFile.resolved(folder).map({ "\($0)/\(last)" }),
            real.begins(with: root == "/" ? root : root + "/"),
            UserFile.resolved(path) != nil || !UserFile.isTaken(path)
        else { throw UsageError("'\(name.shortened(to: 200))' is not below \(root), where this server may use files") }
        return real
    }

    /// Returns a path as the model may name it.
    private func shown(_ path: String) -> String {
        let root = session.root.map { $0 + "/" } ?? ""
        let name = path.begins(with: root) ? String(path.dropping(bytes: root.utf8.count)) : path
        return ControlCharacters.neutralised(name)
    }

    /// Returns `companies.enriched.csv` for `companies.csv`.
    private static func outputPath(for input: String) -> String {
        let name = input.parts(between: "/").last ?? ""
        guard let point = name.lastPlace(of: "."), point != name.startIndex else { return "\(input).enriched.csv" }
        let (stem, ending) = name.halves(around: point)
        return "\(Directory.containing(input))/\(stem).enriched.\(ending)"
    }
}
