import ParallelAPI
import ParallelJSON
import ParallelModels
import ParallelSystem

/// What a request to Parallel's own model can have beside the members that all providers know.
struct RespondOptions: Sendable {
    var sources = SourceOptions()
    /// Whether the web search is named as a tool; nil: if there are domains.
    var namesSearch: Bool?
    var shape = ShapeOptions()
    var dataSources = DataSources()
    var metadata: Metadata = []
    var spending = SpendingOptions()

    /// The number of entries of metadata, and the lengths of a key and of a value in characters, that the API takes.
    private static let metadataLimits = (entries: 16, key: 64, value: 512)

    /// Checks what must hold between flags.
    func check(_ effort: AskOptions.Effort?) throws(UsageError) {
        try shape.check()
        let policy = sources.policy
        if !policy.includeDomains.isEmpty, !policy.excludeDomains.isEmpty {
            throw UsageError(
                "--include-domain and --exclude-domain exclude each other: the API would ignore the second")
        }
        if namesSearch == false, !policy.isEmpty {
            throw UsageError("--no-web-search leaves nothing for --include-domain and --exclude-domain")
        }
        if effort == .low, !dataSources.isEmpty {
            throw UsageError("data sources can't be had with --effort low, only with medium or high")
        }
        let limits = Self.metadataLimits
        if metadata.count > limits.entries {
            throw UsageError("\(metadata.count) entries of --metadata; the limit is \(limits.entries)")
        }
        for (key, value) in metadata {
            for (what, text, limit) in [("key", key, limits.key), ("value of", value, limits.value)]
            where text.unicodeScalars.count > limit {
                let shown = key.shortened(to: 60)
                throw UsageError(
                    "--metadata: the \(what) '\(shown)' has \(text.unicodeScalars.count) characters; the limit is \(limit)"
                )
            }
        }
    }

    /// Adds these members to a request that has its MCP servers. Throws `InvalidRequest`, and `UsageError` for a schema
    /// that can't be read.
    func complete(_ request: inout ModelRequest, _ files: SourceText) throws {
        let policy = sources.policy
        try policy.check()
        try dataSources.check(besides: request.servers.map(\.name))
        if namesSearch ?? !policy.isEmpty {
            var tool: JSONObject = ["type": "web_search"]
            for (name, domains) in [
                ("allowed_domains", policy.includeDomains), ("blocked_domains", policy.excludeDomains),
            ] where !domains.isEmpty { tool["filters"] = [name: .array(domains.map(JSONValue.string))] }
            request.furtherTools = [.object(tool)]
        }
        var members = JSONObject()
        if let wrapped = try TaskRequest.outputSchema(shape, files) {
            guard let schema = wrapped["json_schema"], schema.object != nil else {
                throw UsageError("\(shape.chosenBy ?? "--field"): the schema is no JSON object")
            }
            members["text"] = ["format": ["type": "json_schema", "name": "answer", "schema": schema]]
        }
        members["data_sources"] = dataSources.json
        if !metadata.isEmpty {
            members["metadata"] = .object(JSONObject(metadata.map { ($0.key, .string($0.value)) }))
        }
        request.furtherMembers = members
    }
}
