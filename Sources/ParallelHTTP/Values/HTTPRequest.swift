/// The methods of Parallel's API (RFC 9110 §9.3, RFC 5789).
package enum HTTPMethod: String, CaseIterable, Sendable, Hashable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Whether servers expect a body, so that an empty one has to be announced too.
    var expectsBody: Bool { self == .post || self == .put || self == .patch }
}

/// Whether a request may be sent a second time when nobody knows what became of the first.
package enum Resend: Sendable, Hashable {
    /// A read, or something that has the same effect once and twice.
    case safe
    /// Something that is the same once and twice, but where an answer that is an error is an answer.
    case ifUnanswered
    /// Creates something that costs money: resent only when the first one surely was not accepted
    /// (`HTTPRequest.saysNothingWasDone`).
    case never
}

/// How long a request may take; each limit ends it with `HTTPError.Kind.timeout`.
package struct Timeouts: Sendable, Hashable {
    /// Until the connection stands: name resolution, TCP, proxy and TLS.
    package var connect: Duration
    /// Without one byte sent or received while a request is under way; a reader that is slow itself does not count.
    package var idle: Duration?
    /// For all of it, however much trickles: until the whole answer is here, or its header section where the body is
    /// streamed. Attempts, redirects and the waits between them share it.
    package var total: Duration?
    /// In a streamed body: between two pieces that its reader takes for progress
    /// (`HTTPBody.AsyncIterator.noteProgress`), such as events; a reader that is slow itself does not count.
    package var progress: Duration?
    /// How long the answer to a request that may have left is still awaited once its task is cancelled or `total` is
    /// over; a request that has surely not left ends at once. Nil: every request does.
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

/// What one call sends, and how far it may go to get an answer.
package struct HTTPRequest: Sendable {
    package var method: HTTPMethod
    /// Where it goes; http or https.
    package var url: HTTPURL
    /// Fields beside those that the transport sets itself, such as `Content-Length`; with one of those, or with a line
    /// break in one, `send` throws `HTTPError` of kind `invalidRequest`.
    package var headers: HTTPHeaders
    /// Nil sends none; a POST, PUT or PATCH then announces a length of 0 (RFC 9110 §8.6).
    package var body: [UInt8]?
    package var resend: Resend
    /// For a request that must not be sent twice (`Resend.never`): whether an answer says that nothing was done, so
    /// that it may be sent again, or to where the answer points. Nil: no answer does.
    package var saysNothingWasDone: (@Sendable (_ status: Int, _ headers: HTTPHeaders, _ body: [UInt8]) -> Bool)?
    /// Whether a request that must not be sent twice may go over a connection that was used before. If that has died
    /// unseen, the request fails instead of being sent again, and nobody knows what became of it.
    package var mayReuseConnection = false
    package var timeouts: Timeouts
    /// Called when the task was cancelled and the answer is still awaited for `Timeouts.grace`, with what has come of
    /// it as in `HTTPError.received`. It holds up all transfers and may be called from any thread.
    package var onGrace: (@Sendable ([UInt8]) -> Void)?
    /// The most that the body of an answer may hold once it is unpacked, in bytes, or one event of a stream. Of an
    /// answer with an error status no more than `maximumErrorBytes` are read, and what follows is left.
    package var maximumBodyBytes = HTTPRequest.usualBodyBytes
    /// False: `send` returns once the whole body is here, so that a truncated body is a failed request.
    /// True: `send` returns after the header section, and the body follows as it arrives.
    package var streamsBody: Bool

    /// Far above what any usual answer holds.
    package static let usualBodyBytes = 64 << 20
    /// As much of an error as anybody reads, in bytes.
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
        self.timeouts = timeouts
        self.streamsBody = streamsBody
    }
}
