import ParallelSystem

/// A place in a JSON value, written `/results/0/url` (RFC 6901).
package struct JSONPointer: Sendable {
    package let text: String
    private let steps: [String]

    /// Returns nil if `text` neither is empty nor begins with `/`, or has a `~` without a 0 or 1 behind it.
    package init?(_ text: String) {
        guard text.isEmpty || text.begins(with: "/") else { return nil }
        let escapes = text.parts(between: "~").dropFirst()
        guard escapes.allSatisfy({ $0.begins(with: "0") || $0.begins(with: "1") }) else { return nil }
        self.text = text
        steps = Self.steps(of: text)
    }

    /// Returns the members and elements that `pointer` goes through; an escape that isn't one stays as it is.
    static func steps(of pointer: String) -> [String] {
        pointer.parts(between: "/").dropFirst().map { step in
            let parts = step.parts(between: "~")
            return parts.dropFirst().reduce(into: String(parts.first ?? "")) { text, part in
                switch part.utf8.first {
                case UInt8(ascii: "1"): text += "/\(part.dropping(bytes: 1))"
                case UInt8(ascii: "0"): text += "~\(part.dropping(bytes: 1))"
                default: text += "~\(part)"
                }
            }
        }
    }

    /// What a pointer leads to.
    package enum Outcome: Sendable {
        case value(JSONValue)
        /// `value`, at the place that `pointer` says, has no `step`.
        case missing(step: String, in: JSONValue, at: String)
    }

    package func resolve(in root: JSONValue) -> Outcome {
        var (value, place) = (root, "")
        for (step, written) in zip(steps, text.parts(between: "/").dropFirst()) {
            guard let next = value.element(at: step) else { return .missing(step: step, in: value, at: place) }
            (value, place) = (next, "\(place)/\(written)")
        }
        return .value(value)
    }

    /// Returns the name of a member as a step of a pointer, after the slash.
    package static func escaped(_ name: String) -> String {
        let withTildes = name.parts(between: "~").joined(separator: "~0")
        return withTildes.parts(between: "/").joined(separator: "~1")
    }
}

extension JSONValue {
    /// The member or element that a step of a pointer names; the index of an element has no sign and no leading zero.
    func element(at step: String) -> JSONValue? {
        guard let array else { return self[step] }
        guard step.utf8.allSatisfy(\.isASCIIDigit), step == "0" || !step.begins(with: "0"), let index = Int(step),
            array.indices.contains(index)
        else { return nil }
        return array[index]
    }
}
