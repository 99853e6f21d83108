import ParallelSystem

/// A reference to an environment variable in a registry file: `${NAME}` or `${NAME:-default}`.
package struct VariableReference: Sendable, Equatable {
    package enum Part: Sendable, Equatable {
        case literal(String)
        case reference(VariableReference)
    }

    /// Why a text can't be expanded: the variable is not set, or empty.
    package struct Unset: Error, Sendable, Equatable {
        package let variable: String
    }

    package let name: String
    package let fallback: String?

    /// What stands in its place: an empty variable counts as unset, as `:-` has it in a shell. Nil without a default.
    func value(in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
    }

    /// The reference as people may see it: a default may be a secret.
    var shownText: String { fallback == nil ? "${\(name)}" : "${\(name):-\(SecretMask.hidden)}" }

    /// Splits a text at its references; `${` without a valid name and a closing brace is literal.
    package static func parts(of text: String) -> [Part] {
        var parts: [Part] = []
        var literal = ""
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("${"), let (reference, length) = read(rest) {
                if !literal.isEmpty { parts.append(.literal(literal)) }
                literal = ""
                parts.append(.reference(reference))
                rest = rest.dropFirst(length)
            } else {
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        return parts
    }

    /// The references in a text, in the order they stand.
    package static func references(in text: String) -> [VariableReference] {
        parts(of: text).compactMap { part in
            if case .reference(let reference) = part { reference } else { nil }
        }
    }

    /// Whether a text has a `${` that begins no reference, or a reference within a default: neither is ever expanded, so
    /// it would be sent as it stands.
    package static func hasUnreadableReference(_ text: String) -> Bool {
        parts(of: text).contains { part in
            switch part {
            case .literal(let text): hasOpening(text)
            case .reference(let reference): reference.fallback.map(hasOpening) == true
            }
        }
    }

    private static func hasOpening(_ text: String) -> Bool {
        zip(text.utf8, text.utf8.dropFirst()).contains { $0 == (36, 123) }
    }

    /// Whether `name` can be an environment variable's name: ASCII letters, digits and `_`, no digit in front.
    package static func isValidName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !first.isASCIIDigit else { return false }
        return name.utf8.allSatisfy(isNameByte)
    }

    /// Replaces the references by the variables' values.
    package static func expand(_ text: String, _ environment: [String: String]) throws(Unset) -> String {
        var expanded = ""
        for part in parts(of: text) {
            switch part {
            case .literal(let text): expanded += text
            case .reference(let reference):
                guard let value = reference.value(in: environment) else { throw Unset(variable: reference.name) }
                expanded += value
            }
        }
        return expanded
    }

    private static func read(_ text: Substring) -> (VariableReference, length: Int)? {
        guard let end = text.firstIndex(of: "}") else { return nil }
        let body = text[text.index(text.startIndex, offsetBy: 2)..<end]
        let name = body.prefix { $0.utf8.allSatisfy(isNameByte) }
        guard isValidName(String(name)) else { return nil }
        let rest = body[name.endIndex...]
        guard rest.isEmpty || rest.hasPrefix(":-") else { return nil }
        let reference = VariableReference(name: String(name), fallback: rest.isEmpty ? nil : String(rest.dropFirst(2)))
        return (reference, text.distance(from: text.startIndex, to: end) + 1)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_")
    }
}
