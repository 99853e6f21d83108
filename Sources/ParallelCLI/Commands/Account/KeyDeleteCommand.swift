import ParallelAPI
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel key delete`: deletes an API key.
struct KeyDeleteCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var id = ""
        var app: String?
        var isConfirmed = false
        var profile: String?
        var preview = PreviewOptions()
        var output = OutputOptions()
        var needsOutputPlace: Bool { preview.isDryRun }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "app", value: FlagSpec.Value("ID"), summary: "The id of its app",
                    details: "Needed for a key that was not created on this machine."
                ) { options, text throws(InvalidValue) in options.app = try FilledText.parse(text, called: "id") },
                Flag("yes", short: "y", summary: "Don't ask") { $0.isConfirmed = $1 },
                PreviewFlags.dryRun.embedded(at: \.preview), ConnectionFlags.profile.embedded(at: \.profile),
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "key delete"

    static var command: Command {
        Command(
            summary: "Delete an API key",
            description: """
                Deletes a key by its id, as 'key list' has it. Whatever uses the key can't go on then, so it asks first; \
                without a terminal to ask on, --yes is needed. Needs a login ('login'), of the profile that has created \
                the key.
                """,
            usesNetwork: true,
            positionals: [Positional("KEY_ID", .required, summary: "The id of the key, not the key")],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel key delete key_9907962f --yes", "Delete a key without a question")
            ],
            check: { options, words throws(UsageError) in
                options.id = words[0]
                if options.id.isBlank { throw UsageError("the id of the key is empty") }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let known = try Account(nil, output, context).createdKeys().last { $0["api_key_id"]?.string == options.id }
        // The login that has created it may delete it.
        let account = try Account(options.profile ?? known?["profile"]?.string, output, context)
        guard let app = options.app ?? known?["app_id"]?.string else {
            throw UsageError(
                "'\(UsageError.shown(options.id))' was not created on this machine",
                hint: "name the app that it is in: --app ID")
        }
        if options.preview.isDryRun {
            try await account.show(.deleteKey(options.id, in: app), terms: "the key would be deleted")
            return .success
        }
        let name = known?["api_key_name"]?.string ?? options.id
        let isUsed = try account.stored()["key_id"]?.string == options.id
        if !options.isConfirmed {
            try await context.confirm(
                "Delete the key '\(name)' (\(options.id))\(isUsed ? ", which the login uses" : "")?",
                before: "whatever uses the key '\(UsageError.shown(name))' can't go on without it",
                orElse: "nothing was deleted")
        }
        let answer = try await account.answer(to: .deleteKey(options.id, in: app))
        try await account.changeKeys { $0.removeAll { $0["api_key_id"]?.string == options.id } }
        if isUsed {
            try await account.keep { login in
                for name in ["api_key", "key_id", "key_name", "app_id"] { login[name] = nil }
            }
            output.note("the login used this key; 'login' makes another")
        }
        if output.format.isJSON, answer != .null { try output.write(document: answer) }
        try output.finish()
        output.note("deleted the key '\(name)'")
        return .success
    }
}
