import ParallelJSON

/// A scalar of a JSON document, with its path as in the basis.
struct FieldRow: Equatable {
    /// Dotted: `key_executives.0.name`.
    let path: String
    let value: String

    /// Returns every scalar in document order; an array of scalars is one row.
    static func rows(of value: JSONValue) -> [FieldRow] {
        var rows: [FieldRow] = []
        append(value, at: "", to: &rows)
        return rows
    }

    private static func append(_ value: JSONValue, at path: String, to rows: inout [FieldRow]) {
        switch value {
        case .object(let object) where !object.isEmpty:
            for member in object {
                append(member.value, at: path.isEmpty ? member.key : "\(path).\(member.key)", to: &rows)
            }
        case .array(let elements) where elements.contains { $0.object != nil || $0.array != nil }:
            for (index, element) in elements.enumerated() {
                append(element, at: path.isEmpty ? "\(index)" : "\(path).\(index)", to: &rows)
            }
        case .array(let elements):
            rows.append(
                FieldRow(path: path.isEmpty ? "output" : path, value: elements.map(scalar).joined(separator: "; ")))
        default:
            rows.append(FieldRow(path: path.isEmpty ? "output" : path, value: scalar(value)))
        }
    }

    private static func scalar(_ value: JSONValue) -> String {
        switch value {
        case .null: ""
        case .object: "{}"
        default: value.string ?? value.serialized()
        }
    }
}
