import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Makes what a command talks to the API with.
enum APIConnection {
    /// The client of a command that can do nothing without a key. Throws what `settings` throws.
    static func client(
        _ connection: ConnectionOptions, _ output: Output, _ context: Context
    ) throws -> ParallelClient {
        client(try settings(connection, context), output, context)
    }

    /// - Parameter policy: one with a longer budget than usual gives requests that much time.
    static func client(
        _ settings: Settings, policy: RetryPolicy = RetryPolicy(), _ output: Output, _ context: Context
    ) -> ParallelClient {
        ParallelClient(
            transport: transport(output, context, policy: policy), settings: settings,
            limit: max(ParallelClient.usualLimit, policy.budget), secrets: context.streams.secrets,
            onGrace: noteOfGrace(context))
    }

    /// Tells whoever has just interrupted the program why it doesn't end; once, for all requests that it still waits
    /// for.
    private static func noteOfGrace(_ context: Context) -> @Sendable ([UInt8]) -> Void {
        let isTold = Lock(false)
        return { received in
            // The end of a wait is no interruption.
            guard context.interruption() != nil else { return }
            let wasTold = isTold.withLock { isTold in
                defer { isTold = true }
                return isTold
            }
            guard !wasTold else { return }
            // After a second Ctrl-C there would be no other chance to tell it.
            let awaited =
                TaskRun.id(namedIn: received).map { "run \($0) exists; waiting up to 5 s for the rest of its answer" }
                ?? "waiting up to 5 s for the answer that names what may have been created"
            context.streams.note("interrupted; \(awaited) (a second Ctrl-C ends at once)")
        }
    }

    /// Reads key and base URL. Throws `SettingsError`, `FileError`, and `MissingKey` where no key is set but needed.
    static func settings(_ connection: ConnectionOptions, _ context: Context, needsKey: Bool = true) throws -> Settings
    {
        let keyFile = connection.keyFile.map { $0 == "-" ? $0 : context.filePath($0) }
        let settings: Settings
        do {
            settings = try Settings(context.apiAddress.get(), environment: context.environment, keyFile: keyFile) {
                try context.streams.readAll(upTo: UserFile.secretLimit)
            }
        } catch let error as FileError where error.isMissing && looksLikeKey(connection.keyFile) {
            throw UsageError(
                "--api-key-file takes the name of a file, and what it was given looks like a key; write that to a file "
                    + "that only you can read")
        }
        if let key = settings.apiKey { context.streams.secrets.hide(key.reveal()) }
        if needsKey, settings.apiKey == nil { throw MissingKey() }
        return settings
    }

    /// Whether somebody gave the key itself, which must not be repeated, where the name of its file belongs.
    private static func looksLikeKey(_ word: String?) -> Bool {
        guard let word, !word.utf8.contains(where: { "/.".utf8.contains($0) }) else { return false }
        return word.utf8.count >= 16 && KnownSecrets.looksGenerated(word)
    }

    /// Stacks the transport: every attempt is traced, redirects stay on the origin, reads are retried.
    static func transport(
        _ output: Output, _ context: Context, policy: RetryPolicy = RetryPolicy()
    ) -> any HTTPTransport {
        let unreadable = ProxySettings(environment: context.environment).unreadableExceptions
        if !unreadable.isEmpty {
            let named = unreadable.map { SecretMask.url($0) }.joined(separator: ", ")
            output.warnOnce(
                "NO_PROXY: not understood and passed over: \(named); an entry is a host or domain, maybe with :PORT, "
                    + "an address, a network such as 10.0.0.0/8, or *")
        }
        var transport = context.transport
        if output.options.isVerbose {
            transport = TracingTransport(transport, clock: context.clock) { line in
                output.trace(line)
            }
        }
        return RetryingTransport(
            RedirectingTransport(transport, clock: context.clock), policy: policy, clock: context.clock,
            now: context.now,
            random: context.random
        ) { notice in
            let delay = DurationText.describe(notice.delay)
            output.trace("* \(notice.reason): trying again in \(delay) (attempt \(notice.attempt + 1))")
        }
    }
}

/// No API key is set.
struct MissingKey: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        ErrorReport(
            .notAuthenticated, "no API key is set",
            hints: [
                "set one: export \(Settings.keyVariable)=…",
                "or put it in a file only you can read: --api-key-file FILE",
            ])
    }
}
