/// The response to a request, whatever its status.
package struct HTTPResponse: Sendable {
    /// The status code of the final response, 200 or above; interim responses (1xx) are skipped.
    package var status: Int
    /// The header fields; trailers are dropped.
    package var headers: HTTPHeaders
    /// The body, unpacked if it came compressed, and whole unless the request asked for a stream.
    package var body: HTTPBody
    package var timings: Timings
    /// The URL that answered, if the request was redirected to it; nil if it was not redirected.
    package var redirectedURL: HTTPURL?

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody = HTTPBody([]), timings: Timings = Timings()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.timings = timings
    }

    /// The time of each step since the start of the request; zero if the step was not needed.
    package struct Timings: Sendable, Hashable {
        /// The name is resolved and the TCP connection open.
        package var connected: Duration = .zero
        /// The TLS handshake is done.
        package var secured: Duration = .zero
        /// The first byte of the response has arrived.
        package var firstByte: Duration = .zero
        /// Whether the connection of an earlier request was reused.
        package var reusedConnection = false

        package init() {}
    }
}
