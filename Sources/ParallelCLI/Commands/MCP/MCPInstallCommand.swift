import ParallelClients
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp install`: writes a server into another program's configuration.
struct MCPInstallCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var client = ""
        var name = ""
        var clientName: String?
        var scope = Client.Scope.user
        var way: ClientEntry.Way?
        /// The client or shape to print an entry for, in place of changing a file.
        var shape: String?
        var isDryRun = false
        var force = false
        var embedsValues = false
        var makesBundle = false
        var output = OutputOptions.ofAnyFileName
        var needsOutputPlace: Bool { printsData }
        var printsData: Bool { isDryRun || shape != nil || makesBundle }

        static let flags: [Flag<Options>] =
            [
                ClientPlace.scope.embedded(at: \.scope),
                Flag(
                    "via", value: FlagSpec.Value("WAY", completion: .words(ClientEntry.Way.allCases.map(\.rawValue))),
                    summary: "How the client reaches it: http or proxy",
                    details:
                        "'http' writes the server's URL and headers, with variables in the client's own way; 'proxy' "
                        + "writes this program as a bridge, which holds the credentials. By default it is http where "
                        + "the client's file can hold all of it without a secret."
                ) { options, text throws(InvalidValue) in options.way = try ChoiceText.parse(text) },
                Flag("as", value: FlagSpec.Value("NAME"), summary: "Call it by another name there") {
                    options, text throws(InvalidValue) in
                    options.clientName = try FilledText.parse(text, called: "name")
                },
                Flag("dry-run", summary: "Print the change as a diff and write nothing") { $0.isDryRun = $1 },
                Flag("force", summary: "Replace a different entry, or an existing file of --output") {
                    $0.force = $1
                    $0.output.replacesFile = $1
                },
                Flag(
                    "embed-key", summary: "Write the values of variables into the file",
                    details:
                        "Into the user's, which then only the user can read. For clients that know no variables. Never into the file of a project."
                ) { $0.embedsValues = $1 },
                Flag(
                    "print", value: FlagSpec.Value("SHAPE", completion: .words(ClientShape.names)),
                    summary: "Print what to enter by hand; no CLIENT is given then",
                    details:
                        "SHAPE is a client, or one without a file of this kind: mcpServers (the form that most "
                        + "programs take), raycast, chatgpt, visual-studio; crush prints a line for its script."
                ) { options, text throws(InvalidValue) in
                    options.shape = try FilledText.parse(text, called: "shape")
                },
                Flag(
                    "mcpb", summary: "Write a bundle for Claude Desktop",
                    details:
                        "To the file of --output, or NAME.mcpb. It holds this program and the server's URL; the app asks for the secrets and keeps them."
                ) { $0.makesBundle = $1 },
                Flag(
                    "output", short: "o", value: FlagSpec.Value("FILE", completion: .file),
                    summary: "Write the bundle, the diff or what is printed to FILE"
                ) { options, text throws(InvalidValue) in options.output.file = try OutputFlags.output(text) },
            ] + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp install"

    static var command: Command {
        Command(
            summary: "Write an MCP server into another program's configuration",
            description: """
                Adds a server of 'mcp list' to the configuration file of another MCP client, such as Claude Code, \
                Cursor, Codex or Zed; 'mcp clients' shows what is on this machine. Only this one entry of the file \
                changes: comments, order and indentation stay. The change is shown as a diff, and the file as it was \
                before is kept as one backup.

                No secret is written: the client gets its own kind of reference to the variable, or starts \
                'parallel mcp proxy NAME', which holds the credentials. An equal entry is left as it is; a file that \
                can't be read, or would not be understood, is left alone with line and column. Nothing is asked.
                """,
            positionals: [
                ClientPlace.positional("a name from 'mcp clients'", .optional),
                Positional("NAME", .optional, completion: .mcpServers, summary: "a name from 'mcp list'"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp install cursor crm", "Let Cursor use the server crm"),
                .init("parallel mcp install codex parallel-search --dry-run", "See the change first"),
                .init("parallel mcp install claude-code docs --scope project", "For everybody in this repository"),
                .init("parallel mcp install --print raycast crm", "What to enter in a program without a file"),
            ],
            check: { options, words throws(UsageError) in
                if options.shape != nil || options.makesBundle, words.count < 2 {
                    guard let name = words.first else {
                        throw UsageError("missing NAME", hint: "a name from 'mcp list'")
                    }
                    options.name = name
                } else {
                    guard words.count > 1 else {
                        let isClient = words.first.map { ClientCatalogue.client(named: $0.asciiLowercased) } ?? nil
                        throw UsageError(
                            isClient == nil ? "missing CLIENT" : "missing NAME",
                            hint: "the client comes first, then a server: mcp install cursor parallel-search")
                    }
                    try ClientPlace.checkOrder("install", words)
                    (options.client, options.name) = (words[0], words[1])
                }
                if let name = options.clientName, name.begins(with: "-") {
                    throw UsageError("the name '\(name)' begins with '-', so programs would take it for a flag")
                }
                if options.makesBundle, !["", "claude-desktop"].contains(options.client) {
                    throw UsageError("--mcpb makes a bundle for claude-desktop")
                }
                if options.embedsValues, options.scope == .project {
                    throw UsageError(
                        "--embed-key writes no secret into a project's file, which others get with a clone")
                }
                if options.embedsValues, options.way == .proxy {
                    throw UsageError("--embed-key goes with --via http: the bridge needs no secret in the file")
                }
                if options.output.file != nil, !options.printsData {
                    throw UsageError("--output goes with --dry-run, --print or --mcpb; what else is told is no data")
                }
                if options.makesBundle, options.output.file == nil { options.output.file = "\(options.name).mcpb" }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let place = ClientPlace(output, context)
        let server = try InstalledServer(options.name, options.scope, place)
        if options.makesBundle { return try bundle(server) }
        let name = options.clientName ?? ClientPlace.slug(options.name)
        if let shape = options.shape {
            try output.write(networkText: try ClientShape(shape).text(server, as: name, options, context))
            try output.finish()
            return .success
        }
        let known = try ClientPlace.client(options.client)
        return try options.isDryRun
            ? install(server, as: name, known, place) : place.changing { try install(server, as: name, known, place) }
    }

    private func install(
        _ server: InstalledServer, as name: String, _ known: Client, _ place: ClientPlace
    ) throws -> ExitCode {
        let file = try place.file(known, options.scope, name: name)
        let entry = try server.entry(for: file.client, as: name, options, context)
        if !name.isExactly(options.name), options.clientName == nil {
            output.note("'\(options.name)' is called '\(name)' there, as '_' and '.' break the names of tools")
        }
        if let old = file[name] {
            if old.means(entry.value) {
                output.note("'\(name)' is in \(file.path) already; nothing to do")
                try output.finish()
                return .success
            }
            guard options.force else { throw ClientError.different(path: file.path, name: name) }
        }
        let new: [UInt8]
        do throws(ClientError) {
            new = try file.setting(name, to: entry.value)
        } catch {
            switch error {
            case .unchangeable, .failedEdit: break
            default: throw error
            }
            let shown = context.command(["mcp", "install"], operands: [options.name], flags: ["--print", known.id])
            throw ErrorReport.adding(["what to write there: \(command: shown)"], to: error, context)
        }
        try place.show(file, new, of: options.embedsValues ? nil : entry.value, onOutput: options.isDryRun)
        try output.finish()
        if options.isDryRun {
            output.note("nothing was written to \(file.path)")
            return .success
        }
        let isFound = options.scope == .project || place.paths.isFound(file.client)
        try write(new, of: entry, named: name, to: file, place)
        output.note("installed '\(name)' for \(file.client.name) in \(file.path) (\(entry.way.rawValue))")
        if !isFound { output.warn("\(file.client.name) was not found on this machine") }
        tell(of: entry, server, name, file)
        return .success
    }

    private func write(
        _ new: [UInt8], of entry: ClientEntry, named name: String, to file: ClientFile, _ place: ClientPlace
    ) throws {
        if let command = ClaudeCommand(file, context), !options.embedsValues, file[name] == nil {
            try command.add(name, entry.value, context)
            if (try? ClientFile(file.client, file.scope, path: file.path))?[name] == nil {
                throw ErrorReport(
                    .unexpected, "'claude mcp add' ended well, but '\(name)' is not in \(file.path)",
                    hints: ["'claude mcp list' shows what it has"])
            }
            return
        }
        if let backup = place.backup(of: file) {
            do throws(FileError) {
                try backup.noteMade(for: file)
                if let bytes = file.bytes { try backup.write(bytes) }
            } catch {
                throw ClientError.file(error)
            }
            if file.bytes != nil { output.note("backup: \(backup.path)") }
        }
        try file.write(new, isPrivate: options.embedsValues)
    }

    /// Says what else the person should know.
    private func tell(
        of entry: ClientEntry, _ server: InstalledServer, _ name: String, _ file: ClientFile
    ) {
        let client = file.client
        if let other = file.servers.first(where: { member in
            !member.hasKey(name) && ClientEntry.url(of: member.value)?.isExactly(server.definition.url) == true
        }) {
            output.warn("'\(other.key)' in the same file has the same URL, so its tools are there twice")
        }
        if entry.way == .http, server.definition.allowedTools != nil {
            output.warn("the client may use every tool of '\(name)'; --via proxy keeps to the allowed ones")
        }
        let variables =
            options.embedsValues ? [] : server.reached(context).variables.filter { $0.fallback == nil }.map(\.name)
        if !variables.isEmpty {
            let names = variables.joined(separator: ", ")
            #if os(macOS)
                output.note("note: programs that are started from the desktop don't see variables of a shell: \(names)")
            #else
                output.note("note: \(client.name) needs \(names) in the environment that it is started in")
            #endif
            if entry.way == .http, client.sendsReferences, variables.contains(where: { context.environment[$0] == nil })
            {
                output.note("note: if it is not set there, \(client.name) sends the reference itself")
            }
        }
        if let note = client.note { output.note("note: \(note)") }
        ClientPlace.tellNext(client, output)
    }

    private func bundle(_ server: InstalledServer) throws -> ExitCode {
        #if os(macOS)
            let platform = "darwin"
        #else
            let platform = "linux"
        #endif
        guard let path = context.programPath else {
            throw ErrorReport(.unexpected, "the path of this program is not known")
        }
        let manifest: JSONValue
        do throws(ClientObstacle) {
            manifest = try ClientBundle.manifest(
                ClientPlace.slug(options.name), server.definition, arguments: server.bridgeArguments,
                version: Version.number, platform: platform)
        } catch {
            throw UsageError("'\(options.name)' can't be put into a bundle, which others may get: \(error.reason)")
        }
        let program = try UserFile.readRegular(path)
        try output.write(bytes: ClientBundle.archive(manifest: manifest, program: program))
        try output.finish()
        output.note("wrote \(options.output.file ?? "the bundle"), for \(platform); open it with Claude Desktop")
        return .success
    }
}
