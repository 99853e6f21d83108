import ParallelCore
import ParallelHTTP

/// `parallel mcp add`: stores an MCP server under a name.
enum MCPAddCommand {
    struct Options: Sendable {
        var name = ""
        var url: String?
        var headers: [ServerDefinition.Header] = []
        var bearerVariable: String?
        var allowedTools: [String]?
        var scope = RegistryScope.user
        var force = false
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "header", short: "H", value: FlagSpec.Value("'NAME: VALUE'"), isRepeatable: true,
                    summary: "Send this header field to the server (repeatable)",
                    details:
                        "Write secrets as ${VAR} or ${VAR:-default}: the file keeps the reference, and its value is "
                        + "taken when the server is used. In single quotes, or the shell puts the value in."
                ) { options, text throws(InvalidValue) in options.headers.append(try header(text)) },
                Flag(
                    "bearer-env", value: FlagSpec.Value("VAR"),
                    summary: "Send the value of the variable VAR as a bearer token",
                    details: "The same as --header 'Authorization: Bearer ${VAR}'."
                ) { options, text throws(InvalidValue) in options.bearerVariable = try variable(text) },
                Flag(
                    "allow-tool", value: FlagSpec.Value("TOOL"), isRepeatable: true,
                    summary: "Let tasks use this tool only (repeatable)",
                    details: "Without it a task may use every tool."
                ) { options, text throws(InvalidValue) in
                    if text.isEmpty { throw InvalidValue("the name is empty") }
                    options.allowedTools = (options.allowedTools ?? []) + [text]
                },
                MCPFlags.scope("Where to store it: user (default) or project").embedded(at: \.scope),
                Flag(
                    "force", summary: "Replace a different entry, or store a literal secret",
                    details: "Without it, a project's file, which others get with a clone, takes no literal secret."
                ) { $0.force = $1 },
            ] + OutputFlags.global().map { $0.embedded(at: \.output) }
    }

    static var command: Command {
        Command(
            "mcp add", summary: "Store an MCP server under a name",
            description: """
                Stores an MCP server for 'task run --mcp NAME', in the file format of other MCP clients. The server must \
                speak Streamable HTTP at a URL that Parallel's side can reach. Parallel's own servers, parallel-search and \
                parallel-task, are known without being added. An equal entry is left as it is.
                """,
            positionals: [
                Positional("NAME", .required, summary: "letters, digits, '.', '_' and '-', at most 64"),
                Positional("URL", .optional, summary: "where the server is; Parallel's own need none"),
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel mcp add crm https://crm.example/mcp --bearer-env CRM_TOKEN", "A server with a token"),
                .init(
                    "parallel mcp add docs https://docs.example/mcp --header 'X-Key: ${DOCS_KEY}' --scope project",
                    "For everybody who works on this project; single quotes keep ${DOCS_KEY} from the shell"),
            ],
            check: { options, words throws(UsageError) in try check(&options, words) }, run: run)
    }

    private static func check(_ options: inout Options, _ words: [String]) throws(UsageError) {
        options.name = words[0]
        options.url = words.dropFirst().first
        guard let variable = options.bearerVariable else { return }
        if options.headers.contains(where: { $0.name.lowercased() == "authorization" }) {
            throw UsageError("--bearer-env and an Authorization header exclude each other")
        }
        options.headers.append(.init(name: "Authorization", value: "Bearer ${\(variable)}"))
    }

    private static func run(_ options: Options, _ context: Context) async throws -> ExitCode {
        let output = try Output(options.output, context)
        let addition = try ServerRegistry(context).add(
            options.name, url: options.url, headers: options.headers, allowedTools: options.allowedTools,
            to: options.scope, force: options.force)
        switch addition.change {
        case .added: output.note("added '\(options.name)' to \(addition.path)")
        case .replaced: output.note("replaced '\(options.name)' in \(addition.path)")
        case .unchanged: output.note("'\(options.name)' is in \(addition.path) already; nothing to do")
        }
        for note in addition.notes { output.note("note: \(note)") }
        return .success
    }

    // MARK: - Values; none is repeated in an error, as it may be a secret

    private static func header(_ text: String) throws(InvalidValue) -> ServerDefinition.Header {
        guard let colon = text.firstIndex(of: ":") else { throw InvalidValue("write it as 'Name: value'") }
        let name = String(text[..<colon])
        var value = text[text.index(after: colon)...]
        while let first = value.first, first == " " || first == "\t" { value.removeFirst() }
        while let last = value.last, last == " " || last == "\t" { value.removeLast() }
        guard HTTPHeaders.isValidName(name) else {
            throw InvalidValue("the part before the colon is no name of a header field; write 'Name: value'")
        }
        guard HTTPHeaders.isValidValue(String(value)) else {
            throw InvalidValue("the value of '\(name)' has a line end or NUL in it")
        }
        if value.isEmpty || ["bearer", "basic", "token"].contains(value.lowercased()) {
            throw InvalidValue(
                "'\(name)' has no value; put the header in single quotes, so that the shell leaves ${VAR} alone")
        }
        return ServerDefinition.Header(name: name, value: String(value))
    }

    private static func variable(_ text: String) throws(InvalidValue) -> String {
        let looksLikeToken =
            text.utf8.count >= 32 && text.contains(where: \.isLowercase) && text.contains(where: \.isNumber)
        guard VariableReference.isValidName(text), !looksLikeToken else {
            throw InvalidValue("this is not the name of an environment variable; give the name, not the token itself")
        }
        return text
    }
}
