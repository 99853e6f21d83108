import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// The turns of one `ask`: the question, and those that follow from the answer, because calls need an approval, the
/// model has paused, or a task that it started has ended.
struct Conversation {
    var request: ModelRequest
    let client: ModelClient
    let servers: [ResolvedServer]
    /// The file that has them, where one was given.
    let configFile: String?
    let turns: LastTurn.File
    let options: AskOptions
    let output: Output
    let context: Context
    /// How many calls there were, how many have failed, and what else is missing.
    private var calls = 0
    private var failures = 0
    private var missing: String?
    private var hasUnlisted = false
    private var isCut = false
    /// The question of the first turn.
    private let question: String
    /// Whether there is something that the next answer has to stand apart from.
    private var hasShown = false

    /// The maximum number of turns: each costs money, and nobody sees what they are for.
    private static let maximumTurns = 20

    init(
        request: ModelRequest, client: ModelClient, servers: [ResolvedServer], configFile: String?,
        turns: LastTurn.File, options: AskOptions, output: Output, context: Context
    ) {
        (self.request, self.client, self.servers) = (request, client, servers)
        (self.configFile, self.turns) = (configFile, turns)
        (self.options, self.output, self.context) = (options, output, context)
        if case .text(let text) = request.input { question = text } else { question = "" }
    }

    private var title: String { request.provider.facts.title }

    mutating func run() async throws -> ExitCode {
        for number in 1... {
            let reply = try await exchange()
            remember(reply)
            guard let input = try await nextInput(after: reply) else { break }
            guard number < Self.maximumTurns else {
                output.warn("after \(number) turns no other is begun")
                missing = "the conversation was ended"
                break
            }
            request.input = input
        }
        try output.finish()
        if hasUnlisted, options.requiresServers {
            throw ErrorReport(.runFailed, "\(title) could not use an MCP server that --require-mcp asks for")
        }
        if failures > 0 { missing = "\(failures) of \(counted(calls, "tool call")) failed" }
        guard let missing else { return .success }
        return output.conclude(isCut && options.respond != nil ? .runFailed : .partial, missing, [], context)
    }

    // MARK: - One turn

    /// Sends the request, shows the answer, and returns it. Throws if there is none.
    private mutating func exchange() async throws -> ModelReply {
        output.keepUnmatched()
        let view = AskView(output: output, context: context, question: options, isFirst: !hasShown)
        let progress = RunProgress(context: context, output: output, events: .none, status: "asking \(title)")
        let seenID = Lock(String?.none)
        let (client, request) = (client, request)
        let reply: ModelReply
        let log = request.provider == .parallel ? context.log : nil
        let key = try log?.begin(
            "respond", processor: request.effort, words: question,
            cost: request.furtherMembers["data_sources"]?["pay_per_use"] == nil ? Self.cost(of: request)?.micro : nil)
        do {
            let namesAnswer = options.respond != nil
            reply = try await progress.shown { [output, timeout = options.wait.timeout, clock = context.clock] in
                try await Deadline.run(within: timeout, of: "the answer", clock) {
                    try await client.send(request) { event, news in
                        if let id = Self.id(in: event), seenID.withLock({ $0 == nil }) {
                            seenID.withLock { $0 = id }
                            if namesAnswer {
                                output.note("response \(id)")
                            } else {
                                output.trace("* the answer is \(id)")
                            }
                        }
                        if case .search(let text)? = news { progress.update(message: text) }
                        try view.show(event, news)
                    }
                }
            }
        } catch {
            view.breakOff()
            let mayCost = Self.mayCost(after: error)
            if mayCost { log?.became(key, ActivityLog.uncertain) } else { log?.refuse(key) }
            throw failure(error, mayCost: mayCost, seenID.withLock(\.self))
        }
        log?.became(key, "done", id: reply.id.flatMap { TaskRun.isTypable($0) ? $0 : nil })
        if case .failed(let message) = reply.ending {
            let said = output.secrets.shownWords(of: message.utf8)
            var report = ErrorReport(.runFailed, "\(title) has failed to answer: \(said)")
            if output.format == .json { report.document = reply.document }
            view.breakOff()
            throw report
        }
        try view.show(reply)
        let calls = reply.calls.isEmpty ? [] : [Document.Block.toolCalls(ResultDocument.toolCalls(reply.calls))]
        context.transcript?.answered(
            reply.id, [.markdown(reply.text)] + calls + SourceList.blocks(of: reply.basis, below: reply.text))
        hasShown = hasShown || !reply.text.isEmpty || !reply.calls.isEmpty
        tell(of: reply, isNamed: options.respond != nil && seenID.withLock { $0 != nil })
        return reply
    }

    /// Returns the id of the answer that an event is about, for messages.
    private static func id(in event: JSONValue) -> String? {
        (event["response"] ?? event["message"] ?? event["interaction"])?["id"]?.string?.shortened(to: 200)
    }

    /// Whether a request may cost money although it has brought no whole answer.
    private static func mayCost(after error: any Error) -> Bool {
        switch error {
        case let error as HTTPError: error.mayHaveBeenSent && error.kind != .redirectRefused
        // A provider's own 503 says that nothing was done; a gateway's says nothing.
        case let error as ModelError where error.cause.status == 503: !error.saysNothingWasDone
        case let error as ModelError: error.cause.status >= 500 || error.cause.status == 408
        default: true
        }
    }

    /// Returns the error of a turn that has brought no whole answer, with what may have become of the request.
    private func failure(_ error: any Error, mayCost: Bool, _ id: String?) -> any Error {
        if case StreamError.closedPipe = error { return error }
        let what = id.map { "the answer \($0)" } ?? "an answer"
        let hints: [Hint] = mayCost ? [Hint("\(what) may cost all the same; it was not asked for again")] : []
        if Task.isCancelled {
            return Interrupted("interrupted", hints: hints.isEmpty ? ["nothing was sent"] : hints, context)
        }
        return hints.isEmpty ? error : ErrorReport.adding(hints, to: error, context)
    }

    /// Says on standard error what the answer lacks, and what it has used.
    private mutating func tell(of reply: ModelReply, isNamed: Bool) {
        for (server, reason) in reply.unlistedServers {
            output.warn(saying: reason, behind: "the MCP server '\(server)' gave no tools: ")
            missing = "the answer came without the tools of an MCP server"
            hasUnlisted = true
        }
        calls += reply.calls.count
        failures += reply.calls.count { if case .error = $0.outcome { true } else { false } }
        if case .incomplete(let reason) = reply.ending {
            output.warn("the answer is cut: \(reason.shortened(to: 100))")
            missing = "the answer is not whole"
            isCut = true
        }
        if reply.ending == .completed, reply.text.isBlank, reply.approvals.isEmpty,
            reply.calls.isEmpty || options.respond != nil
        {
            missing = "the answer has no text"
            isCut = true
        }
        var parts = [request.model]
        if let usage = reply.usage, usage.input >= 0, usage.output >= 0 {
            parts.append("\(usage.input.grouped) tokens read, \(usage.output.grouped) written")
        }
        if let price = Self.price(of: request) { parts.append(price) }
        if let id = reply.id, !isNamed { parts.append(id.shortened(to: 200)) }
        output.note(parts.joined(separator: " · "))
    }

    /// Returns what an answer costs beside calls of paid data sources, if that is known: Parallel charges by effort.
    static func cost(of request: ModelRequest) -> Cost? {
        guard request.provider == .parallel else { return nil }
        return PriceList.cost(ofResponseWith: request.effort ?? "medium")
    }

    /// Returns the same in words, with those calls.
    static func price(of request: ModelRequest) -> String? {
        let isOpen = request.furtherMembers["data_sources"]?["pay_per_use"] != nil
        return cost(of: request).map { $0.text + (isOpen ? ", \(ProcessorText.paidCalls)" : "") }
    }

    /// Makes the conversation go on from this answer, also in a later command.
    private mutating func remember(_ reply: ModelReply) {
        if request.provider.keepsAnswers {
            request.previousID = reply.id ?? request.previousID
        } else {
            request.messages = request.allMessages
            if case .continuation = request.input, var last = request.messages.popLast()?.object {
                last["content"] = .array((last["content"]?.array ?? []) + reply.items)
                request.messages.append(.object(last))
            } else if !reply.items.isEmpty {
                request.messages.append(["role": "assistant", "content": .array(reply.items)])
            }
        }
        do throws(FileError) {
            try turns.keep(
                LastTurn(
                    id: reply.id, model: request.model, servers: request.servers.map(\.name),
                    accounts: options.accounts.words,
                    configFile: configFile.flatMap {
                        FileTarget.isOfThisProcess($0) ? nil : UserFile.resolved($0) ?? $0
                    },
                    allowedTools: options.allowedTools, approval: options.approval, effort: options.effort,
                    system: request.system, policy: options.respond?.sources.policy ?? options.policy,
                    messages: request.messages))
        } catch {
            output.warn("--continue does not know this answer: \(error.path): \(error.reason)")
        }
    }

    // MARK: - The next turn

    /// Returns what is said next without the person; nil if the conversation is over.
    private func nextInput(after reply: ModelReply) async throws -> ModelRequest.Input? {
        if reply.ending == .paused { return .continuation }
        if !reply.approvals.isEmpty { return .decisions(try await decisions(on: reply.approvals)) }
        let tasks = StartedTask.all(in: reply.calls)
        guard options.waits else {
            for task in tasks {
                let id = context.maskedWord(task.id.text)
                let words = task.id.isGroup ? ["batch", "results"] : ["task", "result"]
                output.note("the model has started \(id): \(command: context.command(words, operands: [id]))" as Hint)
            }
            return nil
        }
        if tasks.isEmpty { return nil }
        var results: [String] = []
        for task in tasks {
            results.append(
                try await TaskWait(options: options, output: output, context: context)
                    .result(of: task, at: servers))
        }
        let text = results.joined(separator: "\n\n")
        guard let limit = request.longestText, text.unicodeScalars.count > limit else { return .text(text) }
        output.warn("what is handed back is cut to \(limit.grouped) characters, the most that \(title) takes")
        return .text(text.shortened(to: limit - 1))
    }

    /// Shows each call and asks whether to allow it. Calls that the request does not allow are refused without asking.
    private func decisions(
        on approvals: [ModelReply.Approval]
    ) async throws -> [(approvalID: String, isAllowed: Bool)] {
        guard request.asksForApproval, context.terminal.canPrompt else {
            throw ErrorReport(
                .refused, "\(title) waits for somebody to allow a call, and nobody was to be asked; it was not made",
                hints: options.respond == nil ? ["--approve ask asks you before each call, on a terminal"] : [])
        }
        var decisions: [(approvalID: String, isAllowed: Bool)] = []
        for approval in approvals {
            let call = "'\(approval.tool)' of '\(approval.server)'"
            guard
                request.servers.contains(where: {
                    $0.name.isExactly(approval.server)
                        && $0.allowedTools?.contains { $0.isExactly(approval.tool) } ?? true
                })
            else {
                output.warn("the model wants to call \(call), which the request does not allow: refused")
                decisions.append((approval.id, false))
                continue
            }
            let question = "The model wants to call \(call) with \(approval.arguments.shortened(to: 1_000)). Allow it?"
            let isAllowed = try await context.confirms(question, orElse: "it was not called")
            decisions.append((approval.id, isAllowed))
        }
        return decisions
    }
}
