import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// Shows a request that would cost money instead of sending it.
enum RequestPreview {
    /// Prints any request in the form that was asked for, and says what it would do.
    ///
    /// - Parameters:
    ///   - body: the body with secrets masked; nil where there is none.
    ///   - isMasked: whether the body has secrets that are masked.
    ///   - terms: what would be done and what it costs, such as `the search would be in the mode fast, about $0.001`;
    ///     empty where that was said already.
    ///   - isLast: whether no other request is shown behind this one.
    static func show(
        _ http: HTTPRequest, body: JSONValue?, isMasked: Bool = false, _ preview: PreviewOptions, terms: String,
        _ output: Output, _ context: Context, isLast: Bool = true
    ) throws {
        if preview.isDryRun {
            if !terms.isEmpty {
                output.note("nothing is sent; \(terms)")
                Destination.tell(of: http, output, context)
            }
            try printJSON(http, body: body, output)
        } else {
            if isMasked { output.warn("secrets in the body are not printed; fill them in by hand") }
            try printCurl(http, body: body, servers: [], keyField: keyField, output)
        }
        if isLast { try output.finish() }
    }

    /// The field of the header section with the API's key, as a variable.
    private static let keyField = "x-api-key: $\(Settings.keyVariable)"

    /// Prints the request as JSON: method, URL, header fields and body, with secrets masked.
    static func printJSON(
        _ request: TaskRunRequest, _ client: ParallelClient, _ output: Output, _ context: Context
    ) async throws {
        let http = try await client.createRunRequest(request)
        Destination.tell(of: http, output, context)
        try printJSON(http, body: request.json(.masked), output)
    }

    /// Prints any request as JSON; `body` is its body with secrets masked, if it has one.
    static func printJSON(_ http: HTTPRequest, body: JSONValue?, _ output: Output) throws {
        let headers = http.headers.fields.map { field in
            (field.name, JSONValue.string(field.isSecret ? SecretMask.hidden : field.value))
        }
        var shown: JSONObject = [
            "method": .string(http.method.rawValue), "url": .string(http.url.redacted(showing: shownQueries)),
            "headers": .object(JSONObject(headers)),
        ]
        if let body { shown["body"] = body }
        try output.write(json: .object(shown), isPretty: output.isTerminal && output.format != .jsonl)
    }

    /// The parameters of the API's queries, none of which is secret.
    private static let shownQueries: Set<String> = [
        "refresh_status", "cursor", "limit", "status", "type", "event_group_id", "include_completions", "last_event_id",
        "timeout",
    ]

    /// Prints the request as a curl command. It is for a POSIX shell, which a note says where somebody may copy it:
    /// fish has no here-documents.
    ///
    /// curl gets key and body in here-documents, so that neither is in its arguments. Variables of MCP servers stay
    /// variables.
    static func printCurl(_ request: TaskRunRequest, _ client: ParallelClient, _ output: Output) async throws {
        if let url = request.webhookURL, SecretMask.url(url) != url {
            output.warn("parts of the webhook's URL that may be secret are not printed; fill them in by hand")
        }
        try printCurl(
            try await client.createRunRequest(request), body: request.json(.masked), servers: request.mcpServers,
            keyField: keyField, output)
    }

    /// Prints any request.
    ///
    /// - Parameters:
    ///   - body: the body with secrets masked, if there is one.
    ///   - servers: the MCP servers that the body names.
    ///   - keyField: the field of the header section that holds the key as a variable.
    static func printCurl(
        _ http: HTTPRequest, body: JSONValue?, servers: [MCPServer], keyField: String, _ output: Output
    ) throws {
        for server in servers where server.hasHiddenLiteral {
            output.warn("a literal secret of MCP server '\(server.name)' is not printed; put it in a variable")
        }
        let toEscape = Set(servers.flatMap(\.variablesToEscape)).sorted()
        for variable in toEscape {
            output.warn(
                "the value of \(variable) has a character that JSON must escape; with it the command sends broken JSON")
        }
        if output.isTerminal {
            output.note("the command is for a POSIX shell; from another one, such as fish, pipe this into sh")
        }
        let plain = http.headers.fields.filter { !$0.isSecret }
        let fields = plain.map { " \\\n  -H \(ShellQuoting.quoted("\($0.name): \($0.value)"))" }.joined()
        let usesVariables = servers.contains { $0.usesVariables }
        let method = http.method == .get ? "" : " -X \(http.method.rawValue)"
        var command = "curl -sS\(method) \(ShellQuoting.quoted(http.url.description))\(fields) \\\n  -H @/dev/fd/3"
        if let body {
            let text = output.safe(json: body.serialized(.pretty))
            // The question is not masked: with `***` in it, the command would ask something else.
            command += """
                 --data-binary @- 3<<HEADERS \(usesVariables ? "<<BODY" : "<<'BODY'")
                \(keyField)
                HEADERS
                \(usesVariables ? escapingForHereDocument(text, servers) : text)
                BODY

                """
        } else {
            command += " 3<<HEADERS\n\(keyField)\nHEADERS\n"
        }
        // The key as part of the question, such as one that the shell put in place of $PARALLEL_API_KEY.
        if output.secrets.masked(command) != command {
            output.warn("the command has a secret in it, such as the API key, because the request does; don't share it")
        }
        try output.write(bytes: Array(command.utf8))
    }

    /// Escapes what a shell would replace in a here-document, except references to variables in URLs and headers of
    /// servers.
    ///
    /// Elsewhere, as in a question or the name of a tool, a reference is text, and replacing it would send a secret
    /// away.
    private static func escapingForHereDocument(_ body: String, _ servers: [MCPServer]) -> String {
        let references = Set(servers.flatMap(\.variableReferences).map(ExactText.init))
        var isAmongServers = false
        var isAmongHeaders = false
        // In indented JSON every line break is layout, so the members of the body are known by their indentation.
        return body.parts(between: "\n").map { line in
            if serverLists.contains(where: line.isExactly) { isAmongServers = true }
            if line.begins(with: "  ]") { isAmongServers = false }
            if line.isExactly("      \"headers\": {") { isAmongHeaders = isAmongServers }
            if line.begins(with: "      }") { isAmongHeaders = false }
            let mayRefer = isAmongHeaders || isAmongServers && serverMembers.contains(where: line.begins)
            return escaped(line, keeping: mayRefer ? references : [])
        }.joined(separator: "\n")
    }

    /// The lines that begin a list of servers: of a run, and of a model by its provider.
    private static let serverLists = ["  \"mcp_servers\": [", "  \"tools\": ["]
    /// The beginnings of the lines of a server that may hold references.
    private static let serverMembers = ["url", "server_url", "authorization_token"].map { "      \"\($0)\": " }

    private static func escaped(_ line: Substring, keeping references: Set<ExactText>) -> String {
        var text = ""
        var rest = line
        while let place = rest.utf8.firstIndex(where: { "\\`$".utf8.contains($0) }) {
            text += rest[..<place]
            rest = rest[place...]
            if rest.begins(with: "${"), let end = rest.place(of: "}") {
                let reference = rest[...end]
                if references.contains(ExactText(String(reference))) {
                    text += reference
                    rest = rest[rest.utf8.index(after: end)...]
                    continue
                }
            }
            text += "\\\(rest.unicodeScalars[place])"
            rest = rest.dropping(bytes: 1)
        }
        return text + rest
    }
}
