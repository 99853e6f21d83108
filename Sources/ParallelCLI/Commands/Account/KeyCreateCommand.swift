import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel key create`: creates an API key and prints it.
struct KeyCreateCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var keyName: String?
        var app: String?
        var profile: String?
        var preview = PreviewOptions()
        var output = OutputOptions.ofSecret

        static let flags: [Flag<Options>] =
            [
                AccountFlags.app.embedded(at: \.app),
                PreviewFlags.dryRun.embedded(at: \.preview), ConnectionFlags.profile.embedded(at: \.profile),
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "key create"

    static var command: Command {
        Command(
            summary: "Create an API key and print it, which is possible only once",
            description: """
                The key goes to standard output, or with --output to a file that only you can read; its id and name to \
                standard error. Nobody can have it shown again. Needs a login ('login'). The API lists no keys, so \
                'key list' knows those that were created on this machine.
                """,
            usesNetwork: true,
            positionals: [
                Positional("NAME", .optional, summary: "The name of the key; without it, of client and time")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [.init("parallel key create ci-2026 -o ci.key", "A key for another machine")],
            check: { options, words in options.keyName = words.first }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let account = try Account(options.profile, output, context)
        if options.preview.isDryRun {
            let name = try options.keyName ?? account.keyName()
            let app = try options.app ?? account.stored()["app_id"]?.string ?? "APP_ID"
            try await account.show(
                .createKey(in: app), body: ["api_key_name": .string(name)], terms: "a key would be created")
            return .success
        }
        let key = try await account.createKey(name: options.keyName, app: options.app)
        let answer = key.answer
        let id = answer["api_key_id"]?.string ?? "unknown"
        do {
            // The one place where a secret is printed: it was asked for.
            switch output.format {
            case .json, .jsonl: try output.write(document: answer)
            case .table, .text, .csv, .tsv, .markdown, .html:
                try output.write(bytes: Array("\(answer["raw_api_key"]?.string ?? "")\n".utf8))
            }
            try output.finish()
        } catch {
            throw ErrorReport.adding([account.deletion(of: key)], to: error, context)
        }
        output.note("created the key '\(answer["api_key_name"]?.string ?? "")' (\(id))")
        if let unlisted = key.unlisted {
            let report = ErrorReport(unlisted, context)
            let hints = report.hints + [account.deletion(of: key)]
            throw ErrorReport(
                .partial, "the key could not be added to those of 'key list': \(report.message)", hints: hints)
        }
        return .success
    }
}

enum AccountFlags {
    static let app = Flag<String?>(
        "app", value: FlagSpec.Value("NAME"), summary: "Create the key in the app of this name or id",
        details: "Without it: in 'parallel-cli Users', or the only app there is."
    ) { app, text throws(InvalidValue) in app = try FilledText.parse(text, called: "name") }
}
