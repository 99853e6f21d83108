import ParallelAPI
import ParallelHTTP
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Looks at the MCP servers of a run, or of a question to a model, before money is spent on it: whether they answer and
/// have tools, and which of the tools may destroy something.
///
/// The servers are called from the other side, so one that can't be reached from this machine may still be of use.
/// Parallel's own servers are not looked at.
struct ServerPreflight: Sendable {
    /// Whether a server that is of no use keeps the run from being created.
    let isRequired: Bool
    /// Who calls the servers: Parallel for a run, or the provider of a model.
    var caller = "Parallel"
    /// What calls the tools without asking; nil if somebody is asked, so that destructive ones need not be named.
    var work: String? = "a run"
    /// The tools of --allow-tool, which hold for each of the servers; nil for a command that has no such flag.
    var allowedTools: [String]?
    /// Whether what an earlier look has found may count.
    var remembers = true
    /// The time limit of the command; nil means none.
    let timeout: Duration?
    let output: Output
    let context: Context

    /// The time limit for all servers together, the end of their sessions included.
    private var limit: Duration { min(Self.usualLimit, timeout ?? Self.usualLimit) }
    private static let usualLimit = Duration.seconds(5)

    private struct Candidate: Sendable {
        let server: MCPServer
        let url: HTTPURL
    }

    /// Throws `Interrupted`, and `ErrorReport` if a server that is required is of no use.
    func look(at servers: [MCPServer]) async throws {
        let memory =
            remembers && context.rules.zeroRetention == nil ? CheckedServers(environment: context.environment) : nil
        let registry = ServerRegistry(context)
        let now = context.now()
        var candidates: [Candidate] = []
        for server in servers {
            guard let url = try? HTTPURL(server.url.expanded), !registry.isParallels(url) else { continue }
            // A server that is required has to be usable now.
            switch isRequired ? nil : memory?.finding(on: server, now: now) {
            case .usable(let tools)?: tell(tools, of: server.name)
            case .unusable(let problem)?:
                let age: Hint = "this was found at most ten minutes ago; --require-mcp looks again"
                warn(ErrorReport(.refused, problem, hints: hints(for: server) + [age]))
            case nil: candidates.append(Candidate(server: server, url: url))
            }
        }
        let progress = RunProgress(
            context: context, output: output, events: .none, status: "looking at MCP servers")
        let findings = candidates.isEmpty ? [] : await progress.shown { await self.findings(on: candidates) }
        if Task.isCancelled { throw Interrupted("interrupted; nothing was sent", context) }
        // Of a server that nobody could look at, nobody knows the tools.
        let known = findings.compactMap { try? $0?.get().map(\.name) }
        if known.count == servers.count { try refuseUnknown(among: known.flatMap(\.self)) }
        var problems: [ErrorReport] = []
        for (candidate, finding) in zip(candidates, findings) {
            if let problem = problem(with: candidate.server, finding) {
                problems.append(problem)
                // A look that had less time than usual says little of the next one.
                guard limit == Self.usualLimit else { continue }
                let message = context.streams.secrets.masked(problem.message)
                memory?.remember(.unusable(message), on: candidate.server, now: now)
            } else if case .success(let tools)? = finding {
                let names = DestructiveTools.names(in: tools, allowing: candidate.server.allowedTools)
                // Changed tools are told of before every run.
                let hasChanged = PinnedTools(output: output, context: context).warn(
                    of: tools, on: candidate.server, allowing: candidate.server.allowedTools)
                let isWhole = warnOfMissing(on: candidate.server, among: tools.map(\.name))
                if isWhole, !hasChanged {
                    memory?.remember(.usable(destructive: names), on: candidate.server, now: now)
                }
                tell(names, of: candidate.server.name)
            }
        }
        guard let first = problems.first else { return }
        if isRequired {
            let others = problems.dropFirst().map { Hint($0.message) }
            throw ErrorReport(
                first.code, "\(first.message); nothing was sent",
                hints: first.hints + others
                    + ["without --require-mcp it is tried all the same: \(caller) calls servers from its own side"])
        }
        for problem in problems { warn(problem) }
    }

    /// Throws for a tool of --allow-tool that no server has: the provider would refuse the request, or go without it.
    private func refuseUnknown(among names: [String]) throws(UsageError) {
        for tool in allowedTools ?? [] where !names.isEmpty && !names.contains(where: tool.isExactly) {
            throw UsageError(
                "--allow-tool: no MCP server of the request has a tool '\(tool)'; nothing was sent",
                hint: Suggestions.hint(for: tool, "tools", names))
        }
    }

    /// Warns of tools that the registry allows and the server doesn't have. Returns whether it has all of them.
    private func warnOfMissing(on server: MCPServer, among names: [String]) -> Bool {
        let allowed = allowedTools?.isEmpty == false ? [] : server.allowedTools ?? []
        let missing = allowed.filter { tool in !names.contains(where: tool.isExactly) }
        for tool in missing {
            output.warn("the MCP server '\(server.name)' has no tool '\(tool)', which its entry allows")
            if let hint = Suggestions.hint(for: tool, "tools", names) { output.note(hint, behind: "  ") }
        }
        return missing.isEmpty
    }

    private func tell(_ destructive: [String], of server: String) {
        let remedy = allowedTools == nil ? DestructiveTools.entryRemedy : "name each with --allow-tool"
        if let work { DestructiveTools.tell(destructive, of: server, by: work, remedy: remedy, output) }
    }

    private func warn(_ problem: ErrorReport) {
        // What a rule forbids does not go on.
        if context.rules.refusal.withLock({ $0 != nil }) { return }
        output.warn("\(problem.message); \(caller) calls it from its own side, so this goes on")
        for hint in problem.hints { output.note(hint, behind: "  ") }
    }

    private func hints(for server: MCPServer) -> [Hint] {
        // 'mcp test' doesn't know the servers of a file given with --mcp-config.
        let isListed = ServerRegistry(context).listedEntries().entries.contains { $0.name.isExactly(server.name) }
        if isListed, !ServerRegistry.isValidName(server.name) { return [] }
        let test = context.command(["mcp", "test", isListed ? context.maskedWord(server.name) : "URL"])
        return ["check with: \(command: test)"]
    }

    /// Returns what a look at each server has found, in their order.
    private func findings(on candidates: [Candidate]) async -> [Result<[MCPTool], any Error>?] {
        var findings = [Result<[MCPTool], any Error>?](repeating: nil, count: candidates.count)
        await withTaskGroup(of: (Int, Result<[MCPTool], any Error>).self) { group in
            for (index, candidate) in candidates.enumerated() {
                group.addTask {
                    do {
                        // Swift 6.3 loses the index of a tuple with the `try` inside it, in an optimised build.
                        let found = try await tools(of: candidate)
                        return (index, .success(found))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for await (index, finding) in group { findings[index] = finding }
        }
        return findings
    }

    private func tools(of candidate: Candidate) async throws -> [MCPTool] {
        // The rest is for giving up a request and ending the session.
        let requests = limit * 4 / 5
        let client = MCPClient(
            MCPEndpoint(candidate.server, at: candidate.url, secrets: context.streams.secrets),
            transport: APIConnection.transport(
                output, context, policy: RetryPolicy(maximumAttempts: 1), keepsCookies: true),
            clock: context.clock, clientVersion: Version.number,
            memory: EraCache(environment: context.environment), patience: requests, total: requests
        ) { _ in }
        return try await client.use {
            try await client.connect()
            return try await client.tools().tools
        }
    }

    /// Returns why a server is of no use to a run, as far as a look from here tells; nil if it is.
    private func problem(with server: MCPServer, _ finding: Result<[MCPTool], any Error>?) -> ErrorReport? {
        let hints = hints(for: server)
        let name = "the MCP server '\(server.name)'"
        switch finding {
        case nil: return nil
        case .failure(let error):
            let report = ErrorReport(error, context)
            let isOutOfReach = [.unreachable, .stillRunning].contains(report.code)
            return ErrorReport(
                isOutOfReach ? .unreachable : .refused, "\(name) can't be used from here: \(report.message)",
                hints: hints)
        case .success(let tools):
            if tools.isEmpty { return ErrorReport(.refused, "\(name) lists no tools", hints: hints) }
            guard let allowed = server.allowedTools,
                !tools.contains(where: { tool in allowed.contains(where: tool.name.isExactly) })
            else { return nil }
            return ErrorReport(
                .refused, "\(name) has none of the tools that it may use: \(allowed.joined(separator: ", "))",
                hints: hints)
        }
    }
}
