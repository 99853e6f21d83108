import FlyingFox
import FlyingSocks
import Foundation

/// Answers as FlyingFox sends them, the broken ones included.
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
            // In one piece, not in pieces of 4 kB.
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
        200: "OK", 202: "Accepted", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden",
        404: "Not Found", 405: "Method Not Allowed", 406: "Not Acceptable", 408: "Request Timeout", 409: "Conflict",
        422: "Unprocessable Content", 429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
        503: "Service Unavailable", 504: "Gateway Timeout",
    ]
}

/// Closes the connection instead of answering: FlyingFox asks a WebSocket handler for its frames before it writes
/// anything, and closes when that fails.
private struct ConnectionDropper: WSHandler {
    func makeFrames(for client: AsyncThrowingStream<WSFrame, any Error>) async throws -> AsyncStream<WSFrame> {
        throw BrokenOff()
    }
}

/// The first half of a body, then the end of the connection.
private actor BrokenBody: ReplyStream {
    private var half: [UInt8]?

    init(_ half: [UInt8]) { self.half = half }

    func next() throws -> [UInt8]? {
        guard let bytes = half else { throw BrokenOff() }
        half = nil
        return bytes
    }
}

/// A reply stream in the form FlyingFox reads bodies in.
private struct ReplyBytes: AsyncBufferedSequence, AsyncBufferedIteratorProtocol {
    typealias Element = UInt8

    let stream: any ReplyStream

    func makeAsyncIterator() -> ReplyBytes { self }

    /// FlyingFox asks for buffers only; an event stream has no use for single bytes.
    func next() async throws -> UInt8? { throw BrokenOff() }

    func nextBuffer(suggested count: Int) async throws -> [UInt8]? { try await stream.next() }
}

/// Sends small packets at once: FlyingFox writes head and body separately, and without TCP_NODELAY every answer on a
/// kept connection waits 40 ms for the client's delayed acknowledgement.
///
/// The option is set whenever a socket waits; that includes the listening one, from which connections inherit it.
struct PromptSocketPool: AsyncSocketPool {
    let base: any AsyncSocketPool

    func prepare() async throws { try await base.prepare() }

    func run() async throws { try await base.run() }

    func suspendSocket(_ socket: Socket, untilReadyFor events: Socket.Events) async throws {
        try? socket.setValue(true, for: BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY))
        try await base.suspendSocket(socket, untilReadyFor: events)
    }
}
