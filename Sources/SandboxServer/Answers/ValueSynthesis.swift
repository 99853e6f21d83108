import ParallelJSON
import ParallelSystem

/// Makes up a value that fits a JSON Schema. The same schema, seed and texts always produce the same value.
///
/// With `usesFieldNames`, a value looks like what `FieldMeaning` reads from the name of its field: a year, a price, a
/// person.
///
/// It supports types and type unions, `properties`, `items`, `prefixItems`, `enum`, `const`, `anyOf`, `oneOf`, `allOf`,
/// local `$ref`, limits of numbers, lengths and lists, and the common `format`s, but not `pattern`.
struct ValueSynthesis {
    /// The document that `$ref`s point into.
    let root: JSONObject
    let seed: UInt64
    /// Whether a field's name and description decide what its value looks like.
    var usesFieldNames = false
    /// Returns the text for a string field, given its path.
    let text: (String) -> String

    /// Limits of depth, which counts followed references, because only they make a schema recursive. Beyond the first,
    /// optional parts are left out, which ends any recursion that can end; beyond the second, values are null.
    private static let requiredOnlyDepth = 6
    private static let maximumDepth = 8
    /// The number of values after which all are null: a few references that each lead back to several others would
    /// unfold into millions.
    private static let maximumValues = 20_000

    func value() -> JSONValue {
        var remaining = Self.maximumValues
        return value(of: .object(root), at: "", depth: 0, &remaining)
    }

    private func value(of schema: JSONValue, at path: String, depth: Int, _ remaining: inout Int) -> JSONValue {
        remaining -= 1
        guard let schema = schema.object, depth <= Self.maximumDepth, remaining > 0 else { return .null }
        if let constant = schema["const"] { return constant }
        if let choices = schema["enum"]?.array, !choices.isEmpty { return choices[pick(path, choices.count)] }
        if let target = schema["$ref"]?.string.flatMap({ SchemaReference.resolve($0, in: root) }) {
            return value(of: target, at: path, depth: depth + 1, &remaining)
        }
        if let variants = schema["anyOf"]?.array ?? schema["oneOf"]?.array, !variants.isEmpty {
            return value(
                of: Self.preferred(variants, endingRecursion: depth > Self.requiredOnlyDepth), at: path, depth: depth,
                &remaining)
        }
        if let parts = schema["allOf"]?.array {
            return value(of: merged(schema, parts), at: path, depth: depth + 1, &remaining)
        }
        switch type(of: schema, depth: depth) {
        case "object": return object(schema, at: path, depth: depth, &remaining)
        case "array": return array(schema, at: path, depth: depth, &remaining)
        case "integer": return .number(JSONNumber(Int(number(schema, at: path, isInteger: true))))
        case "number": return .number(JSONNumber(number(schema, at: path, isInteger: false)))
        case "boolean": return .bool(pick(path, 2) == 0)
        case "null": return .null
        default: return .string(string(schema, at: path))
        }
    }

    private func pick(_ path: String, _ count: Int) -> Int { Int(StableHash.of(path, seed: seed) % UInt64(count)) }

    private func type(of schema: JSONObject, depth: Int) -> String {
        let named = schema["type"].map { $0.array ?? [$0] }?.compactMap(\.string) ?? []
        if depth > Self.requiredOnlyDepth, named.contains("null") { return "null" }
        if let type = named.first(where: { $0 != "null" }) ?? named.first { return type }
        if schema["properties"] != nil { return "object" }
        return schema["items"] == nil ? "string" : "array"
    }

    private static func preferred(_ variants: [JSONValue], endingRecursion: Bool) -> JSONValue {
        let isNull = { (variant: JSONValue) in variant["type"]?.string == "null" }
        let null = variants.first(where: isNull)
        let other = variants.first { !isNull($0) }
        return (endingRecursion ? null ?? other : other ?? null) ?? .null
    }

    /// Merges `parts` into one schema: members of objects, such as properties, are united; of other keywords the last
    /// one counts.
    private func merged(_ schema: JSONObject, _ parts: [JSONValue]) -> JSONValue {
        var result = schema
        result["allOf"] = nil
        for part in parts {
            let part = part["$ref"]?.string.flatMap { SchemaReference.resolve($0, in: root) } ?? part
            for member in part.object ?? [:] {
                if let old = result[member.key]?.object, let new = member.value.object {
                    var union = old
                    for member in new { union[member.key] = member.value }
                    result[member.key] = .object(union)
                } else {
                    result[member.key] = member.value
                }
            }
        }
        return .object(result)
    }

    private func object(_ schema: JSONObject, at path: String, depth: Int, _ remaining: inout Int) -> JSONValue {
        var properties = schema["properties"]?.object ?? [:]
        if depth > Self.requiredOnlyDepth {
            let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
            properties.members.removeAll { !required.contains($0.key) }
        }
        return .object(
            properties.mapValues { member in
                value(
                    of: member.value, at: path.isEmpty ? member.key : "\(path).\(member.key)", depth: depth, &remaining)
            })
    }

    private func array(_ schema: JSONObject, at path: String, depth: Int, _ remaining: inout Int) -> JSONValue {
        if let fixed = schema["prefixItems"]?.array {
            return .array(fixed.enumerated().map { value(of: $1, at: "\(path).\($0)", depth: depth, &remaining) })
        }
        let lowest = schema["minItems"]?.int ?? 0
        let highest = schema["maxItems"]?.int ?? .max
        let usual = depth > Self.requiredOnlyDepth ? 0 : 2
        let count = max(0, min(max(usual, lowest), max(lowest, highest), 1000))
        guard let items = schema["items"] else { return .array([]) }
        return .array((0..<count).map { value(of: items, at: "\(path).\($0)", depth: depth, &remaining) })
    }

    /// Returns what a field is about, as far as its name or its description tells.
    private func meaning(of schema: JSONObject, at path: String) -> FieldMeaning? {
        guard usesFieldNames else { return nil }
        // The elements of a list are called like the list.
        let name = path.parts(between: ".").last { Int($0) == nil } ?? ""
        return FieldMeaning(name: String(name), description: schema["description"]?.string ?? "")
    }

    private func number(_ schema: JSONObject, at path: String, isInteger: Bool) -> Double {
        let step: Double = isInteger ? 1 : 0.5
        let lowest = schema["minimum"]?.double ?? schema["exclusiveMinimum"]?.double.map { $0 + step }
        let highest = schema["maximum"]?.double ?? schema["exclusiveMaximum"]?.double.map { $0 - step }
        var value = Double(1 + pick(path, 1000)) + (isInteger ? 0 : 0.5)
        if let usual = meaning(of: schema, at: path)?.number(pick(path, 1 << 20)) {
            value = isInteger ? usual.rounded() : usual
        }
        if let factor = schema["multipleOf"]?.double, factor > 0 { value = (value / factor).rounded(.up) * factor }
        value = min(max(value, lowest ?? -.infinity), highest ?? .infinity)
        return isInteger && !(-9e15...9e15).contains(value) ? 0 : value
    }

    private func string(_ schema: JSONObject, at path: String) -> String {
        let choice = pick(path, 1 << 20)
        if let text = schema["format"]?.string.flatMap(FieldMeaning.init(format:))?.text(choice) { return text }
        let isFree = schema["pattern"] == nil && schema["format"] == nil
        var text = (isFree ? meaning(of: schema, at: path)?.text(choice) : nil) ?? text(path)
        if let limit = schema["maxLength"]?.int, text.unicodeScalars.count > limit {
            text = String(String.UnicodeScalarView(text.unicodeScalars.prefix(max(0, limit))))
        }
        guard let minimum = schema["minLength"]?.int else { return text }
        let missing = min(minimum, 10_000) - text.unicodeScalars.count
        return missing > 0 ? text + String(repeating: ".", count: missing) : text
    }
}
