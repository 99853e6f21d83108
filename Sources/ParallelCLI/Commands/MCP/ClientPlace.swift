import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Finds other programs' files, and changes them.
struct ClientPlace {
    let output: Output
    let context: Context
    let registry: ServerRegistry
    let paths: ClientPaths

    init(_ output: Output, _ context: Context) {
        self.output = output
        self.context = context
        registry = ServerRegistry(context)
        paths = ClientPaths(environment: context.environment, project: registry.projectFolder)
    }

    static func positional(_ summary: String, _ arity: Positional.Arity = .required) -> Positional {
        Positional("CLIENT", arity, completion: .words(ClientCatalogue.all.map(\.id)), summary: summary)
    }

    static let scope = Flag<Client.Scope>(
        "scope", value: FlagSpec.Value("SCOPE", completion: .words(Client.Scope.allCases.map(\.rawValue))),
        summary: "Whose file: user (default) or project",
        details: "'project' is the client's file in the git working tree, which others get with a clone."
    ) { scope, text throws(InvalidValue) in scope = try ChoiceText.parse(text) }

    static func client(_ word: String) throws(UsageError) -> Client {
        if let client = ClientCatalogue.client(named: word.asciiLowercased) { return client }
        if ClientShape.names.contains(where: word.asciiLowercased.isExactly) {
            throw UsageError(
                "\(word) has no file of this kind",
                hint: "what to enter there: mcp install --print \(word.asciiLowercased) NAME")
        }
        let near = Suggestions.nearest(to: word, among: ClientCatalogue.all.map(\.id))
        throw UsageError(
            "no client is known as '\(word)'",
            hint: near.map { "did you mean '\($0)'?" }
                ?? "'mcp clients --all' names them; --print mcpServers suits many others"
        )
    }

    /// Throws if a server was given first and a client second.
    static func checkOrder(_ verb: String, _ words: [String]) throws(UsageError) {
        func isClient(_ word: String) -> Bool { ClientCatalogue.client(named: word.asciiLowercased) != nil }
        guard words.count > 1, !isClient(words[0]), isClient(words[1]) else { return }
        throw UsageError(
            "the client comes first, then the server",
            hint: "did you mean mcp \(verb) \(command: ShellQuoting.line([words[1], words[0]]))?")
    }

    /// Reads a client's file. Throws `UsageError` if it has none there.
    func file(_ client: Client, _ scope: Client.Scope, name: String) throws -> ClientFile {
        guard let path = paths.file(of: client, scope, name: name) else {
            throw UsageError(
                "\(client.name) has no file for \(scope == .user ? "a user" : "a project")",
                hint: scope == .project
                    ? "--scope user means the one for all projects"
                    : context.environment["HOME"]?.begins(with: "/") == true
                        ? "what to enter there: mcp install --print \(client.id) NAME"
                        : "it is looked for in the folder of the variable HOME, which is not set to an absolute path")
        }
        if let script = paths.script(of: client) {
            throw UsageError(
                "\(client.name) is set up by the program \(script), which is not changed here",
                hint: "--print \(client.id) shows the line for it")
        }
        try checkLinks(of: path, scope)
        let file = try ClientFile(client, scope, path: path)
        hideSecrets(in: file.document)
        return file
    }

    /// Calls `body`, which reads a client's file and changes it, while no other process of this program does: of two
    /// changes, one would be lost.
    func changing<Result>(_ body: () throws -> Result) throws -> Result {
        guard let folder = XDGPaths(environment: context.environment).configuration.map({ $0 + "/backups" }),
            (try? Directory.create(folder)) != nil
        else { return try body() }
        return try Directory.locked(folder, body)
    }

    /// Throws for a project's file that a link leads out of the working tree, or to nothing.
    func checkLinks(of path: String, _ scope: Client.Scope) throws(RegistryError) {
        guard scope == .project, let link = registry.strayLink(on: path) else { return }
        throw .file(path: link.path, .link(to: link.target))
    }

    /// Returns the name under which clients know a server: underscores and dots, which break the names of tools in
    /// some, become hyphens.
    static func slug(_ name: String) -> String {
        String(decoding: name.utf8.map { "_. ".utf8.contains($0) ? UInt8(ascii: "-") : $0 }, as: UTF8.self)
    }

    /// Says what to do so that the client notices a change, and how to check.
    static func tellNext(_ client: Client, _ output: Output) {
        guard let after = client.after else { return }
        let parts = after.parts(between: "$")
        let list = parts.count > 1 ? "\(client.program) mcp list\(parts[1].dropping(bytes: 1))" : ""
        output.note("next: \(parts[0])\(list)")
    }

    /// The folder for copies of files before a change; nil where the environment names no home.
    func backup(of file: ClientFile) -> ClientBackup? {
        XDGPaths(environment: context.environment).configuration.map { ClientBackup(of: file.path, in: $0) }
    }

    /// Shows a change: on standard output if it is only shown.
    ///
    /// - Parameter entry: the entry whose values are shown; all others are masked.
    func show(_ file: ClientFile, _ new: [UInt8]?, of entry: JSONValue? = nil, onOutput: Bool) throws {
        let lines = file.maskedDiff(to: new, showing: entry)
        // Other entries may hold secrets, and nobody needs the difference as it is.
        let text = context.streams.secrets.masked(lines.map { $0 + "\n" }.joined(), mayBeCut: false)
        if onOutput { return try output.write(networkText: text) }
        output.noteLines(String(text.unicodeScalars.dropLast()))
    }

    /// Masks the values in a file that may be secret: those of headers and of programs' environments, and those whose
    /// keys say so.
    func hideSecrets(in value: JSONValue, under key: String = "", _ isSecret: Bool = false) {
        switch value {
        case .object(let object):
            let isOfSecrets = ["headers", "env", "environment", "envs", "http_headers"].contains(key)
            for member in object { hideSecrets(in: member.value, under: member.key, isOfSecrets) }
        case .array(let elements):
            // A program's arguments may hold one behind a flag, or behind its equals sign.
            var flag = ""
            for element in elements {
                let word = element.string ?? ""
                let value = word.begins(with: "-") ? word.place(of: "=").map { String(word.halves(around: $0).1) } : nil
                hideSecrets(in: value.map(JSONValue.string) ?? element, under: value == nil ? flag : word, isSecret)
                flag = word.begins(with: "-") && value == nil ? word : key
            }
        default:
            guard let text = value.string else { return }
            let word = key.asciiLowercased
            let saysSo = ["key", "token", "secret", "password", "header"].contains { name in
                word.ends(with: name) || word.begins(with: "--") && word.upTo { $0 == "=" }.ends(with: name)
            }
            guard isSecret || saysSo, text.utf8.count >= 8, !text.has("{"), !text.begins(with: "$") else { return }
            context.streams.secrets.hide(text)
        }
    }
}

extension ClientError: ReportedError {
    func report(_ context: Context) -> ErrorReport {
        switch self {
        case .unreadable(let path, let reason):
            ErrorReport(.usage, "\(path): \(reason)", hints: ["the file was left alone; mend it first"])
        case .unchangeable(let path, let problem):
            ErrorReport(.usage, "\(path): \(problem)", hints: ["the file was left alone; change it by hand"])
        case .different(let path, let name):
            ErrorReport(.usage, "'\(name)' is in \(path) already, with other settings", hints: ["--force replaces it"])
        case .missing(let path, let name, let known):
            ErrorReport(
                .usage, "'\(name)' is not in \(path)",
                hints: [
                    Suggestions.nearest(to: name, among: known).map { "did you mean '\($0)'?" }
                        ?? (known.isEmpty
                            ? "it has no servers" : "its servers: \(known.joined(separator: ", ").shortened())")
                ])
        case .failedEdit(let path):
            ErrorReport(
                .unexpected, "\(path): it can't be changed safely; it was left alone", hints: ["change it by hand"])
        case .changed(let path):
            ErrorReport(
                .unexpected, "\(path): another program has just changed it; nothing was written", hints: ["try again"])
        case .file(let error): error.report(context)
        }
    }
}

extension ClientObstacle {
    /// The obstacle as the end of a sentence about a client's file.
    var reason: String {
        switch self {
        case .stdioOnly: "it only takes servers that are programs"
        case .noVariables: "it is not known to put variables in place"
        case .noHeaders: "it is not known to send headers"
        case .variableInURL: "it puts no variables into URLs"
        case .literal(let part): "\(part) holds a literal value, which may be a secret"
        case .form(let header): "it has no way to write the header '\(header)'"
        case .expanded(let part): "\(part) holds '$' or '{', which it would take for a variable"
        case .unset(let variable): "the variable \(variable) is not set"
        }
    }
}
