import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// A server of the registry that is put into other programs' files.
struct InstalledServer {
    let name: String
    let definition: ServerDefinition

    /// Finds the server. An entry that came with a clone goes to no file of the user's.
    init(_ name: String, _ scope: Client.Scope, _ place: ClientPlace) throws {
        let (entries, errors) = place.registry.listedEntries()
        guard let entry = entries.first(where: { $0.name.isExactly(name) }) else {
            if let error = errors[.user] ?? errors[.project] { throw error }
            throw UsageError.unknownServer(name, among: entries, place.context)
        }
        self.name = name
        do throws(EntryError) {
            definition = try place.registry.lastingDefinition(of: entry)
        } catch {
            if error == .stdio {
                throw UsageError(
                    "'\(name)' is a program, and only servers with a URL are written into other programs' files",
                    hint: "its 'command', 'args' and 'env' are in \(entry.origin.path ?? "your registry"): copy them"
                )
            }
            throw RegistryError.unusable(name: name, entry.origin, error)
        }
        if case .file(.project?, let path) = entry.origin, scope == .user {
            let add = place.context.command(
                ["mcp", "add"], operands: [name, SecretMask.url(definition.url, toType: true)], isUnfinished: true)
            throw UsageError(
                "'\(name)' comes from \(path), which others may have written",
                hint: "--scope project keeps it there; or take it over into your own registry: \(command: add)")
        }
    }

    /// The arguments of this program as a bridge to the server on a machine whose registry doesn't have it.
    var bridgeArguments: [String] {
        ["mcp", "proxy", definition.url]
            + definition.headers.flatMap { header in
                let variables = VariableReference.references(in: header.value)
                if header.name.asciiLowercased == "authorization", let variable = variables.first,
                    header.value.isExactly("Bearer ${\(variable.name)}")
                {
                    return ["--bearer-env", variable.name]
                }
                return ["--header", "\(header.name): \(header.value)"]
            }
    }

    /// Returns the entry for a client: with the URL where its file can hold all of it, else with the bridge.
    func entry(
        for client: Client, as name: String, _ options: MCPInstallCommand.Options, _ context: Context
    ) throws -> ClientEntry {
        let obstacle: ClientObstacle
        // The change is shown, and its values must not be.
        for variable in definition.variables { context.environment[variable.name].map(context.streams.secrets.hide) }
        if options.way != .proxy {
            do throws(ClientObstacle) {
                return try ClientEntry(
                    client, reached(context), as: name, embedding: options.embedsValues ? context.environment : nil)
            } catch {
                obstacle = error
            }
            if options.way == .http || options.embedsValues {
                let hint: Hint? =
                    switch obstacle {
                    case .unset(let variable): "set it: export \(variable)=…"
                    case _ where options.embedsValues:
                        "without --embed-key this program is written as a bridge, which needs no secret there"
                    case .noVariables, .variableInURL, .literal,
                        .form where options.scope == .user:
                        "--via proxy writes this program as a bridge; --embed-key writes the values into the user's file"
                    default: "--via proxy writes this program as a bridge"
                    }
                throw UsageError("\(client.name) can't have the URL of '\(self.name)': \(obstacle.reason)", hint: hint)
            }
        }
        guard let program = context.programPath else {
            throw ErrorReport(.unexpected, "the path of this program is not known, which the client would start")
        }
        return ClientEntry(client, bridgeTo: self.name, as: name, program: program)
    }

    /// The server as a client can call it now: Parallel's own servers that need no key are called without one if none
    /// is set.
    func reached(_ context: Context) -> ServerDefinition {
        var definition = definition
        let key = "Bearer ${\(Settings.keyVariable)}"
        let isOpen = ["parallel", "parallel-search"].contains(name) && BuiltInServer(rawValue: name) != nil
        if isOpen, context.environment[Settings.keyVariable]?.isEmpty ?? true, definition.headers.count == 1,
            definition.headers[0].value.isExactly(key)
        {
            definition.headers = []
        }
        return definition
    }
}

/// What a person enters by hand into a program.
struct ClientShape {
    private enum Form {
        case file(Client)
        case fields(String)
        case script
    }

    private let form: Form

    static var names: [String] {
        ["mcpServers", "raycast", "chatgpt", "visual-studio"] + ClientCatalogue.all.map(\.id)
    }

    init(_ word: String) throws(UsageError) {
        switch word {
        case "crush": form = .script
        case "raycast": form = .fields("Install MCP Server")
        case "chatgpt": form = .fields("Settings, Connectors, with developer mode on")
        default: form = .file(try ClientPlace.client(word))
        }
    }

    /// Returns the text to enter, with references in place of secrets.
    func text(_ server: InstalledServer, as name: String, _ options: MCPInstallCommand.Options, _ context: Context)
        throws
        -> String
    {
        let definition = server.reached(context)
        let headers = definition.headers.map { ($0.name, SecretMask.headerValue($0.value, of: $0.name)) }
        switch form {
        case .file(let client):
            let entry = try server.entry(for: client, as: name, options, context)
            let fresh = try ClientFile(client, .project, path: name, bytes: nil).setting(name, to: entry.value)
            return String(decoding: fresh, as: UTF8.self)
        case .fields(let place):
            let lines =
                [("Where", place), ("Name", name), ("Type", "Streamable HTTP")] + [
                    ("URL", SecretMask.url(definition.url, toType: true))
                ]
            return (lines + headers.map { ("Header", "\($0.0): \($0.1)") }).map { "\($0.0): \($0.1)\n" }.joined()
        case .script:
            let words = headers.map { header in
                let value = VariableReference.parts(of: header.1).map { part in
                    switch part {
                    case .literal(let text): Self.escaped(text)
                    case .reference(let variable): "$\(variable.name)"
                    }
                }
                return " --header \(ShellQuoting.quoted(header.0)) \"\(value.joined())\""
            }
            let url = Self.escaped(definition.url)
            return "mcp add \(ShellQuoting.quoted(name)) --type http --url \"\(url)\"\(words.joined())\n"
        }
    }

    /// Returns a text for a script's double quotes, in which nothing of it is executed.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            if "\"\\$`".unicodeScalars.contains(scalar) { escaped += "\\" }
            escaped.unicodeScalars.append(scalar)
        }
        return escaped
    }
}

/// Claude Code's own command for its user's file, which it rewrites often.
struct ClaudeCommand {
    private let program: String

    /// Nil for any other file, and if the program is not on the `PATH`.
    init?(_ file: ClientFile, _ context: Context) {
        guard file.client.id == "claude-code", file.scope == .user,
            let program = ProgramPath.find("claude", in: context.environment["PATH"])
        else { return nil }
        self.program = program
    }

    func add(_ name: String, _ entry: JSONValue, _ context: Context) throws {
        var words = ["mcp", "add"]
        if let url = ClientEntry.url(of: entry) {
            // Its --header takes several values, up to the next flag.
            for header in entry["headers"]?.object ?? [:] {
                words += ["--header", "\(header.key): \(header.value.string ?? "")"]
            }
            words += ["--transport", "http", "--scope", "user", name, url]
        } else {
            let arguments = (entry["args"]?.array ?? []).compactMap(\.string)
            words += ["--scope", "user", name, "--", entry["command"]?.string ?? ""] + arguments
        }
        try run(words, context)
    }

    func remove(_ name: String, _ context: Context) throws {
        try run(["mcp", "remove", "--scope", "user", name], context)
    }

    private func run(_ words: [String], _ context: Context) throws {
        let code: Int32
        do {
            code = try context.runProgram([program] + words)
        } catch let error as SystemError {
            throw ErrorReport(.unexpected, "\(program) can't be run: \(error.reason)")
        }
        guard code == 0 else {
            let command = ShellQuoting.line(["claude"] + words)
            throw ErrorReport(
                .unexpected, "'claude mcp \(words[1])' ended with \(code)", hints: ["it was: \(command: command)"])
        }
    }
}
