import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSystem

/// `parallel mcp clients`: lists the programs whose configuration can hold MCP servers.
struct MCPClientsCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var listsAll = false
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag("all", summary: "List every client that is known, not just those on this machine") {
                    $0.listsAll = $1
                }
            ] + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp clients"

    static var command: Command {
        Command(
            summary: "List the programs that 'mcp install' can set up",
            description: """
                Lists the MCP clients on this machine, found by their folders and programs, their configuration files, \
                and which servers of 'mcp list' are in them: by their URL (http), or through this program (proxy). A \
                file that can't be read has the reason in place of its servers. --format text prints the names alone.
                """,
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp clients", "What is on this machine"),
                .init("parallel mcp clients --all --json | jq -r '.[].client'", "Every client, for a program"),
            ],
            check: { _, _ in }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let place = ClientPlace(output, context)
        let own = place.registry.listedEntries().entries.filter { !$0.isShadowed }.map { entry in
            (entry.name, try? place.registry.lastingDefinition(of: entry).url)
        }
        var rows: [[String]] = []
        var elements: [JSONValue] = []
        for client in ClientCatalogue.all {
            let isFound = place.paths.isFound(client)
            for scope in Client.Scope.allCases {
                guard let path = place.paths.file(of: client, scope, name: "NAME") else { continue }
                let exists = UserFile.exists(path)
                guard isFound || options.listsAll, scope == .user || exists else { continue }
                var element: JSONObject = [
                    "client": .string(client.id), "name": .string(client.name), "found": .bool(isFound),
                    "scope": .string(scope.rawValue), "file": .string(path), "exists": .bool(exists),
                ]
                let state: String
                do {
                    try place.checkLinks(of: path, scope)
                    let file = try ClientFile(client, scope, path: path)
                    let servers = Self.own(file, own)
                    element["servers"] = .object(JSONObject(servers.map { ($0.name, .string($0.way.rawValue)) }))
                    state = servers.map { "\($0.name) (\($0.way.rawValue))" }.joined(separator: ", ")
                } catch {
                    let message = ErrorReport(error, context).message
                    element["error"] = .string(message)
                    state = "unreadable: \(message)"
                }
                elements.append(.object(element))
                rows.append([client.id, isFound ? scope.rawValue : "not found", path, state])
            }
        }
        switch output.format {
        case .json: try output.write(document: .array(elements))
        case .jsonl: for element in elements { try output.write(document: element, isOnly: false) }
        case .text:
            var last = ""
            for row in rows where row[0] != last {
                last = row[0]
                try output.write(last + "\n")
            }
        default:
            try output.write(table: .init(headings: ["client", "scope", "file", "servers"], rows: rows))
        }
        if rows.isEmpty { output.note("no client was found; --all lists those that are known") }
        try output.finish()
        return .success
    }

    /// Returns the servers of the registry that a file has, and how.
    private static func own(
        _ file: ClientFile, _ registry: [(name: String, url: String?)]
    ) -> [(name: String, way: ClientEntry.Way)] {
        file.servers.compactMap { member in
            if ClientEntry.bridged(by: member.value) != nil { return (member.key, .proxy) }
            guard let url = ClientEntry.url(of: member.value) else { return nil }
            return registry.contains { $0.url?.isExactly(url) == true } ? (member.key, .http) : nil
        }
    }
}
