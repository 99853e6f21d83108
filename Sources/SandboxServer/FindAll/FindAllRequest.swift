import ParallelJSON
import ParallelSystem

/// A valid request to create a FindAll run.
struct FindAllRequest: Sendable {
    let objective: String
    let entityType: String
    /// As sent: name and description of each.
    let conditions: [JSONValue]
    let generator: Generator
    var matchLimit: Int
    /// What must not be found again, each as `name` and `url` in one text.
    let excluded: Set<String>
    let metadata: JSONObject
    let webhookURL: String?
    let webhookTypes: Set<String>
    let scenario: Scenario

    /// A generator with its prices in thousandths of a dollar.
    struct Generator: Sendable {
        let name: String
        let fixedPrice: Int
        let matchPrice: Int

        static let all = [
            Generator(name: "preview", fixedPrice: 100, matchPrice: 0),
            Generator(name: "base", fixedPrice: 250, matchPrice: 30),
            Generator(name: "core", fixedPrice: 2_000, matchPrice: 150),
            Generator(name: "pro", fixedPrice: 10_000, matchPrice: 1_000),
        ]

        var isPreview: Bool { name == "preview" }
    }

    static let limits = 5...1_000
    private static let previewLimits = 5...10
    private static let maximumExclusions = 10_000
    private static let webhookTypes = [
        "findall.candidate.generated", "findall.candidate.matched", "findall.candidate.unmatched",
        "findall.candidate.enriched", "findall.run.completed", "findall.run.cancelled", "findall.run.failed",
        "task_run.status",
    ]

    /// - Throws: a 422 that lists every broken rule.
    init(_ request: Request) throws(APIFailure) {
        let body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        let text = RequestCheck.string(from: 1)
        let objective = check.member("objective", of: body, at: path, required: true, as: text)
        let entityType = check.member("entity_type", of: body, at: path, required: true, as: text)
        let conditions = check.member(
            "match_conditions", of: body, at: path, required: true, as: RequestCheck.list(Self.pair("description")))
        let name = check.member(
            "generator", of: body, at: path, required: true, as: RequestCheck.choice(Generator.all.map(\.name)))
        let generator = Generator.all.first { $0.name == name }
        let limit = check.member(
            "match_limit", of: body, at: path, required: true,
            as: Self.integer(generator?.isPreview == true ? Self.previewLimits : Self.limits))
        let excluded = check.member(
            "exclude_list", of: body, at: path,
            as: RequestCheck.list(Self.pair("url"), count: 0...Self.maximumExclusions))
        metadata = check.member("metadata", of: body, at: path, as: TaskRunRequest.metadataReader) ?? [:]
        let webhook = check.member("webhook", of: body, at: path, as: RequestCheck.object)
        let hook = path + ["webhook"]
        webhookURL = webhook.flatMap {
            check.member("url", of: $0, at: hook, required: true, as: RequestCheck.webAddress)
        }
        webhookTypes = Set(
            webhook.flatMap {
                check.member(
                    "event_types", of: $0, at: hook, as: RequestCheck.list(RequestCheck.choice(Self.webhookTypes)))
            } ?? [])
        _ = check.member("memory_scope_key", of: body, at: path, as: TaskRunRequest.scopeKeyReader)
        scenario = Scenario(metadata: metadata, at: path + ["metadata"], &check)
        if body["enrichments"] != nil {
            check.report(path + ["enrichments"], "Enrichments are added with POST .../enrich", "extra_forbidden")
        }
        try check.throwIfAny()
        guard let objective, let entityType, let conditions, let generator, let limit else { throw .validation([]) }
        self.objective = objective
        self.entityType = entityType
        self.conditions = conditions
        self.generator = generator
        matchLimit = limit
        self.excluded = Set((excluded ?? []).map { Self.key($0["name"]?.string ?? "", $0["url"]?.string ?? "") })
    }

    /// Returns what two entries for one thing have in common: the name, and the URL without a slash at its end.
    static func key(_ name: String, _ url: String) -> String {
        "\(name.trimmed.lowercased())\n\(url.trimmed { $0 == "/" || $0.properties.isWhitespace })"
    }

    static func integer(_ range: ClosedRange<Int>) -> RequestCheck.Reader<Int> {
        { check, value, path in
            guard let int = RequestCheck.integer(from: range.lowerBound)(&check, value, path) else { return nil }
            if range.contains(int) { return int }
            check.report(path, "Input should be less than or equal to \(range.upperBound)", "less_than_equal")
            return nil
        }
    }

    /// Reads an object with a `name` and another text.
    private static func pair(_ other: String) -> RequestCheck.Reader<JSONValue> {
        { check, value, path in
            guard let object = RequestCheck.object(&check, value, path) else { return nil }
            for key in ["name", other] {
                _ = check.member(key, of: object, at: path, required: true, as: RequestCheck.string())
            }
            return value
        }
    }
}

/// A valid request to enrich the matches of a FindAll run.
struct FindAllEnrichment: Sendable {
    let processor: Processor
    let schema: JSONObject
    /// The request as the schema of the run shows it, without the headers of MCP servers.
    let publicBody: JSONValue

    init(_ request: Request) throws(APIFailure) {
        var body = try RequestCheck.body(of: request)
        var check = RequestCheck()
        let path: FieldPath = ["body"]
        let name = check.member("processor", of: body, at: path, as: RequestCheck.string()) ?? "core"
        let output = check.member("output_schema", of: body, at: path, required: true, as: RequestCheck.object)
        let here = path + ["output_schema"]
        if let type = output?["type"], type.string != "json" {
            check.report(here + ["type"], "Input should be 'json'", "literal_error")
        }
        var schema = output.flatMap {
            check.member("json_schema", of: $0, at: here, required: true, as: RequestCheck.object)
        }
        // The official tool's own examples leave it out.
        if schema?["properties"] != nil, schema?["type"] == nil { schema?["type"] = "object" }
        if let schema { _ = OutputSchemaRules.apply(to: schema, at: here + ["json_schema"], reportingTo: &check) }
        _ = check.member(
            "mcp_servers", of: body, at: path,
            as: RequestCheck.list(MCPServerEntry.reader, count: 0...MCPServerEntry.maximumCount))
        let processor = Processor.named(name)
        if processor == nil { check.report(path + ["processor"], "Unknown processor '\(name)'", "value_error") }
        try check.throwIfAny()
        guard let processor, let schema else { throw .validation([]) }
        self.processor = processor
        self.schema = schema
        body["processor"] = .string(name)
        if let servers = body["mcp_servers"]?.array {
            body["mcp_servers"] = .array(servers.map(TaskRunRequest.withoutSecrets))
        }
        publicBody = .object(body)
    }
}
