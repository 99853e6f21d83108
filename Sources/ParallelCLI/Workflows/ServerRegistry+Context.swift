import ParallelMCP
import ParallelOutput
import ParallelTerminal

extension ServerRegistry {
    init(_ context: Context) {
        self.init(
            environment: context.environment, api: try? context.apiAddress.get(),
            workingDirectory: context.workingDirectory,
            secrets: context.streams.secrets)
    }
}

extension [RegistryScope: RegistryError] {
    /// Warns of a file of the working tree that can't be read, as anybody may have written it. Throws the error of the
    /// user's own file.
    func settle(_ output: Output, _ context: Context) throws {
        if let error = self[.project] {
            output.note(RegistryNote.unreadableProject(error).hint(context), behind: "warning: ")
        }
        if let error = self[.user] { throw error }
    }
}

extension TaskReach {
    init(_ context: Context, tokenExpiry: Int? = nil) {
        self.init(
            environment: context.environment, api: try? context.apiAddress.get(), tokenExpiry: tokenExpiry,
            now: context.now())
    }
}
