/// Why a request got no answer, or not a whole one.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        case cannotLoadLibrary
        /// The request itself is not well formed; nothing was sent.
        case invalidRequest
        case resolve
        case connect
        /// The proxy refused to connect us.
        case proxy
        case tls
        case timeout
        case connectionLost
        /// The connection ended before the announced end of the body.
        case truncated
        case tooLarge
        case redirectRefused
        /// The answer is not HTTP as it should be.
        case protocolError
        case cancelled
    }

    package let kind: Kind
    /// One line for a person, without secrets.
    package let message: String
    /// False only if surely not one byte of the request has reached the server.
    package let mayHaveBeenSent: Bool
    /// What had come of the body when the answer broke off.
    package var received: [UInt8] = []

    package init(_ kind: Kind, _ message: String, mayHaveBeenSent: Bool) {
        self.kind = kind
        self.message = message
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    package var description: String { message }

    /// Whether the same request may succeed a moment later.
    package var isTransient: Bool {
        switch kind {
        case .resolve, .connect, .timeout, .connectionLost, .truncated: true
        case .cannotLoadLibrary, .invalidRequest, .proxy, .tls, .tooLarge, .redirectRefused, .protocolError,
            .cancelled:
            false
        }
    }
}
