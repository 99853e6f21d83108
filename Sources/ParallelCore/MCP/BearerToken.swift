import ParallelJSON
import ParallelSystem

/// What a bearer token tells of itself without being verified.
package enum BearerToken {
    /// When the token in a header's value expires, in seconds since 1970; nil where it doesn't say.
    ///
    /// That is the `exp` of a JSON Web Token (RFC 7519), with `Bearer` in front or alone; other tokens can't be read.
    package static func expiry(ofHeader value: String) -> Int? {
        let words = value.split { $0 == " " || $0 == "\t" }
        guard let token = words.last, words.count == 1 || words.count == 2 && words[0].lowercased() == "bearer" else {
            return nil
        }
        // Header, payload and signature (RFC 7515); an unsigned token ends with its second dot.
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = decoded(parts[1]), let claims = try? JSONValue.parse(payload) else {
            return nil
        }
        // Seconds may have a fraction.
        return claims["exp"]?.double.flatMap { Int(exactly: $0.rounded(.down)) }
    }

    /// The bytes behind base64url (RFC 4648, section 5), or behind base64 where somebody mixed the two up.
    private static func decoded(_ text: Substring.UTF8View) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for character in text where character != UInt8(ascii: "=") {
            guard let value = digit(character) else { return nil }
            bits = bits << 6 | value
            count += 6
            guard count >= 8 else { continue }
            count -= 8
            bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        }
        return bytes
    }

    private static func digit(_ character: UInt8) -> UInt32? {
        let value: UInt8
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): value = character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "-"), UInt8(ascii: "+"): value = 62
        case UInt8(ascii: "_"), UInt8(ascii: "/"): value = 63
        default: return nil
        }
        return UInt32(value)
    }
}
