/// What stands in front of a credential in a header field (RFC 9110 §11.1). It is no secret, while what follows it is.
package enum AuthenticationScheme: String, CaseIterable, Sendable {
    /// RFC 6750.
    case bearer
    /// RFC 7617; user and password in Base64 follow.
    case basic
    /// In no standard, but in use.
    case token

    /// Reads the scheme, in whatever case, without what follows it; nil where `word` is another word.
    package init?(_ word: some StringProtocol) { self.init(rawValue: word.asciiLowercased) }
}
