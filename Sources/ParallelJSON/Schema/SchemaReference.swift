import ParallelSystem

/// Local references of JSON Schema: `#` and a JSON Pointer (RFC 6901 §6). Other references are never followed.
package enum SchemaReference {
    /// Returns the schema that `reference` names within `root`; nil if it is not local or leads nowhere.
    ///
    /// - Parameter steps: grows by the amount of work.
    package static func resolve(_ reference: String, in root: JSONValue, steps: inout Int) -> JSONValue? {
        steps += reference.utf8.count
        guard reference.begins(with: "#"), let pointer = percentDecoded(reference.dropping(bytes: 1)) else {
            return nil
        }
        // A name without a slash is an anchor, not a pointer.
        guard pointer.isEmpty || pointer.begins(with: "/") else { return nil }
        var place: JSONValue? = root
        for step in JSONPointer.steps(of: pointer) {
            guard let value = place else { return nil }
            steps += value.object?.count ?? 1
            place = value.element(at: step)
        }
        return place
    }

    /// Returns a URI fragment decoded; nil if it is malformed or not UTF-8.
    private static func percentDecoded(_ text: Substring) -> String? {
        let decoded = PercentEncoding.decode(text.utf8)
        return decoded.isWellFormed ? String(validating: decoded.bytes, as: UTF8.self) : nil
    }
}
