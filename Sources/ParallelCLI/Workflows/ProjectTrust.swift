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
        guard !isGiven else { return }
        let trusted = TrustedServers(environment: context.environment)
        var asking: [ResolvedServer] = []
        var changed: [String] = []
        for resolved in servers where !resolved.variablesToAllow.isEmpty {
            let standing = try resolved.approval.map { wish throws(FileError) in try trusted.standing(of: wish) }
            if standing == .approved { continue }
            asking.append(resolved)
            if standing == .changed { changed.append(resolved.server.name) }
        }
        guard let first = asking.first, case .registry(let origin) = first.source else { return }
        let file = origin.path ?? ""
        guard context.terminal.canPrompt else {
            throw UntrustedServer(resolved: first, file: file, hasChanged: changed.first == first.server.name)
        }
        let approvals = asking.compactMap(\.approval)
        let question = Self.question(
            file, asking.map { ($0.variablesToAllow, $0.url.origin) }, changed: changed,
            isKept: approvals.count == asking.count)
        try await context.confirm(question, orElse: "nothing was sent")
        do {
            try trusted.approve(approvals)
        } catch {
            let reason = ErrorReport(error, context).message
            context.streams.note("warning: the approval could not be kept: \(ControlCharacters.neutralised(reason))")
        }
    }

    /// Returns the question whether the servers of a file may get variables.
    ///
    /// - Parameters:
    ///   - changed: the names of entries that were approved before they were changed.
    ///   - isKept: whether a yes counts from now on.
    static func question(
        _ file: String, _ wishes: [(variables: [String], origin: String)], changed: [String], isKept: Bool
    ) -> String {
        let wishes = wishes.map { "\($0.variables.joined(separator: ", ")) to \($0.origin)" }
        let names = changed.map { "'\($0)'" }.joined(separator: ", ")
        let change = changed.isEmpty ? "" : " (\(names) has changed since it was approved)"
        let end = isKept ? "until the entry changes?" : "it?"
        return "\(file) wants to send \(wishes.joined(separator: " and "))\(change); allow \(isKept ? "it " : "")\(end)"
    }
}

/// The error for a server that would get variables because of a file that somebody else may have written, while nobody
/// can be asked to allow it.
struct UntrustedServer: ReportedError {
    let resolved: ResolvedServer
    let file: String
    /// Whether the entry was approved before it was changed.
    let hasChanged: Bool

    func report(_ context: Context) -> ErrorReport {
        let server = resolved.server
        let url = SecretMask.url(server.url.template, toType: true)
        let add = context.command(["mcp", "add"], operands: [server.name, url], isUnfinished: true)
        let trust = context.command(["mcp", "trust"], operands: [server.name])
        let variables = resolved.variablesToAllow.joined(separator: ", ")
        return ErrorReport(
            .usage,
            "MCP server '\(server.name)' in \(file) would get the value of \(variables), and "
                + (hasChanged ? "it has changed since it was approved" : "the file is not trusted with it"),
            hints: [
                resolved.approval == nil ? nil : "look at it and approve it: \(command: trust)",
                "--trust-project allows it for one command; or take the entry over into your own registry: \(command: add)",
            ])
    }
}
