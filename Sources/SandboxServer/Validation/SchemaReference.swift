import ParallelJSON
import ParallelSystem

/// Local references of JSON Schema: `#` and a JSON Pointer (RFC 6901).
enum SchemaReference {
    /// Returns the schema that `reference` names within `root`; nil if it is not local or leads nowhere.
    static func resolve(_ reference: String, in root: JSONObject) -> JSONValue? {
        guard reference.begins(with: "#") else { return nil }
        let steps = reference.dropping(bytes: 1).parts(between: "/").filter { !$0.isEmpty }.map {
            unescaped(String($0))
        }
        return steps.reduce(JSONValue.object(root)) { value, step in
            value?[step] ?? Int(step).flatMap { value?[$0] }
        }
    }

    private static func unescaped(_ step: String) -> String {
        step.parts(between: "~").enumerated().map { index, part in
            guard index > 0 else { return String(part) }
            return part.begins(with: "1")
                ? "/" + part.dropping(bytes: 1) : part.begins(with: "0") ? "~" + part.dropping(bytes: 1) : "~" + part
        }.joined()
    }
}
