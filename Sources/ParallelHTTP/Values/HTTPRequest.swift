/// The methods of Parallel's API (RFC 9110 §9.3, RFC 5789).
package enum HTTPMethod: String, CaseIterable, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether servers expect a body, so that even an empty one must be announced.
    var expectsBody: Bool { self == .post || self == .put || self == .patch }
}

/// Whether a request may be sent a second time when the effect of the first is unknown.
package enum Resend: Sendable, Hashable {
    /// Idempotent (RFC 9110 §9.2.2): sending it twice has the same effect as once.
    case safe
    /// Idempotent, but resent only if there was no answer; an error status is an answer.
    case ifUnanswered
    /// Creates something that costs money: resent only if the first one certainly was not accepted
    /// (`HTTPRequest.saysNothingWasDone`).
    case never
}

/// Time limits of a request; each ends it with `HTTPError.Kind.timeout`.
package struct Timeouts: Sendable, Hashable {
    /// The limit for connecting: name resolution, TCP, proxy and TLS.
    package var connect: Duration
    /// The limit for time without a byte sent or received; time when the reader itself is slow doesn't count.
    package var idle: Duration?
    /// The limit until the whole response has arrived, or its header section if the body is streamed. All attempts,
    /// redirects and the waits between them share it.
    package var total: Duration?
    /// The limit, in a streamed body, between two parts that its reader counts as progress
    /// (`HTTPBody.AsyncIterator.noteProgress`), such as events; time when the reader itself is slow doesn't count.
    package var progress: Duration?
    /// How long to keep waiting for the response after the task is cancelled or `total` is over, if the request may
    /// have been sent; one that certainly was not sent ends at once. Nil: every request ends at once.
    package var grace: Duration?

    package init(
        connect: Duration = .seconds(10), idle: Duration? = nil, total: Duration? = nil, progress: Duration? = nil,
        grace: Duration? = nil
    ) {
        self.connect = connect
        self.idle = idle
        self.total = total
        self.progress = progress
        self.grace = grace
    }
}

/// A request, with its limits and the rules for sending it again.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// The target; http or https.
    package var url: HTTPURL
    /// The fields to send. If one contains a line break, or is one that the transport sets itself, such as
    /// `Content-Length`, `send` throws `HTTPError` of kind `invalidRequest`.
    package var headers: HTTPHeaders
    /// The body. If nil, none is sent, and a POST, PUT or PATCH announces a length of 0 (RFC 9110 §8.6).
    package var body: [UInt8]?
    package var resend: Resend
    /// Whether the request only reads: it costs nothing and changes nothing. Unless its maker says so, only a GET does.
    package var isReading: Bool
    /// Returns what the request costs at most, in millionths of a USD: 0 for nothing, nil if nobody can say. Without
    /// it, costs at this server are not known here.
    package var estimatedCost: (@Sendable () -> Int?)?
    /// The thing that is asked for by its id, such as `run trun_1`, for error messages; nil if there is none.
    package var subject: String?
    /// The path that a redirect must stay below: a gateway may have other servers, of other people, beside it.
    package var basePath = "/"
    /// For a request that must not be sent twice (`Resend.never`): whether a response says that nothing was done, so
    /// that the request may be sent again, or to the redirect's target. Nil: no response does.
    package var saysNothingWasDone: (@Sendable (_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8]) -> Bool)?
    /// Whether a request that must not be sent twice may use an existing connection. If that connection has died
    /// unnoticed, the request fails instead of being resent, and its effect is unknown.
    package var mayReuseConnection = false
    package var timeouts: Timeouts
    /// Called when the task was cancelled and the response is still awaited for `Timeouts.grace`, with the part
    /// received so far (`HTTPError.received`). It may be called on any thread, and delays all transfers while it runs.
    package var onGrace: (@Sendable ([UInt8]) -> Void)?
    /// The maximum size, in bytes, of a response's unpacked body or of one event of a stream. Of a response with an
    /// error status, only the first `maximumErrorBytes` are read.
    package var maximumBodyBytes = HTTPRequest.usualBodyBytes
    /// If false, `send` returns when the whole body has arrived, so that a truncated body is a failed request. If true,
    /// `send` returns after the header section, and the body follows as it arrives.
    package var streamsBody: Bool

    /// The default limit for a body, in bytes: far above any usual response.
    package static let usualBodyBytes = 64 << 20
    /// The maximum number of bytes read of an error response.
    package static let maximumErrorBytes = 1 << 20

    package init(
        _ method: HTTPMethod, _ url: HTTPURL, headers: HTTPHeaders = HTTPHeaders(), body: [UInt8]? = nil,
        resend: Resend, timeouts: Timeouts = Timeouts(), streamsBody: Bool = false
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.resend = resend
        isReading = method == .get
        self.timeouts = timeouts
        self.streamsBody = streamsBody
    }
}
