import ParallelJSON
import ParallelSystem

/// TypeScript types for a JSON Schema. What has no type there, such as a pattern, is left out; what can't be said
/// becomes `unknown`. Only references within the schema are followed.
struct TypeScriptTypes {
    private let root: JSONValue
    /// The name of the type for the schema itself.
    private let rootName: String
    /// The references that have a type of their own, in the order of their use, with its name.
    private var named: [(reference: String, name: String)] = []
    private var names: [ExactText: String] = [:]
    private var taken: Set<String> = []
    /// The amount of work on references, which a server could make endless.
    private var steps = 0
    private static let maximumSteps = 2_000_000

    /// Returns the declarations of the type `name` for `schema`, and of the types that it refers to.
    static func declarations(of schema: JSONValue, as name: String) -> String {
        var types = TypeScriptTypes(root: schema, rootName: name)
        var text = "export type \(name) = \(types.type(schema, 0, within: "#"));\n"
        var next = 0
        while next < types.named.count {
            let (reference, name) = types.named[next]
            next += 1
            guard let target = types.target(of: reference) else { continue }
            text += "\n\(TypeScriptText.comment(target["description"]?.string ?? ""))"
            text += "type \(name) = \(types.type(target, 0, within: reference));\n"
        }
        return text
    }

    private init(root: JSONValue, rootName: String) {
        self.root = root
        self.rootName = rootName
    }

    /// Returns the type of a schema.
    ///
    /// - Parameters:
    ///   - level: the indentation of the line that it begins on.
    ///   - alias: the reference whose type is being declared, if this schema is that type and not a part of it.
    private mutating func type(_ schema: JSONValue, _ level: Int, within alias: String?) -> String {
        guard let object = schema.object else { return schema == false ? "never" : "unknown" }
        var parts: [String] = []
        if let reference = object["$ref"]?.string { parts.append(name(of: reference, within: alias)) }
        if let value = object["const"] {
            parts.append(Self.literal(value))
        } else if let values = object["enum"]?.array {
            parts.append(Self.union(values.map(Self.literal)))
        }
        if parts.isEmpty || parts == ["unknown"] { parts.append(plainType(object, level)) }
        for key in ["anyOf", "oneOf"] {
            guard let variants = object[key]?.array, !variants.isEmpty else { continue }
            parts.append(Self.union(variants.map { type($0, level, within: alias) }))
        }
        for part in object["allOf"]?.array ?? [] { parts.append(type(part, level, within: alias)) }
        parts.removeAll { $0 == "unknown" }
        var text = parts.count > 1 ? parts.map { "(\($0))" }.joined(separator: " & ") : parts.first ?? "unknown"
        if object["nullable"]?.bool == true { text = Self.union([text, "null"]) }
        return text
    }

    /// Returns the type that the keyword `type` names, or that the other keywords speak of.
    private mutating func plainType(_ object: JSONObject, _ level: Int) -> String {
        var types = object["type"]?.array?.compactMap(\.string) ?? [object["type"]?.string].compactMap(\.self)
        if types.isEmpty, ["properties", "required", "additionalProperties"].contains(where: { object[$0] != nil }) {
            types = ["object"]
        }
        if types.isEmpty, object["items"] != nil || object["prefixItems"] != nil { types = ["array"] }
        var texts: [String] = []
        for type in types {
            switch type {
            case "string", "boolean", "null": texts.append(type)
            case "number", "integer": texts.append("number")
            case "array": texts.append(arrayType(object, level))
            case "object": texts.append(objectType(object, level))
            default: texts.append("unknown")
            }
        }
        return texts.isEmpty ? "unknown" : Self.union(texts)
    }

    private mutating func arrayType(_ object: JSONObject, _ level: Int) -> String {
        // Draft 7 has the list in `items`, and what follows in `additionalItems`.
        guard let first = object["prefixItems"]?.array ?? object["items"]?.array else {
            return "Array<\(object["items"].map { type($0, level, within: nil) } ?? "unknown")>"
        }
        let more = object["items"]?.array == nil ? object["items"] : object["additionalItems"]
        let rest = more == false ? [] : ["...Array<\(more.map { type($0, level, within: nil) } ?? "unknown")>"]
        // A schema's list may be shorter than its prefix.
        let least = object["minItems"]?.int ?? 0
        let elements = first.enumerated().map { index, element in
            "(\(type(element, level, within: nil)))\(index < least ? "" : "?")"
        }
        return "[\((elements + rest).joined(separator: ", "))]"
    }

    private mutating func objectType(_ object: JSONObject, _ level: Int) -> String {
        var seen: Set<ExactText> = []
        let properties = object["properties"]?.object ?? [:]
        let required = (object["required"]?.array ?? []).compactMap(\.string)
        let needed = Set(required.map(ExactText.init))
        let margin = String(repeating: "  ", count: level + 1)
        var lines = ""
        for name in properties.keys + required where seen.insert(ExactText(name)).inserted {
            let schema = properties[name] ?? true
            lines += TypeScriptText.comment(schema["description"]?.string ?? "", indentation: level + 1)
            let mark = needed.contains(ExactText(name)) ? "" : "?"
            lines += "\(margin)\(TypeScriptText.typeKey(name))\(mark): \(type(schema, level + 1, within: nil));\n"
        }
        let more = object["additionalProperties"]
        if object["patternProperties"] != nil || !seen.isEmpty && more != nil && more != false {
            // All other members would have to be of this type, too.
            lines += "\(margin)[key: string]: unknown;\n"
        } else if seen.isEmpty, more == false {
            return "Record<string, never>"
        } else if seen.isEmpty {
            lines += "\(margin)[key: string]: \(more.map { type($0, level + 1, within: nil) } ?? "unknown");\n"
        }
        return "{\n\(lines)\(String(repeating: "  ", count: level))}"
    }

    // MARK: - Parts

    private static func literal(_ value: JSONValue) -> String {
        switch value {
        case .string, .unpairedSurrogates: TypeScriptText.literal(value.string ?? "")
        case .number, .bool, .null: value.serialized()
        case .array, .object: "unknown"
        }
    }

    private static func union(_ types: [String]) -> String {
        if types.contains("unknown") { return "unknown" }
        var seen: Set<ExactText> = []
        let kept = types.filter { $0 != "never" && seen.insert(ExactText($0)).inserted }
        return kept.isEmpty ? "never" : kept.joined(separator: " | ")
    }

    // MARK: - References

    /// Returns the name of the type of a reference; `unknown` if it leads nowhere, or if the type would be defined by
    /// itself alone, which TypeScript refuses.
    private mutating func name(of reference: String, within alias: String?) -> String {
        guard target(of: reference) != nil else { return "unknown" }
        if let alias, reaches(alias, from: reference) { return "unknown" }
        if reference == "#" { return rootName }
        if let known = names[ExactText(reference)] { return known }
        let last = reference.parts(between: "/").last ?? ""
        let letters = last.utf8.map { $0.isASCIILetterOrDigit ? $0 : UInt8(ascii: "_") }
        let base = "\(rootName)_\(String(decoding: letters, as: UTF8.self))"
        let name = taken.contains(base) ? "\(base)__\(named.count)" : base
        taken.insert(name)
        names[ExactText(reference)] = name
        named.append((reference, name))
        return name
    }

    private mutating func target(of reference: String) -> JSONValue? {
        if steps > Self.maximumSteps { return nil }
        return SchemaReference.resolve(reference, in: root, steps: &steps)
    }

    /// Whether the type of `reference` is that of `alias`, or a union or intersection with it.
    private mutating func reaches(_ alias: String, from reference: String) -> Bool {
        var (rest, seen) = ([reference], Set<ExactText>())
        while let next = rest.popLast() {
            if next.isExactly(alias) { return true }
            guard seen.insert(ExactText(next)).inserted, let schema = target(of: next) else { continue }
            var schemas = [schema]
            while let schema = schemas.popLast() {
                steps += 1
                if steps > Self.maximumSteps { return true }
                if let reference = schema["$ref"]?.string { rest.append(reference) }
                for key in ["anyOf", "oneOf", "allOf"] { schemas += schema[key]?.array ?? [] }
            }
        }
        return false
    }
}
