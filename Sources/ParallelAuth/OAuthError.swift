import ParallelSystem

/// Why a login, or a token, could not be had. A missing connection is an `HTTPError`, a broken file a `FileError`.
package struct OAuthError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Equatable {
        /// There is no login, or it is not valid any more; a person has to sign in. `scope` is what the next login
        /// must ask for, if it is more than the last one has.
        case loginNeeded(scope: String?)
        /// The person, or the server for it, has said no.
        case denied
        /// Nobody has answered in time.
        case timedOut
        /// The authorization server does not accept the client's id or secret. `source` is where a person has put the
        /// secret: the name of a variable, or a file's path.
        case clientRefused(source: String?)
        /// The authorization server has answered with this error code.
        case refused(code: String)
        /// What a server says about itself or its answer can't be trusted.
        case untrusted
        /// The authorization server lacks something that this program needs, or needs something that it lacks.
        case unsupported
        /// The server registers no clients by itself, so that somebody has to give an id.
        case clientNeeded
        /// A secret that was named is not there.
        case secretMissing
    }

    package let kind: Kind
    /// One line for a person, shortened; it may repeat words of a server, so known secrets have to be masked in it.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message.shortened(to: 1_000)
    }

    /// Makes the error for a no of an authorization server, by the code and the words of its answer (RFC 6749 §5.2).
    init(refusalBy issuer: String, code: String, description: String?, status: Int? = nil) {
        let words = [code, description?.shortened(to: 300) ?? ""].filter { !$0.isEmpty }
        let said = words.isEmpty ? "status \(status ?? 0)" : words.joined(separator: ": ")
        self.init(code == "access_denied" ? .denied : .refused(code: code), "'\(issuer)' says no: \(said)")
    }

    package var description: String { message }

    var code: String? { if case .refused(let code) = kind { code } else { nil } }
}
