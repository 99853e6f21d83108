import FlyingFox
import FlyingSocks
import Foundation

/// Converts replies, broken ones included, to FlyingFox's responses.
extension HTTPResponse {
    init(_ reply: Reply) {
        if reply.delivery == .dropped {
            self.init(webSocket: ConnectionDropper())
            return
        }
        let status = HTTPStatusCode(reply.status, phrase: Self.phrases[reply.status] ?? "Status \(reply.status)")
        var headers = HTTPHeaders()
        for header in reply.headers { headers.addValue(header.value, for: HTTPHeader(header.name)) }
        switch (reply.body, reply.delivery) {
        case (.bytes(let bytes), .whole):
            // In one chunk, not in chunks of 4 kB.
            let body = HTTPBodySequence(data: Data(bytes), suggestedBufferSize: max(bytes.count, 1))
            self.init(statusCode: status, headers: headers, body: body)
        case (.bytes(let bytes), _):
            let half = ReplyBytes(stream: BrokenBody(Array(bytes.prefix(bytes.count / 2))))
            self.init(statusCode: status, headers: headers, body: HTTPBodySequence(from: half, count: bytes.count))
        case (.stream(let stream), _):
            self.init(statusCode: status, headers: headers, body: HTTPBodySequence(from: ReplyBytes(stream: stream)))
        }
    }

    private static let phrases = [
        200: "OK", 202: "Accepted", 204: "No Content", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
        403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}

/// Closes the connection without a response: FlyingFox asks a WebSocket handler for frames before it writes anything,
/// and closes the connection if that fails.
private struct ConnectionDropper: WSHandler {
    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        throw ConnectionAborted()
    }
}

/// The first half of a body, after which the connection closes.
private actor BrokenBody: ReplyStream {
    private var half: [UInt8]?

    init(_ half: [UInt8]) { self.half = half }

    func next() throws -> [UInt8]? {
        guard let bytes = half else { throw ConnectionAborted() }
        half = nil
        return bytes
    }
}

/// A reply stream as the sequence type that FlyingFox reads bodies from.
private struct ReplyBytes: AsyncBufferedSequence, AsyncBufferedIteratorProtocol {
    typealias Element = UInt8

    let stream: any ReplyStream

    func makeAsyncIterator() -> ReplyBytes { self }

    /// Not used: FlyingFox only asks for buffers.
    func next() async throws -> UInt8? { throw ConnectionAborted() }

    func nextBuffer(suggested count: Int) async throws -> [UInt8]? { try await stream.next() }
}

/// Sets TCP_NODELAY: FlyingFox writes header section and body separately, and without the option every response on a
/// kept connection waits 40 ms for the client's delayed acknowledgement.
///
/// The option is set whenever a socket waits, also on the listening one, from which connections inherit it.
struct NoDelaySocketPool: AsyncSocketPool {
    let base: any AsyncSocketPool

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        try? socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
        try await base.suspendSocket(socket, untilReadyFor: events)
    }
}
