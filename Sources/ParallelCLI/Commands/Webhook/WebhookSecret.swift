import ParallelAPI
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// How calls of webhooks are verified: the secret, and how old one may be.
struct WebhookOptions: Sendable {
    var secretFile: String?
    /// In seconds; nil means any age.
    var tolerance: Int? = WebhookMessage.usualTolerance

    static let secretVariable = "PARALLEL_WEBHOOK_SECRET"

    static let flags: [Flag<WebhookOptions>] = [
        Flag(
            "secret-file", value: FlagSpec.Value("FILE", completion: .file),
            summary: "Read the secret from FILE, not \(secretVariable)",
            details: "It is on the platform's page of settings, under Webhooks. A file that others can read is refused."
        ) { options, text throws(InvalidValue) in options.secretFile = try FileNameText.parse(text) },
        Flag(
            "tolerance", value: FlagSpec.Value("DURATION"),
            summary: "How old a call may be (default 5m, 0 = any age)",
            details: "An older one may have been recorded by somebody and sent again."
        ) { options, text throws(InvalidValue) in
            let duration = try DurationText.parse(text)
            options.tolerance = duration == .zero ? nil : max(1, Int(duration.components.seconds))
        },
    ]

    /// Returns the secret. Throws if there is none.
    func secret(_ context: Context) throws -> Secret {
        let secret = try APIConnection.readingKey(secretFile, of: "--secret-file", context) { file in
            try Settings.key(of: [Self.secretVariable], environment: context.environment, keyFile: file) {
                throw UsageError("--secret-file: standard input has the body")
            }
        }
        guard let secret else {
            throw ErrorReport(
                .notAuthenticated, "no webhook secret is set",
                hints: [
                    "set \(Self.secretVariable), or put it in a file only you can read: --secret-file FILE",
                    "it is at https://platform.parallel.ai/settings?tab=webhook",
                ])
        }
        context.streams.secrets.hide(secret.reveal())
        return secret
    }
}

extension WebhookMessage.Problem {
    /// The problem in words.
    var text: String {
        switch self {
        case .missing(let field): "it has no \(field)"
        case .noTime(let text): "its time '\(text.shortened(to: 40))' is no number of seconds since 1970"
        case .age(let seconds):
            "it is \(DurationText.brief(.seconds(abs(seconds)))) \(seconds > 0 ? "old" : "in the future"), more than "
                + "--tolerance"
        case .signature: "no signature in it was made with this secret, of this body"
        }
    }
}
