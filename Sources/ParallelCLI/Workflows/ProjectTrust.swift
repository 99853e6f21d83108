import ParallelAPI
import ParallelHTTP
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Whether entries of the working tree, which came with a clone, and of files named on the command line may get values
/// of the user's environment.
enum ProjectTrust {
    /// Asks once for all of `connections`; from then on their header values are masked like the user's own. Throws
    /// `Interrupted` where the answer is no, and `RegistryError` where there is nobody to ask.
    static func settle(_ connections: [ServerConnection], isGiven: Bool, _ context: Context) async throws {
        try await ask(connections, isGiven: isGiven, context)
        for connection in connections { connection.server.secrets.forEach(context.streams.secrets.hide) }
    }

    private static func ask(_ connections: [ServerConnection], isGiven: Bool, _ context: Context) async throws {
        let asking = connections.filter { !$0.variablesToAllow.isEmpty }
        guard !isGiven, let first = asking.first, case .registry(let origin) = first.source else { return }
        let file = origin.path ?? ""
        guard context.terminal.canPrompt else { throw refusal(of: first, file, context) }
        let wishes = asking.map { "\($0.variablesToAllow.joined(separator: ", ")) to \($0.url.origin)" }
        let question = "\(file) wants to send \(wishes.joined(separator: " and ")); go on?"
        guard try await context.confirms(question, orElse: "nothing was sent") else {
            throw Interrupted("nothing was sent", context)
        }
    }

    private static func refusal(
        of connection: ServerConnection, _ file: String, _ context: Context
    ) -> RegistryError {
        let server = connection.server
        let url = ShellQuoting.quoted(SecretMask.url(server.url.template, toType: true))
        let command = "\(context.programName) mcp add \(ShellQuoting.operand(server.name, url, flags: " …"))"
        return RegistryError(
            "MCP server '\(server.name)' in \(file) would get the value of "
                + "\(connection.variablesToAllow.joined(separator: ", ")), and the file is not trusted with it",
            hint: "--trust-project allows it; or take the entry over into your own registry: \(command: command)",
            isAboutCredentials: true)
    }
}
