import ParallelAPI
import ParallelHTTP
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Decides whether servers of files that somebody else may have written get values of the user's environment: entries
/// of the working tree, which came with a clone, and of files named on the command line.
struct ProjectTrust {
    /// Whether the command line allows it.
    let isGiven: Bool
    let context: Context

    /// Asks once for all of `servers`, unless the command line allows it. From then on, their header values are masked
    /// like the user's own. Throws if the answer is no, and `UntrustedServer` if nobody can be asked.
    func settle(_ servers: [ResolvedServer]) async throws {
        try await ask(servers)
        for resolved in servers { resolved.server.secrets.forEach(context.streams.secrets.hide) }
    }

    private func ask(_ servers: [ResolvedServer]) async throws {
        let asking = servers.filter { !$0.variablesToAllow.isEmpty }
        guard !isGiven, let first = asking.first, case .registry(let origin) = first.source else { return }
        let file = origin.path ?? ""
        guard context.terminal.canPrompt else { throw UntrustedServer(resolved: first, file: file) }
        let wishes = asking.map { "\($0.variablesToAllow.joined(separator: ", ")) to \($0.url.origin)" }
        let question = "\(file) wants to send \(wishes.joined(separator: " and ")); allow it?"
        guard try await context.confirms(question, orElse: "nothing was sent") else {
            throw ErrorReport(.unexpected, "not confirmed; nothing was sent")
        }
    }
}

/// The error for a server that would get variables because of a file that somebody else may have written, while nobody
/// can be asked to allow it.
struct UntrustedServer: ReportedError {
    let resolved: ResolvedServer
    let file: String

    func report(_ context: Context) -> ErrorReport {
        let server = resolved.server
        let url = SecretMask.url(server.url.template, toType: true)
        let command = context.command(["mcp", "add"], operands: [server.name, url], isUnfinished: true)
        return ErrorReport(
            .usage,
            "MCP server '\(server.name)' in \(file) would get the value of "
                + "\(resolved.variablesToAllow.joined(separator: ", ")), and the file is not trusted with it",
            hints: ["--trust-project allows it; or take the entry over into your own registry: \(command: command)"])
    }
}
