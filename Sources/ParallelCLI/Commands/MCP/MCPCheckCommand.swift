import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp check`: compares the tools of servers with their pinned definitions.
struct MCPCheckCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var servers: [String] = []
        var connection = MCPConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            MCPConnectionFlags.all().map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp check"

    static var command: Command {
        Command(
            summary: "Tell how the tools of servers have changed",
            description: """
                Lists the tools of servers and compares them with the definitions that 'mcp pin' or 'mcp add' has kept: \
                tools that were added or removed, and each member of a definition that changed. The order of members \
                does not count. Without a name, every server is checked that is pinned and listed here.

                Exit codes: 0 nothing has changed, 8 something has, 2 nothing is pinned of a server.
                """,
            usesNetwork: true,
            positionals: [
                Positional("SERVER", .zeroOrMore, completion: .mcpServers, summary: MCPConnection.positional.summary)
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp check crm", "What has changed since the server was pinned"),
                .init("parallel mcp check --json | jq '.[].changes[]'", "All pinned servers, for a script"),
            ],
            check: { options, words in
                for word in words where !options.servers.contains(where: word.isExactly) {
                    options.servers.append(word)
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let pins = try ToolPins(environment: context.environment).all()
        let servers = options.servers.isEmpty ? try listed(pins) : options.servers
        var documents: [JSONValue] = []
        var rows: [[String]] = []
        var codes: [ExitCode] = []
        for word in servers {
            do {
                let (pin, changes) = try await check(word, pins)
                documents.append([
                    "server": .string(pin.name), "url": .string(pin.url), "pinned_at": .number(JSONNumber(pin.time)),
                    "changes": .array(changes.map(\.json)),
                ])
                rows += changes.map { [pin.name] + ToolChangesView.row($0) }
                codes.append(changes.isEmpty ? .success : .partial)
            } catch {
                if servers.count == 1 || Task.isCancelled || error is Interrupted { throw error }
                let report = ErrorReport(error, context)
                codes.append(report.emit(to: context))
                documents.append([
                    "server": .string(MCPConnection.name(of: word)),
                    "error": .string(context.streams.secrets.masked(report.message)),
                ])
            }
        }
        let headings = ["server"] + ToolChangesView.headings
        try output.write(list: documents, Document.Table(headings: headings, rows: rows, kinds: [.identifier]))
        try output.finish()
        return codes.contains(.partial) ? .partial : codes.first { $0 != .success } ?? .success
    }

    /// Compares the tools of one server.
    private func check(_ word: String, _ pins: [ToolPin]) async throws -> (ToolPin, [ToolChange]) {
        let name = MCPConnection.name(of: word)
        let (entries, _) = ServerRegistry(context).listedEntries()
        let definition = try? entries.first { $0.name.isExactly(name) }?.definition()
        let url = definition.map { SecretMask.url($0.url) } ?? name
        var connection = options.connection
        // The login that the tools were pinned with, unless the entry has got credentials since.
        if definition?.headers.contains(where: { MCPServer.isForCredentials($0.name) }) != true {
            connection.account =
                connection.account ?? pins.last { $0.name.isExactly(name) && $0.url.isExactly(url) }?.account
        }
        let pin = context.command(["mcp", "pin"], operands: [MCPConnection.shown(word)], flags: connection.words)
        guard pins.contains(where: { $0.name.isExactly(name) }) else {
            if !ServerDefinition.isURL(word), !entries.contains(where: { $0.name.isExactly(word) }) {
                throw UsageError.unknownServer(word, among: entries, context)
            }
            throw UsageError("nothing is pinned of '\(name)'", hint: "keep its tools as they are now: \(command: pin)")
        }
        let live = try await MCPConnection(connection, output, context).liveTools(of: word)
        let known = pins.filter { $0.name.isExactly(live.name) }
        guard let pinned = known.last(where: { $0.url.isExactly(live.url) }) else {
            throw UsageError(
                "'\(live.name)' was pinned at \(known.last?.url ?? ""), and is at \(live.url) now",
                hint: "accept that: \(command: pin)")
        }
        let changes = ToolChange.all(from: pinned.tools, to: live.definitions.map { PinnedTool($0) })
        if changes.isEmpty {
            output.note("'\(live.name)': \(counted(pinned.tools.count, "tool")), nothing has changed")
        } else {
            output.note("to accept what '\(live.name)' has now: \(command: pin)" as Hint)
        }
        return (pinned, changes)
    }

    /// Returns the names of the pinned servers that the registry has here.
    private func listed(_ pins: [ToolPin]) throws -> [String] {
        let (entries, errors) = ServerRegistry(context).listedEntries()
        try errors.settle(output, context)
        let names = pins.filter { pin in
            let entry = entries.first { $0.name.isExactly(pin.name) }
            let url = (try? entry?.definition()).map { SecretMask.url($0.url) }
            // A program has no URL, and a URL whose secrets are masked can't be called.
            let isListed =
                url?.isExactly(pin.url)
                ?? (entry == nil
                    ? ServerDefinition.isURL(pin.name) && !pin.name.has("*") : !ServerDefinition.isURL(pin.url))
            if !isListed { output.note("'\(pin.name)' (\(pin.url)) is not listed here, and left out") }
            return isListed
        }.map(\.name)
        guard !names.isEmpty else {
            let pin = context.command(["mcp", "pin"], operands: ["NAME"])
            throw UsageError("nothing is pinned", hint: "keep the tools of a server as they are now: \(command: pin)")
        }
        return names
    }
}
