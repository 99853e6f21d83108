/// The encoded forms in which others may repeat a secret.
enum SecretForms {
    /// Returns the secret's texts in every form, possibly with duplicates.
    static func all(of secret: [UInt8]) -> [[UInt8]] {
        texts(of: secret).flatMap { text in
            // In lower case, as a URL's host is normalised.
            let host = Array(String(decoding: text, as: UTF8.self).asciiLowercased.utf8)
            let forms =
                [text, host] + base64Forms(of: text)
                + HexDigits.allCases.map { digits in text.flatMap { digits.digits(of: $0) } }
                + percentForms(of: text, keeping: \.isASCIILetterOrDigit)
            // Most keys need no escaping in any format.
            guard !text.allSatisfy(PercentEncoding.isUnreserved) else { return forms }
            // What stays unescaped in a query value, in a path, and by JavaScript's `encodeURI`.
            let kept = ["", "/", "/;,?:@&=+$!*'()#"]
            return forms
                + kept.flatMap { kept in
                    percentForms(of: text) { PercentEncoding.isUnreserved($0) || kept.utf8.contains($0) }
                } + jsonForms(of: text) + htmlForms(of: text)
        }
    }

    /// Returns the secret without surrounding space and without an authentication scheme, which is not secret.
    static func texts(of secret: [UInt8]) -> [[UInt8]] {
        let secret = trimmed(secret[...])
        let word = secret.prefix { $0 != UInt8(ascii: " ") }
        guard let scheme = AuthenticationScheme(String(decoding: word, as: UTF8.self)) else { return [secret] }
        let token = trimmed(secret[word.endIndex...])
        guard scheme == .basic, let pair = Base64.decode(String(decoding: token, as: UTF8.self)) else {
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

    /// Returns the percent-encoded forms: with digits of both cases, and with `%20` or, as in forms, `+` for a space.
    private static func percentForms(of bytes: [UInt8], keeping isKept: (UInt8) -> Bool) -> [[UInt8]] {
        let space = UInt8(ascii: " ")
        return HexDigits.allCases.flatMap { digits in
            [
                PercentEncoding.encode(bytes, digits: digits, keeping: isKept),
                PercentEncoding.encode(bytes, digits: digits) { isKept($0) || $0 == space }
                    .map { $0 == space ? UInt8(ascii: "+") : $0 },
            ]
        }
    }

    /// Returns the forms in JSON strings, with digits of both cases, as JavaScript, Python, PHP, Go, Gson and .NET
    /// escape them; .NET escapes even quotation marks by number.
    private static func jsonForms(of bytes: [UInt8]) -> [[UInt8]] {
        [
            ("", false), ("", true), ("/", true), ("<>&", false), ("<>&='", false), ("<>&+'`\"", true),
        ].flatMap { escaped, onlyASCII in
            HexDigits.allCases.map { inJSON(bytes, escaping: escaped, onlyASCII: onlyASCII, digits: $0) }
        }
    }

    /// Returns the forms in HTML error pages: with quotation marks as in text and in attributes, and with the usual
    /// escapes of an apostrophe.
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

    /// Returns the Base64 forms in both alphabets: of the secret alone, without padding, and of the secret within a
    /// longer text, such as a header, as far as the digits don't depend on the rest of that text.
    private static func base64Forms(of bytes: [UInt8]) -> [[UInt8]] {
        let alone = Base64.encode(bytes).utf8.filter { $0 != UInt8(ascii: "=") }
        let within = (0..<3).map { before in
            let digits = Base64.encode([UInt8](repeating: 0, count: before) + bytes).utf8
            // A Base64 digit holds six bits.
            return Array(digits.prefix((before + bytes.count) * 8 / 6).dropFirst((before * 8 + 5) / 6))
        }
        return ([alone] + within).flatMap { standard in
            let forURLs = standard.map { byte in
                byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
            }
            return [standard, forURLs]
        }
    }

    /// Returns the content of a JSON string, without the quotes (RFC 8259 §7).
    private static func inJSON(_ bytes: [UInt8], escaping more: String, onlyASCII: Bool, digits: HexDigits) -> [UInt8] {
        var text: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\t": text += #"\t"#.utf8
            case "/" where more == "/": text += #"\/"#.utf8
            case _
            where scalar.value < 0x20 || onlyASCII && scalar.value >= 0x80 || more.unicodeScalars.contains(scalar):
                text += String(scalar).utf16.flatMap { #"\u"#.utf8 + digits.digits(of: $0) }
            case "\"", "\\": text += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            default: text += String(scalar).utf8
            }
        }
        return text
    }
}
