package import ParallelSystem

/// The one rule for showing servers' URLs: it hides query values, user information, fragments, and path segments that
/// look like secrets.
///
/// It applies to servers that the program uses or passes on, and to URLs in messages of others; never to citations,
/// results, ids and commands to type. Text that is no URL is masked like one, because it may hold a password.
package enum AddressMask {
    /// Part of a URL: text, or a reference to a variable as people may see it.
    package enum Part: Sendable {
        case text(String)
        case reference(String)
    }

    /// Returns `address` with everything that may be secret masked.
    package static func masked(_ address: String) -> String { masked([.text(address)]) }

    /// Masks a URL template. References and the query values under `names` stay readable, and with `keepsPath` the
    /// whole path.
    package static func masked(
        _ parts: [Part], showing names: Set<String> = [], keepingPath keepsPath: Bool = false
    ) -> String {
        let tokens = parts.flatMap { part -> [Token] in
            switch part {
            case .text(let text): text.utf8.map(Token.byte)
            case .reference(let text): [.reference(text)]
            }
        }
        return String(decoding: masked(tokens[...], showing: names, keepingPath: keepsPath), as: UTF8.self)
    }

    /// Whether a text begins like the key of a well-known service, or like a token (RFC 7519), and is no mere word.
    package static func beginsLikeKey(_ text: String) -> Bool {
        beginningsOfKeys.contains { text.begins(with: $0) } && KnownSecrets.looksGenerated(text)
    }

    private static let beginningsOfKeys = [
        "sk-", "pplx-", "ghp_", "gho_", "github_pat_", "glpat-", "xox", "AKIA", "AIza", "eyJ", "hf_", "npm_", "whsec_",
    ]

    /// Whether a path segment looks like a secret, as in URLs of hosted MCP servers: what begins like a key, at least
    /// twenty characters with letters of both cases and digits, at least 32 hexadecimal digits, or a UUID.
    package static func looksLikeSecret(_ segment: some Collection<UInt8>) -> Bool {
        let bytes = PercentEncoding.decode(segment).bytes
        func has(_ range: ClosedRange<UInt8>) -> Bool { bytes.contains { range.contains($0) } }
        if beginsLikeKey(String(decoding: bytes, as: UTF8.self)) { return true }
        if bytes.count >= 20, has(0x30...0x39), has(0x41...0x5A), has(0x61...0x7A) { return true }
        if bytes.count >= 32, bytes.allSatisfy(\.isASCIIHexDigit) { return true }
        // A UUID (RFC 9562 §4).
        let groups = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        return groups.map(\.count) == [8, 4, 4, 4, 12] && groups.joined().allSatisfy(\.isASCIIHexDigit)
    }

    /// Returns the secret values of a URL that others could repeat elsewhere: its user information and what looks like
    /// a secret in path and query, both as written and decoded.
    package static func secrets(in address: String) -> [String] {
        let parts = URIReference(address)
        let authority = parts.authority ?? address
        var found: [[UInt8]] = []
        if let at = authority.utf8.lastIndex(of: UInt8(ascii: "@")) {
            let user = Array(authority.utf8[..<at])
            found = [user] + user.split(separator: UInt8(ascii: ":"), maxSplits: 1).dropFirst().map(Array.init)
        }
        let segments = parts.path.utf8.split(separator: UInt8(ascii: "/")).filter(looksLikeSecret)
        let values = (parts.query ?? "").utf8.split(separator: UInt8(ascii: "&")).map { pair in
            pair.firstIndex(of: UInt8(ascii: "=")).map { pair[pair.index(after: $0)...] } ?? pair
        }.filter { KnownSecrets.looksGenerated(String(decoding: $0, as: UTF8.self)) }
        found += (segments.map(Array.init) + values.map(Array.init)).prefix(maximumSecrets)
        return found.flatMap { [$0, PercentEncoding.decode($0).bytes] }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The maximum number of secrets taken from the path and query of a URL; no real URL has more.
    private static let maximumSecrets = 20

    // MARK: - One address

    private enum Token {
        case byte(UInt8)
        case reference(String)

        func `is`(_ characters: StaticString) -> Bool {
            guard case .byte(let byte) = self else { return false }
            return UnsafeBufferPointer(start: characters.utf8Start, count: characters.utf8CodeUnitCount).contains(byte)
        }

        /// Whether `test` holds for this byte; false for a reference, whose value is unknown.
        func isByte(_ test: (UInt8) -> Bool) -> Bool { if case .byte(let byte) = self { test(byte) } else { false } }

        var isReference: Bool { if case .reference = self { true } else { false } }
    }

    private static func masked(
        _ tokens: ArraySlice<Token>, showing names: Set<String> = [], keepingPath keepsPath: Bool = false
    ) -> [UInt8] {
        let start = endOfScheme(tokens)
        let hasScheme = start != nil
        var rest = tokens[(start ?? tokens.startIndex)...]
        var shown = show(tokens[..<rest.startIndex])
        if let end = endOfUserInformation(rest, hasScheme: hasScheme) {
            shown += hide(rest[..<end])
            rest = rest[end...]
        } else if hasScheme, let colon = colonOfInvalidPort(rest) {
            shown += show(rest[...colon])
            rest = rest[(colon + 1)...]
            let end = rest.firstIndex { $0.is("/?#") } ?? rest.endIndex
            shown += hide(rest[..<end])
            rest = rest[end...]
        }
        let fragment = rest[(rest.firstIndex { $0.is("#") } ?? rest.endIndex)...]
        rest = rest[..<fragment.startIndex]
        let query = rest[(rest.firstIndex { $0.is("?") } ?? rest.endIndex)...]
        rest = rest[..<query.startIndex]
        for (index, segment) in pieces(of: rest, at: "/").enumerated() {
            // The first piece of a URL is its host.
            shown += index == 0 && hasScheme || keepsPath ? show(segment) : masked(segment: segment)
        }
        for pair in pieces(of: query, at: "?&") { shown += masked(pair: pair, showing: names) }
        return shown + hide(fragment)
    }

    /// Returns where the authority begins (RFC 3986 §3); nil if this doesn't look like a URL. A variable may stand for
    /// its beginning.
    private static func endOfScheme(_ tokens: ArraySlice<Token>) -> Int? {
        let before = tokens.prefix { !$0.is("/") }
        let isScheme =
            before.isEmpty || before.last?.isReference == true
            || before.last?.is(":") == true
                && before.dropLast().allSatisfy { token in
                    token.isReference || token.isByte { $0.isASCIILetterOrDigit || "+-.".utf8.contains($0) }
                }
        let hasSlashes = tokens[before.endIndex...].prefix(2).count { $0.is("/") } == 2
        if isScheme, hasSlashes { return before.endIndex + 2 }
        return tokens.first?.isReference == true ? tokens.startIndex : nil
    }

    /// Returns the index after the `@` of the user information. In text that is no URL, a password may end anywhere, so
    /// the last `@` counts.
    private static func endOfUserInformation(_ rest: ArraySlice<Token>, hasScheme: Bool) -> Int? {
        let authority = rest.prefix { !$0.is("/?#") }
        let isSure = hasScheme && !authority.contains { $0.is("@") } && colonOfInvalidPort(rest) == nil
        return isSure ? nil : rest.lastIndex { $0.is("@") }.map { $0 + 1 }
    }

    /// Returns the first colon of the authority if what follows can't be a port but may be a password.
    private static func colonOfInvalidPort(_ rest: ArraySlice<Token>) -> Int? {
        let authority = rest.prefix { !$0.is("/?#") }
        guard authority.first?.is("[") != true, let colon = authority.firstIndex(where: { $0.is(":") }) else {
            return nil
        }
        let isPort = authority[(colon + 1)...].allSatisfy { $0.isReference || $0.isByte(\.isASCIIDigit) }
        return isPort ? nil : colon
    }

    /// Splits before every delimiter.
    private static func pieces(of tokens: ArraySlice<Token>, at delimiters: StaticString) -> [ArraySlice<Token>] {
        var pieces: [ArraySlice<Token>] = []
        var rest = tokens
        while !rest.isEmpty {
            let end = rest.dropFirst().firstIndex { $0.is(delimiters) } ?? rest.endIndex
            pieces.append(rest[..<end])
            rest = rest[end...]
        }
        return pieces
    }

    /// Masks a path segment, given with its leading slash, if it looks like a secret.
    private static func masked(segment: ArraySlice<Token>) -> [UInt8] {
        let text = segment.compactMap { if case .byte(let byte) = $0, byte != UInt8(ascii: "/") { byte } else { nil } }
        if let parameters = segment.firstIndex(where: { $0.is(";") }), segment.contains(where: { $0.is("=") }) {
            let pairs = pieces(of: segment[parameters...], at: ";")
            return masked(segment: segment[..<parameters]) + pairs.flatMap { masked(pair: $0, showing: []) }
        }
        guard looksLikeSecret(text) else { return show(segment) }
        return hide(segment, keeping: "/")
    }

    /// Returns `?key=***` for `?key=value`; hides a pair without a name as a whole, because all of it may be a secret.
    private static func masked(pair: ArraySlice<Token>, showing names: Set<String>) -> [UInt8] {
        guard let equals = pair.firstIndex(where: { $0.is("=") }) else { return hide(pair) }
        let name = show(pair[..<equals].dropFirst())
        if names.contains(String(decoding: name, as: UTF8.self)) { return show(pair) }
        return (looksLikeSecret(name) ? hide(pair[...equals], keeping: "?&=") : show(pair[...equals]))
            + hide(pair[(equals + 1)...])
    }

    private static func show(_ tokens: ArraySlice<Token>) -> [UInt8] {
        tokens.flatMap { token -> [UInt8] in
            switch token {
            case .byte(let byte): [byte]
            case .reference(let text): Array(text.utf8)
            }
        }
    }

    /// Returns delimiters and references unchanged, and one mask for every run of other bytes.
    private static func hide(_ tokens: ArraySlice<Token>, keeping delimiters: StaticString = "?&#@:") -> [UInt8] {
        var shown: [UInt8] = []
        var isInRun = false
        for token in tokens {
            let isHidden = !token.isReference && !token.is(delimiters)
            if !isHidden { shown += show([token]) } else if !isInRun { shown += Array(KnownSecrets.mask.utf8) }
            isInRun = isHidden
        }
        return shown
    }

    // MARK: - Text with addresses in it

    /// Masks the URLs in foreign text, and `user:password@`, queries and `Authorization: Bearer …` also outside of
    /// URLs.
    ///
    /// It is meant for messages, and cuts the text off after 16,000 scalars, more than any message shows.
    package static func maskingAddresses(in text: String) -> String {
        let text = text.shortened(to: 16_000)
        var shown: [UInt8] = []
        var rest = withoutEscapedSlashes(text)[...]
        var before = UInt8(ascii: " ")
        /// The word before, which may say that a secret follows.
        var name: [UInt8] = []
        while let first = rest.first {
            if isBetweenWords(first) {
                shown.append(first)
                before = first
                rest.removeFirst()
                continue
            }
            var word = rest.prefix { !isBetweenWords($0) }
            if beginningOfAddress(in: word) != nil || beginningOfQuery(in: word) != nil {
                // A query may hold what ends other words, such as JSON, so it goes on to the white space or, where the
                // word stands in quotes or brackets, to the end of these.
                let end: UInt8? =
                    switch before {
                    case UInt8(ascii: "\""), UInt8(ascii: "`"): before
                    case UInt8(ascii: "<"): UInt8(ascii: ">")
                    case UInt8(ascii: ">"): UInt8(ascii: "<")
                    default: nil
                    }
                word = rest.prefix { !isWhiteSpace($0) && $0 != end }
            }
            rest = rest[word.endIndex...]
            shown += isSecret(word, behind: name) ? Array(KnownSecrets.mask.utf8) : masked(word: word)
            if word.count == 1, ":=".utf8.contains(first) { name.append(first) } else { name = Array(word) }
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether a word is the value of a header field or setting with credentials, such as `Authorization: Bearer …`.
    private static func isSecret(_ word: ArraySlice<UInt8>, behind name: [UInt8]) -> Bool {
        let named = String(decoding: name, as: UTF8.self).asciiLowercased
        let isAnnounced =
            ["bearer", "basic"].contains(named)
            || ":=".utf8.contains(name.last ?? 0) && credentialNames.contains(String(named.dropLast()))
        return isAnnounced && KnownSecrets.looksGenerated(String(decoding: word, as: UTF8.self))
    }

    private static let credentialNames = [
        "authorization", "x-api-key", "api-key", "api_key", "apikey", "token", "access_token", "password", "secret",
    ]

    /// Returns the text with `/` for `\/`, as some write it in JSON, which may be quoted in a message.
    private static func withoutEscapedSlashes(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/") { while bytes.last == UInt8(ascii: "\\") { bytes.removeLast() } }
            bytes.append(byte)
        }
        return bytes
    }

    private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte <= 0x20 || byte == 0x7F }

    private static func isBetweenWords(_ byte: UInt8) -> Bool { isWhiteSpace(byte) || "\"<>`".utf8.contains(byte) }

    private static func masked(word: ArraySlice<UInt8>) -> [UInt8] {
        guard var begin = beginningOfAddress(in: word) else { return masked(plainWord: word) }
        var shown = Array(word[..<begin])
        let end = word[begin...].firstIndex { "?#".utf8.contains($0) } ?? word.endIndex
        while true {
            // A word may hold several URLs in a row; one in the query of another is hidden with the query.
            let authority = word[begin..<end].firstIndex(of: UInt8(ascii: "/")).map { $0 + 2 } ?? end
            let next = beginningOfAddress(in: word[authority..<end])
            let address = word[begin..<(next ?? word.endIndex)]
            let ending = endOfText(in: address)
            shown += masked(address[..<ending].map(Token.byte)[...]) + address[ending...]
            guard let next else { return shown }
            begin = next
        }
    }

    /// Returns where the first `scheme://` begins.
    private static func beginningOfAddress(in word: ArraySlice<UInt8>) -> Int? {
        var rest = word
        while let colon = rest.place(of: UInt8(ascii: ":")) {
            let scheme = word[rest.startIndex..<colon].reversed().prefix {
                $0.isASCIILetterOrDigit || "+-.".utf8.contains($0)
            }
            if word[colon...].starts(with: "://".utf8), !scheme.isEmpty { return colon - scheme.count }
            rest = rest[(colon + 1)...]
        }
        return nil
    }

    /// Returns where the query begins in a word without a URL: at a `?` behind a path, or a `?` or `&` with a `=`
    /// behind it, as in `host?key=value`; at `%3F`, the `?` of an encoded URL.
    private static func beginningOfQuery(in word: ArraySlice<UInt8>) -> Int? {
        var isPath = false
        var mark: Int?
        for (index, byte) in zip(word.indices, word) {
            switch byte {
            case UInt8(ascii: "/"): isPath = true
            case UInt8(ascii: "?") where isPath: return mark ?? index
            case UInt8(ascii: "?"), UInt8(ascii: "&"): mark = mark ?? index
            case UInt8(ascii: "="): if let mark { return mark }
            case UInt8(ascii: "%") where PercentEncoding.decode(word[index...].prefix(3)).bytes == [0x3F]:
                return mark ?? index
            default: break
            }
        }
        return nil
    }

    /// Masks a word without a URL: `user:password@host`, or a path or query alone, because servers repeat those of a
    /// request.
    private static func masked(plainWord word: ArraySlice<UInt8>) -> [UInt8] {
        var shown: [UInt8] = []
        var rest = word[..<endOfText(in: word)]
        if let at = rest.lastIndex(of: UInt8(ascii: "@")), let next = rest[(at + 1)...].first,
            next.isASCIILetterOrDigit || next == UInt8(ascii: "["),
            let colon = rest[..<at].firstIndex(of: UInt8(ascii: ":")), colon > rest.startIndex, colon + 1 < at,
            !rest.starts(with: "mailto:".utf8)
        {
            shown += Array("\(KnownSecrets.mask):\(KnownSecrets.mask)".utf8)
            rest = rest[at...]
        }
        if let equals = rest.firstIndex(of: UInt8(ascii: "=")),
            isSecret(rest[(equals + 1)...], behind: Array(rest[...equals]))
        {
            return shown + rest[...equals] + KnownSecrets.mask.utf8 + word[endOfText(in: word)...]
        }
        let query = rest[(beginningOfQuery(in: rest) ?? rest.endIndex)...]
        rest = rest[..<query.startIndex]
        if rest.contains(UInt8(ascii: "/")) {
            for segment in pieces(of: rest.map(Token.byte)[...], at: "/") { shown += masked(segment: segment) }
        } else {
            shown += rest
        }
        for pair in pieces(of: query.map(Token.byte)[...], at: "?&") { shown += masked(pair: pair, showing: []) }
        return shown + word[endOfText(in: word)...]
    }

    /// Returns where the punctuation after a URL or path begins.
    private static func endOfText(in word: ArraySlice<UInt8>) -> Int {
        word.endIndex - word.reversed().prefix { "'.,;:!)]}\">`".utf8.contains($0) }.count
    }
}

extension KnownSecrets {
    /// Returns a server's text for use in a message: known secrets and URLs masked, at most `limit` scalars.
    ///
    /// The one rule for the words of others: errors, warnings, logs, and what an MCP server tells of its progress. Only
    /// what is said of the web, such as results and the progress of research, keeps its URLs; there known secrets alone
    /// are masked (`shortened`).
    package func shownWords(of server: some Collection<UInt8>, limit: Int = 1_000) -> String {
        // URLs are recognised only while they are whole, so this first cut leaves more text than the last one.
        AddressMask.maskingAddresses(in: shortened(server, to: max(4 * limit, Self.messageLimit))).shortened(to: limit)
    }
}
