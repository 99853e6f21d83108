import ParallelJSON
import ParallelSystem

/// A request as the routes get it: read completely, with header names in lower case.
struct Request: Sendable {
    var method: String
    /// The path as sent, percent-encoded and without the query.
    var path: String
    var query: [String: String] = [:]
    /// The query in its order, with names that occur more than once.
    var queryItems: [(name: String, value: String)] = []
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Whether the key is one that was deleted.
    var hasDeletedKey = false

    var segments: [String] { Self.segments(of: path) }

    /// Returns the parts between slashes, including empty ones: `/a//b` differs from `/a/b`.
    static func segments(of path: String) -> [String] {
        path.parts(between: "/").map(String.init)
    }

    enum Credential {
        case missing, invalid, valid
    }

    /// Whether the request has a key; `x-api-key` takes precedence over `Authorization: Bearer`. Any key is valid
    /// unless it is empty, contains `invalid`, or was made here and deleted.
    var credential: Credential {
        if headers["x-api-key"] == nil, headers["authorization"] == nil { return .missing }
        guard let key else { return .invalid }
        return hasDeletedKey || key.isEmpty || key.lowercased().contains("invalid") ? .invalid : .valid
    }

    /// The key of the request; nil if it has none.
    var key: String? { headers["x-api-key"] ?? bearerToken }

    /// The token of `Authorization: Bearer` (RFC 6750 §2.1).
    var bearerToken: String? {
        guard let field = headers["authorization"], field.asciiLowercased.begins(with: "bearer ") else { return nil }
        return String(field.dropping(bytes: 7).trimmed { $0 == " " })
    }
}

/// A response, and how much of it reaches the client.
struct Reply: Sendable {
    enum Body: Sendable {
        case bytes([UInt8])
        case stream(any ReplyStream)
    }

    enum Delivery: Sendable {
        case whole
        /// The header section announces the whole body, but the connection closes halfway.
        case truncated
        /// The connection closes without a byte.
        case dropped
    }

    var status: Int
    var headers: [(name: String, value: String)]
    var body: Body
    var delivery = Delivery.whole
    /// Who asked for a fault of this answer; nil if it has none, or the run's own metadata asked.
    var faultOrigin: String?

    static let noContent = Reply(status: 204, headers: [], body: .bytes([]))

    static let dropped = Reply(status: 0, headers: [], body: .bytes([]), delivery: .dropped)

    static func json(_ status: Int, _ value: JSONValue) -> Reply { json(status, text: value.bytes()) }

    static func json(_ status: Int, text: [UInt8]) -> Reply {
        Reply(status: status, headers: [("content-type", "application/json")], body: .bytes(text))
    }

    static func events(_ stream: any ReplyStream) -> Reply { events(.stream(stream)) }

    static func events(_ body: Body) -> Reply {
        let headers = [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")]
        return Reply(status: 200, headers: headers, body: body)
    }
}

/// The body of a response that is written in chunks; nil ends it, an error closes the connection.
protocol ReplyStream: Sendable {
    func next() async throws -> [UInt8]?
}
