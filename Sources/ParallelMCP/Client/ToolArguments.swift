package import ParallelJSON
import ParallelSystem

/// The error for an argument that does not fit the tool's schema. The message is one line that names the argument.
package struct InvalidArgument: Error, Sendable, Equatable {
    package let message: String

    package init(_ message: String) { self.message = message }
}

/// Makes the arguments of a tool from words of the command line.
package struct ToolArguments {
    /// One argument: text whose type the schema decides, or JSON.
    package enum Word: Sendable {
        case text(key: String, value: String)
        case json(key: String, value: JSONValue)
    }

    private let schema: JSONValue?
    private var object: JSONObject
    /// The lists that were made from texts; further texts are appended to them.
    private var growing: Set<ExactText> = []

    /// Returns `base` with `words` added in order; later ones replace earlier ones.
    ///
    /// A text becomes a value of the type in `schema`, or a string if the schema gives none. Several texts for a list
    /// become its elements.
    package static func object(
        base: JSONObject, words: [Word], schema: JSONValue?
    ) throws(InvalidArgument) -> JSONObject {
        var arguments = ToolArguments(schema: schema, object: base)
        for word in words {
            switch word {
            case .text(let key, let value): try arguments.put(value, at: key)
            case .json(let key, let value):
                arguments.growing.remove(ExactText(key))
                arguments.object[key] = value
            }
        }
        return arguments.object
    }

    private init(schema: JSONValue?, object: JSONObject) {
        self.schema = schema
        self.object = object
    }

    private mutating func put(_ text: String, at key: String) throws(InvalidArgument) {
        let parameter = Parameter(key, root: schema ?? .bool(true))
        if let value = parameter.value(of: text) {
            growing.remove(ExactText(key))
            object[key] = value
        } else if let element = try parameter.element(of: text) {
            let elements = growing.insert(ExactText(key)).inserted ? [] : object[key]?.array ?? []
            object[key] = .array(elements + [element])
        } else {
            throw parameter.refusal(of: text)
        }
    }
}

/// The description of one argument in a tool's schema.
private struct Parameter {
    /// The name of the argument in messages, with a verb, such as `'limit' is`.
    let name: String
    private let root: JSONValue
    private let parts: [JSONObject]
    /// The types that are allowed; empty if all are.
    private let types: [String]

    /// Reads the description of the property `key` of the object that `root` describes.
    init(_ key: String, root: JSONValue) {
        let property = Self.parts(of: root, in: root).lazy.compactMap { $0["properties"]?[key] }.first
        self.init(name: "'\(SchemaText.shortened(key))' is", schema: property ?? .bool(true), root: root)
    }

    private init(name: String, schema: JSONValue, root: JSONValue) {
        self.name = name
        self.root = root
        parts = Self.parts(of: schema, in: root)
        types = parts.flatMap(Self.types).reduce(into: []) { types, type in
            if !types.contains(type) { types.append(type) }
        }
    }

    /// Returns `schema` and the schemas that it refers to or combines. Their number is limited, as references can form
    /// a circle.
    private static func parts(of schema: JSONValue, in root: JSONValue) -> [JSONObject] {
        var parts: [JSONObject] = []
        var waiting = [schema][...]
        let most = 200
        var steps = 0
        while let next = waiting.popFirst(), parts.count < most, steps < 1_000_000 {
            guard let part = next.object else { continue }
            parts.append(part)
            if let target = part["$ref"]?.string.flatMap({ SchemaReference.resolve($0, in: root, steps: &steps) }) {
                waiting.append(target)
            }
            for keyword in ["allOf", "anyOf", "oneOf"] { waiting += (part[keyword]?.array ?? []).prefix(most) }
        }
        return parts
    }

    private static let knownTypes: Set<String> = ["string", "number", "integer", "boolean", "null", "array", "object"]

    private static func types(of schema: JSONObject) -> [String] {
        if let type = schema["type"] { return (type.array ?? [type]).compactMap(\.string).filter(knownTypes.contains) }
        return (schema["enum"]?.array ?? schema["const"].map { [$0] } ?? []).map(\.schemaType)
    }

    // MARK: - Reading

    /// Returns `text` as the whole value; nil if it has none of the types that are allowed.
    func value(of text: String) -> JSONValue? {
        // If a string is allowed, the text is one, whatever it looks like.
        if types.isEmpty || types.contains("string") { return .string(text) }
        guard let value = try? JSONValue.parse(text) else { return nil }
        let isTaken = types.contains { type in
            switch type {
            // The parser allows spaces around a value.
            case "number": value.number?.text == text
            case "integer": value.number?.text == text && value.number?.isWhole == true
            case "boolean": text == "true" || text == "false"
            case "null": text == "null"
            case "array": value.array != nil
            case "object": value.object != nil
            default: false
            }
        }
        // In `isTaken ? value : nil`, the `nil` would be JSON's null.
        guard isTaken else { return nil }
        return value
    }

    /// Returns `text` as an element of a list; nil if no list is allowed.
    func element(of text: String) throws(InvalidArgument) -> JSONValue? {
        guard types.contains("array") else { return nil }
        let items = parts.lazy.compactMap { $0["items"] }.first
        let element = Parameter(name: "an element of \(name)", schema: items ?? .bool(true), root: root)
        guard let value = element.value(of: text) else { throw element.refusal(of: text) }
        return value
    }

    func refusal(of text: String) -> InvalidArgument {
        let wanted = types.map(SchemaText.described).joined(separator: " or ")
        return InvalidArgument("\(name) \(wanted); '\(SchemaText.shortened(text))' is none")
    }
}
