/// The scheme in front of a credential in a header field (RFC 9110 §11.1). Only the credential is secret.
package enum AuthenticationScheme: String, CaseIterable, Sendable {
    /// RFC 6750.
    case bearer
    /// RFC 7617; followed by user and password in Base64.
    case basic
    /// Not in a standard, but in use.
    case token

    /// Parses the name of a scheme, in any case; nil if `word` is no known scheme.
    package init?(_ word: some StringProtocol) { self.init(rawValue: word.asciiLowercased) }
}
