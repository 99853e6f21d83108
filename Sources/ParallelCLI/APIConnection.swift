import ParallelCore
import ParallelHTTP
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

    static func client(_ settings: Settings, _ output: Output, _ context: Context) -> ParallelClient {
        ParallelClient(
            transport: transport(output, context), settings: settings, secrets: context.streams.secrets)
    }

    /// Reads key and base URL. Throws `Settings.Fault`, `FileError`, and `MissingKey` where no key is set but needed.
    static func settings(_ connection: ConnectionOptions, _ context: Context, needsKey: Bool = true) throws -> Settings
    {
        let keyFile = connection.keyFile.map { $0 == "-" ? $0 : context.filePath($0) }
        let settings = try Settings(environment: context.environment, keyFile: keyFile) {
            try context.streams.readAll(upTo: UserFile.secretLimit)
        }
        if let key = settings.apiKey { context.streams.secrets.hide(key.reveal()) }
        if needsKey, settings.apiKey == nil { throw MissingKey() }
        return settings
    }

    /// Stacks the transport: every attempt is traced, redirects stay on the origin, reads are retried.
    static func transport(_ output: Output, _ context: Context, policy: RetryPolicy = RetryPolicy())
        -> any HTTPTransport
    {
        var transport = context.transport
        if output.options.isVerbose {
            transport = TracingTransport(transport, clock: context.clock) { line in
                output.trace(line)
            }
        }
        return RetryingTransport(
            RedirectingTransport(transport), policy: policy, clock: context.clock, now: context.now,
            random: context.random
        ) { notice in
            let delay = DurationText.describe(notice.delay)
            output.trace("* \(notice.reason): trying again in \(delay) (attempt \(notice.attempt + 1))")
        }
    }
}

/// No API key is set.
struct MissingKey: Error {}
