import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel completion`: a script that teaches a shell the commands and flags.
struct CompletionCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        enum Action: Sendable {
            case print, install, uninstall
            /// What the scripts call for what only the program knows.
            case values(kind: String, word: String)
        }

        var action = Action.print
        /// Nil for the one in use.
        var shell: Completions.Shell?
        var name: String?
        /// The commands that are completed.
        let tree: @Sendable () -> CommandTree
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }
    }

    static let name = "completion"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        let shells = Completions.Shell.allCases.map(\.rawValue)
        return Command(
            summary: "Complete commands in bash, zsh or fish: install, or print the script",
            description: """
                The script completes commands, flags and their values, names of MCP servers, profiles and recent ids. \
                'install' writes it to where the shell in use, or SHELL, looks for it by itself, and says what is left to \
                do. It changes no startup file, and no file that it did not write. Called again after an update, it \
                brings the script up to date; 'uninstall' removes it. The name of a shell alone prints the script.
                """,
            takesSettings: false,
            positionals: [
                Positional(
                    "WHAT", .required, completion: .words(["install", "uninstall"] + shells),
                    summary: "install, uninstall, or the shell whose script is printed"),
                Positional("SHELL", .optional, completion: .words(shells), summary: "bash, zsh or fish"),
            ],
            defaults: Options(tree: tree), flags: flags,
            examples: [
                .init("parallel completion install", "For the shell in use, for good"),
                .init("parallel completion install fish", "For another one"),
                .init("parallel completion uninstall", "Remove it"),
                .init("source <(parallel completion zsh)", "zsh, in this session"),
            ],
            check: { options, words throws(UsageError) in
                let rest = words.count > 1 ? words[1] : nil
                do throws(InvalidValue) {
                    switch words[0] {
                    case "install", "uninstall":
                        options.action = words[0] == "install" ? .install : .uninstall
                        options.shell = try rest.map { word throws(InvalidValue) in try ChoiceText.parse(word) }
                        return
                    case "values":
                        let (kind, word) = (rest ?? "").halves(around: rest?.place(of: "=") ?? (rest ?? "").endIndex)
                        options.action = .values(kind: String(kind), word: String(word))
                        return
                    default: options.shell = try ChoiceText.parse(words[0])
                    }
                } catch {
                    throw UsageError(error.reason, hint: error.hint)
                }
                if let rest { throw UsageError("unexpected argument '\(UsageError.shown(rest))'") }
            }, runs: Self.self)
    }

    private static let flags: [Flag<Options>] =
        [
            Flag(
                "name", value: FlagSpec.Value("NAME"), summary: "Complete for the program under this name",
                details: "Without it, the name by which this program was called."
            ) { options, text throws(InvalidValue) in
                if !Completions.isUsable(name: text) { throw InvalidValue(problem(in: text)) }
                options.name = text
            }
        ] + OutputFlags.global().map { $0.embedded(at: \.output) }

    func run() async throws -> ExitCode {
        if case .values(let kind, let word) = options.action {
            let values = CompletionValues.all(kind, word, options.tree(), context)
            // One line each, whatever is in it.
            try context.streams.write(values.map { TabSeparated.line([$0.text, $0.about]) }.joined())
            return .success
        }
        let name = options.name ?? context.programName
        guard Completions.isUsable(name: name) else {
            throw UsageError(Self.problem(in: name), hint: "--name NAME gives another", command: "completion")
        }
        guard let shell = options.shell ?? CompletionFile.shellInUse(context) else {
            throw UsageError(
                "the shell in use is none of bash, zsh and fish", hint: "name one: bash, zsh or fish")
        }
        let script = Completions(program: name, tree: options.tree()).script(for: shell)
        if case .print = options.action {
            try context.streams.write(script)
        } else {
            try change(script, shell, name)
        }
        return .success
    }

    private func change(_ script: String, _ shell: Completions.Shell, _ name: String) throws {
        guard let file = CompletionFile(shell, program: name, context) else {
            throw UsageError(
                "there is no place for the script, as HOME is not set to a folder",
                hint: "print it instead: \(command: context.command(["completion", shell.rawValue]))")
        }
        let isRemoved = if case .uninstall = options.action { true } else { false }
        switch try file.state() {
        case .foreign(let why): throw UsageError("\(file.path) \(why)", hint: "it is left alone; move it away first")
        case .missing where isRemoved: output.note("there is no \(file.path)")
        case .own where isRemoved:
            try UserFile.delete(file.path)
            output.note("removed \(file.path)")
        case .own(let text) where text.isExactly(script): output.note("\(file.path) is up to date")
        case .own, .missing:
            try file.write(script)
            output.note("wrote \(file.path)")
            output.note(file.nextStep)
        }
    }

    private static func problem(in name: String) -> String {
        "'\(name)' is no name for a program: letters, digits and . _ + - can be completed"
    }
}
