import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp pin`: keeps the definitions of a server's tools, to tell later whether they have changed.
struct MCPPinCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var server = ""
        var removes = false
        var connection = MCPConnectionOptions()
        var output = OutputOptions()
        var needsOutputPlace: Bool { false }

        static let flags: [Flag<Options>] =
            [Flag("remove", summary: "Forget what is pinned; nothing is sent") { $0.removes = $1 }]
            + MCPConnectionFlags.all().map { $0.embedded(at: \.connection) }
            + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp pin"

    static var command: Command {
        Command(
            summary: "Keep the tool definitions of a server",
            description: """
                Keeps the definitions of a server's tools as they are now, in a file that only you can read. From then \
                on, 'mcp tools', 'mcp call' and the look before a run warn of tools that are new or have another \
                description or schema, and 'mcp check' shows what changed. A model does what a description says, so a \
                server that changes one can change what your runs do.

                'mcp add' does this for the servers that it adds. --remove forgets the tools of every server of that name.
                """,
            usesNetwork: true,
            positionals: [MCPConnection.positional], defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp pin crm", "Accept the tools that the server has now"),
                .init("parallel mcp pin parallel-search", "One of Parallel's own servers"),
            ],
            check: { options, words in options.server = words[0] }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let pins = ToolPins(environment: context.environment)
        if options.removes {
            let name = MCPConnection.name(of: options.server)
            guard try pins.remove(name) > 0 else { throw UsageError("nothing is pinned of '\(name)'") }
            output.note("forgot the tools of '\(name)'")
            return .success
        }
        let live = try await MCPConnection(options.connection, output, context).liveTools(of: options.server)
        try pins.store(
            ToolPin(
                name: live.name, url: live.url, time: context.now(), account: options.connection.account,
                tools: live.definitions))
        output.note("pinned \(counted(live.definitions.count, "tool")) of '\(live.name)'")
        return .success
    }
}
