import ParallelHTTP
import ParallelSystem

/// Shows texts that may hold secrets: references such as `${TOKEN}` stay readable, literal values are hidden.
package enum SecretMask {
    package static let hidden = KnownSecrets.mask

    /// Header fields whose literal values are never secret.
    private static let openHeaders: Set<String> = ["accept", "accept-language", "content-type", "user-agent"]

    /// Returns a header value of the registry: `Bearer ${TOKEN}` as it is, `Bearer sk-1` as `Bearer ***`.
    package static func headerValue(_ template: String, of name: String) -> String {
        if openHeaders.contains(name.lowercased()), VariableReference.references(in: template).isEmpty {
            return template
        }
        return text(template)
    }

    /// Returns the name of a header field; what can't be one is hidden, as it may be a secret in the wrong place.
    package static func headerName(_ name: String) -> String { HTTPHeaders.isValidName(name) ? name : hidden }

    /// Returns a text of any kind with only its references shown, and the authentication scheme in front of a value.
    package static func text(_ template: String) -> String {
        VariableReference.parts(of: template).map { part in
            switch part {
            case .reference(let reference): reference.shownText
            case .literal(let text): masked(literal: text)
            }
        }.joined()
    }

    /// Returns a URL masked by `AddressMask`, in which a `?` or `@` in the default of a reference is not taken for the
    /// URL's own.
    ///
    /// - Parameters:
    ///   - isToType: whether it is part of a command to type, which needs the whole path.
    ///   - names: the names in the query whose values are no secrets.
    package static func url(
        _ template: String, toType isToType: Bool = false, showing names: Set<String> = []
    ) -> String {
        let parts = VariableReference.parts(of: template).map { part -> AddressMask.Part in
            switch part {
            case .reference(let reference): .reference(reference.shownText)
            case .literal(let text): .text(text)
            }
        }
        return AddressMask.masked(parts, showing: names, keepingPath: isToType)
    }

    /// Whether a header's template holds a literal text that may be a secret.
    package static func hasLiteralSecret(_ template: String, inHeader name: String) -> Bool {
        headerValue(template, of: name) != template
    }

    /// Whether a URL's template holds a literal value that its masked form hides. Values under `names` are no secrets.
    package static func hasLiteralSecret(inURL template: String, besides names: Set<String> = []) -> Bool {
        url(template, showing: names) != template
    }

    private static func masked(literal text: String) -> String {
        // Text between two references, such as a space or a colon, reveals nothing.
        if text.utf8.allSatisfy({ $0 < 0x80 && !$0.isASCIILetterOrDigit }) { return text }
        guard let space = text.utf8.firstIndex(of: UInt8(ascii: " ")) else { return hidden }
        let (word, rest) = text.halves(around: space)
        guard AuthenticationScheme(word) != nil else { return hidden }
        return word + " " + (rest.isEmpty ? "" : hidden)
    }
}
