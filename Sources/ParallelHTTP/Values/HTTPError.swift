import ParallelSystem

/// Why a request got no answer, or not a whole one.
package struct HTTPError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, which decides exit code and retries.
    package enum Kind: Sendable, Hashable {
        /// There is no libcurl here, or none that can be used.
        case cannotLoadLibrary
        /// The system refused a thread, memory or file descriptors.
        case outOfResources
        /// The request itself is not well formed; nothing was sent.
        case invalidRequest
        /// The name of the host has no address.
        case resolve
        /// The name of the proxy has no address: a mistake at first, and a passing one where it had one before.
        case proxyNotFound
        /// Nobody answers at the address, or the TLS handshake broke off.
        case connect
        /// The proxy refused to connect us, or is none that can be used.
        case proxy
        /// The server's certificate is not trusted, or there is no common way to encrypt.
        case tls
        /// A limit of `Timeouts` was reached.
        case timeout
        /// The connection ended before the answer began, or broke.
        case connectionLost
        /// The connection ended before the announced end of the body.
        case truncated
        /// The body or the header section is beyond its limit.
        case tooLarge
        /// The server points elsewhere and `RedirectPolicy` does not follow.
        case redirectRefused
        /// The answer is not HTTP as it should be.
        case protocolError
        /// The task was cancelled.
        case cancelled
    }

    package let kind: Kind
    /// One line for a person, without secrets; a long one is shortened.
    package let message: String
    /// False only if surely not one byte of the request has reached the server.
    package let mayHaveBeenSent: Bool
    /// The status of an answer that broke off, or that was refused; nil where no header section came.
    package var status: Int?
    /// What had come of the body of that answer, at most `maximumReceived` bytes.
    package var received: [UInt8] = []

    /// Enough for an answer to say what it is about.
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
