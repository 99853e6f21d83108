/// The secrets that the program knows, and texts without them.
///
/// Whoever learns a secret adds it: the API key, header values of MCP servers, what variables stand for. What is
/// written for people is masked by this list at the mouth (`Streams`), whoever repeats the secret there. A secret of
/// eight bytes or more is hidden wherever it stands, one of four to seven only as a whole word, a shorter one never: it
/// would hide words that mean nothing.
///
/// Matching is by bytes (Knuth, Morris and Pratt), in time that grows with the text and not with what stands in it.
package final class KnownSecrets: Sendable {
    /// Replaces a secret in what people see.
    package static let mask = "***"
    /// The most bytes of a message that are shown, where nothing says otherwise.
    package static let messageLimit = 4_000

    private static let shortestAnywhere = 8
    private static let shortestWord = 4

    private struct State {
        var patterns: [Pattern] = []
        var forms: Set<[UInt8]> = []
    }

    private let state = Lock(State())
    private var patterns: [Pattern] { state.withLock { $0.patterns } }

    package init() {}

    /// Whether a text of which nothing else is known is rather a secret than a word: eight bytes or more, with a digit
    /// and a letter.
    package static func looksGenerated(_ text: String) -> Bool {
        text.utf8.count >= shortestAnywhere && text.utf8.contains(where: \.isASCIIDigit)
            && text.utf8.contains { $0.isASCIILetterOrDigit && !$0.isASCIIDigit }
    }

    /// Hides `secret` from now on, also as a URL, JSON, HTML, Base64 or a scheme of authentication writes it:
    /// percent-encoded, with escapes, behind `Bearer ` and the like, and the password within the Base64 of `Basic` (RFC
    /// 7617).
    package func hide(_ secret: String) {
        for form in SecretForms.all(of: Array(secret.utf8)) where form.count >= Self.shortestWord {
            state.withLock { state in
                guard state.forms.insert(form).inserted else { return }
                state.patterns.append(Pattern(form, isWord: form.count < Self.shortestAnywhere))
            }
        }
    }

    /// `text` with every secret masked.
    package func masked(_ text: String) -> String {
        let patterns = patterns
        guard !patterns.isEmpty else { return text }
        let bytes = Array(text.utf8)
        return Self.masked(bytes, patterns).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// The beginning of a message that somebody else may have made very long, with every secret masked: at most `limit`
    /// bytes, and `…` where there was more.
    ///
    /// Only so much of it is looked at as is needed. No beginning of a secret is left where the text is cut.
    package func shortened(_ text: some Collection<UInt8>, to limit: Int = messageLimit) -> String {
        let patterns = patterns
        let longest = patterns.reduce(0) { max($0, $1.bytes.count) }
        var head = Array(text.prefix(limit + longest))
        var isCut = head.count < text.count
        if isCut { head.removeLast(patterns.reduce(0) { max($0, $1.lengthBegun(atEndOf: head)) }) }
        var shown = Self.masked(head, patterns) ?? head
        if shown.count > limit {
            shown.removeSubrange(limit...)
            isCut = true
        }
        // Half a character would be shown as another.
        if isCut { Self.dropBrokenCharacter(&shown) }
        return String(decoding: shown, as: UTF8.self) + (isCut ? "…" : "")
    }

    /// Shortens and masks `text` like the bytes above.
    package func shortened(_ text: String, to limit: Int = messageLimit) -> String { shortened(text.utf8, to: limit) }

    /// Nil where there is nothing to mask.
    private static func masked(_ bytes: [UInt8], _ patterns: [Pattern]) -> [UInt8]? {
        let places = patterns.flatMap { $0.places(in: bytes) }.sorted { $0.lowerBound < $1.lowerBound }
        guard !places.isEmpty else { return nil }
        var shown: [UInt8] = []
        var end = 0
        for place in places {
            // One that begins within another is hidden with it.
            if place.lowerBound >= end {
                shown += bytes[end..<place.lowerBound]
                shown += Array(mask.utf8)
            }
            end = max(end, place.upperBound)
        }
        return shown + bytes[end...]
    }

    private static func dropBrokenCharacter(_ bytes: inout [UInt8]) {
        var count = 0
        while let last = bytes.dropLast(count).last, last & 0xC0 == 0x80, count < 3 { count += 1 }
        guard let first = bytes.dropLast(count).last, first >= 0xC0 else { return }
        let length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        if count + 1 < length { bytes.removeLast(count + 1) }
    }
}

/// One form of a secret, with the table by which it is found.
private struct Pattern: Sendable {
    let bytes: [UInt8]
    /// Whether it counts only where no letter or digit stands beside it.
    let isWord: Bool
    /// For each beginning of `bytes` the length of its longest end that is a beginning too, and shorter.
    private let borders: [Int]

    init(_ bytes: [UInt8], isWord: Bool) {
        self.bytes = bytes
        self.isWord = isWord
        var borders = [0]
        var length = 0
        for byte in bytes.dropFirst() {
            while length > 0, bytes[length] != byte { length = borders[length - 1] }
            if bytes[length] == byte { length += 1 }
            borders.append(length)
        }
        self.borders = borders
    }

    /// Where it stands in `text`, and where its beginning stands in front of the `…` of a text that was cut; places may
    /// overlap.
    func places(in text: [UInt8]) -> [Range<Int>] {
        var places: [Range<Int>] = []
        scan(text) { place in
            if place.count < bytes.count || !isWord || isWholeWord(place, in: text) { places.append(place) }
        }
        return places
    }

    private static let ellipsis = Array("…".utf8)
    /// Less of a secret tells nothing.
    private static let shortestBeginning = 4

    /// How many bytes at the end of `text` can be the beginning of this.
    func lengthBegun(atEndOf text: [UInt8]) -> Int { scan(Array(text.suffix(bytes.count))) { _ in } }

    /// Calls `found` with every place; gives how far one has come at the end of the text.
    @discardableResult
    private func scan(_ text: [UInt8], found: (Range<Int>) -> Void) -> Int {
        var length = 0
        var index = 0
        while index < text.count {
            if length == 0 {
                guard let next = text[index...].place(of: bytes[0]) else { return 0 }
                index = next
            }
            let byte = text[index]
            if byte == Self.ellipsis[0], length >= Self.shortestBeginning,
                text[index...].starts(with: Self.ellipsis)
            {
                found((index - length)..<index)
            }
            while length > 0, bytes[length] != byte { length = borders[length - 1] }
            if bytes[length] == byte { length += 1 }
            index += 1
            if length == bytes.count {
                found((index - bytes.count)..<index)
                length = borders[length - 1]
            }
        }
        return length
    }

    private func isWholeWord(_ place: Range<Int>, in text: [UInt8]) -> Bool {
        func isInWord(_ scalar: Unicode.Scalar?) -> Bool {
            guard let properties = scalar?.properties else { return false }
            return properties.isAlphabetic || properties.numericType != nil || scalar == "_"
        }
        // A scalar has four bytes at most; one that is cut off here is not the one that is looked at.
        let before = String(decoding: text[..<place.lowerBound].suffix(4), as: UTF8.self).unicodeScalars.last
        let after = String(decoding: text[place.upperBound...].prefix(4), as: UTF8.self).unicodeScalars.first
        return !isInWord(before) && !isInWord(after)
    }
}

/// The ways in which others repeat a secret.
private enum SecretForms {
    static func all(of secret: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for text in texts(of: trimmed(secret[...])) {
            let written =
                percentForms(of: text) + jsonForms(of: text) + htmlForms(of: text) + base64Forms(of: text) + [
                    text,
                    // As the host of an address is written.
                    Array(String(decoding: text, as: UTF8.self).asciiLowercased.utf8),
                ]
            for form in written where !forms.contains(form) { forms.append(form) }
        }
        return forms
    }

    /// The secret itself; behind a scheme of authentication what follows, as the scheme is none.
    private static func texts(of secret: [UInt8]) -> [[UInt8]] {
        let scheme = String(decoding: secret.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self).lowercased()
        guard ["bearer", "basic", "token"].contains(scheme) else { return [secret] }
        let token = trimmed(secret[scheme.utf8.count...])
        guard scheme == "basic", let pair = Base64.decode(String(decoding: token, as: UTF8.self)) else {
            return [token]
        }
        let password = pair.firstIndex(of: UInt8(ascii: ":")).map { Array(pair[($0 + 1)...]) }
        return [token, pair] + [password].compactMap(\.self)
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        func isSpace(_ byte: UInt8) -> Bool { [0x09, 0x0A, 0x0D, 0x20].contains(byte) }
        var rest = bytes.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return Array(rest)
    }

    /// What is kept in a value of a query, in a path, and by JavaScript's `encodeURI`; in both cases of the digits, and
    /// with `+` for a space as forms have it.
    private static func percentForms(of bytes: [UInt8]) -> [[UInt8]] {
        ["-._~", "-._~/", "-._~/;,?:@&=+$!*'()#"].flatMap { kept in
            ["0123456789ABCDEF", "0123456789abcdef"].flatMap { digits in
                ["%20", "+"].map { space in
                    bytes.flatMap { byte in
                        if byte.isASCIILetterOrDigit || kept.utf8.contains(byte) { return [byte] }
                        if byte == UInt8(ascii: " ") { return Array(space.utf8) }
                        let digits = Array(digits.utf8)
                        return [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
                    }
                }
            }
        }
    }

    /// What JavaScript, Python, PHP and Go escape in strings.
    private static func jsonForms(of bytes: [UInt8]) -> [[UInt8]] {
        [
            inJSON(bytes), inJSON(bytes, onlyASCII: true), inJSON(bytes, escaping: "/", onlyASCII: true),
            inJSON(bytes, escaping: "<>&"),
        ]
    }

    /// As pages of an error show it: with a quotation mark as text or in an attribute, and with the names of an
    /// apostrophe that are in use.
    private static func htmlForms(of bytes: [UInt8]) -> [[UInt8]] {
        [
            ("\"", "'"), ("&quot;", "'"), ("&#34;", "&#39;"), ("&quot;", "&#39;"), ("&quot;", "&#x27;"),
            ("&quot;", "&#039;"), ("&quot;", "&apos;"),
        ].map { quotationMark, apostrophe in
            bytes.flatMap { byte -> [UInt8] in
                switch byte {
                case UInt8(ascii: "&"): Array("&amp;".utf8)
                case UInt8(ascii: "<"): Array("&lt;".utf8)
                case UInt8(ascii: ">"): Array("&gt;".utf8)
                case UInt8(ascii: "\""): Array(quotationMark.utf8)
                case UInt8(ascii: "'"): Array(apostrophe.utf8)
                default: [byte]
                }
            }
        }
    }

    /// In both alphabets, as far as every Base64 of it goes: with and without padding.
    private static func base64Forms(of bytes: [UInt8]) -> [[UInt8]] {
        let standard = Base64.encode(bytes).utf8.filter { $0 != UInt8(ascii: "=") }
        let forURLs = standard.map { byte in
            byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
        }
        return [standard, forURLs]
    }

    /// As a string of JSON has it, without the quotes (RFC 8259, section 7).
    private static func inJSON(_ bytes: [UInt8], escaping more: String = "", onlyASCII: Bool = false) -> [UInt8] {
        var text: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"", "\\": text += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            case "\t": text += Array(#"\t"#.utf8)
            case "/" where more == "/": text += Array(#"\/"#.utf8)
            case _
            where scalar.value < 0x20 || onlyASCII && scalar.value >= 0x80 || more.unicodeScalars.contains(scalar):
                text += String(scalar).utf16.flatMap(escape)
            default: text += Array(String(scalar).utf8)
            }
        }
        return text
    }

    private static func escape(_ unit: UInt16) -> [UInt8] {
        let digits = Array(String(unit, radix: 16).utf8)
        return Array(#"\u"#.utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.count) + digits
    }
}
