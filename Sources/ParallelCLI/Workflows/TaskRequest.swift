import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelMCP
import ParallelOutput
import ParallelSettings
import ParallelSystem
import ParallelTerminal

/// Turns the options of a task into a request: reads files and standard input, looks up MCP servers, and checks the
/// result.
struct TaskRequest {
    let task: TaskOptions
    let output: Output
    let context: Context

    /// Returns the request for a run of `task` with this input.
    ///
    /// - Parameter sendsNothing: whether the request is only shown, so that no variable is expanded and nobody is
    ///   asked.
    func make(input: JSONValue, apiKey: Secret?, sendsNothing: Bool) async throws -> TaskRunRequest {
        var request = TaskRunRequest(input: input)
        request.processor = task.processor
        request.outputSchema = try Self.outputSchema(task.shape, SourceText(context: context))
        request.inputSchema = try task.inputSchema.map { source in
            try Self.wrapped(SourceText(context: context).json(of: source, for: "--input-schema"))
        }
        request.metadata = task.metadata
        request.sourcePolicy = task.sources.policy
        request.location = task.sources.location
        request.dataSources = task.dataSources
        if !task.mcpNames.isEmpty || task.mcpConfigFile != nil {
            let notes: [RegistryNote]
            (request.mcpServers, notes) = try await servers(apiKey, sendsNothing: sendsNothing)
            for note in notes { output.note(note.hint(context)) }
        }
        request.enableEvents = task.shownEvents == .none ? nil : true
        request.webhookURL = task.webhookURL
        if let url = task.webhookURL { AddressMask.secrets(in: url).forEach(context.streams.secrets.hide) }
        request.previousInteractionID = task.previousInteractionID
        request.memoryScopeKey = task.memoryScopeKey
        request.extraBetas = task.betas
        try request.check()
        warn(of: request)
        warnOfServers(in: request)
        return request
    }

    /// Looks at the servers of a request that is about to be sent, unless `--no-check` is given, at most for `timeout`.
    func checkServers(of request: TaskRunRequest, within timeout: Duration?) async throws {
        try await check(request.mcpServers, within: timeout)
    }

    /// Looks at servers that are about to be sent, unless `--no-check` is given, at most for `timeout`.
    func check(_ servers: [MCPServer], within timeout: Duration?) async throws {
        guard task.checksServers, !servers.isEmpty else { return }
        try await ServerPreflight(
            isRequired: task.requiresServers, timeout: timeout, output: output, context: context
        ).look(at: servers)
    }

    /// Looks up the servers that the task names.
    func servers(
        _ apiKey: Secret?, sendsNothing: Bool
    ) async throws -> (servers: [MCPServer], notes: [RegistryNote]) {
        let registry = ServerRegistry(context)
        let file = task.mcpConfigFile.map(context.filePath)
        if sendsNothing {
            let preview = try registry.previews(named: task.mcpNames, configFile: file, apiKey: apiKey)
            try task.accounts.check(among: preview.servers.map(\.name))
            return preview
        }
        let (servers, notes) = try registry.servers(
            named: task.mcpNames, configFile: file, apiKey: apiKey, for: .task)
        try await ProjectTrust(isGiven: task.trustsProject, context: context).settle(servers)
        let logins = StoredLogins(output: output, context: context)
        let attached = try await logins.attached(
            to: servers, as: task.accounts, lasting: Processor.longestUsualLatency(task.processor),
            for: "a run on '\(task.processor)'")
        return (attached, notes)
    }

    /// Warns of combinations about which the sources of the API's rules disagree; they are sent nevertheless.
    private func warn(of request: TaskRunRequest) {
        output.warnOfProcessor(request.processor)
        if !request.sourcePolicy.includeDomains.isEmpty, !request.sourcePolicy.excludeDomains.isEmpty {
            output.warn("the API ignores --exclude-domain where --include-domain is given")
        }
        if request.sourcePolicy.afterDate != nil {
            output.warn("--after-date may have no effect on tasks; the API documents it for search")
        }
    }

    /// Warns if a run may complete without calling the servers that it should call, as far as that can be known before.
    private func warnOfServers(in request: TaskRunRequest) {
        guard !request.mcpServers.isEmpty else { return }
        let processor = request.processor
        if Processor.makesOneToolCall(processor) {
            output.warn(
                "the processor '\(processor)' makes, as a rule, at most one tool call, whatever the number of MCP servers; "
                    + "others, such as base and pro, may make several")
        }
        for server in request.mcpServers {
            for header in server.headers {
                // Expands the variables here, because a request that is only shown has references in place of values.
                guard let value = try? VariableReference.expand(header.value.template, context.environment),
                    let expiry = BearerToken.expiry(ofHeader: value)
                else { continue }
                let now = context.now()
                let longest = Processor.longestUsualLatency(processor)
                let token = "MCP server '\(server.name)': the token in its header '\(header.name)'"
                if expiry <= now {
                    output.warn("\(token) has expired, so that the server will refuse it")
                } else if expiry - now < longest {
                    output.warn(
                        "\(token) expires in \(DurationText.describe(.seconds(expiry - now))), and a run on "
                            + "'\(processor)' can take \(DurationText.describe(.seconds(longest)))")
                }
            }
        }
    }

    // MARK: - Schemas

    /// Returns the output schema that the flags ask for, in the API's form; nil if no flag asks for one.
    static func outputSchema(_ options: ShapeOptions, _ sources: SourceText) throws -> JSONValue? {
        let fields = try options.fieldsFile.map { try FieldsFile.read($0, sources) } ?? []
        if let conflict = FieldFlag.conflict(in: fields + options.fields) { throw UsageError("--field: \(conflict)") }
        if !(fields + options.fields).isEmpty { return wrapped(FieldFlag.schema(of: fields + options.fields)) }
        switch options.shape {
        case .schema(let source): return wrapped(try sources.json(of: source, for: options.chosenBy ?? ""))
        case .text(let description): return ["type": "text", "description": .string(description)]
        case .auto: return ["type": "auto"]
        case nil: return nil
        }
    }

    /// Returns a schema in the API's form: a bare JSON Schema under `json_schema`; a string, which means text, as it
    /// is.
    static func wrapped(_ schema: JSONValue) -> JSONValue {
        if schema.string != nil || schema["json_schema"] != nil { return schema }
        if let type = schema["type"]?.string, ["text", "auto"].contains(type) { return schema }
        return ["type": "json", "json_schema": schema]
    }
}

extension Output {
    /// Warns of the name of a processor that this version does not know and that looks like one that it knows. It is
    /// sent all the same, because it may be a new one.
    func warnOfProcessor(_ name: String) {
        guard !Processor.known.contains(name), let near = Suggestions.nearest(to: name, among: Processor.known) else {
            return
        }
        warn("'\(name)' is no processor that this version knows; did you mean '\(near)'?")
    }
}
