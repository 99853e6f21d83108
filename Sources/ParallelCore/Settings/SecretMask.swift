/// Shows texts that may hold secrets: references such as `${TOKEN}` stay readable, literal values are hidden.
package enum SecretMask {
    package static let hidden = "***"

    /// Header fields whose literal values are nobody's secret.
    private static let openHeaders: Set<String> = ["accept", "accept-language", "content-type", "user-agent"]

    /// A header value of the registry: `Bearer ${TOKEN}` as it is, `Bearer sk-1` as `Bearer ***`.
    package static func headerValue(_ template: String, of name: String) -> String {
        if openHeaders.contains(name.lowercased()) { return template }
        var shown = ""
        for part in VariableReference.parts(of: template) {
            switch part {
            case .reference(let reference): shown += reference.shownText
            case .literal(let text): shown += isAuthenticationScheme(text) ? text : masked(literal: text)
            }
        }
        return shown
    }

    /// A URL with the values of its query hidden, apart from references.
    package static func url(_ template: String) -> String {
        guard let mark = template.firstIndex(of: "?") else { return template }
        let pairs = template[template.index(after: mark)...].split(separator: "&", omittingEmptySubsequences: false)
        let shown = pairs.map { pair -> String in
            guard let equals = pair.firstIndex(of: "=") else { return String(pair) }
            let value = VariableReference.parts(of: String(pair[pair.index(after: equals)...]))
            let text = value.map { part -> String in
                if case .reference(let reference) = part { reference.shownText } else { hidden }
            }
            return pair[...equals] + text.joined()
        }
        return template[...mark] + shown.joined(separator: "&")
    }

    /// Whether a header's template holds a literal text that must be taken for a secret.
    package static func hasLiteralSecret(_ template: String, inHeader name: String) -> Bool {
        headerValue(template, of: name) != template
    }

    /// Whether a URL's template holds a literal value in its query.
    package static func hasLiteralSecret(inURL template: String) -> Bool { url(template) != template }

    private static func isAuthenticationScheme(_ text: String) -> Bool {
        ["bearer ", "basic ", "token "].contains(text.lowercased())
    }

    private static func masked(literal text: String) -> String {
        if let space = text.firstIndex(of: " "), isAuthenticationScheme(String(text[...space])) {
            return text[...space] + hidden
        }
        return hidden
    }
}
