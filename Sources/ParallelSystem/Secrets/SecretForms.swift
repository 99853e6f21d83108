/// The ways in which others repeat a secret.
enum SecretForms {
    private static let unreserved = "-._~"
    private static let digitsOfBothCases = [Array("0123456789ABCDEF".utf8), Array("0123456789abcdef".utf8)]

    /// The texts of the secret in every form, some of them more than once.
    static func all(of secret: [UInt8]) -> [[UInt8]] {
        texts(of: secret).flatMap { text in
            // As the host of an address is written.
            let host = Array(String(decoding: text, as: UTF8.self).asciiLowercased.utf8)
            let forms =
                [text, host] + base64Forms(of: text) + digitsOfBothCases.map { hex(text, $0) }
                + percentForms(of: text, keeping: "")
            // Most keys need no escape, wherever they are written.
            guard !text.allSatisfy({ $0.isASCIILetterOrDigit || unreserved.utf8.contains($0) }) else { return forms }
            // What may stand in a value of a query, in a path, and in what JavaScript's `encodeURI` makes.
            let kept = [unreserved, unreserved + "/", unreserved + "/;,?:@&=+$!*'()#"]
            return forms + kept.flatMap { percentForms(of: text, keeping: $0) } + jsonForms(of: text)
                + htmlForms(of: text)
        }
    }

    /// The secret without space around it; behind a scheme of authentication what follows, as the scheme is none.
    static func texts(of secret: [UInt8]) -> [[UInt8]] {
        let secret = trimmed(secret[...])
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

    /// Percent coding of all but letters, digits and `kept`; in both cases of the digits, and with `+` for a space as
    /// forms have it.
    private static func percentForms(of bytes: [UInt8], keeping kept: String) -> [[UInt8]] {
        digitsOfBothCases.flatMap { digits in
            ["%20", "+"].map { space in
                bytes.flatMap { byte in
                    if byte.isASCIILetterOrDigit || kept.utf8.contains(byte) { return [byte] }
                    if byte == UInt8(ascii: " ") { return Array(space.utf8) }
                    return [UInt8(ascii: "%")] + hex([byte], digits)
                }
            }
        }
    }

    /// What is escaped in strings, in both cases of the digits: by JavaScript; by Python; by PHP; by Go; by Gson; by
    /// .NET, which escapes even quotation marks by their number.
    private static func jsonForms(of bytes: [UInt8]) -> [[UInt8]] {
        [
            ("", false), ("", true), ("/", true), ("<>&", false), ("<>&='", false), ("<>&+'`\"", true),
        ].flatMap { escaped, onlyASCII in
            digitsOfBothCases.map { inJSON(bytes, escaping: escaped, onlyASCII: onlyASCII, digits: $0) }
        }
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

    /// In both alphabets, with and without padding: of the secret alone, and of the secret within a longer text, such
    /// as a header, as far as the digits do not depend on the rest of that text.
    private static func base64Forms(of bytes: [UInt8]) -> [[UInt8]] {
        let alone = Base64.encode(bytes).utf8.filter { $0 != UInt8(ascii: "=") }
        let within = (0..<3).map { before in
            let digits = Base64.encode([UInt8](repeating: 0, count: before) + bytes).utf8
            // A digit has six bits.
            return Array(digits.prefix((before + bytes.count) * 8 / 6).dropFirst((before * 8 + 5) / 6))
        }
        return ([alone] + within).flatMap { standard in
            let forURLs = standard.map { byte in
                byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
            }
            return [standard, forURLs]
        }
    }

    private static func hex(_ bytes: [UInt8], _ digits: [UInt8]) -> [UInt8] {
        bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
    }

    /// As a string of JSON has it, without the quotes (RFC 8259, section 7).
    private static func inJSON(_ bytes: [UInt8], escaping more: String, onlyASCII: Bool, digits: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\t": text += #"\t"#.utf8
            case "/" where more == "/": text += #"\/"#.utf8
            case _
            where scalar.value < 0x20 || onlyASCII && scalar.value >= 0x80 || more.unicodeScalars.contains(scalar):
                text += String(scalar).utf16.flatMap { escape($0, digits) }
            case "\"", "\\": text += [UInt8(ascii: "\\"), UInt8(ascii: scalar)]
            default: text += String(scalar).utf8
            }
        }
        return text
    }

    private static func escape(_ unit: UInt16, _ digits: [UInt8]) -> [UInt8] {
        Array(#"\u"#.utf8) + [12, 8, 4, 0].map { digits[Int(unit >> $0 & 15)] }
    }
}
