/// What every request of one `CurlTransport` has in common.
package struct TransportOptions: Sendable, Hashable {
    /// The value of `User-Agent`.
    package var userAgent: String
    /// Which certificate authorities are trusted.
    package var tls: TLSOptions
    /// Which proxies requests go through.
    package var proxies: ProxySettings

    /// Reads certificates and proxies from `environment`; the process's own environment is never looked at.
    package init(userAgent: String, environment: [String: String] = [:]) {
        self.userAgent = userAgent
        tls = TLSOptions(
            caFile: Self.nonEmpty(environment["SSL_CERT_FILE"]),
            caDirectory: Self.nonEmpty(environment["SSL_CERT_DIR"]))
        proxies = ProxySettings(environment: environment)
    }

    private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }
}

/// The certificate authorities to trust: exactly the ones named, or the system's if none is.
package struct TLSOptions: Sendable, Hashable {
    /// A file of PEM certificates.
    package var caFile: String?
    /// A directory of certificates under their OpenSSL hash names, or several with `:` between them.
    package var caDirectory: String?

    package init(caFile: String? = nil, caDirectory: String? = nil) {
        self.caFile = caFile
        self.caDirectory = caDirectory
    }

    var isEmpty: Bool { caFile == nil && caDirectory == nil }
}
