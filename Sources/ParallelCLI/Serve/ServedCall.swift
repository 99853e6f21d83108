import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// One call of a tool of `mcp serve`.
struct ServedCall {
    let session: ServedSession
    /// The context of the session, with streams of its own.
    let context: Context
    private let elapsed: @Sendable () -> Duration

    /// The maximum number of characters of excerpts in an answer.
    private static let excerptCharacters = (search: 10_000, extract: 20_000)

    init(session: ServedSession, _ report: @escaping @Sendable (String) -> Void) {
        self.session = session
        var context = session.context
        context.streams = Streams.captured(secrets: session.context.streams.secrets, hints: false, onNote: report)
        context.terminal = TerminalInfo()
        self.context = context
        elapsed = context.clock.stopwatch()
    }

    /// How long the call may still wait.
    var rest: Duration { max(.seconds(1), session.options.maximumWait - elapsed()) }

    /// Returns an error as a model reads it: with what became of the request, but nothing to type.
    func text(of error: any Error) -> String {
        let report = ErrorReport((error as? InvalidValue).map { UsageError($0.reason) } ?? error, context)
        let facts = report.hints.filter { !$0.hasCommand }.map(\.description).filter { hint in
            !hint.parts(between: " ").contains { $0.begins(with: "--") }
        }
        let lines = [report.message] + report.quoted + facts
        return ControlCharacters.neutralisedLines(
            context.streams.secrets.masked(lines.joined(separator: "\n")))
    }

    func output() throws -> Output {
        var options = OutputOptions()
        options.format = .markdown
        return try Output(options, context)
    }

    func client(_ output: Output) throws -> ParallelClient {
        try APIConnection.client(session.options.connection, output, context)
    }

    /// Returns the options of a task with these arguments of a tool.
    func task(_ arguments: JSONObject) throws -> TaskOptions {
        var task = TaskOptions()
        task.processor =
            arguments["processor"]?.string ?? context.settings.values["processor"]?.text ?? task.processor
        for field in arguments["fields"]?.object ?? [:] {
            task.shape.fields.append(try FieldFlag("\(field.key)=\(field.value.string ?? "")"))
        }
        task.mcpNames = session.options.mcpNames
        task.accounts = session.options.accounts
        try task.check()
        return task
    }

    // MARK: - Research

    func research(_ arguments: JSONObject) async throws -> ToolServer.Answer {
        var task = try task(arguments)
        task.events = true
        let output = try output()
        let settings = try APIConnection.settings(session.options.connection, context)
        let maker = TaskRequest(task: task, output: output, context: context)
        let request = try await maker.make(
            input: arguments["question"] ?? "", apiKey: settings.serverKey, sendsNothing: false)
        try await maker.checkServers(of: request, within: rest)
        let client = APIConnection.client(settings, output, context)
        let cost = Cost(runs: 1, processor: task.processor)
        try session.spend(cost, for: "a run on \(task.processor)")
        let run: TaskRun
        var outcome = CreationOutcome.notCreated(canBeSentAgain: false)
        do {
            run = try await RunCreation.create(request, client, within: rest, ResumeCommand(), output, context) {
                outcome = $0
                if case .created(let id) = $0 { session.remember(run: id.text) }
            }
        } catch {
            switch outcome {
            case .notCreated: session.refund(cost)
            // The client that ended the call gets no answer: whoever reads the log learns what became of it.
            case .uncertain where Task.isCancelled:
                for hint in ErrorReport(error, context).hints { session.output.note(hint) }
            case .uncertain, .created: break
            }
            throw error
        }
        return try await result(of: run.id, run, client, output)
    }

    /// Takes back what was counted for a request that was refused or not sent. Where it is not certain that nothing was
    /// done, it counts as paid for.
    func refund(_ cost: Cost?, after error: any Error) {
        if case .notCreated = CreationRequest(body: []).outcome(of: error) { session.refund(cost) }
    }

    /// Does what costs money, if that much is left.
    private func paying<Value>(_ cost: Cost?, for what: String, _ work: () async throws -> Value) async throws -> Value
    {
        try session.spend(cost, for: what)
        do {
            return try await work()
        } catch {
            refund(cost, after: error)
            throw error
        }
    }

    /// Waits for a run as long as a call may wait, and returns its result, or the id to collect it with.
    private func result(
        of id: String, _ run: TaskRun?, _ client: ParallelClient, _ output: Output
    ) async throws -> ToolServer.Answer {
        let waiter = RunWaiter(client: client, resume: ResumeCommand(), output: output, context: context)
        let result: TaskRunResult
        do {
            result = try await waiter.wait(for: id, run, timeout: rest, isKnown: run != nil, events: .all)
        } catch {
            guard ErrorReport(error, context).code == .stillRunning else { throw error }
            return ToolServer.Answer("run \(id) is still under way; call collect with this id")
        }
        session.handedOver(run: id)
        let calls = ToolCallView(output: output, context: context).blocks(below: result)
        let document = ResultDocument(result: result, showsBasis: false, repeatsSources: false)
        try output.write(Document(document.answer + calls))
        return ServedSession.answer(
            "\(context.streams.capturedOutput)\nrun: \(context.maskedWord(id))",
            whole: "the whole: \(context.command(["task", "result"], operands: [context.maskedWord(id)]))")
    }

    // MARK: - Search and pages

    func search(_ arguments: JSONObject) async throws -> ToolServer.Answer {
        var request = SearchRequest()
        request.objective = arguments["objective"]?.string
        request.queries = (arguments["queries"]?.array ?? []).compactMap(\.string)
        request.mode = SearchRequest.usualMode
        request.maxCharacters = Self.excerptCharacters.search
        do throws(InvalidRequest) { try request.check() } catch { throw UsageError(error.message) }
        let output = try output()
        let client = try client(output)
        let response = try await paying(request.cost, for: "a search") {
            try await client.search(request)
        }
        if response.results.isEmpty { return ToolServer.Answer("no results") }
        try output.write(Document(SearchView.blocks(response.results)))
        return ServedSession.answer(context.streams.capturedOutput, whole: "search for less at a time")
    }

    func extract(_ arguments: JSONObject) async throws -> ToolServer.Answer {
        var request = ExtractRequest(urls: (arguments["urls"]?.array ?? []).compactMap(\.string))
        request.reading.objective = arguments["objective"]?.string
        request.reading.maxCharacters = Self.excerptCharacters.extract
        do throws(InvalidRequest) { try request.check() } catch { throw UsageError(error.message) }
        let output = try output()
        let client = try client(output)
        let response = try await paying(request.cost, for: "reading the pages") { try await client.extract(request) }
        let failures = response.failures.map { Document.Block.paragraph([.text($0.text)]) }
        try output.write(Document(SearchView.blocks(response.pages) + failures))
        var answer = ServedSession.answer(context.streams.capturedOutput, whole: "read fewer pages at a time")
        answer.isFailure = response.pages.isEmpty
        return answer
    }

    // MARK: - What was started

    func status(_ id: String?) async throws -> ToolServer.Answer {
        let ids = id.map { [$0] } ?? session.ids
        if ids.isEmpty { return ToolServer.Answer("nothing was started in this session") }
        let client = try client(output())
        var lines: [String] = []
        for id in ids {
            try checkID(id)
            let name = context.maskedWord(id)
            if WorkID(id).isGroup {
                let status = try await client.group(id).status
                let counts = status.counts.map { "\($0.count.grouped) \($0.status.rawValue)" }
                lines.append("\(name): \(counts.isEmpty ? "no rows yet" : counts.joined(separator: ", "))")
            } else {
                let run = try await client.run(id)
                lines.append("\(name): \(run.status.rawValue) (\(run.processor ?? "unknown processor"))")
            }
        }
        return ToolServer.Answer(
            ControlCharacters.neutralisedLines(context.streams.secrets.masked(lines.joined(separator: "\n"))))
    }

    func collect(_ id: String) async throws -> ToolServer.Answer {
        try checkID(id)
        guard WorkID(id).isGroup else {
            let output = try output()
            return try await result(of: id, nil, client(output), output)
        }
        guard let job = session.job(id) else {
            throw UsageError(
                "\(id) was not started by this server; call enrich_file with its arguments to go on with it")
        }
        return try await ending(of: job)
    }

    private func checkID(_ id: String) throws {
        guard TaskRun.isTypable(id), id.begins(with: "trun_") || WorkID(id).isGroup else {
            throw UsageError("'\(id.shortened(to: 60))' is no id of a run (trun_…) or of an enrichment (tgrp_…)")
        }
    }
}
