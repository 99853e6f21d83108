import ParallelAPI
import ParallelModels
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel shell`: a prompt for questions and commands.
struct ShellCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        let tree: @Sendable () -> CommandTree
        /// Runs a command line of the program.
        let run: @Sendable ([String], Context) async -> ExitCode
        var processor: String?
        var isChat = false
        var provider: ModelProvider?
        /// Further flags for each question.
        var words: [String] = []
        var profile: String?
        var isUnlogged = false
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }
    }

    static let name = "shell"

    static func command(
        _ tree: @escaping @Sendable () -> CommandTree, _ run: @escaping @Sendable ([String], Context) async -> ExitCode
    ) -> Command {
        Command(
            summary: "Ask questions and run commands at a prompt",
            description: """
                Reads lines at a terminal; 'parallel' alone does the same there. A line is a question, unless its first \
                word is that of a command and the rest fits: then it is that command, without 'parallel'. If the rest \
                does not fit, the shell asks what is meant. A space or a ? in front makes any line a question. Each \
                question is a run of 'task run' that goes on from the one before; with --chat the questions go to \
                'chat', with --with to 'ask'. The prompt says what a question costs.

                Tab completes commands, flags, values, files, MCP servers and recent ids. A backslash at the end of a \
                line lets it go on in the next one. Ctrl-C ends what a line waits for, not the shell, and says how to \
                pick it up; Ctrl-D leaves. Lines that begin with / are for the shell itself: /help lists them. The \
                lines are kept in a file that only you can read, but none that begins with a space or holds a secret; \
                with --no-log none at all.
                """,
            positionals: [
                Positional(
                    "QUESTION_FLAG", .zeroOrMore, summary: "flags of each question, behind a --, such as -- --mcp crm")
            ],
            defaults: Options(tree: tree, run: run), flags: flags,
            examples: [
                .init("parallel shell", "Ask, and ask on"),
                .init("parallel shell -p core -- --mcp crm", "On another processor, with an MCP server"),
                .init("parallel shell --chat", "Quick answers, as they come"),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                if options.isChat, options.provider != nil { throw UsageError("--chat and --with exclude each other") }
            }, runs: Self.self)
    }

    private static let flags: [Flag<Options>] =
        [
            Flag(
                "processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
                summary: "Processor; with --chat or --with, the model"
            ) { options, text throws(InvalidValue) in options.processor = try FilledText.parse(text, called: "name") },
            Flag("chat", summary: "Send the questions to a chat model") { $0.isChat = $1 },
            Flag(
                "with",
                value: FlagSpec.Value("PROVIDER", completion: .words(ModelProvider.allCases.map(\.rawValue))),
                summary: "Ask a model of this provider"
            ) { options, text throws(InvalidValue) in options.provider = try ChoiceText.parse(text) },
            ConnectionFlags.profile.embedded(at: \.profile),
            Flag("no-log", summary: "Leave no trace in the log and no history of lines") { $0.isUnlogged = $1 },
        ] + OutputFlags.global().map { $0.embedded(at: \.output) }

    func run() async throws -> ExitCode {
        guard context.transcript == nil else { throw UsageError("this is the shell already", hint: "Ctrl-D leaves it") }
        guard context.terminal.canPrompt else {
            throw UsageError(
                "the shell needs a terminal, and standard input or standard error is none",
                hint: "in a script, each question is a command: \(command: context.command(["task", "run", "…"]))")
        }
        var lines = context.ofLine()
        lines.transcript = Transcript()
        if let profile = options.profile { lines.environment[ProfileText.variable] = profile }
        if options.isUnlogged { lines.environment[ActivityLog.variable] = "1" }
        switch output.options.color {
        case .never: lines.terminal.noColor = true
        case .always: lines.terminal.forcesColor = true
        case .auto: break
        }
        var session = ShellSession(options.tree(), lines.environment)
        if options.isChat || options.provider != nil {
            _ = try session.turn(
                to: options.isChat ? .chat : .ask, provider: options.provider?.rawValue ?? "", model: options.processor)
        } else if let processor = options.processor {
            try session.set("/processor", [processor])
        }
        let flags =
            options.words + (output.options.isQuiet ? ["--quiet"] : [])
            + (output.options.isVerbose ? ["--verbose"] : [])
        if !flags.isEmpty { try session.set("/flags", flags) }
        var loop = ShellLoop(session: session, output: output, context: lines, run: options.run)
        return try await loop.run()
    }
}
