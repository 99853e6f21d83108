/// Checks a value against a JSON Schema (2020-12), for the keywords that tools' schemas use.
///
/// The server decides in the end, so what is not checked counts as fitting: other keywords, references that are not
/// local (which are never fetched) or lead nowhere, and values nested too deeply.
package enum SchemaCheck {
    /// Returns one line for each of the first mismatches, with its path; none if `value` fits.
    package static func mismatches(of value: JSONValue, with schema: JSONValue) -> [String] {
        var walk = Walk(root: schema)
        walk.compare(value, with: schema, at: "", depth: 0)
        return walk.mismatches.map(\.message)
    }
}

private struct Mismatch {
    enum Kind {
        /// The value has none of these types.
        case type([String])
        case other
    }

    let path: String
    var kind = Kind.other
    let message: String
}

private struct Walk {
    private static let maximumDepth = 64
    /// The maximum number of schema members, names and choices examined, because references to each other can unfold
    /// without limit.
    private static let maximumSteps = 1_000_000
    private static let maximumMismatches = 10

    let root: JSONValue
    private(set) var mismatches: [Mismatch] = []
    private var steps = 0
    /// The number of checks that were skipped, with the value counted as fitting.
    private var skippedChecks = 0

    init(root: JSONValue) { self.root = root }

    mutating func compare(_ value: JSONValue, with schema: JSONValue, at path: String, depth: Int) {
        // Further mismatches would not be reported.
        if mismatches.count >= Self.maximumMismatches { return }
        steps += 1 + (schema.object?.count ?? 0)
        guard depth < Self.maximumDepth, steps <= Self.maximumSteps else {
            skippedChecks += 1
            return
        }
        if schema.bool == false { return add("is not allowed", at: path) }
        guard let schema = schema.object else { return }
        if let reference = schema["$ref"]?.string {
            if let target = SchemaReference.resolve(reference, in: root, steps: &steps) {
                compare(value, with: target, at: path, depth: depth + 1)
            } else {
                skippedChecks += 1
            }
        }
        guard hasType(value, schema, at: path) else { return }
        compareChoices(value, schema, at: path)
        combine(value, schema, at: path, depth: depth)
        switch value {
        case .number(let number): compare(number, with: schema, at: path)
        case .string, .unpairedSurrogates:
            compareSize((value.string ?? "").unicodeScalars.count, of: "character", "Length", schema, at: path)
        case .array(let elements):
            compareSize(elements.count, of: "item", "Items", schema, at: path)
            compare(elements, with: schema, at: path, depth: depth)
        case .object(let object): compare(object, with: schema, at: path, depth: depth)
        case .null, .bool: break
        }
    }

    // MARK: - Any value

    private mutating func hasType(_ value: JSONValue, _ schema: JSONObject, at path: String) -> Bool {
        let names = schema["type"].map { $0.array ?? [$0] }?.compactMap(\.string) ?? []
        steps += names.count
        if names.isEmpty || names.contains(where: { Self.isOf($0, value) }) { return true }
        // Every value fits an unknown type, so only the few known types get here.
        var types: [String] = []
        for name in names where !types.contains(name) { types.append(name) }
        add(Self.text(value, isNot: types), at: path, .type(types))
        return false
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "null": value.isNull
        case "boolean": value.bool != nil
        case "string": value.string != nil
        case "number": value.number != nil
        case "integer": value.number?.isWhole ?? false
        case "array": value.array != nil
        case "object": value.object != nil
        default: true
        }
    }

    private static func text(_ value: JSONValue, isNot types: [String]) -> String {
        "is \(value.typeName), not \(types.map(SchemaText.described).joined(separator: " or "))"
    }

    private mutating func compareChoices(_ value: JSONValue, _ schema: JSONObject, at path: String) {
        if let choices = schema["enum"]?.array {
            steps += choices.count
            if !choices.contains(where: value.means) {
                let some = choices.prefix(SchemaText.maximumListed + 1).map { written($0) }
                add("is none of: \(SchemaText.list(some))", at: path)
            }
        }
        if let constant = schema["const"], !value.means(constant) {
            let text = written(constant)
            add("is not \(SchemaText.shortened(text))", at: path)
        }
    }

    /// Returns a string without its quotes, anything else as JSON.
    private mutating func written(_ value: JSONValue) -> String {
        let text = value.string ?? value.serialized()
        steps += text.utf8.count
        return text
    }

    private mutating func combine(_ value: JSONValue, _ schema: JSONObject, at path: String, depth: Int) {
        for part in schema["allOf"]?.array ?? [] { compare(value, with: part, at: path, depth: depth + 1) }
        for keyword in ["anyOf", "oneOf"] {
            guard let variants = schema[keyword]?.array, !variants.isEmpty else { continue }
            let skippedBefore = skippedChecks
            let results = variants.map { mismatchesAlone(value, $0, at: path, depth: depth + 1) }
            let fitting = results.count(where: \.isEmpty)
            if fitting == 0 {
                explain(value, results, at: path)
            } else if keyword == "oneOf", fitting > 1, skippedChecks == skippedBefore {
                add("fits more than one of its alternatives", at: path)
            }
        }
        if let excluded = schema["not"] {
            let skippedBefore = skippedChecks
            if mismatchesAlone(value, excluded, at: path, depth: depth + 1).isEmpty, skippedChecks == skippedBefore {
                add("is what the schema excludes", at: path)
            }
        }
    }

    /// Returns the mismatches of `value` with `schema` alone.
    private mutating func mismatchesAlone(
        _ value: JSONValue, _ schema: JSONValue, at path: String, depth: Int
    ) -> [Mismatch] {
        let known = mismatches
        defer { mismatches = known }
        mismatches = []
        compare(value, with: schema, at: path, depth: depth)
        return mismatches
    }

    /// Reports why none of several alternatives fits: the mismatches of the one with the right type, if there is just
    /// one.
    private mutating func explain(_ value: JSONValue, _ results: [[Mismatch]], at path: String) {
        var types: [String] = []
        var ofRightType: [[Mismatch]] = []
        for result in results {
            if let first = result.first, first.path == path, case .type(let expected) = first.kind {
                types += expected.filter { !types.contains($0) }
            } else {
                ofRightType.append(result)
            }
        }
        switch ofRightType.count {
        case 0: add(Self.text(value, isNot: types), at: path, .type(types))
        case 1: ofRightType[0].forEach { add($0) }
        default: add("fits none of its \(results.count) alternatives", at: path)
        }
    }

    // MARK: - Numbers and sizes

    private mutating func compare(_ number: JSONNumber, with schema: JSONObject, at path: String) {
        let shown = SchemaText.shortened(number.text)
        func violates(_ keyword: String, _ isWrong: (Double, Double) -> Bool, _ isWrongInt: (Int, Int) -> Bool)
            -> String?
        {
            guard let limit = schema[keyword]?.number else { return nil }
            let isViolated =
                if let int = number.int, let limit = limit.int {
                    isWrongInt(int, limit)
                } else if let double = number.double, let limit = limit.double {
                    isWrong(double, limit)
                } else {
                    false
                }
            return isViolated ? SchemaText.shortened(limit.text) : nil
        }
        if let limit = violates("minimum", <, <) { add("is \(shown); the least is \(limit)", at: path) }
        if let limit = violates("maximum", >, >) { add("is \(shown); the most is \(limit)", at: path) }
        if let limit = violates("exclusiveMinimum", <=, <=) {
            add("is \(shown), which is not above \(limit)", at: path)
        }
        if let limit = violates("exclusiveMaximum", >=, >=) {
            add("is \(shown), which is not below \(limit)", at: path)
        }
    }

    private mutating func compareSize(
        _ count: Int, of unit: String, _ keyword: String, _ schema: JSONObject, at path: String
    ) {
        let has = "has \(count) \(unit)\(count == 1 ? "" : "s")"
        if let least = schema["min\(keyword)"]?.int, count < least { add("\(has); the least is \(least)", at: path) }
        if let most = schema["max\(keyword)"]?.int, count > most { add("\(has); the most is \(most)", at: path) }
    }

    // MARK: - Arrays and objects

    private mutating func compare(_ elements: [JSONValue], with schema: JSONObject, at path: String, depth: Int) {
        // Before 2020-12, `items` could be a list of schemas.
        let first = schema["prefixItems"]?.array ?? schema["items"]?.array ?? []
        let others = schema["items"]?.array == nil ? schema["items"] : nil
        for (index, element) in elements.enumerated() {
            guard let schema = index < first.count ? first[index] : others else { return }
            compare(element, with: schema, at: Self.path(path, String(index)), depth: depth + 1)
        }
    }

    private mutating func compare(_ object: JSONObject, with schema: JSONObject, at path: String, depth: Int) {
        let properties = schema["properties"]?.object ?? [:]
        let required = (schema["required"]?.array ?? []).compactMap(\.string)
        steps += properties.count + required.count
        for (name, value) in zip(required, object.values(of: required)) where value == nil {
            if mismatches.count >= Self.maximumMismatches { return }
            add("is required", at: Self.path(path, name))
        }
        // Patterns are not evaluated, so with `patternProperties` any other name may be allowed.
        let others = schema["patternProperties"] == nil ? schema["additionalProperties"] : nil
        for (member, property) in zip(object, properties.values(of: object.keys)) {
            if mismatches.count >= Self.maximumMismatches { return }
            let place = Self.path(path, member.key)
            if let property {
                compare(member.value, with: property, at: place, depth: depth + 1)
            } else if others?.bool == false {
                let some = properties.members.prefix(SchemaText.maximumListed + 1).map(\.key)
                let known = some.isEmpty ? "nothing is" : SchemaText.list(some)
                add("is not known; known: \(known)", at: place)
            } else if let others {
                compare(member.value, with: others, at: place, depth: depth + 1)
            }
        }
    }

    // MARK: - Messages

    private static func path(_ path: String, _ step: String) -> String {
        let step = SchemaText.shortened(step)
        return path.isEmpty ? step : "\(path).\(step)"
    }

    private mutating func add(_ text: String, at path: String, _ kind: Mismatch.Kind = .other) {
        let place = path.isEmpty ? "the value" : "'\(path)'"
        add(Mismatch(path: path, kind: kind, message: "\(place) \(text)"))
    }

    private mutating func add(_ mismatch: Mismatch) {
        if mismatches.count < Self.maximumMismatches { mismatches.append(mismatch) }
    }
}
