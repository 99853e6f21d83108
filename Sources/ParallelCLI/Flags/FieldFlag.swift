import ParallelJSON
import ParallelSystem

/// The value of `--field NAME[:TYPE]=DESCRIPTION`: a property of the output schema, without writing JSON.
package struct FieldFlag: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case string, number, integer, boolean
        case strings = "string[]"

        var schema: JSONObject {
            switch self {
            case .strings: ["type": "array", "items": ["type": "string"]]
            default: ["type": .string(rawValue)]
            }
        }
    }

    package let name: String
    package let kind: Kind
    package let description: String

    /// Parses `NAME=DESCRIPTION` or `NAME:TYPE=DESCRIPTION`.
    package init(_ text: String) throws(InvalidValue) {
        guard let equals = text.place(of: "=") else {
            throw InvalidValue("'\(text)' has no '='; write NAME=DESCRIPTION or NAME:TYPE=DESCRIPTION")
        }
        let (left, right) = text.halves(around: equals)
        description = String(right)
        if let colon = left.lastPlace(of: ":") {
            let type = String(left.halves(around: colon).1)
            guard let kind = Kind(rawValue: type) else {
                throw InvalidValue(
                    "'\(type)' is no type; the types are \(Kind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            self.kind = kind
            name = String(left[..<colon])
        } else {
            kind = .string
            name = String(left)
        }
        if name.isEmpty { throw InvalidValue("'\(text)' has no name in front of '='") }
        if description.isBlank {
            throw InvalidValue("'\(name)' has no description; it tells the processor what to find")
        }
    }

    /// Returns the schema of an object with these fields in this order, all required and no others allowed.
    static func schema(of fields: [FieldFlag]) -> JSONValue {
        let properties = fields.map { field in
            var schema = field.kind.schema
            schema["description"] = .string(field.description)
            return (field.name, JSONValue.object(schema))
        }
        return [
            "type": "object", "properties": .object(JSONObject(properties)),
            "required": .array(fields.map { .string($0.name) }), "additionalProperties": false,
        ]
    }
}
