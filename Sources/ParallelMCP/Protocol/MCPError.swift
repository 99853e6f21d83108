package import ParallelAPI
import ParallelHTTP
package import ParallelJSON
package import ParallelSystem

/// Why an MCP server could not do what it was asked for, apart from there being no connection (`HTTPError`) and from an
/// error that a tool itself reports, which is a result.
package struct MCPError: Error, Sendable {
    package enum Kind: Sendable, Equatable {
        /// The server answered with a JSON-RPC error of this code.
        case fault(code: Int)
        /// It answered with an HTTP status that is an error, and nothing that MCP knows.
        case status
        /// It wants credentials, or other ones.
        case unauthorized
        /// What it sent is not MCP.
        case notMCP
        case noCommonVersion
        /// It asked for input that only a person or a model could give.
        case inputRequired
        /// The answer was lost on its way, and can't be asked for again.
        case answerLost
        /// The time was over; `isCall` for a tool that was still at work.
        case timedOut(isCall: Bool)
        /// It wants something that this client doesn't do.
        case unsupported
    }

    package let kind: Kind
    /// One line, with none of the endpoint's secrets; a long one is shortened.
    package let message: String
    package var hints: [Hint] = []
    /// The HTTP status where that was an error.
    package var status: Int?
    /// The `data` of a JSON-RPC error.
    package var data: JSONValue?
    /// Whether a server that wants credentials can be logged in to with OAuth.
    package var offersLogin = false
    /// Whether an answer with an error status had a `Retry-After`.
    var hasRetryAfter = false
    /// The bytes received of an answer that is an error, broke off or is not MCP; at most `HTTPError.maximumReceived`.
    package var received: [UInt8] = []

    init(_ kind: Kind, _ message: String, hints: [Hint] = []) {
        self.kind = kind
        self.message = message.shortened(to: 2_000)
        self.hints = hints
    }

    /// A JSON-RPC error as a person may read it.
    init(_ fault: JSONRPCMessage.Fault, of endpoint: MCPEndpoint) {
        var message = "'\(endpoint.name)' answered with an error: \(endpoint.shown(fault.message)) (\(fault.code))"
        if fault.code == MCPErrorCode.urlElicitationRequired {
            let urls = (fault.data?["elicitations"]?.array ?? []).compactMap { $0["url"]?.string }
            message += ": open \(urls.map { endpoint.secrets.shortened($0) }.joined(separator: ", ")) first"
        }
        self.init(.fault(code: fault.code), message)
        data = fault.data
        let words: JSONValue = ["message": .string(fault.message), "data": fault.data ?? .null]
        received = Array(words.bytes().prefix(HTTPError.maximumReceived))
    }

    var code: Int? {
        if case .fault(let code) = kind { code } else { nil }
    }
}

extension MCPError: WaitFailure {
    package var meaning: FailureMeaning {
        switch kind {
        case .answerLost, .timedOut: .passing
        case .notMCP: .doubtful
        default: status.map { FailureMeaning(ofStatus: $0) } ?? .final
        }
    }
}

extension MCPError: CreationFailure {
    package func outcome(of request: CreationRequest) -> CreationOutcome {
        switch kind {
        case .answerLost, .timedOut(isCall: true):
            return request.outcome(withoutAnswer: received, mayHaveBeenSent: true)
        case .notMCP:
            return request.outcome(withoutAnswer: received, mayHaveBeenSent: true, isCut: false)
        case .fault, .status, .unauthorized:
            if let status {
                return request.outcome(status: status, hasRetryAfter: hasRetryAfter, received, isCut: false)
            }
            // With a status of success, the server itself reports that the call failed.
            return request.outcome(withoutAnswer: received, mayHaveBeenSent: false, isCut: false)
        case .noCommonVersion, .inputRequired, .unsupported, .timedOut(isCall: false):
            return .notCreated(canBeSentAgain: false)
        }
    }
}
