import ParallelJSON

/// Checks a value against a JSON Schema, for the keywords that task schemas may use.
struct SchemaMatch {
    /// The maximum number of comparisons, because references to each other can unfold without limit; what is not
    /// checked counts as fitting.
    private static let maximumSteps = 100_000

    private let root: JSONObject
    private var steps = 0
    private(set) var mismatches: [String] = []

    /// Returns a sentence for each mismatch; none if `value` fits.
    static func mismatches(of value: JSONValue, with schema: JSONObject) -> [String] {
        var match = SchemaMatch(root: schema)
        match.compare(value, with: .object(schema), at: "", depth: 0)
        return match.mismatches
    }

    private init(root: JSONObject) { self.root = root }

    private mutating func compare(_ value: JSONValue, with schema: JSONValue, at path: String, depth: Int) {
        steps += 1
        guard depth < 64, steps <= Self.maximumSteps, let schema = schema.object else { return }
        var place: String { path.isEmpty ? "The value" : "'\(path)'" }
        if let target = schema["$ref"]?.string.flatMap({ SchemaReference.resolve($0, in: root) }) {
            compare(value, with: target, at: path, depth: depth + 1)
        }
        if let type = schema["type"], !Self.isOf(type, value) {
            let types = (type.array ?? [type]).compactMap(\.string)
            mismatches.append("\(place) should be \(types.joined(separator: " or ")), not \(value.typeName)")
            return
        }
        if let choices = schema["enum"]?.array, !choices.contains(value) {
            mismatches.append("\(place) is not one of the allowed values")
        }
        if let constant = schema["const"], constant != value { mismatches.append("\(place) is not the constant value") }
        for keyword in ["anyOf", "oneOf"] {
            if let variants = schema[keyword]?.array, !variants.contains(where: { fits(value, $0, depth: depth + 1) }) {
                mismatches.append("\(place) fits none of the \(keyword) schemas")
            }
        }
        for part in schema["allOf"]?.array ?? [] { compare(value, with: part, at: path, depth: depth + 1) }
        if let object = value.object { compare(object, with: schema, at: path, depth: depth) }
        if let items = schema["items"] {
            for (index, element) in (value.array ?? []).enumerated() {
                compare(element, with: items, at: path + ".\(index)", depth: depth + 1)
            }
        }
    }

    private mutating func compare(_ object: JSONObject, with schema: JSONObject, at path: String, depth: Int) {
        let properties = schema["properties"]?.object ?? [:]
        let prefix = path.isEmpty ? "" : path + "."
        let required = (schema["required"]?.array ?? []).compactMap(\.string)
        for (name, value) in zip(required, object.values(of: required)) where value == nil {
            mismatches.append("'\(prefix)\(name)' is required")
        }
        for (member, property) in zip(object, properties.values(of: object.keys)) {
            if let property {
                compare(member.value, with: property, at: prefix + member.key, depth: depth + 1)
            } else if schema["additionalProperties"]?.bool == false {
                mismatches.append("'\(prefix)\(member.key)' is not in the schema")
            }
        }
    }

    private mutating func fits(_ value: JSONValue, _ schema: JSONValue, depth: Int) -> Bool {
        let known = mismatches
        defer { mismatches = known }
        mismatches = []
        compare(value, with: schema, at: "", depth: depth)
        return mismatches.isEmpty
    }

    /// Whether `value` has one of the types that `type` names; true if it names none.
    private static func isOf(_ type: JSONValue, _ value: JSONValue) -> Bool {
        if let name = type.string { return isOf(name, value) }
        let names = (type.array ?? []).compactMap(\.string)
        return names.isEmpty || names.contains { isOf($0, value) }
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.isNull
        case "boolean": value.bool != nil
        case "string": value.string != nil
        case "number": value.number != nil
        case "integer": value.int != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: true
        }
    }
}
