import ParallelJSON

/// The rules that an output JSON Schema must obey (task API documentation, "Specify a task": schema limits).
///
/// It refuses only what the documentation calls an error; the server returns the documented warnings with the run.
enum OutputSchemaRules {
    static let maximumNesting = 5
    static let maximumProperties = 100
    static let maximumTextLength = 25_000
    static let maximumEnumValues = 500
    /// An enum with more values than this may have `maximumLargeEnumLength` characters.
    static let largeEnum = 250
    static let maximumLargeEnumLength = 7_500

    static let unsupportedKeywords: Set<String> = [
        "contains", "format", "maxContains", "maxItems", "maxLength", "maxProperties", "maximum", "minContains",
        "minItems", "minLength", "minimum", "minProperties", "multipleOf", "pattern", "patternProperties",
        "propertyNames", "uniqueItems", "unevaluatedItems", "unevaluatedProperties",
    ]

    package static func check(_ schema: JSONValue) throws(InvalidRequest) {
        guard schema.object != nil else {
            throw InvalidRequest("the output schema is \(schema.typeName), not an object")
        }
        if schema["anyOf"] != nil {
            throw InvalidRequest("the output schema has anyOf at its root, which is not allowed")
        }
        guard schema["type"]?.string == "object" else {
            throw InvalidRequest("the output schema's root must have \"type\": \"object\"")
        }
        guard schema["properties"]?.object != nil else {
            throw InvalidRequest("the output schema's root has no \"properties\"")
        }
        var walk = Walk()
        try walk.visit(schema, path: "", level: 1)
        try walk.checkTotals()
    }

    /// Visits a schema and all its subschemas, and adds up what the limits count.
    private struct Walk {
        var properties = 0
        var textLength = 0
        var enumValues = 0

        /// `mayBeNull` is true for the alternatives of a union.
        mutating func visit(
            _ schema: JSONValue, path: String, level: Int, mayBeNull: Bool = false
        ) throws(InvalidRequest) {
            guard let object = schema.object else { return }
            let place = path.isEmpty ? "its root" : path
            for member in object where OutputSchemaRules.unsupportedKeywords.contains(member.key) {
                throw InvalidRequest("the output schema uses \"\(member.key)\" at \(place), which is not supported")
            }
            if object["type"]?.string == "null", !mayBeNull {
                throw InvalidRequest(
                    "the output schema has type null at \(place); allow null in a union: [\"string\", \"null\"]")
            }
            if level > OutputSchemaRules.maximumNesting, object["properties"] != nil {
                throw InvalidRequest(
                    "the output schema nests deeper than \(OutputSchemaRules.maximumNesting) levels at \(place)")
            }
            try count(object, at: place)
            let below = object["properties"] == nil ? level : level + 1
            for member in object["properties"]?.object ?? [:] {
                properties += 1
                textLength += member.key.unicodeScalars.count
                try visit(member.value, path: path.isEmpty ? member.key : "\(path).\(member.key)", level: below)
            }
            for key in ["$defs", "definitions"] {
                for member in object[key]?.object ?? [:] {
                    textLength += member.key.unicodeScalars.count
                    try visit(member.value, path: "\(key).\(member.key)", level: level)
                }
            }
            for key in ["items", "additionalProperties", "not"] {
                if let inner = object[key] {
                    try visit(inner, path: path.isEmpty ? key : "\(path).\(key)", level: below)
                }
            }
            for key in ["anyOf", "oneOf", "allOf", "prefixItems"] {
                let isUnion = key == "anyOf" || key == "oneOf"
                for inner in object[key]?.array ?? [] {
                    try visit(inner, path: "\(path)[\(key)]", level: level, mayBeNull: isUnion)
                }
            }
        }

        private mutating func count(_ object: JSONObject, at place: String) throws(InvalidRequest) {
            guard let values = object["enum"]?.array else {
                textLength += object["const"]?.countedLength ?? 0
                return
            }
            let length = values.reduce(0) { $0 + $1.countedLength }
            enumValues += values.count
            textLength += length
            if values.count > OutputSchemaRules.largeEnum, length > OutputSchemaRules.maximumLargeEnumLength {
                throw InvalidRequest(
                    "the enum at \(place) has \(values.count) values of \(length) characters together; beyond "
                        + "\(OutputSchemaRules.largeEnum) values the limit is \(OutputSchemaRules.maximumLargeEnumLength)"
                )
            }
        }

        func checkTotals() throws(InvalidRequest) {
            if properties > OutputSchemaRules.maximumProperties {
                throw InvalidRequest(
                    "the output schema has \(properties) properties; the limit is \(OutputSchemaRules.maximumProperties)"
                )
            }
            if enumValues > OutputSchemaRules.maximumEnumValues {
                throw InvalidRequest(
                    "the output schema has \(enumValues) enum values; the limit is \(OutputSchemaRules.maximumEnumValues)"
                )
            }
            if textLength > OutputSchemaRules.maximumTextLength {
                throw InvalidRequest(
                    "names and values of the output schema have \(textLength) characters; the limit is "
                        + "\(OutputSchemaRules.maximumTextLength)")
            }
        }
    }
}
