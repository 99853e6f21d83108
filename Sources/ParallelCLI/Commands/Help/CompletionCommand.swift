import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel completion`: a script that teaches a shell the commands and flags.
struct CompletionCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var shell = Completions.Shell.bash
        var name: String?
        /// The commands that are completed.
        let tree: @Sendable () -> CommandTree
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }
    }

    static let name = "completion"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        Command(
            summary: "Print a completion script for bash, zsh or fish",
            description: """
                The script completes commands, flags and their values. Let the shell read it when it starts: in \
                ~/.bashrc or ~/.zshrc (there after compinit), or as a file in ~/.config/fish/completions.
                """,
            takesSettings: false,
            positionals: [
                Positional(
                    "SHELL", .required, completion: .words(Completions.Shell.allCases.map(\.rawValue)),
                    summary: "bash, zsh or fish")
            ],
            defaults: Options(tree: tree), flags: flags,
            examples: [
                .init(
                    "parallel completion bash > ~/.local/share/bash-completion/completions/parallel", "bash, for good"),
                .init("source <(parallel completion zsh)", "zsh, in this session"),
                .init("parallel completion fish > ~/.config/fish/completions/parallel.fish", "fish, for good"),
            ],
            check: { options, words throws(UsageError) in
                do throws(InvalidValue) {
                    options.shell = try ChoiceText.parse(words[0])
                } catch {
                    throw UsageError(error.reason, hint: error.hint)
                }
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
        let name = options.name ?? context.programName
        guard Completions.isUsable(name: name) else {
            throw UsageError(Self.problem(in: name), hint: "--name NAME gives another", command: "completion")
        }
        try context.streams.write(Completions(program: name, tree: options.tree()).script(for: options.shell))
        return .success
    }

    private static func problem(in name: String) -> String {
        "'\(name)' is no name for a program: letters, digits and . _ + - can be completed"
    }
}
