/// The one way requests leave the program: request in, answer out.
///
/// `CurlTransport` talks to the network. Wrappers add one thing each and are stacked from the inside out as
/// `RetryingTransport(RedirectingTransport(TracingTransport(CurlTransport)))`, so that a trace shows every attempt
/// and every hop.
package protocol HTTPTransport: Sendable {
    /// Sends `request`. Any status is an answer, 500 included; throws `HTTPError` when there is none.
    /// Cancelling the task ends the transfer and closes its connection.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
