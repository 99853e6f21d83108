import ParallelAPI
import ParallelHTTP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Makes the API client of a command, with its transport.
enum APIConnection {
    /// Returns the client of a command that needs an API key. Throws what `settings` throws.
    static func client(
        _ connection: ConnectionOptions, _ output: Output, _ context: Context
    ) throws -> ParallelClient {
        client(try settings(connection, context), output, context)
    }

    /// - Parameters:
    ///   - policy: a policy with a longer budget than usual gives requests that much time.
    ///   - isLogged: whether the client puts down what costs something; false where the command does that for many
    ///     requests together.
    static func client(
        _ settings: Settings, policy: RetryPolicy = RetryPolicy(), isLogged: Bool = true, _ output: Output,
        _ context: Context
    ) -> ParallelClient {
        if let origin = settings.keyOrigin {
            output.trace(
                "* key from \(origin.name), requests to \(settings.address.text) (\(settings.address.origin.name))")
        }
        return ParallelClient(
            transport: transport(output, context, policy: policy), settings: settings,
            limit: max(ParallelClient.usualLimit, policy.budget), secrets: context.streams.secrets,
            onGrace: noteOfGrace(context), log: isLogged ? context.log : nil)
    }

    /// Returns a callback that says, after an interruption, why the program doesn't end yet. It says so only once, even
    /// if several requests are still waited for.
    private static func noteOfGrace(_ context: Context) -> @Sendable ([UInt8]) -> Void {
        let isReported = Lock(false)
        return { received in
            // A request is also cancelled when a time limit is over, which is no interruption.
            guard context.interruption() != nil else { return }
            let wasReported = isReported.withLock { isReported in
                defer { isReported = true }
                return isReported
            }
            guard !wasReported else { return }
            // The run is named now, because a second Ctrl-C ends the program before another message.
            let awaited =
                TaskRun.id(namedIn: received).map { "run \($0) exists; waiting up to 5 s for the rest of its answer" }
                ?? "waiting up to 5 s for the answer that names what may have been created"
            // In a shell, it has no effect.
            let further = context.transcript == nil ? " (a second Ctrl-C ends at once)" : ""
            context.streams.note("interrupted; \(awaited)\(further)")
        }
    }

    /// Reads the key and the base URL. Throws `SettingsError`, `FileError`, and `MissingKey` if the key is needed and
    /// not set.
    static func settings(_ connection: ConnectionOptions, _ context: Context, needsKey: Bool = true) throws -> Settings
    {
        try KeySources.requireProfile(connection.profile, context)
        let settings = try readingKey(connection.keyFile, of: "--api-key-file", context) { keyFile in
            let address = try context.apiAddress.get()
            return try Settings(address, from: KeySources.all(connection, keyFile: keyFile, address, context))
        }
        context.keyOrigin.withLock { $0 = settings.keyOrigin }
        if let key = settings.apiKey { context.streams.secrets.hide(key.reveal()) }
        if needsKey, settings.apiKey == nil {
            throw MissingKey(
                otherAddress: settings.otherAddress, profile: try KeySources.profile(connection.profile, context))
        }
        if let profile = connection.profile, case .variable(let name) = settings.keyOrigin,
            !context.settings.hasProfile || KeySources.hasLogin(profile, context)
        {
            context.streams.note("warning: \(name) is set, so that its key is used and not that of '\(profile)'")
        }
        return settings
    }

    /// Does `work`, which reads a key from a file; it gets the path under which to open the file. Throws `UsageError`
    /// for a terminal, which would show the key, and for a word that is the key itself.
    static func readingKey<Value>(
        _ file: String?, of flag: String, _ context: Context, _ work: (_ path: String?) throws -> Value
    ) throws -> Value {
        if file == "-", context.terminal.stdinIsTerminal {
            throw UsageError(
                "\(flag) - reads a pipe or a file, and standard input is a terminal, which would show the key",
                hint: "pipe it from where it is kept, or give the name of a file that only you can read")
        }
        do {
            return try work(file.map { $0 == "-" ? $0 : context.filePath($0) })
        } catch let error as FileError where error.isMissing && looksLikeKey(file) {
            throw UsageError(
                "\(flag) takes the name of a file, and what it was given looks like a key; write that to a file "
                    + "that only you can read")
        }
    }

    /// Whether `word`, which should be the name of a file, looks like the key itself, which must not be repeated.
    private static func looksLikeKey(_ word: String?) -> Bool {
        guard let word, !word.utf8.contains(where: { "/.".utf8.contains($0) }) else { return false }
        return word.utf8.count >= 16 && KnownSecrets.looksGenerated(word)
    }

    /// Returns the network with its wrappers: each attempt is traced, redirects stay on the origin, reads are retried.
    ///
    /// - Parameters:
    ///   - keepsCookies: whether servers get the cookies back that they set.
    ///   - isBrief: whether `--verbose` has only one line for each request.
    static func transport(
        _ output: Output, _ context: Context, policy: RetryPolicy = RetryPolicy(), keepsCookies: Bool = false,
        isBrief: Bool = false
    ) -> any HTTPTransport {
        let unreadable = ProxySettings(environment: context.environment).unreadableExceptions
        if !unreadable.isEmpty {
            let named = unreadable.map { SecretMask.url($0) }.joined(separator: ", ")
            output.warnOnce(
                "NO_PROXY: ignored, as it is not understood: \(named); an entry is a host or domain, maybe with :PORT, "
                    + "an address, a network such as 10.0.0.0/8, or *")
        }
        var transport = context.transport
        if output.redrawsProgress {
            transport = WaitingTransport(transport: transport, context: context)
        }
        if output.options.isVerbose {
            transport = TracingTransport(transport, clock: context.clock, isBrief: isBrief) { line in
                output.trace(line)
            }
        }
        // Load balancers set cookies on redirects, too.
        if keepsCookies { transport = CookieTransport(transport, now: context.now) }
        let pauses = PauseNotes(output: output, clock: context.clock)
        return RetryingTransport(
            RedirectingTransport(transport, clock: context.clock), policy: policy, clock: context.clock,
            now: context.now,
            random: context.random
        ) { notice in
            let delay = DurationText.describe(notice.delay)
            output.trace("* \(notice.reason): trying again in \(delay) (attempt \(notice.attempt + 1))")
            pauses.tell(of: notice)
        }
    }
}

/// The error for a command that needs an API key while none is set.
struct MissingKey: ReportedError {
    /// The address that the stored key is for; nil if there is none.
    var otherAddress: String?
    /// The profile that was chosen.
    var profile: String?

    func report(_ context: Context) -> ErrorReport {
        let sandbox = "parallel-sandbox run -- \(context.command(["task", "run"])) 'What is a heat pump?'"
        return ErrorReport(
            .notAuthenticated, "no API key is set",
            hints: [
                otherAddress.map { "the stored login is for \($0), and requests go elsewhere (see 'auth status')" },
                "sign in: \(command: context.command(["login"], flags: profile.map { FlagSpec.words("profile", $0) } ?? []))",
                "or set a key: export \(Settings.keyVariable)=…",
                "or put it in a file only you can read: --api-key-file FILE",
                "get one at https://platform.parallel.ai; to try without one: \(command: sandbox)",
            ])
    }
}
