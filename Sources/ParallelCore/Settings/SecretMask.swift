/// Shows texts that may hold secrets: references such as `${TOKEN}` stay readable, literal values are hidden.
package enum SecretMask {
    package static let hidden = "***"

    /// `bytes` with every occurrence of `secret` hidden.
    static func hiding(_ secret: [UInt8], in bytes: [UInt8]) -> [UInt8] {
        guard !secret.isEmpty else { return bytes }
        var shown: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            if rest.starts(with: secret) {
                shown += Array(hidden.utf8)
                rest = rest.dropFirst(secret.count)
            } else {
                shown.append(rest.removeFirst())
            }
        }
        return shown
    }

    /// Header fields whose literal values are nobody's secret.
    private static let openHeaders: Set<String> = ["accept", "accept-language", "content-type", "user-agent"]

    /// A header value of the registry: `Bearer ${TOKEN}` as it is, `Bearer sk-1` as `Bearer ***`.
    package static func headerValue(_ template: String, of name: String) -> String {
        if openHeaders.contains(name.lowercased()), VariableReference.references(in: template).isEmpty {
            return template
        }
        return text(template)
    }

    /// A text of which nothing is known: its references, and an authentication scheme in front of a value.
    package static func text(_ template: String) -> String {
        VariableReference.parts(of: template).map { part in
            switch part {
            case .reference(let reference): reference.shownText
            case .literal(let text): masked(literal: text)
            }
        }.joined()
    }

    /// A URL with user information, query values and fragment hidden, apart from references.
    package static func url(_ template: String) -> String {
        let pieces = URLPieces(template)
        return show(pieces.beforeAuthority) + hide(pieces.userInformation) + show(pieces.address)
            + pieces.query.map(maskedPair).joined() + hide(pieces.fragment)
    }

    /// Whether a header's template holds a literal text that must be taken for a secret.
    package static func hasLiteralSecret(_ template: String, inHeader name: String) -> Bool {
        headerValue(template, of: name) != template
    }

    /// Whether a URL's template holds a literal value in its query, or a literal password.
    package static func hasLiteralSecret(inURL template: String) -> Bool { url(template) != template }

    // MARK: - Header values

    static func isAuthenticationScheme(_ text: some StringProtocol) -> Bool {
        ["bearer ", "basic ", "token "].contains(text.lowercased())
    }

    private static func masked(literal text: String) -> String {
        // What stands between two references, such as a space or a colon, says nothing.
        if !text.contains(where: { $0.isLetter || $0.isNumber }) { return text }
        guard let space = text.firstIndex(of: " "), isAuthenticationScheme(text[...space]) else { return hidden }
        return text[...space] + (space == text.indices.last ? "" : hidden)
    }

    // MARK: - URLs

    /// A URL's template in characters and whole references, so that a default's `?` or `@` is not taken for the URL's.
    private enum Token {
        case character(Character)
        case reference(VariableReference)

        func `is`(_ characters: String) -> Bool {
            if case .character(let character) = self { characters.contains(character) } else { false }
        }
    }

    private struct URLPieces {
        var beforeAuthority: ArraySlice<Token> = []
        /// Up to and including the `@`.
        var userInformation: ArraySlice<Token> = []
        var address: ArraySlice<Token> = []
        /// Every pair with the `?` or `&` in front of it.
        var query: [ArraySlice<Token>] = []
        /// With its `#`.
        var fragment: ArraySlice<Token> = []

        init(_ template: String) {
            let tokens = VariableReference.parts(of: template).flatMap { part -> [Token] in
                switch part {
                case .literal(let text): text.map(Token.character)
                case .reference(let reference): [.reference(reference)]
                }
            }
            var rest = tokens[...]
            if let mark = rest.firstIndex(where: { $0.is("#") }) {
                fragment = rest[mark...]
                rest = rest[..<mark]
            }
            if let mark = rest.firstIndex(where: { $0.is("?") }) {
                var pairs = rest[mark...]
                while !pairs.isEmpty {
                    let end = pairs.dropFirst().firstIndex { $0.is("&") } ?? pairs.endIndex
                    query.append(pairs[..<end])
                    pairs = pairs[end...]
                }
                rest = rest[..<mark]
            }
            let start = rest.indices.first { $0 > 1 && rest[$0 - 1].is("/") && rest[$0 - 2].is("/") } ?? rest.startIndex
            beforeAuthority = rest[..<start]
            rest = rest[start...]
            let end = rest.firstIndex { $0.is("/") } ?? rest.endIndex
            let at = rest[..<end].lastIndex { $0.is("@") }.map { $0 + 1 } ?? start
            userInformation = rest[..<at]
            address = rest[at...]
        }
    }

    /// `?key=value` as `?key=***`; a pair without a name may be a secret as a whole.
    private static func maskedPair(_ pair: ArraySlice<Token>) -> String {
        guard let equals = pair.firstIndex(where: { $0.is("=") }) else { return hide(pair) }
        return show(pair[...equals]) + hide(pair[(equals + 1)...])
    }

    private static func show(_ tokens: ArraySlice<Token>) -> String {
        tokens.map { token in
            switch token {
            case .character(let character): String(character)
            case .reference(let reference): reference.shownText
            }
        }.joined()
    }

    /// Delimiters and references as they are, every run of other characters as one mask.
    private static func hide(_ tokens: ArraySlice<Token>) -> String {
        var shown = ""
        var isInRun = false
        for token in tokens {
            let isLiteral = if case .character = token { !token.is("?&#@:") } else { false }
            if !isLiteral { shown += show([token]) } else if !isInRun { shown += hidden }
            isInRun = isLiteral
        }
        return shown
    }
}
