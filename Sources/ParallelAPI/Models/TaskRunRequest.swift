package import ParallelJSON
import ParallelSettings
import ParallelSystem

/// A request to create a task run (`POST /v1/tasks/runs`, `TaskRunInput`).
package struct TaskRunRequest: Sendable {
    package var input: JSONValue
    package var processor = "base"
    /// The shape of the output; nil leaves it to the API (auto schema).
    package var outputSchema: JSONValue?
    package var inputSchema: JSONValue?
    /// The metadata, in the order given.
    package var metadata: [(key: String, value: String)] = []
    package var sourcePolicy = SourcePolicy()
    /// A country code (ISO 3166-1 alpha-2).
    package var location: String?
    package var mcpServers: [MCPServer] = []
    package var dataSources = DataSources()
    package var enableEvents: Bool?
    package var webhookURL: String?
    package var previousInteractionID: String?
    package var memoryScopeKey: String?
    /// Further values for `parallel-beta`, beside those that the request's features need.
    package var extraBetas: [String] = []

    package init(input: JSONValue) { self.input = input }

    package static let maximumMCPServers = 10
    package static let maximumMetadataKeyLength = 16
    package static let maximumMetadataValueLength = 512
    package static let maximumSpecLength = 15_000
    package static let maximumSpecAndInputLength = 25_000

    /// The values of the `parallel-beta` header.
    package var betas: [String] {
        var betas: [String] = []
        if !mcpServers.isEmpty { betas.append(Beta.mcpServers) }
        if enableEvents == true { betas.append(Beta.events) }
        if webhookURL != nil { betas.append(Beta.webhooks) }
        for extra in extraBetas where !betas.contains(extra) { betas.append(extra) }
        return betas
    }

    private var taskSpec: JSONValue? {
        guard outputSchema != nil || inputSchema != nil else { return nil }
        var spec: JSONObject = ["output_schema": outputSchema ?? ["type": "auto"]]
        if let inputSchema { spec["input_schema"] = inputSchema }
        return .object(spec)
    }

    private var advancedSettings: JSONValue? {
        var settings = JSONObject()
        if let location { settings["location"] = .string(location.lowercased()) }
        if let sources = dataSources.json { settings["data_sources"] = sources }
        return settings.isEmpty ? nil : .object(settings)
    }

    /// Returns the body. `form` decides how the webhook's URL and the MCP servers' header values and URLs appear in it.
    package func json(_ form: MCPServer.Form) -> JSONValue {
        var body: JSONObject = ["input": input, "processor": .string(processor)]
        if let taskSpec { body["task_spec"] = taskSpec }
        if !metadata.isEmpty {
            body["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        }
        if !sourcePolicy.isEmpty { body["source_policy"] = sourcePolicy.json }
        if let advancedSettings { body["advanced_settings"] = advancedSettings }
        if !mcpServers.isEmpty { body["mcp_servers"] = .array(mcpServers.map { $0.json(form) }) }
        if let enableEvents { body["enable_events"] = .bool(enableEvents) }
        if let webhookURL {
            let url = form == .masked ? SecretMask.url(webhookURL) : webhookURL
            body["webhook"] = ["url": .string(url), "event_types": ["task_run.status"]]
        }
        if let previousInteractionID { body["previous_interaction_id"] = .string(previousInteractionID) }
        if let memoryScopeKey { body["memory_scope_key"] = .string(memoryScopeKey) }
        return .object(body)
    }

    /// Throws for what the API documents as invalid. Lengths count Unicode scalars, of JSON in its compact form.
    package func check() throws(InvalidRequest) {
        if let text = input.string, text.isBlank { throw InvalidRequest("the input is empty") }
        for (key, value) in metadata {
            let keyLength = key.unicodeScalars.count
            let valueLength = value.unicodeScalars.count
            if keyLength > Self.maximumMetadataKeyLength {
                throw InvalidRequest(
                    "the metadata key '\(key)' has \(keyLength) characters; the limit is \(Self.maximumMetadataKeyLength)"
                )
            }
            if valueLength > Self.maximumMetadataValueLength {
                throw InvalidRequest(
                    "the metadata value of '\(key)' has \(valueLength) characters; the limit is "
                        + "\(Self.maximumMetadataValueLength)")
            }
        }
        if mcpServers.count > Self.maximumMCPServers {
            throw InvalidRequest("\(mcpServers.count) MCP servers; a run takes at most \(Self.maximumMCPServers)")
        }
        for (index, server) in mcpServers.enumerated()
        where mcpServers[..<index].contains(where: { $0.name.isExactly(server.name) }) {
            throw InvalidRequest("the MCP server '\(server.name)' is given twice; names must differ")
        }
        try dataSources.check(besides: mcpServers.map(\.name))
        try dataSources.check(on: processor)
        try sourcePolicy.check()
        if inputSchema?["type"]?.string == "auto" {
            throw InvalidRequest("the input schema has the type auto, which only an output schema can have")
        }
        if let schema = outputSchema, let inner = schema["json_schema"] { try OutputSchemaRules.check(inner) }
        try checkLengths()
    }

    /// The maximum length of an input together with this task's spec, in Unicode scalars, as the API counts.
    package var roomForInput: Int { Self.maximumSpecAndInputLength - (taskSpec?.countedLength ?? 0) }

    private func checkLengths() throws(InvalidRequest) {
        let specLength = taskSpec?.countedLength ?? 0
        if specLength > Self.maximumSpecLength {
            throw InvalidRequest("the task spec has \(specLength) characters; the limit is \(Self.maximumSpecLength)")
        }
        let inputLength = input.countedLength
        if specLength + inputLength > Self.maximumSpecAndInputLength {
            throw InvalidRequest(
                "input (\(inputLength)) and task spec (\(specLength)) have \(inputLength + specLength) characters "
                    + "together; the limit is \(Self.maximumSpecAndInputLength)")
        }
    }
}
