import ParallelOutput
import ParallelSettings
import ParallelSystem

/// `parallel config set`: changes a setting.
struct ConfigSetCommand: RunnableCommand {
    let options: ConfigOptions
    let output: Output
    let context: Context

    static let name = "config set"

    static func command(_ tree: @escaping @Sendable () -> CommandTree) -> Command {
        Command(
            summary: "Set a default for a flag",
            description: """
                Sets what counts where the flag of the same name is not given, in every command that has it; base-url \
                is the URL that requests go to. The value is checked as the flag would check it. The file is made if \
                there is none, readable by you alone. 'help config' says what comes before what.
                """,
            takesSettings: false,
            positionals: [
                ConfigOptions.name,
                Positional(
                    "VALUE", .required, completion: .settingValues, summary: "what the flag takes, as a word of its own"
                ),
            ],
            defaults: ConfigOptions(tree: tree), flags: ConfigOptions.flags,
            examples: [
                .init("parallel config set processor core", "Run tasks and batches on core unless told otherwise"),
                .init("parallel config set confirm-above 2.50", "Ask before spending more than that"),
                .init(
                    "parallel config set --profile gateway base-url https://gateway.example/parallel",
                    "Where the requests of a profile go"),
            ],
            check: { options, words throws(UsageError) in
                options.words = words
                try options.setting().check(words[1], in: options.tree())
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let (file, path, profile) = try options.place(context)
        let (setting, value) = (try options.setting(), options.words[1])
        _ = try file.set(setting.name, to: value, for: profile)
        let place = SettingOrigin.configuration(path, profile: profile)
        output.note("\(setting.name) is \(value) now, in \(place.name)")
        // The API decides about what it may know, and this version doesn't.
        for flag in options.tree().commands.flatMap(\.flags) where setting.name.isExactly(flag.name) {
            guard case .words(let known)? = flag.value?.completion, !known.contains(where: value.isExactly) else {
                break
            }
            let near = Suggestions.nearest(to: value, among: known).map { "; did you mean '\($0)'?" } ?? ""
            output.warn("this version knows no \(setting.name) '\(value)'; the API decides about it\(near)")
            break
        }
        // A profile is chosen for one call, a variable counts for all.
        if let chosen = try? setting.value(SettingSource(context.environment), profile: profile),
            chosen.origin != place
        {
            output.warn("\(chosen.origin.name) counts before it: \(setting.name) is \(chosen.text)")
        }
        return .success
    }
}
