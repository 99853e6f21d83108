import ParallelMCP
import ParallelTerminal

extension ServerRegistry {
    init(_ context: Context) {
        self.init(
            environment: context.environment, api: try? context.apiAddress.get(),
            workingDirectory: context.workingDirectory,
            secrets: context.streams.secrets)
    }
}

extension TaskReach {
    init(_ context: Context, tokenExpiry: Int? = nil) {
        self.init(
            environment: context.environment, api: try? context.apiAddress.get(), tokenExpiry: tokenExpiry,
            now: context.now())
    }
}
