import ParallelHTTP
import ParallelJSON

/// Carries messages to an MCP server and back.
///
/// It handles requests of the server by itself, and knows nothing about the meaning of other messages.
protocol MCPTransport: Sendable {
    /// Sends a request and waits for its response. Throws `MCPError` for an answer that is not a response, and errors
    /// of the connection.
    ///
    /// - Parameters:
    ///   - resend: whether the request may be sent again if it is not known whether the server got it.
    ///   - openStream: has `listen` called unless it was, for a server that sends the response there; returns whether
    ///     it was called before.
    func exchange(
        _ message: JSONValue, id: Int, _ envelope: MCPEnvelope, resend: Resend, openStream: @Sendable () async -> Bool
    ) async throws -> MCPAnswer

    /// Returns a result that came in the exchange of the request with this `id`, but has an id that belongs to no
    /// request: better than none, once nothing else may come. Nil if there is none.
    func spareResult(for id: Int) -> MCPAnswer?

    /// Sends a message without a response: a notification, or the response to a request of the server.
    func send(_ message: JSONValue, _ envelope: MCPEnvelope) async throws

    /// Ends the session.
    func end(_ envelope: MCPEnvelope) async throws

    /// Reads messages of the server outside of exchanges, until the task is cancelled.
    ///
    /// - Parameter onOpen: called once the server has opened the stream, or refused it.
    func listen(_ envelope: MCPEnvelope, onOpen: @Sendable () -> Void) async

    /// Ends what carries the messages.
    func close() async

    /// Whether a server of the modern era is told by a notification that nobody waits for a response any longer.
    var cancelsByNotice: Bool { get }

    /// The times of the steps of the first exchange; nil if there was no answer, or if the transport has no such steps.
    var firstTimings: HTTPResponse.Timings? { get }

    /// The URL that the server has redirected to, and that is used since; nil if there was no redirect.
    var redirectedURL: HTTPURL? { get }
}

extension MCPTransport {
    var redirectedURL: HTTPURL? { nil }
    var cancelsByNotice: Bool { false }

    func close() async {}

    func spareResult(for id: Int) -> MCPAnswer? { nil }
}

/// The session data that goes with every message.
struct MCPEnvelope: Sendable {
    var era = MCPEra.legacy
    var version: String?
    var sessionID: String?
    /// The request's method, which the modern era repeats in the header section.
    var method: String?
    /// Further parts of the message that the header section repeats, such as `Mcp-Name`; may be secret.
    var fields: [(name: String, value: String)] = []

    init() {}

    init(_ session: MCPSession) {
        era = session.era
        version = session.version
        sessionID = session.sessionID
    }
}

/// The response to a request, and the session id that came with it.
struct MCPAnswer: Sendable {
    let result: Result<JSONValue, JSONRPCMessage.ErrorObject>
    let sessionID: String?

    init(result: Result<JSONValue, JSONRPCMessage.ErrorObject>, sessionID: String? = nil) {
        self.result = result
        self.sessionID = sessionID
    }
}
