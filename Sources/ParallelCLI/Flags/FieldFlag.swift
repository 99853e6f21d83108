import ParallelJSON
import ParallelSystem

/// The value of `--field NAME[:TYPE]=DESCRIPTION`: a property of the output schema, without writing JSON.
package struct FieldFlag: Sendable, Equatable {
    /// The type of a field, as in `number`, `string[]` or `seed|series a`.
    package struct Kind: Sendable, Equatable {
        /// The name of the type in JSON Schema.
        private(set) var type = "string"
        /// The only values allowed; empty if all are.
        private(set) var choices: [String] = []
        private(set) var isList = false

        static let string = Kind()
        /// The names of the types, each with its name in JSON Schema.
        private static let types = [
            ("string", "string"), ("number", "number"), ("integer", "integer"), ("boolean", "boolean"),
            ("int", "integer"), ("bool", "boolean"),
        ]

        private init() {}

        init(_ text: String) throws(InvalidValue) {
            isList = text.ends(with: "[]")
            let name = isList ? String(Substring(text.utf8.dropLast(2))) : text
            if name.utf8.contains(UInt8(ascii: "|")) {
                try choose(name.parts(between: "|").map { String($0.trimmed) }, in: text)
                // In a schema, such words would name types.
                if let word = choices.first(where: { $0 == "null" || Self.types.map(\.0).contains($0) }) {
                    throw InvalidValue(
                        "'\(text)': choices are words to choose from, and '\(word)' is a type; a field has one type, as "
                            + "in NAME:number=DESCRIPTION; for several types, give a schema with --output-schema")
                }
            } else if let known = Self.types.first(where: { $0.0.isExactly(name) }) {
                type = known.1
            } else {
                let near = Suggestions.nearest(to: name, among: Self.types.map(\.0)).map { ", did you mean '\($0)'" }
                throw InvalidValue(
                    "'\(text)' is no type\(near ?? ""); the types are string, number, integer, boolean, string[] or "
                        + "another list, and choices such as a|b|c")
            }
        }

        init(choices: [String]) throws(InvalidValue) { try choose(choices, in: "enum") }

        private mutating func choose(_ choices: [String], in text: String) throws(InvalidValue) {
            self.choices = choices
            if choices.contains("") { throw InvalidValue("'\(text)' has an empty choice") }
            if Set(choices.map(ExactText.init)).count < choices.count {
                throw InvalidValue("'\(text)' has the same choice twice")
            }
        }

        var schema: JSONObject {
            var one: JSONObject = ["type": .string(type)]
            if !choices.isEmpty { one["enum"] = .array(choices.map(JSONValue.string)) }
            return isList ? ["type": "array", "items": .object(one)] : one
        }
    }

    /// The list of objects whose members have this field, as in `people[].name`; nil for a field of the output itself.
    package private(set) var list: String?
    package let name: String
    package let kind: Kind
    package let description: String

    /// Parses `NAME=DESCRIPTION` or `NAME:TYPE=DESCRIPTION`.
    package init(_ text: String) throws(InvalidValue) {
        guard let equals = text.place(of: "=") else {
            throw InvalidValue("'\(text)' has no '='; write NAME=DESCRIPTION or NAME:TYPE=DESCRIPTION")
        }
        let (left, right) = text.halves(around: equals)
        if let colon = left.lastPlace(of: ":") {
            let kind = try Kind(String(left.halves(around: colon).1))
            try self.init(left[..<colon], kind, description: String(right))
        } else {
            try self.init(left, .string, description: String(right))
        }
    }

    /// - Parameter path: the name, or `LIST[].NAME`.
    init(_ path: Substring, _ kind: Kind, description: String) throws(InvalidValue) {
        self.kind = kind
        self.description = description
        let bracket = path.utf8.indices.first { path[$0...].begins(with: "[].") }
        list = bracket.map { String(path[..<$0]) }
        name = String(bracket.map { path[$0...].dropping(bytes: 3) } ?? path)
        if path.isBlank { throw InvalidValue("there is no name in front of '='") }
        if name.isBlank || list?.isBlank == true { throw InvalidValue("'\(path)' has no name on one side of '[].'") }
        if name.ends(with: "[]") || list != nil && name.utf8.contains(UInt8(ascii: "[")) {
            throw InvalidValue(
                "'\(path)': a list of texts is written NAME:string[]=DESCRIPTION, and one of objects LIST[].NAME=DESCRIPTION "
                    + "for each member; lists can't be in lists")
        }
        if description.isBlank {
            throw InvalidValue("'\(path)' has no description; it tells the processor what to find")
        }
    }

    /// The name with that of the list: `people[].name`.
    var path: String { (list.map { "\($0)[]." } ?? "") + name }

    /// Returns why there can't be all of these fields; nil if there can.
    static func conflict(in fields: [FieldFlag]) -> String? {
        var paths: Set<ExactText> = []
        let lists = Set(fields.compactMap { $0.list.map(ExactText.init) })
        for field in fields {
            if !paths.insert(ExactText(field.path)).inserted { return "'\(field.path)' is given twice" }
            if field.list == nil, lists.contains(ExactText(field.name)) {
                return "'\(field.name)' can't be both a field and a list of objects"
            }
        }
        return nil
    }

    /// Returns the schema of an object with these fields in this order, all required and no others allowed.
    static func schema(of fields: [FieldFlag]) -> JSONValue {
        var properties = JSONObject()
        for field in fields {
            guard let list = field.list else {
                var schema = field.kind.schema
                schema["description"] = .string(field.description)
                properties[field.name] = .object(schema)
                continue
            }
            if properties[list] != nil { continue }
            var members = fields.filter { $0.list?.isExactly(list) == true }
            for index in members.indices { members[index].list = nil }
            properties[list] = ["type": "array", "items": schema(of: members)]
        }
        return [
            "type": "object", "properties": .object(properties),
            "required": .array(properties.keys.map(JSONValue.string)), "additionalProperties": false,
        ]
    }
}
