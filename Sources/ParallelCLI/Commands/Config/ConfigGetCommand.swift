import ParallelOutput
import ParallelSettings

/// `parallel config get`: prints what is set.
struct ConfigGetCommand: RunnableCommand {
    let options: ConfigOptions
    let output: Output
    let context: Context

    static let name = "config get"

    static var command: Command {
        Command(
            summary: "Print the value of a setting",
            description: """
                Prints the value that counts unless a flag is given: from a variable such as PARALLEL_PROCESSOR, the \
                profile, or the settings for all. Prints nothing and ends with 1 if nobody has set it.
                """,
            takesSettings: false, positionals: [ConfigOptions.name], defaults: ConfigOptions(),
            flags: ConfigOptions.flags,
            examples: [
                .init("parallel config get processor || echo base", "The processor of tasks, if one is set"),
                .init(
                    "parallel config set confirm-above 5 && parallel config get confirm-above", "What was set just now"
                ),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                _ = try options.setting()
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let (_, _, profile) = try options.place(context)
        let source = SettingSource(context)
        guard let value = try options.setting().value(source, profile: profile) else { return .unexpected }
        try output.write(value.text + "\n")
        try output.finish()
        return .success
    }
}
