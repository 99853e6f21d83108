package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: HTTPBody
    /// Where the answer came from, after redirects.
    package var url: HTTPURL
    package var timings: Timings

    package init(
        status: Int, headers: HTTPHeaders = HTTPHeaders(), body: HTTPBody = HTTPBody([]), url: HTTPURL,
        timings: Timings = Timings()
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.url = url
        self.timings = timings
    }

    /// When each step was reached, counted from the start of the request; zero where a step was not needed.
    package struct Timings: Sendable, Hashable {
        package var resolved: Duration = .zero
        package var connected: Duration = .zero
        package var secured: Duration = .zero
        package var firstByte: Duration = .zero
        /// The end of the body; of the header section, if the body is streamed.
        package var total: Duration = .zero
        /// Whether a connection of an earlier request was used again.
        package var reusedConnection = false

        package init() {}
    }
}
