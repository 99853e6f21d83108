import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// `parallel mcp import`: takes servers over from other programs' files, or from the public registry.
struct MCPImportCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        /// The client whose file is read; nil for every one on this machine.
        var client: String?
        var scope = Client.Scope.user
        /// The names of the servers to take over; none for all.
        var names: [String] = []
        var ownName: String?
        var server: String?
        var registryURL: String?
        var variables: [(name: String, value: String)] = []
        var isDryRun = false
        var force = false
        var isConfirmed = false
        var output = OutputOptions()
        var needsOutputPlace: Bool { isDryRun }

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "name", value: FlagSpec.Value("NAME"), isRepeatable: true,
                    summary: "Take over this server only (repeatable)"
                ) { options, text throws(InvalidValue) in
                    options.names.append(try FilledText.parse(text, called: "name"))
                },
                ClientPlace.scope.embedded(at: \.scope),
                Flag(
                    "registry", value: FlagSpec.Value("SERVER"), summary: "Take SERVER from the public registry of MCP",
                    details:
                        "Such as com.example/crm. Its values are asked for on a terminal, or given with --var; for a "
                        + "secret, the name of a variable is stored."
                ) { options, text throws(InvalidValue) in
                    options.server = try FilledText.parse(text, called: "name")
                },
                Flag(
                    "registry-url", value: FlagSpec.Value("URL"),
                    summary: "Ask another registry", details: "Instead of registry.modelcontextprotocol.io."
                ) { options, text throws(InvalidValue) in options.registryURL = try FilledText.parse(text) },
                Flag(
                    "var", value: FlagSpec.Value("NAME=VALUE", isAssignment: true), isRepeatable: true,
                    summary: "Give a value that SERVER needs (repeatable)"
                ) { options, text throws(InvalidValue) in options.variables.append(try MCPFlags.pair(text)) },
                Flag("as", value: FlagSpec.Value("NAME"), summary: "Store it under another name") {
                    options, text throws(InvalidValue) in
                    options.ownName = try FilledText.parse(text, called: "name")
                },
                Flag("dry-run", summary: "Print what would be taken over, and store nothing") { $0.isDryRun = $1 },
                Flag("force", summary: "Replace different entries of the same name") { $0.force = $1 },
                Flag(
                    "yes", short: "y", summary: "Ask nothing",
                    details: "Servers get variables, and a project's programs are stored, without a question."
                ) { $0.isConfirmed = $1 },
            ] + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static let name = "mcp import"

    static var command: Command {
        Command(
            summary: "Take MCP servers over from elsewhere",
            description: """
                Copies servers from the configuration of another MCP client, or of every one on this machine, into \
                your own registry. References to variables are written in this program's way. Nothing is executed: \
                servers that are programs are stored, not started, and no server is called. The other files are not \
                changed. Anybody may have written a project's files, so you are asked before a program of theirs is \
                stored, and before their servers get variables.

                With --registry, one server comes from the public registry of MCP servers, which is asked for its \
                URL, headers and the values that it needs. Its packages are never run.
                """,
            positionals: [
                ClientPlace.positional("a name from 'mcp clients'; without it all on this machine", .optional),
                Positional("NAME", .optional, summary: "the server to take over, like --name"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp import --dry-run", "See what there is"),
                .init("parallel mcp import cursor --name crm || true", "Take one server over from Cursor"),
                .init(
                    "parallel mcp import --registry com.example/crm --var tenant=eu --as crm-eu",
                    "From the public registry"),
            ],
            check: { options, words throws(UsageError) in
                options.client = words.first
                options.names += words.dropFirst()
                if let word = words.first, word.has("/"), options.server == nil {
                    let isFile = ["/", ".", "~"].contains { word.begins(with: $0) }
                    throw UsageError(
                        "no client is known as '\(word)'",
                        hint: isFile
                            ? "a file is found by the name of its client: mcp import cursor"
                            : "from the public registry: mcp import --registry \(command: ShellQuoting.quoted(word))")
                }
                if options.server != nil {
                    guard words.isEmpty, options.names.isEmpty else {
                        throw UsageError("--registry names the one server; CLIENT and --name go with files")
                    }
                } else if options.registryURL != nil || !options.variables.isEmpty {
                    throw UsageError("--registry-url and --var go with --registry")
                } else if options.ownName != nil, options.names.count != 1 {
                    throw UsageError("--as goes with one --name, or with --registry")
                }
            }, runs: Self.self)
    }

    func run() async throws -> ExitCode {
        let place = ClientPlace(output, context)
        if let server = options.server {
            let found = try await PublicRegistry(options, output, context, place.registry).entry(of: server)
            let outcome = try store(
                Candidate(original: found.name, name: found.name, value: found.value, source: found.source, path: ""),
                place.registry)
            if !options.isDryRun {
                let test = context.command(["mcp", "test"], operands: [found.name])
                let pin = context.command(["mcp", "pin"], operands: [found.name])
                output.note("\(command: test) tries it, and \(command: pin) notes how its tools are", behind: "next: ")
            }
            return try settle(outcome)
        }
        let clients = try options.client.map { [try ClientPlace.client($0)] } ?? ClientCatalogue.all
        var outcomes: [Outcome] = []
        var candidates: [Candidate] = []
        var missing = options.names
        for client in clients {
            guard let path = place.paths.file(of: client, options.scope, name: "NAME"), UserFile.exists(path) else {
                if options.client != nil {
                    // Tells whether it could have one.
                    let file = try place.file(client, options.scope, name: "NAME")
                    throw UsageError(
                        "\(client.name) has no file on this machine", hint: "it would be \(file.path)")
                }
                continue
            }
            let file: ClientFile
            do {
                try place.checkLinks(of: path, options.scope)
                if UserFile.resolved(path) == nil { throw RegistryError.file(path: path, .link(to: nil)) }
                file = try ClientFile(client, options.scope, path: path)
            } catch {
                if options.client != nil { throw error }
                output.warn("\(ErrorReport(error, context).message); it is left out")
                outcomes.append(.refused)
                continue
            }
            for member in file.servers
            where options.names.isEmpty || options.names.contains(where: member.key.isExactly) {
                missing.removeAll(where: member.key.isExactly)
                if let candidate = read(member, from: file, &outcomes) { candidates.append(candidate) }
            }
        }
        var taken: [Candidate] = []
        let isRenamed = { (one: Candidate) in !one.name.isExactly(one.original) }
        for one in candidates.filter({ !isRenamed($0) }) + candidates.filter(isRenamed) {
            if let other = taken.first(where: { $0.name.isExactly(one.name) && !$0.value.means(one.value) }) {
                output.warn(
                    "'\(one.original)' of \(one.source) is left out: '\(other.original)' of \(other.source) has its name "
                        + "here; --name and --as take it over under another")
                outcomes.append(.refused)
            } else {
                taken.append(one)
            }
        }
        candidates = taken
        if let name = missing.first { throw UsageError("no client's file has a server named '\(name)'") }
        if options.scope == .project {
            let changing = candidates.filter { candidate in
                let change = try? place.registry.change(candidate.name, candidate.value, force: options.force)
                return change.map { $0 != .unchanged } == true
            }
            for candidate in changing {
                guard let reason = ImportedVariables(candidate.value).refusal(place.registry) else { continue }
                output.warn("'\(candidate.original)' of \(candidate.source) is left out: \(reason)")
                outcomes.append(.refused)
                candidates.removeAll { $0.isSame(as: candidate) }
            }
            try await confirm(changing.filter { one in candidates.contains { $0.isSame(as: one) } })
        }
        for candidate in candidates { outcomes.append(try store(candidate, place.registry)) }
        if outcomes.isEmpty { output.note("there is nothing to take over") }
        return try settle(outcomes.contains(.refused) ? .refused : .done)
    }

    private enum Outcome { case done, refused }

    /// An entry in the form of this program's registry.
    private struct Candidate {
        /// The name that the other program has for it.
        let original: String
        let name: String
        let value: JSONValue
        let source: String
        /// The file that has it.
        let path: String

        func isSame(as other: Candidate) -> Bool {
            path.isExactly(other.path) && original.isExactly(other.original)
        }
    }

    /// Asks whether a project's servers may get variables, and whether its programs may be stored: whoever wrote the
    /// file has chosen them. Throws if an answer is no, or nobody can be asked.
    private func confirm(_ candidates: [Candidate]) async throws {
        guard !options.isConfirmed, !options.isDryRun else { return }
        let asking = candidates.compactMap { one in Self.wish(of: one).map { (one, "\(one.path) wants to \($0)") } }
        for (candidate, wish) in asking {
            // A longer question would be cut, and its end is a part of the program.
            let isWhole = wish.utf8.count < 800
            guard context.terminal.canPrompt, isWhole else {
                throw UsageError(
                    "'\(candidate.original)': \(wish), "
                        + (isWhole ? "and nobody can be asked" : "which is too long for a question"),
                    hint: "--yes allows it without a question; --dry-run lists them all")
            }
        }
        for (_, wish) in asking {
            try await context.confirm("\(wish); allow it?", orElse: "nothing was stored")
        }
    }

    /// Returns what a project's entry would do that needs a yes, as the end of a sentence; nil if that is nothing.
    private static func wish(of candidate: Candidate) -> String? {
        let variables = ImportedVariables(candidate.value)
        let names = variables.names.joined(separator: ", ")
        guard let command = candidate.value["command"]?.string else {
            return names.isEmpty ? nil : "send \(names) to \(variables.receiver)"
        }
        let settings = (candidate.value["env"]?.object ?? [:]).map { "\($0.key)=\($0.value.string ?? "")" }
        let words = settings + [command] + (candidate.value["args"]?.array ?? []).compactMap(\.string)
        return "start \(ShellQuoting.line(words))" + (names.isEmpty ? "" : " with the values of \(names)")
    }

    private func settle(_ outcome: Outcome) throws -> ExitCode {
        try output.finish()
        return outcome == .refused ? .partial : .success
    }

    /// Returns an entry of a client's file; nil if it can't be taken over or need not be, which is told.
    private func read(
        _ member: JSONObject.Member, from file: ClientFile, _ outcomes: inout [Outcome]
    ) -> Candidate? {
        let source = "\(file.client.name) (\(file.path))"
        let value: JSONValue
        do throws(ImportedEntry.Refusal) {
            value = try ImportedEntry(member.value, from: file.client).value
        } catch {
            if case .bridge(let name) = error {
                output.note("'\(member.key)' of \(source) is '\(name)' of this registry; nothing to do")
                outcomes.append(.done)
                return nil
            }
            output.warn("'\(member.key)' of \(source) is left out: \(error.reason)")
            outcomes.append(.refused)
            return nil
        }
        let name = options.ownName ?? Self.validName(member.key)
        if options.ownName == nil, !name.isEmpty, !name.isExactly(member.key) {
            output.note(
                "'\(member.key)' of \(source) is called '\(name)' here: a name has letters, digits, '.', '_', '-'")
        }
        return Candidate(original: member.key, name: name, value: value, source: source, path: file.path)
    }

    /// Stores an entry. A refusal is told; with one server alone it is an error.
    private func store(_ candidate: Candidate, _ registry: ServerRegistry) throws -> Outcome {
        let (name, entry, source) = (candidate.name, candidate.value, candidate.source)
        let change: RegistryAddition.Change
        do {
            change =
                try options.isDryRun
                ? registry.change(name, entry, force: options.force)
                : registry.takeOver(name, entry, force: options.force)
        } catch let error as RegistryError {
            if options.server != nil { throw error }
            output.warn("'\(candidate.original)' of \(source) is left out: \(error.report(context).message)")
            return .refused
        }
        let what =
            ClientEntry.url(of: entry).map { SecretMask.url($0) } ?? "a program: \(entry["command"]?.string ?? "")"
        if options.isDryRun {
            let verb = change == .added ? "add" : change == .replaced ? "replace" : "keep"
            // A line break or tab of a value would begin another row or column.
            let columns = [verb, name, what, source].map(ControlCharacters.neutralised)
            try output.write(networkText: columns.joined(separator: "\t") + "\n")
            if change != .unchanged { tellVariables(of: candidate) }
            return .done
        }
        switch change {
        case .added: output.note("added '\(name)' (\(what)) from \(source)")
        case .replaced: output.note("replaced '\(name)' (\(what)) by that of \(source)")
        case .unchanged: output.note("'\(name)' is in the registry already; nothing to do")
        }
        if change != .unchanged { tellVariables(of: candidate) }
        if change != .unchanged, options.server == nil, Self.hasLiteralSecret(entry) {
            output.note("note: '\(name)' holds a literal value that may be a secret, now also in your registry (0600)")
        }
        return .done
    }

    /// Tells which variables an entry of a file refers to, and who gets their values.
    private func tellVariables(of candidate: Candidate) {
        let variables = ImportedVariables(candidate.value)
        if options.scope == .project, candidate.value["command"] != nil, let wish = Self.wish(of: candidate) {
            return output.note("note: '\(candidate.name)' would \(wish)")
        }
        guard options.server == nil, !variables.names.isEmpty else { return }
        let names = variables.names.joined(separator: ", ")
        output.note("note: '\(candidate.name)' sends \(names) to \(variables.receiver)")
    }

    private static func hasLiteralSecret(_ entry: JSONValue) -> Bool {
        let isSecret = (entry["headers"]?.object ?? [:]).contains {
            SecretMask.hasLiteralSecret($0.value.string ?? "", inHeader: $0.key)
        }
        let inURL = ClientEntry.url(of: entry).map { SecretMask.hasLiteralSecret(inURL: $0) } ?? false
        let inEnvironment = (entry["env"]?.object ?? [:]).contains {
            SecretMask.text($0.value.string ?? "") != $0.value.string
        }
        return isSecret || inURL || inEnvironment
    }

    /// Returns a name that the registry takes, made of one that another program takes.
    private static func validName(_ name: String) -> String {
        let bytes = name.utf8.map { $0.isASCIILetterOrDigit || "._-".utf8.contains($0) ? $0 : UInt8(ascii: "-") }
        return String(decoding: bytes.drop { !$0.isASCIILetterOrDigit }.prefix(64), as: UTF8.self)
    }
}

extension ImportedEntry.Refusal {
    fileprivate var reason: String {
        switch self {
        case .bridge(let name): "it is '\(name)' of this registry"
        case .sse: "its type is sse, and only Streamable HTTP is spoken here"
        case .clientOnly: "it has a value that only that program can ask for or read"
        case .value(let key, let what): "its '\(key)' \(what)"
        case .unknownForm: "it has neither a URL nor a program in a form that is known"
        }
    }
}
