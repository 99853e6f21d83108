import ParallelJSON

/// A valid request to create a run.
struct TaskRunRequest: Sendable {
    /// The body as sent.
    var body: JSONObject
    var input: JSONValue
    var processor: Processor
    var spec: TaskSpec
    var metadata: JSONObject
    var servers: [MCPServerEntry]
    /// The names of the data connectors that the run may call.
    var sources: [String]
    /// The URL to tell of the run's end; nil if nothing is to be told.
    var webhookURL: String?
    var recordsEvents: Bool
    var scenario: Scenario
    /// Entries for `run.warnings`.
    var warnings: [JSONValue]

    private static let knownMembers: Set<String> = [
        "input", "processor", "task_spec", "metadata", "source_policy", "advanced_settings", "mcp_servers",
        "enable_events", "webhook", "previous_interaction_id", "memory_scope_key",
    ]

    /// - Throws: a 422 that lists every broken rule, or a 403 for an unknown processor.
    init(_ request: Request) throws(APIFailure) {
        try self.init(body: try RequestCheck.body(of: request))
    }

    /// - Throws: like the other initializer.
    init(body: JSONObject) throws(APIFailure) {
        var check = RequestCheck()
        let request = Self(body, at: ["body"], &check)
        try check.throwIfAny()
        guard let request else { throw .validation([]) }
        self = request
    }

    /// Reads a request; nil if it reports an error to `check`.
    ///
    /// - Parameter defaultSpec: the task spec to use if the body has none; already checked.
    init?(
        _ body: JSONObject, at path: FieldPath, defaultSpec: TaskSpec = TaskSpec(), _ check: inout RequestCheck
    ) {
        let known = check.errors.count
        let input = check.member("input", of: body, at: path, required: true, as: Self.inputReader)
        let name = check.member("processor", of: body, at: path, required: true, as: RequestCheck.string())
        let spec = check.member("task_spec", of: body, at: path, as: TaskSpec.reader) ?? defaultSpec
        Self.checkLength(of: body["input"], with: spec, at: path, &check)
        let metadata = check.member("metadata", of: body, at: path, as: Self.metadataReader) ?? [:]
        let servers = check.member("mcp_servers", of: body, at: path, as: Self.serversReader) ?? []
        let events = check.member("enable_events", of: body, at: path, as: RequestCheck.bool)
        _ = check.member("source_policy", of: body, at: path, as: SourcePolicy.reader)
        let webhook = check.member("webhook", of: body, at: path, as: Self.webhookReader)
        _ = check.member("previous_interaction_id", of: body, at: path, as: RequestCheck.string())
        _ = check.member("memory_scope_key", of: body, at: path, as: Self.scopeKeyReader)
        let processor = name.flatMap(Processor.named)
        let sources = Self.sources(of: body, at: path, servers: servers, processor: processor, &check)
        let scenario = Scenario(metadata: metadata, at: path + ["metadata"], &check)

        if let name, processor == nil { check.unknownProcessor = check.unknownProcessor ?? name }
        guard let processor, let input, check.errors.count == known else { return nil }

        var warnings = spec.warnings
        if case .json(let schema) = spec.output, let sentence = OutputSchemaRules.warning(about: schema, for: processor)
        {
            warnings.append(Self.warning("spec_validation_warning", sentence))
        }
        for member in body where !Self.knownMembers.contains(member.key) {
            warnings.append(
                Self.warning("spec_validation_warning", "Unknown request field '\(member.key)' is ignored"))
        }
        if case .json(let schema) = spec.input {
            warnings += SchemaMatch.mismatches(of: input, with: schema).map {
                Self.warning("input_validation_warning", "Input does not fit the input schema: \($0)")
            }
        }
        if let text = scenario.warning { warnings.append(Self.warning("warning", text)) }

        self.body = body
        self.input = input
        self.processor = processor
        self.spec = spec
        self.metadata = metadata
        self.servers = servers
        self.sources = sources
        webhookURL = webhook
        self.recordsEvents = events ?? processor.isPremium
        self.scenario = scenario
        self.warnings = warnings
    }

    static func warning(_ type: String, _ message: String) -> JSONValue {
        ["type": .string(type), "message": .string(message), "detail": [:]]
    }

    /// The request as `GET …/input` returns it, with the MCP servers' header values masked.
    var publicBody: JSONValue {
        var body = body
        if let servers = body["mcp_servers"]?.array { body["mcp_servers"] = .array(servers.map(Self.withoutSecrets)) }
        return .object(body)
    }

    static func withoutSecrets(_ server: JSONValue) -> JSONValue {
        guard var entry = server.object else { return server }
        let mask: JSONValue = "**********"
        if let headers = entry["headers"]?.object { entry["headers"] = .object(headers.mapValues { _ in mask }) }
        for token in ["authorization", "authorization_token"] where entry[token] != nil { entry[token] = mask }
        return .object(entry)
    }
}

// MARK: - Rules of single members

extension TaskRunRequest {
    private static let inputReader: RequestCheck.Reader<JSONValue> = { check, value, path in
        if value.string != nil || value.object != nil { return value }
        check.report(path, "Input should be a valid string or dictionary", "union_type")
        return nil
    }

    static let metadataReader: RequestCheck.Reader<JSONObject> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        for member in object {
            var here: FieldPath { path + [.string(member.key)] }
            if member.key.hasMoreScalars(than: 16) {
                check.report(here, "Metadata keys should have at most 16 characters", "string_too_long")
            }
            if let text = member.value.string {
                if text.hasMoreScalars(than: 512) {
                    check.report(here, "Metadata values should have at most 512 characters", "string_too_long")
                }
            } else if member.value.number == nil, member.value.bool == nil {
                check.report(here, "Input should be a valid string, number or boolean", "union_type")
            }
        }
        return object
    }

    private static let serversReader: RequestCheck.Reader<[MCPServerEntry]> = { check, value, path in
        let reader = RequestCheck.list(MCPServerEntry.reader, count: 0...MCPServerEntry.maximumCount)
        guard let servers = reader(&check, value, path) else { return nil }
        var seen: Set<String> = []
        for server in servers where !server.name.isEmpty && !seen.insert(server.name).inserted {
            check.report(path, "MCP server names should be unique: '\(server.name)' stands twice", "value_error")
        }
        return servers
    }

    /// Reads a webhook and returns its URL if it is to be told of a run's end: without event types, nothing is sent.
    private static let webhookReader: RequestCheck.Reader<String> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        let url = check.member("url", of: object, at: path, required: true, as: RequestCheck.webAddress)
        let types = RequestCheck.list(RequestCheck.choice(["task_run.status"]))
        let wanted = check.member("event_types", of: object, at: path, as: types) ?? []
        return wanted.isEmpty ? nil : url
    }

    static let scopeKeyReader: RequestCheck.Reader<String> = { check, value, path in
        guard let key = RequestCheck.string(upTo: 128, from: 1)(&check, value, path) else { return nil }
        let isAllowed = key.unicodeScalars.allSatisfy {
            ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
        if !isAllowed {
            check.report(path, "String should match pattern '^[a-zA-Z0-9_-]+$'", "string_pattern_mismatch")
        }
        return key
    }

    private static func checkLength(
        of input: JSONValue?, with spec: TaskSpec, at path: FieldPath, _ check: inout RequestCheck
    ) {
        let text = input.map { $0.string ?? $0.serialized() } ?? ""
        let limit = TaskSpec.maximumCharactersWithInput
        guard text.hasMoreScalars(than: limit - spec.characters) else { return }
        let total = spec.characters + text.unicodeScalars.count
        let message = "Task spec and input together should have at most \(limit) characters, they have \(total)"
        check.report(path + ["input"], message, "string_too_long")
    }

    /// Checks the advanced settings and returns the data connectors that they name.
    private static func sources(
        of body: JSONObject, at path: FieldPath, servers: [MCPServerEntry], processor: Processor?,
        _ check: inout RequestCheck
    ) -> [String] {
        guard
            let settings = check.member("advanced_settings", of: body, at: path, as: RequestCheck.object)
        else { return [] }
        let path = path + ["advanced_settings"]
        _ = check.member("location", of: settings, at: path, as: RequestCheck.string())
        let sources = DataConnectors.read(of: settings, at: path, servers: servers.map(\.name), &check)
        if settings["data_sources"]?.object != nil, let processor, processor.isFast {
            check.report(path + ["data_sources"], "Data sources are not available on fast processors", "value_error")
        }
        return sources
    }
}
