import ParallelJSON

/// The schemas of a run's output and input: its `task_spec`.
struct TaskSpec: Sendable {
    enum Schema: Sendable {
        case text(description: String?)
        case json(JSONObject)
        case auto
    }

    /// The maximum numbers of characters of the spec alone, and of spec and input together, as compact JSON.
    static let maximumCharacters = 15_000
    static let maximumCharactersWithInput = 25_000

    var output = Schema.auto
    var input: Schema?
    /// The length of the spec as compact JSON, in Unicode scalars.
    private(set) var characters = 0
    /// Warnings about the output schema, as entries for `run.warnings`.
    private(set) var warnings: [JSONValue] = []

    static let reader: RequestCheck.Reader<TaskSpec> = { check, value, path in
        guard let object = RequestCheck.object(&check, value, path) else { return nil }
        var spec = TaskSpec()
        let output = check.member("output_schema", of: object, at: path, required: true, as: schema(allowsAuto: true))
        spec.output = output ?? .auto
        spec.input = check.member("input_schema", of: object, at: path, as: schema(allowsAuto: false))
        spec.characters = value.serialized().unicodeScalars.count
        if spec.characters > maximumCharacters {
            let message =
                "The task spec should have at most \(maximumCharacters) characters, it has \(spec.characters)"
            check.report(path, message, "string_too_long")
        }
        if case .json(let schema) = spec.output {
            let here = path + ["output_schema", "json_schema"]
            spec.warnings = OutputSchemaRules.apply(to: schema, at: here, reportingTo: &check).map {
                TaskRunRequest.warning("spec_validation_warning", $0)
            }
        }
        return spec
    }

    private static func schema(allowsAuto: Bool) -> RequestCheck.Reader<Schema> {
        { check, value, path in
            if let description = value.string { return .text(description: description) }
            guard let object = value.object else {
                check.report(path, "Input should be a valid string or a schema object", "union_type")
                return nil
            }
            // Without `type`, the member decides: official samples leave out `"type": "json"`.
            let type = object["type"] ?? (object["json_schema"] == nil ? "text" : "json")
            switch type.string {
            case "json":
                let json = check.member(
                    "json_schema", of: object, at: path, required: true, as: RequestCheck.object)
                return json.map(Schema.json)
            case "text":
                return .text(
                    description: check.member("description", of: object, at: path, as: RequestCheck.string()))
            case "auto" where allowsAuto:
                return .auto
            default:
                let names = allowsAuto ? "'json', 'text' or 'auto'" : "'json' or 'text'"
                check.report(path + ["type"], "Input should be \(names)", "literal_error")
                return nil
            }
        }
    }
}
