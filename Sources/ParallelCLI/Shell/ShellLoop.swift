import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Reads the lines of a shell and does what they say.
struct ShellLoop {
    var session: ShellSession
    let output: Output
    /// The context that each line begins with.
    let context: Context
    let run: @Sendable ([String], Context) async -> ExitCode

    private var transcript: Transcript { context.transcript ?? Transcript() }

    /// Returns once the person leaves, or a signal ends the program.
    mutating func run() async throws -> ExitCode {
        context.streams.leaveInputToPrompt()
        // From here on, Ctrl-C ends no more than a line.
        _ = await context.runLine { [output] in
            output.note("Type a question, or a command without 'parallel'. /help lists more, Ctrl-D leaves.")
            return .success
        }
        let history = history()
        while true {
            let (session, context) = (session, context)
            let completer = LineCompleter(session: session, context: context)
            let assistance = LineAssistance {
                completer.complete($0)
            } isUnfinished: {
                TypedLine.isUnfinished($0, session.tree, context)
            }
            let isContinued = transcript.state.withLock { $0.last != nil || !$0.messages.isEmpty }
            let prompt = "\(session.terms) \(isContinued ? ">>" : ">") "
            switch try await context.prompter.askLine(prompt, history.texts, assistance) {
            case .endOfInput: return .success
            case .interrupted: continue
            case .line(let line):
                history.add(line)
                var typed = TypedLine(line, session.tree, context)
                if case .question(let question) = typed, history.mayHoldSecret(question) {
                    typed = .unclear(
                        question: question, UsageError("this may hold a secret, and a question leaves here"))
                }
                guard await obey(typed) else { return .success }
                if context.interruption() != nil { return Interrupted.code(of: context) }
            }
        }
    }

    private func history() -> LineHistory {
        let (streams, environment) = (context.streams, context.environment)
        let isKept = (environment[ActivityLog.variable] ?? "").isEmpty && context.rules.zeroRetention == nil
        return LineHistory(
            path: isKept ? ActivityLog.folder(environment).map { $0 + "/history" } : nil, secrets: streams.secrets,
            secretFlags: Self.secretFlags
        ) { streams.note("note: \(ControlCharacters.neutralised("\($0.path): \($0.reason)"))") }
    }

    /// The flags whose values may be secrets.
    private static let secretFlags = ["--header", "-H", "--env"]

    /// Does what a line says. Returns false if that is to leave.
    private mutating func obey(_ line: TypedLine) async -> Bool {
        switch line {
        case .nothing: break
        case .question(let question): await ask(question)
        case .command(let words): await execute(words, asking: nil)
        case .mistake(let error): tell(error)
        case .unclear(let question, let error):
            tell(error)
            let isQuestion = try? await context.confirms(
                "Ask it as a question (\(session.terms))?", orElse: "nothing was asked")
            if isQuestion == true { await ask(question) }
        case .own(let words):
            do {
                return try await obey(words[0], Array(words.dropFirst()))
            } catch let error as UsageError where error.hint == nil {
                let command = ShellSession.commands.first { $0.name == words[0] && !$0.usage.isEmpty }
                tell(UsageError(error.message, hint: command.map { "write it as \($0.name) \($0.usage)" }))
            } catch {
                tell(error)
            }
        }
        return true
    }

    private func tell(_ error: any Error) {
        // The program's help says nothing of what the shell itself does.
        let own = (error as? UsageError).flatMap { error in
            error.command == nil ? ErrorReport(.usage, error.message, hints: [error.hint]) : nil
        }
        _ = (own ?? ErrorReport(error, context)).emit(to: context)
    }

    private func ask(_ question: String) async {
        let other = session.kind == .ask && session.provider != ModelProvider.parallel.rawValue ? session.provider : nil
        let last = transcript.state.withLock { state in
            if let other, !state.otherProviders.contains(other) { state.otherProviders.append(other) }
            return state.last
        }
        await execute(session.line(asking: question, after: last), asking: question)
    }

    private func execute(_ words: [String], asking question: String?) async {
        let (run, line) = (run, context.ofLine())
        transcript.begin(question)
        _ = await context.runLine { await run(words, line) }
        transcript.begin(nil)
        // A line that was typed meanwhile would be paid for unseen.
        context.prompter.discardTypedAhead()
    }

    // MARK: - The shell's own commands

    private mutating func obey(_ name: String, _ words: [String]) async throws -> Bool {
        switch name {
        case "/quit", "/exit", "/q": return false
        case "/help", "/h", "/?": try showHelp()
        case "/new":
            transcript.forget()
            output.note("the next question begins anew")
        case "/cost": tellCost()
        case "/save": try save(words)
        case "/task", "/chat", "/with": try turn(name, words)
        default:
            guard let set = session.words(of: name) else {
                let names = ShellSession.commands.map(\.name)
                throw UsageError(
                    "unknown command '\(UsageError.shown(name))'",
                    hint: Suggestions.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
                        ?? "/help lists the commands; a ? in front makes the line a question")
            }
            if name == "/flags", words.isEmpty {
                output.note("a question is: \(ShellQuoting.line(session.commandWords)) QUESTION")
            } else if words.isEmpty {
                let preset = name == "/processor" ? session.terms : "not set"
                output.note("\(name): \(set.isEmpty ? preset : ShellQuoting.line(set))")
            } else {
                try check(name, words)
                try session.set(name, words)
            }
        }
        return true
    }

    /// Throws for an MCP server that there is none of, and warns of a mistyped processor, before a question is asked.
    private func check(_ name: String, _ words: [String]) throws {
        guard let first = words.first, !first.begins(with: "-"), first != "none" else { return }
        if name == "/mcp" { _ = try ServerRegistry(context).previews(named: words, configFile: nil, apiKey: nil) }
        if name == "/processor", session.kind == .task { output.warnOfProcessor(first) }
    }

    private mutating func turn(_ name: String, _ words: [String]) throws {
        let before = session.kind
        let dropped: [String]
        switch name {
        case "/task": dropped = try session.turn(to: .task, model: nil)
        case "/chat": dropped = try session.turn(to: .chat, model: words.first)
        default:
            guard let provider = words.first.flatMap({ ModelProvider(rawValue: $0) }) else {
                throw UsageError(
                    "/with: \(words.first.map { "'\(UsageError.shown($0))' is no provider" } ?? "missing PROVIDER")",
                    hint: "they are \(ModelProvider.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            dropped = try session.turn(
                to: .ask, provider: provider.rawValue, model: words.count > 1 ? words[1] : nil)
        }
        if !dropped.isEmpty {
            output.note("set aside, as not all of it is known here: \(dropped.joined(separator: ", "))")
        }
        // A run goes on from an answer of a chat model, and the other way round, but no provider from another's.
        if before == .ask || session.kind == .ask { transcript.forget() }
    }

    private func showHelp() throws {
        let entries = ShellSession.commands.map { command in
            let usage = command.usage.isEmpty ? command.name : "\(command.name) \(command.usage)"
            return DocumentSection.Entry(term: usage, summary: command.summary)
        }
        let text = HelpText(session.tree, context, color: output.options.color)
            .list(entries, under: "Commands of the shell")
        try context.streams.write("\(text)\nAny other line is a question or a command. 'help shell' says more.\n")
    }

    private func tellCost() {
        let paid = transcript.paid.withLock(\.self)
        let log = RecentIDs(environment: context.environment, address: nil).log
        let (cost, count, unknown) = log.sum(of: paid)
        var more = unknown == 0 ? "" : ", and \(unknown) of unknown price"
        let others = transcript.state.withLock(\.otherProviders)
        if !others.isEmpty { more += "; what \(others.joined(separator: " and ")) charges is not among it" }
        output.note("\(counted(count, "paid call")) so far: \(Cost(micro: cost).text) at list prices\(more)")
    }

    private func save(_ words: [String]) throws {
        let names = words.filter { $0 != "--force" }
        var options = OutputOptions()
        options.replacesFile = words.count > names.count
        guard let name = names.first, names.count == 1 else { throw UsageError("/save takes one FILE") }
        guard [.format(.markdown), .format(.html)].contains(OutputFormat.saidBy(path: name)) else {
            throw UsageError("/save: the name of the file ends in .md or .html")
        }
        let turns = transcript.state.withLock(\.turns)
        if turns.isEmpty { throw UsageError("there is no answer to save yet") }
        options.file = name
        let file = try Output(options, context)
        for (index, turn) in turns.enumerated() {
            let title = QuestionTitle(.string(turn.question), file)?.blocks() ?? []
            // Below a whole question, the answer would seem to go on with it.
            let heading: [Document.Block] = title.count > 1 ? [.heading(2, [.text("Answer")])] : []
            let id = turn.id.map { [Document.Block.paragraph([.code($0)])] } ?? []
            if index > 0, file.format == .markdown { try file.write("\n") }
            try file.write(Document(title + heading + id + turn.answer))
        }
        try file.finish()
        output.note("\(counted(turns.count, "answer")) saved in \(name)")
    }
}
