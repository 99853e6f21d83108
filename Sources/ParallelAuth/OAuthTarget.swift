package import ParallelHTTP
import ParallelSystem

/// An authorization server, by its checked metadata (RFC 8414, OpenID Connect Discovery 1.0).
package struct AuthorizationServer: Sendable, Equatable {
    /// Its name, which is a URL, exactly as it is written.
    package let issuer: String
    package var authorizationEndpoint: HTTPURL?
    package var tokenEndpoint: HTTPURL
    package var registrationEndpoint: HTTPURL?
    package var revocationEndpoint: HTTPURL?
    package var deviceEndpoint: HTTPURL?
    /// How clients may authenticate at the token endpoint; nil if it doesn't say.
    package var authenticationMethods: [String]?
    package var scopes: [String] = []
    /// Whether each answer names the issuer (RFC 9207).
    package var namesIssuer = false
    /// Whether it takes the URL of a document as a client's id.
    package var readsClientDocuments = false
}

/// What a token is for, and who issues it.
package struct OAuthTarget: Sendable {
    /// The name of the server to tokens (RFC 8707); nil for a server of 2025-03-26, which knows none.
    package let resource: String?
    /// The scopes that the server says it has.
    package let scopes: [String]
    package let issuer: AuthorizationServer

    /// Returns what to ask for: the scopes that were refused or given first, else those that the server has; none if
    /// nobody names any. Adds `offline_access`, which some servers need for a refresh token, if the issuer lists it.
    package func scope(asked: String?) -> String? {
        var names = (asked ?? scopes.joined(separator: " ")).parts(between: " ").filter { !$0.isEmpty }.map(String.init)
        if names.isEmpty { return nil }
        if issuer.scopes.contains("offline_access"), !names.contains("offline_access") {
            names.append("offline_access")
        }
        return names.joined(separator: " ")
    }

    /// Returns the union of scopes, in the order of their first occurrence; nil if there are none.
    package static func union(_ scopes: String?...) -> String? {
        var names: [Substring] = []
        for name in scopes.compactMap(\.self).flatMap({ $0.parts(between: " ") })
        where !name.isEmpty && !names.contains(where: name.isExactly) {
            names.append(name)
        }
        return names.isEmpty ? nil : names.joined(separator: " ")
    }
}
