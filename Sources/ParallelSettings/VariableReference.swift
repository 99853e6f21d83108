import ParallelSystem

/// A reference to an environment variable in a registry file: `${NAME}` or `${NAME:-default}`.
package struct VariableReference: Sendable, Hashable {
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

    /// Returns the variable's value, or the default if it is unset or empty, as `:-` means in a shell; nil without a
    /// default.
    package func value(in environment: [String: String]) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 } ?? fallback
    }

    /// The reference with its default hidden, which may be a secret.
    package var shownText: String { fallback == nil ? "${\(name)}" : "${\(name):-\(SecretMask.hidden)}" }

    /// Splits a text at its references; `${` without a valid name and a closing brace is literal.
    package static func parts(of text: String) -> [Part] {
        let bytes = Array(text.utf8)
        var parts: [Part] = []
        var literalStart = 0
        var position = 0
        // Nothing behind the last brace is a reference. Searching for a brace from each `${` would take quadratic time.
        let end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        while position < end {
            guard let (reference, next) = read(bytes, at: position) else {
                position += 1
                continue
            }
            if literalStart < position { parts.append(.literal(string(bytes[literalStart..<position]))) }
            parts.append(.reference(reference))
            (literalStart, position) = (next, next)
        }
        if literalStart < bytes.count { parts.append(.literal(string(bytes[literalStart...]))) }
        return parts
    }

    /// Returns the references in a text, in their order.
    package static func references(in text: String) -> [VariableReference] {
        parts(of: text).compactMap { part in
            if case .reference(let reference) = part { reference } else { nil }
        }
    }

    /// Whether a text has a `${` that begins no reference, or a reference within a default: neither is ever expanded,
    /// so it would be sent as it stands.
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

    /// Returns `text` with `${env:NAME}`, as VS Code, Cursor and others write a reference, as `${NAME}`.
    package static func translated(_ text: String) -> String {
        let mark = Array("${env:".utf8)
        let bytes = Array(text.utf8)
        guard bytes.contains(mark[0]) else { return text }
        var result: [UInt8] = []
        var position = 0
        while position < bytes.count {
            if bytes[position] == mark[0], bytes[position...].starts(with: mark) {
                let rest = bytes[(position + mark.count)...]
                let name = rest.prefix(while: isNameByte)
                let end = rest.dropFirst(name.count)
                if isValidName(string(name)), end.first == UInt8(ascii: "}") || end.starts(with: ":-".utf8) {
                    result += mark[..<2]
                    position += mark.count
                    continue
                }
            }
            result.append(bytes[position])
            position += 1
        }
        return string(result[...])
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

    /// Returns the reference that begins at `start`, and where it ends; nil if none begins there.
    private static func read(_ bytes: [UInt8], at start: Int) -> (VariableReference, end: Int)? {
        guard bytes[start...].starts(with: "${".utf8) else { return nil }
        let body = bytes[(start + 2)...]
        let name = string(body.prefix(while: isNameByte))
        let rest = body.dropFirst(name.utf8.count)
        guard isValidName(name) else { return nil }
        if rest.first == UInt8(ascii: "}") {
            return (VariableReference(name: name, fallback: nil), rest.startIndex + 1)
        }
        // The brace is searched for last, so that no text is searched twice.
        guard rest.starts(with: ":-".utf8), let end = rest.place(of: UInt8(ascii: "}")) else { return nil }
        return (VariableReference(name: name, fallback: string(rest[..<end].dropFirst(2))), end + 1)
    }

    private static func string(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetterOrDigit || byte == UInt8(ascii: "_")
    }
}
