import ParallelJSON

/// The documented rules for JSON output schemas: errors, which refuse a run, and warnings.
///
/// Nesting counts objects within objects, also through `$ref`; the root is level 1. A reference to a schema that
/// contains it is not followed.
struct OutputSchemaRules {
    static let maximumNesting = 5
    static let advisedNesting = 3
    static let maximumProperties = 100
    static let maximumNameCharacters = 25_000
    static let maximumEnumValues = 500
    /// The maximum number of characters of an enum with more than 250 values.
    static let maximumLongEnumCharacters = 7_500
    static let unsupportedKeywords: Set<String> = [
        "contains", "format", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains",
        "minItems", "minLength", "minimum", "minProperties", "multipleOf", "pattern", "patternProperties",
        "propertyNames", "uniqueItems", "unevaluatedItems", "unevaluatedProperties",
    ]
    /// Property names that duplicate what the basis has.
    static let basisNames: Set<String> = [
        "citations", "confidence", "evidence", "reasoning", "source", "sources", "source_urls",
    ]

    /// The maximum number of visited schemas, because references to each other can unfold without limit; no schema
    /// within the other limits comes near it.
    private static let maximumVisits = 20_000

    private let root: JSONObject
    private var visits = 0
    private var properties = 0
    private var nameCharacters = 0
    private var enumValues = 0
    private var nesting = 0
    private var openReferences: Set<String> = []
    private var openObjects: [String] = []
    private var notRequired: [String] = []
    private var basisDuplicates: [String] = []
    private var warnings: [String] = []

    /// Reports broken rules to `check`, and returns the warnings that don't depend on the processor, as sentences.
    static func apply(
        to schema: JSONObject, at path: FieldPath, reportingTo check: inout RequestCheck
    ) -> [String] {
        var rules = OutputSchemaRules(root: schema)
        rules.checkRoot(at: path, &check)
        rules.visit(.object(schema), at: path, level: 0, mayBeNull: false, &check)
        rules.checkTotals(at: path, &check)
        rules.collectWarnings()
        return rules.warnings
    }

    private init(root: JSONObject) { self.root = root }

    private func checkRoot(at path: FieldPath, _ check: inout RequestCheck) {
        if root["type"]?.string != "object" {
            check.report(path, "The root of the schema must have type 'object'", "value_error")
        }
        if root["properties"]?.object == nil {
            check.report(path, "The root of the schema must have properties", "value_error")
        }
        if root["anyOf"] != nil { check.report(path, "The root of the schema must not have anyOf", "value_error") }
    }

    private mutating func visit(
        _ schema: JSONValue, at path: FieldPath, level: Int, mayBeNull: Bool, _ check: inout RequestCheck
    ) {
        visits += 1
        guard visits <= Self.maximumVisits, let schema = schema.object else { return }
        for key in schema.keys where Self.unsupportedKeywords.contains(key) {
            check.report(path + [.string(key)], "Schema keyword '\(key)' is not supported", "value_error")
        }
        if schema["type"]?.string == "null", !mayBeNull {
            check.report(path, "null is only allowed within a type union or anyOf", "value_error")
        }
        count(enumeration: schema["enum"]?.array ?? [], at: path, &check)
        if let value = schema["const"]?.string { nameCharacters += value.unicodeScalars.count }

        var level = level
        if let members = schema["properties"]?.object {
            level += 1
            nesting = max(nesting, level)
            visit(members, of: schema, at: path, level: level, &check)
        }
        if let items = schema["items"] { visit(items, at: path + ["items"], level: level, mayBeNull: false, &check) }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for (index, variant) in (schema[keyword]?.array ?? []).enumerated() {
                let here = path + [.string(keyword), .number(JSONNumber(index))]
                visit(variant, at: here, level: level, mayBeNull: keyword != "allOf", &check)
            }
        }
        if let reference = schema["$ref"]?.string, openReferences.insert(reference).inserted {
            if let target = SchemaReference.resolve(reference, in: root) {
                visit(target, at: path + ["$ref"], level: level, mayBeNull: mayBeNull, &check)
            } else {
                check.report(path + ["$ref"], "'\(reference)' points to nothing within the schema", "value_error")
            }
            openReferences.remove(reference)
        }
    }

    private mutating func visit(
        _ members: JSONObject, of schema: JSONObject, at path: FieldPath, level: Int, _ check: inout RequestCheck
    ) {
        properties += members.count
        let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
        let place = Self.name(of: path)
        if schema["additionalProperties"]?.bool != false { openObjects.append(place.isEmpty ? "the root" : place) }
        for member in members {
            let name = place.isEmpty ? member.key : "\(place).\(member.key)"
            nameCharacters += member.key.unicodeScalars.count
            if !required.contains(member.key) { notRequired.append(name) }
            if Self.basisNames.contains(member.key) { basisDuplicates.append(name) }
            let here = path + ["properties", .string(member.key)]
            visit(member.value, at: here, level: level, mayBeNull: false, &check)
        }
    }

    private mutating func count(enumeration: [JSONValue], at path: FieldPath, _ check: inout RequestCheck) {
        let characters = enumeration.reduce(0) { $0 + ($1.string ?? $1.serialized()).unicodeScalars.count }
        enumValues += enumeration.count
        nameCharacters += characters
        if enumeration.count > 250, characters > Self.maximumLongEnumCharacters {
            let message =
                "An enum of more than 250 values must not exceed \(Self.maximumLongEnumCharacters) characters"
            check.report(path + ["enum"], message, "value_error")
        }
    }

    private mutating func checkTotals(at path: FieldPath, _ check: inout RequestCheck) {
        func limit(_ what: String, _ value: Int, _ maximum: Int) {
            guard value > maximum else { return }
            check.report(path, "The schema must not exceed \(maximum) \(what), it has \(value)", "value_error")
        }
        limit("levels of nesting", nesting, Self.maximumNesting)
        limit("properties", properties, Self.maximumProperties)
        limit("characters of names and values", nameCharacters, Self.maximumNameCharacters)
        limit("enum values", enumValues, Self.maximumEnumValues)
    }

    private mutating func collectWarnings() {
        func warn(_ sentence: String, _ names: [String]) {
            if !names.isEmpty { warnings.append("\(sentence): \(names.joined(separator: ", "))") }
        }
        warn("All properties should be listed in required, which these are not", notRequired)
        warn("Objects should have additionalProperties false, which these do not", openObjects)
        warn("The basis of every field holds this already, so no property should be named so", basisDuplicates)
        if nesting > Self.advisedNesting, nesting <= Self.maximumNesting {
            warnings.append("The schema nests \(nesting) levels; \(Self.advisedNesting) or fewer give better answers")
        }
    }

    /// Returns a warning if `schema` has more fields than `processor` is meant for.
    static func warning(about schema: JSONObject, for processor: Processor) -> String? {
        guard let count = schema["properties"]?.object?.count, count > processor.fields else { return nil }
        return
            "Processor \(processor.name) is meant for about \(processor.fields) output fields; the schema has \(count)"
    }

    /// Returns the dotted name of the object at `path`; empty for the root.
    private static func name(of path: FieldPath) -> String {
        let names = path.drop { $0 != "json_schema" }.dropFirst().compactMap(\.string).filter { $0 != "properties" }
        return names.joined(separator: ".")
    }
}
