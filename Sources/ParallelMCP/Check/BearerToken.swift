import ParallelAPI
import ParallelJSON
import ParallelSystem

extension MCPServer {
    /// The time when the first of the tokens in its headers expires, in seconds since 1970; nil if none of them says
    /// so.
    package var tokenExpiry: Int? { headers.compactMap { BearerToken.expiry(ofHeader: $0.value.expanded) }.min() }
}

/// Reads what a bearer token says about itself, without verifying it.
package enum BearerToken {
    /// The end of the year 9999.
    private static let endOfTime = 253_402_300_799

    /// Returns when the token in a header's value expires, in seconds since 1970; nil if it doesn't say.
    ///
    /// Reads the `exp` of a JSON Web Token (RFC 7519), with `Bearer` in front or alone. Other tokens can't be read.
    package static func expiry(ofHeader value: String) -> Int? {
        let words = value.utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        guard let token = words.last,
            words.count == 1 || words.count == 2 && AuthenticationScheme(Substring(words[0])) == .bearer
        else { return nil }
        // The parts are header, payload and signature (RFC 7515); an unsigned token ends with its second dot.
        let parts = token.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let payload = Base64.decode(String(Substring(parts[1]))),
            let claims = try? JSONValue.parse(payload)
        else {
            return nil
        }
        // Seconds may have a fraction; beyond the calendar there is nothing to compute with.
        return claims["exp"]?.double.flatMap { Int(exactly: $0.rounded(.down)) }.map {
            min(max($0, -endOfTime), endOfTime)
        }
    }
}
