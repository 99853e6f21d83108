import ParallelCore
import ParallelHTTP
import ParallelTerminal

/// Makes the client that a command talks to the API with.
enum APIConnection {
    /// Reads key and base URL. Throws `Settings.Fault`, and `UsageError`-like reports where no key is set.
    static func settings(_ connection: ConnectionOptions, _ context: Context, needsKey: Bool = true) throws -> Settings
    {
        let settings = try Settings(
            environment: context.environment, keyFile: connection.keyFile.map(context.filePath))
        if needsKey, settings.apiKey == nil { throw MissingKey() }
        return settings
    }

    /// Stacks the transport: every attempt is traced, redirects stay on the origin, reads are retried.
    static func client(_ settings: Settings, _ output: Output, _ context: Context) -> ParallelClient {
        var transport = context.transport
        if output.options.isVerbose {
            transport = TracingTransport(transport, clock: context.clock) { line in
                context.streams.note(ControlCharacters.neutralised(line))
            }
        }
        return ParallelClient(
            transport: RetryingTransport(
                RedirectingTransport(transport), policy: RetryPolicy(), clock: context.clock, now: context.now,
                random: context.random
            ) { notice in
                guard output.options.isVerbose else { return }
                let delay = DurationText.describe(notice.delay)
                context.streams.note("* \(notice.reason): trying again in \(delay) (attempt \(notice.attempt + 1))")
            }, settings: settings)
    }
}

/// No API key is set.
struct MissingKey: Error {}
