import ParallelHTTP
import ParallelJSON

/// Carries messages to an MCP server, and brings back what belongs to them.
///
/// It knows how messages travel, and answers what the server asks meanwhile; it does not know what they are about.
protocol MCPTransport: Sendable {
    /// Sends a request and waits for its response. Throws `MCPError` where the answer is none, and what keeps messages
    /// from coming through.
    ///
    /// - Parameter resend: whether the request may be sent again where nobody knows what became of it.
    func exchange(
        _ message: JSONValue, id: Int, _ envelope: MCPEnvelope, resend: Resend
    ) async throws -> MCPAnswer

    /// Sends a message that no response belongs to: a notification, or the answer to a request of the server.
    func send(_ message: JSONValue, _ envelope: MCPEnvelope) async throws

    /// Ends the session.
    func end(_ envelope: MCPEnvelope) async throws

    /// Reads what the server sends that belongs to no request, until the task is cancelled.
    ///
    /// - Parameter onOpen: called when the server has taken note of that, or sends nothing of the kind.
    func listen(_ envelope: MCPEnvelope, onOpen: @Sendable () -> Void) async

    /// When the steps of the first exchange were done; nil where nothing has answered, or there are no such steps.
    var firstTimings: HTTPResponse.Timings? { get }
}

/// What every message of a session carries beside itself.
struct MCPEnvelope: Sendable {
    var era = MCPEra.legacy
    var version: String?
    var sessionID: String?
    /// The request's method, which the modern era repeats in the header section.
    var method: String?
    /// What else of one message stands there too, such as `Mcp-Name`; may be secret.
    var fields: [(name: String, value: String)] = []

    init() {}

    init(_ session: MCPSession) {
        era = session.era
        version = session.version
        sessionID = session.sessionID
    }
}

/// The response to a request, and the session that the server gave with it.
struct MCPAnswer: Sendable {
    let result: Result<JSONValue, JSONRPCMessage.Fault>
    let sessionID: String?

    init(result: Result<JSONValue, JSONRPCMessage.Fault>, sessionID: String? = nil) {
        self.result = result
        self.sessionID = sessionID
    }
}
