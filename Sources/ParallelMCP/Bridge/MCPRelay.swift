package import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Passes HTTP requests of programs on this machine on to a server, with credentials that those programs don't get.
package struct MCPRelay: Sendable {
    private let http: StreamableHTTP
    /// The one path that is answered; it holds a secret.
    private let path: String
    private let filter: ToolFilter
    private let limit: Duration?
    private let clock: any Clock<Duration>
    private let describe: @Sendable (any Error) -> String

    /// - Parameters:
    ///   - limit: how long the server may take to begin its answer; nil means no limit.
    ///   - describe: returns an error as one line, with what to do about it.
    package init(
        _ endpoint: MCPEndpoint, at path: String, transport: any HTTPTransport,
        credentials: (any CredentialSource)? = nil, clock: any Clock<Duration>, filter: ToolFilter, limit: Duration?,
        describe: @escaping @Sendable (any Error) -> String
    ) {
        http = StreamableHTTP(
            endpoint: endpoint, transport: transport,
            credentials: credentials ?? HeaderCredentials(endpoint.headers), clock: clock
        ) { _ in }
        (self.path, self.filter, self.limit) = (path, filter, limit)
        (self.clock, self.describe) = (clock, describe)
    }

    /// The fields that pass in each direction, besides those that begin with `mcp-`. Credentials are not among them.
    private static let passing = (
        requests: ["accept", "content-type", "last-event-id"],
        answers: ["content-type", "cache-control", "retry-after", "allow"]
    )

    /// Answers a request.
    package func reply(to request: ServerRequest) async -> LoopbackServer.Reply {
        guard request.path.isExactly(path) else { return LoopbackServer.Reply(404) }
        guard let method = HTTPMethod(rawValue: request.method), [.post, .get, .delete].contains(method) else {
            return LoopbackServer.Reply(405)
        }
        var resend = Resend.ifUnanswered
        var awaitsMessage = method == .get
        if method == .post {
            // The body passes as a whole, so each message in it has to be understood.
            guard let messages = try? HostMessage.messages(in: request.body).map({ try $0.get() }) else {
                return LoopbackServer.Reply(400, "no message of MCP")
            }
            let refused = messages.first { $0.isCall && !filter.allows($0.params?["name"]) }
            if let refused, let id = refused.id {
                return Self.refusal(of: id, refused.params?["name"]?.string ?? "")
            }
            if messages.contains(where: { $0.resend == .never }) { resend = .never }
            awaitsMessage = messages.contains(where: \.isRequest)
        }
        var passed = http.request(method, Self.fields(of: request.headers, Self.passing.requests), resend)
        if method == .post { passed = http.carrying(request.body, passed) }
        let (sent, needsMessage) = (passed, awaitsMessage)
        do {
            var response = try await Deadline.run(within: limit, of: "the server", clock) { [http] in
                let response = try await http.response(to: sent)
                if response.status == 401 { throw try await http.refusal(response) }
                return try await filtered(response, needsMessage: needsMessage)
            }
            response.headers = Self.fields(of: response.headers, Self.passing.answers)
            return LoopbackServer.Reply(response)
        } catch is WaitTimedOut {
            return LoopbackServer.Reply(504, "the MCP server did not answer in time")
        } catch {
            return LoopbackServer.Reply(502, describe(error))
        }
    }

    /// Returns an answer without the tools that are not allowed. Any answer may have them: a stream can go on with what
    /// another has begun, and programs read messages from answers with an error status, too. What can't be read may
    /// name some, so it is withheld.
    ///
    /// - Parameter needsMessage: whether the program waits for a message: servers acknowledge others with any text.
    private func filtered(_ response: HTTPResponse, needsMessage: Bool) async throws -> HTTPResponse {
        guard filter.isPartial else { return response }
        var response = response
        if StreamableHTTP.isEventStream(response) {
            let events = FilteredEvents(filter)
            response.body = try response.body.changed { try events.take($0) }
            return response
        }
        let body = try await http.wholeBody(of: response)
        let passed = body.isEmpty ? [] : filter.message(body)
        // An error says enough with its status.
        if passed == nil, needsMessage, (200..<300).contains(response.status) {
            throw MCPError(
                .notMCP,
                "the answer of '\(http.endpoint.name)' is no message of MCP, and may name tools that are hidden")
        }
        response.body = HTTPBody(passed ?? [])
        return response
    }

    private static func refusal(of id: JSONValue, _ tool: String) -> LoopbackServer.Reply {
        let error = JSONRPCMessage.ErrorObject(
            code: MCPErrorCode.invalidParams, message: "the tool '\(tool)' is not allowed here", data: nil)
        let json = JSONRPCMessage.answer(to: id, .failure(error))
        return LoopbackServer.Reply(200, json.serialized(), type: "application/json")
    }

    private static func fields(of headers: HTTPHeaders, _ names: [String]) -> HTTPHeaders {
        var kept = HTTPHeaders()
        for field in headers {
            let name = field.name.asciiLowercased
            if names.contains(name) || name.begins(with: "mcp-") { kept.add(field.name, field.value, secret: true) }
        }
        return kept
    }
}
