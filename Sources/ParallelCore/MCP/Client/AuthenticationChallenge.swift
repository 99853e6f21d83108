/// What a `WWW-Authenticate` field asks for (RFC 9110 §11.6.1).
package struct AuthenticationChallenge: Sendable, Equatable {
    /// Such as `Bearer`.
    package let scheme: String
    /// Names in lower case.
    package let parameters: [String: String]

    /// Whether the server can be logged in to with OAuth (RFC 9728 §5.1).
    package var offersLogin: Bool { parameters["resource_metadata"] != nil }

    /// The first challenge for a bearer token, else the first one; nil where there is none that can be read.
    init?(_ field: String) {
        let challenges = Self.challenges(in: field)
        guard let chosen = challenges.first(where: { $0.scheme.lowercased() == "bearer" }) ?? challenges.first else {
            return nil
        }
        self = chosen
    }

    private init(scheme: String, parameters: [String: String]) {
        self.scheme = scheme
        self.parameters = parameters
    }

    /// Every scheme with the parameters behind it; commas stand between both.
    private static func challenges(in field: String) -> [AuthenticationChallenge] {
        var found: [(scheme: String, parameters: [String: String])] = []
        for item in items(of: field) {
            var rest = item[...]
            let equals = rest.firstIndex(of: "=")
            if let space = rest.firstIndex(of: " "), equals.map({ space < $0 }) ?? true {
                found.append((String(rest[..<space]), [:]))
                rest = rest[space...].drop { $0 == " " }
            } else if equals == nil {
                found.append((item, [:]))
                continue
            }
            guard let equals = rest.firstIndex(of: "="), !found.isEmpty else { continue }
            let name = rest[..<equals].lowercased()
            found[found.count - 1].parameters[name] = unquoted(rest[rest.index(after: equals)...])
        }
        return found.map { AuthenticationChallenge(scheme: $0.scheme, parameters: $0.parameters) }
    }

    /// What stands between the commas outside of quotes, without the blanks around it.
    private static func items(of field: String) -> [String] {
        var items: [String] = []
        var item = ""
        var isQuoted = false
        var isEscaped = false
        for character in field {
            if character == ",", !isQuoted {
                items.append(item)
                item = ""
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && isQuoted && !isEscaped
            if item.isEmpty, character == " " || character == "\t" { continue }
            item.append(character)
        }
        items.append(item)
        return items.compactMap { item in
            var trimmed = item
            while let last = trimmed.last, last == " " || last == "\t" { trimmed.removeLast() }
            return trimmed.isEmpty ? nil : trimmed
        }
    }

    private static func unquoted(_ text: Substring) -> String {
        guard text.first == "\"" else { return String(text) }
        var value = ""
        var isEscaped = false
        for character in text.dropFirst() {
            if isEscaped {
                value.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "\"" {
                break
            } else {
                value.append(character)
            }
        }
        return value
    }
}
