import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSystem
import ParallelTerminal

/// `parallel webhook verify`: tells whether the API has sent a body, and passes it on if so.
struct WebhookVerifyCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The name of the file with the body, or `-` for standard input.
        var file = "-"
        var headers = HTTPHeaders()
        var webhook = WebhookOptions()
        var output = OutputOptions.ofAnyFileName

        static let flags: [Flag<Options>] =
            [
                field("id", WebhookMessage.fields[0]), field("timestamp", WebhookMessage.fields[1]),
                field("signature", WebhookMessage.fields[2]),
                Flag(
                    "header", short: "H", value: FlagSpec.Value("NAME: VALUE"), isRepeatable: true,
                    summary: "A header field of the call (repeatable)", details: "Others than the three are ignored."
                ) { options, text throws(InvalidValue) in
                    guard let colon = text.place(of: ":") else { throw InvalidValue("'\(text)' is not NAME: VALUE") }
                    let (name, value) = text.halves(around: colon)
                    options.headers.set(name.asciiLowercased, String(value.trimmed))
                },
            ] + WebhookOptions.flags.map { $0.embedded(at: \.webhook) }
            + OutputFlags.data(isJSON: false).filter { !["json", "format"].contains($0.spec.name) }.map {
                $0.embedded(at: \.output)
            }

        private static func field(_ flag: String, _ name: String) -> Flag<Options> {
            Flag(flag, value: FlagSpec.Value("TEXT"), summary: "The call's header field \(name)") { options, text in
                options.headers.set(name, text)
            }
        }
    }

    static let name = "webhook verify"

    static var command: Command {
        Command(
            summary: "Check that Parallel has sent a webhook's body",
            description: """
                Reads the body of a call from a file or standard input and checks its signature. If Parallel has sent \
                it, prints the body unchanged; if not, prints nothing there and exits with 1. Both forms of keys are \
                understood: what stands behind whsec_ as Base64, and the whole secret as it is, as older accounts have \
                it.
                """,
            positionals: [
                Positional(
                    "FILE", .optional, completion: .file, standardInput: .asDashOrIfAbsent,
                    summary: "the body as it came; - or nothing: standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init(
                    "parallel webhook verify body.json --secret-file secret.txt --id whevent_1 --timestamp 1791450070 --signature \"$SIGNATURE\" --tolerance 0 | jq .type",
                    "In a script that has received one")
            ],
            check: { options, words throws(UsageError) in
                if let file = words.first { options.file = file }
                if let missing = WebhookMessage.fields.first(where: { options.headers[$0] == nil }) {
                    throw UsageError(
                        "missing \(missing)", hint: "--\(missing.dropping(bytes: 8)) gives it, or --header")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        if options.file == "-", context.terminal.stdinIsTerminal {
            throw UsageError("missing FILE", hint: "FILE holds the body; - is standard input")
        }
        let secret = try options.webhook.secret(context)
        let body = try body()
        let message = WebhookMessage({ options.headers[$0] }, body: body)
        if let problem = message.problem(secret, now: context.now(), tolerance: options.webhook.tolerance) {
            throw ErrorReport(.unexpected, "not genuine: \(problem.text)")
        }
        try output.write(bytes: body)
        try output.finish()
        return .success
    }

    private func body() throws -> [UInt8] {
        if options.file == "-" { return try context.streams.readAll(upTo: UserFile.limit) }
        do throws(FileError) {
            return try UserFile.read(context.filePath(options.file), upTo: UserFile.limit)
        } catch {
            throw UsageError("can't read \(error.path): \(error.reason)")
        }
    }
}
