/// The one way requests leave the program: request in, answer out.
///
/// `CurlTransport` talks to the network. Wrappers add one thing each and are stacked from the inside out as
/// `RetryingTransport(RedirectingTransport(TracingTransport(CurlTransport)))`, so that a trace shows every attempt
/// and every hop.
package protocol HTTPTransport: Sendable {
    /// Sends `request`. Any status is an answer, 500 included; throws `HTTPError` when there is none. Cancelling the
    /// task ends the transfer, at once or after `Timeouts.grace`, and closes its connection unless that is HTTP/2,
    /// where others may use it.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse
}
