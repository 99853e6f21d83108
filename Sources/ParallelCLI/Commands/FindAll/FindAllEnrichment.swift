import ParallelAPI
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem

/// What is to be learned about each match, as typed. Files are read, and MCP servers looked up, later.
struct EnrichmentOptions: Sendable {
    var fields: [FieldFlag] = []
    var schema: InputSource?
    /// Whether the enrichments that the API suggests for the objective are added.
    var takesSuggested = false
    /// The processor, and the MCP servers.
    var task = TaskOptions()
    /// The words of the command line, for a command to type again.
    var words: [String] = []

    var isEmpty: Bool { fields.isEmpty && schema == nil }

    /// The flags that name the same MCP servers again, for a command to type.
    var serverWords: [String] {
        task.mcpNames.flatMap { FlagSpec.words("mcp", $0) }
            + (task.mcpConfigFile.map { FlagSpec.words("mcp-config", $0) } ?? [])
            + task.accounts.words.flatMap { FlagSpec.words("account", $0) }
    }

    func check() throws(UsageError) {
        if !fields.isEmpty, schema != nil { throw UsageError("--enrich and --enrich-schema exclude each other") }
        if let conflict = FieldFlag.conflict(in: fields) { throw UsageError("--enrich: \(conflict)") }
        if isEmpty, !task.mcpNames.isEmpty || task.mcpConfigFile != nil {
            throw UsageError("--mcp goes with --enrich or --enrich-schema")
        }
        try task.check()
    }

    static let flags: [Flag<EnrichmentOptions>] =
        [
            Flag<EnrichmentOptions>(
                "enrich", value: FlagSpec.Value("NAME[:TYPE]=DESCRIPTION"), isRepeatable: true,
                summary: "A field to fill in for each match (repeatable)",
                details:
                    "TYPE is string (the default), number, integer, boolean, choices such as seed|grown|public, or "
                    + "one of these with [] behind for a list. All fields are filled in by one run for each match."
            ) { options, text throws(InvalidValue) in
                options.fields.append(try FieldFlag(text))
                options.words.append("--enrich=\(text)")
            }.formerly("field"),
            Flag(
                "enrich-schema", value: FlagSpec.Value("JSON", completion: .atFile),
                summary: "The same as a JSON Schema: JSON, @FILE or -"
            ) { options, text in
                options.schema = InputSource(text)
                options.words.append("--enrich-schema=\(text)")
            },
            Flag(
                "enrich-processor", short: "p", value: FlagSpec.Value("NAME", completion: .words(Processor.known)),
                summary: "Processor that fills in the fields (default: base)",
                details: "It runs once for each match: base costs $0.01, core, which is the API's own default, $0.025. "
                    + "'help processors' tells the others."
            ) { options, text throws(InvalidValue) in
                options.task.processor = try FilledText.parse(text, called: "name")
                options.words.append("--enrich-processor=\(text)")
            }.formerly("processor"),
        ] + TaskOptions.mcpFlags.map { $0.embedded(at: \.task) }
}

/// Fields that a processor fills in for each match: the body of `POST …/enrich`.
struct Enrichment: Sendable {
    let processor: String
    /// In the API's form.
    let schema: JSONValue
    var servers: [MCPServer] = []
    /// What names the servers: a registry's entries, a file and accounts.
    var task = TaskOptions()

    func json(_ form: MCPServer.Form) -> JSONValue {
        var body: JSONObject = ["processor": .string(processor), "output_schema": schema]
        if !servers.isEmpty { body["mcp_servers"] = .array(servers.map { $0.json(form) }) }
        return .object(body)
    }

    /// Reads the enrichment that `options` ask for, checks it and looks its servers up; nil if they ask for none.
    static func read(
        _ options: EnrichmentOptions, apiKey: Secret?, sendsNothing: Bool, _ output: Output, _ context: Context
    ) async throws -> Enrichment? {
        var schema: JSONValue?
        if !options.fields.isEmpty { schema = TaskRequest.wrapped(FieldFlag.schema(of: options.fields)) }
        if let source = options.schema {
            var shape = try SourceText(context: context).json(of: source, for: "--enrich-schema")
            // The official tool takes schemas that leave it out.
            if var object = shape.object, object["type"] == nil, object["properties"] != nil {
                object["type"] = "object"
                shape = .object(object)
            }
            schema = TaskRequest.wrapped(shape)
        }
        guard let schema else { return nil }
        let enrichment = Enrichment(processor: options.task.processor, schema: schema, task: options.task)
        return try await enrichment.resolved(apiKey: apiKey, sendsNothing: sendsNothing, output, context)
    }

    /// Returns the enrichment with its servers looked up. Throws `UsageError` and `InvalidRequest` for what the API
    /// does not take.
    func resolved(
        apiKey: Secret?, sendsNothing: Bool, _ output: Output, _ context: Context
    ) async throws -> Enrichment {
        var enrichment = self
        output.warnOfProcessor(processor)
        var task = task
        task.processor = processor
        if !task.mcpNames.isEmpty || task.mcpConfigFile != nil {
            let (servers, notes) = try await TaskRequest(task: task, output: output, context: context)
                .servers(apiKey, sendsNothing: sendsNothing)
            enrichment.servers = servers
            for note in notes { output.note(note.hint(context)) }
        }
        guard schema["json_schema"] != nil else {
            throw UsageError("an enrichment takes a JSON Schema of an object, and this is \(schema.typeName)")
        }
        // The rules of a run hold for an enrichment, too.
        var request = TaskRunRequest(input: "-")
        request.outputSchema = schema
        request.mcpServers = enrichment.servers
        try request.check()
        return enrichment
    }
}

extension [Enrichment] {
    /// What they add to a sentence on a run, such as `, enriched on base and core`.
    var terms: String {
        isEmpty ? "" : ", enriched on \(map { "'\($0.processor)'" }.joined(separator: " and "))"
    }
}
