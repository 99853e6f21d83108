package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
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
        package var firstByte: Duration = .zero
        /// Whether a connection of an earlier request was used again.
        package var reusedConnection = false

        package init() {}
    }
}
