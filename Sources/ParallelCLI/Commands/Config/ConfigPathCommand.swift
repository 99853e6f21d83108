import ParallelOutput

/// `parallel config path`: prints where the settings are kept.
struct ConfigPathCommand: RunnableCommand {
    let options: ConfigOptions
    let output: Output
    let context: Context

    static let name = "config path"

    static var command: Command {
        Command(
            summary: "Print the path of the file with the settings",
            description: """
                The file may not be there yet. It is config.json in parallel/ of the configuration folder, or the file \
                that PARALLEL_CONFIG names.
                """,
            takesSettings: false, defaults: ConfigOptions(),
            flags: OutputFlags.global().map { $0.embedded(at: \.output) },
            examples: [.init("parallel config path", "Where are my settings?")], check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        try output.write(options.path(context) + "\n")
        try output.finish()
        return .success
    }
}
