import ParallelClients
import ParallelJSON
import ParallelOutput
import ParallelSystem

/// `parallel mcp uninstall`: takes a server out of another program's configuration.
struct MCPUninstallCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var client = ""
        var name = ""
        var scope = Client.Scope.user
        var isDryRun = false
        var output = OutputOptions()
        var needsOutputPlace: Bool { isDryRun }

        static let flags: [Flag<Options>] =
            [
                ClientPlace.scope.embedded(at: \.scope),
                Flag("dry-run", summary: "Print the change as a diff and write nothing") { $0.isDryRun = $1 },
            ] + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp uninstall"

    static var command: Command {
        Command(
            summary: "Take an MCP server out of another program's configuration",
            description: """
                Removes one entry from the configuration file of another MCP client and leaves every other byte as it \
                is. If nothing else has changed since 'mcp install', the file becomes what it was before. What was made \
                for the entry goes with the last one: an empty table of servers, the file, and its folder.
                """,
            positionals: [
                ClientPlace.positional("a name from 'mcp clients'"),
                Positional(
                    "NAME", .required, completion: .mcpServers,
                    summary: "the name of the server there; the client comes first"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp uninstall cursor crm --dry-run || true", "See what would change"),
                .init(
                    "parallel mcp install cursor crm && parallel mcp uninstall cursor crm",
                    "The file is what it was before"),
            ],
            check: { options, words throws(UsageError) in
                try ClientPlace.checkOrder("uninstall", words)
                (options.client, options.name) = (words[0], words[1])
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let place = ClientPlace(output, context)
        let client = try ClientPlace.client(options.client)
        return try options.isDryRun ? uninstall(client, place) : place.changing { try uninstall(client, place) }
    }

    private func uninstall(_ client: Client, _ place: ClientPlace) throws -> ExitCode {
        let slug = ClientPlace.slug(options.name)
        let first = try place.file(client, options.scope, name: options.name)
        let file = first[options.name] == nil ? try place.file(client, options.scope, name: slug) : first
        let name = file[options.name] == nil ? slug : options.name
        guard let entry = file[name] else {
            throw ClientError.missing(path: file.path, name: options.name, known: file.servers.keys)
        }
        let backup = place.backup(of: file)
        let command = ClaudeCommand(file, context)
        let before = command == nil ? backup?.contents(before: entry, named: name, in: file) : nil
        let isMade = command == nil && before == nil && backup?.hasMade(file, for: entry, named: name) == true
        let new = try isMade ? nil : before ?? file.setting(name, to: nil, madeKey: backup?.madeKey)
        try place.show(file, new, onOutput: options.isDryRun)
        try output.finish()
        if options.isDryRun {
            output.note("nothing was written to \(file.path)")
            return .success
        }
        if let command {
            try command.remove(name, context)
            guard try ClientFile(file.client, file.scope, path: file.path)[name] == nil else {
                throw ErrorReport(
                    .unexpected, "'claude mcp remove' ended well, but '\(name)' is still in \(file.path)",
                    hints: ["'claude mcp list' shows what it has"])
            }
        } else if let new {
            if before == nil, let bytes = file.bytes, let backup {
                do throws(FileError) { try backup.write(bytes) } catch { throw ClientError.file(error) }
                output.note("backup: \(backup.path)")
            }
            try file.write(new, isPrivate: false)
        } else {
            backup?.removeFile(file.path)
        }
        if before != nil || isMade { backup?.remove() }
        if file.servers.count == 1 { backup?.forgetMade() }
        output.note(
            "removed '\(name)' from \(file.path)" + (new == nil ? ", and the file, which held nothing else" : ""))
        ClientPlace.tellNext(file.client, output)
        return .success
    }
}
