import ParallelCore

extension ServerRegistry {
    init(_ context: Context) {
        self.init(environment: context.environment, workingDirectory: context.workingDirectory)
    }
}
