import ParallelSystem

/// The reason why a request got no response, or not a whole one.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure, which decides exit code and retries.
    package enum Kind: Sendable, Hashable {
        /// libcurl is missing or unusable.
        case cannotLoadLibrary
        /// The system refused a thread, memory or file descriptors.
        case outOfResources
        /// The request itself is malformed; nothing was sent.
        case invalidRequest
        /// The host name could not be resolved.
        case resolve
        /// The proxy's name could not be resolved: a wrong setting at first, a passing failure if it was resolved
        /// before.
        case proxyNotFound
        /// The connection was refused, or broke during the TLS handshake.
        case connect
        /// The proxy refused the connection, or can't be used.
        case proxy
        /// The server's certificate is not trusted, or the two sides share no TLS version or cipher.
        case tls
        /// A limit of `Timeouts` was reached.
        case timeout
        /// The connection ended before the response began, or broke.
        case connectionLost
        /// The connection ended before the announced end of the body.
        case truncated
        /// The body or the header section is larger than its limit.
        case tooLarge
        /// The server redirects and `RedirectPolicy` refuses to follow.
        case redirectRefused
        /// The response is not valid HTTP.
        case protocolError
        /// The task was cancelled.
        case cancelled
    }

    package let kind: Kind
    /// One line for a person, without secrets, shortened.
    package let message: String
    /// False only if certainly no byte of the request has reached the server.
    package let mayHaveBeenSent: Bool
    /// The status of a response that broke off or was refused; nil if no header section came.
    package var status: Int?
    /// The beginning of that response's body, at most `maximumReceived` bytes.
    package var received: [UInt8] = []

    /// The target of a redirect that was refused; nil if it is no URL that could be called.
    package var redirectTarget: HTTPURL?

    /// The maximum size of `received`, in bytes: enough to tell what a response is about.
    package static let maximumReceived = 1 << 16

    package init(_ kind: Kind, _ message: String, mayHaveBeenSent: Bool) {
        self.kind = kind
        self.message = message.shortened(to: 2_000)
        self.mayHaveBeenSent = mayHaveBeenSent
    }

    package var description: String { message }

    /// Whether the same request may succeed later.
    package var isTransient: Bool {
        switch kind {
        case .resolve, .proxyNotFound, .connect, .timeout, .connectionLost, .truncated: true
        case .cannotLoadLibrary, .outOfResources, .invalidRequest, .proxy, .tls, .tooLarge, .redirectRefused,
            .protocolError,
            .cancelled:
            false
        }
    }
}
