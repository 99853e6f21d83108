import ParallelOutput
import ParallelSettings

/// `parallel config unset`: takes a setting away.
struct ConfigUnsetCommand: RunnableCommand {
    let options: ConfigOptions
    let output: Output
    let context: Context

    static let name = "config unset"

    static var command: Command {
        Command(
            summary: "Take a setting away",
            description: """
                Takes a setting out of the file, also one that no version knows. What counts then is said by 'config \
                list'. Taking away what is not set is no error.
                """,
            takesSettings: false, positionals: [ConfigOptions.name], defaults: ConfigOptions(),
            flags: ConfigOptions.flags,
            examples: [.init("parallel config unset processor", "Go back to the built-in processor")],
            check: { options, words throws(UsageError) in options.words = words }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let (file, path, profile) = try options.place(context)
        let name = options.words[0]
        let place = SettingOrigin.configuration(path, profile: profile).name
        if try file.set(name, to: nil, for: profile) {
            output.note("\(name) is no longer set in \(place)")
        } else if Setting.named(name) != nil {
            output.note("\(name) was not set in \(place)")
        } else {
            throw ConfigOptions.unknown(name)
        }
        return .success
    }
}
