/// An answer to a request, whatever its status.
package struct HTTPResponse: Sendable {
    /// The status code of the final answer, 200 or above; interim answers (1xx) are skipped.
    package var status: Int
    /// The fields before the body; trailers are dropped.
    package var headers: HTTPHeaders
    /// Unpacked if it came compressed. Whole, unless the request asked for a stream.
    package var body: HTTPBody
    package var timings: Timings

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody = HTTPBody([]), timings: Timings = Timings()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.timings = timings
    }

    /// When each step was reached, counted from the start of the request; zero where a step was not needed.
    package struct Timings: Sendable, Hashable {
        /// The TCP connection stands, with the name resolved before.
        package var connected: Duration = .zero
        /// The TLS handshake is done.
        package var secured: Duration = .zero
        /// The first byte of the answer is here.
        package var firstByte: Duration = .zero
        /// Whether a connection of an earlier request was used again.
        package var reusedConnection = false

        package init() {}
    }
}
