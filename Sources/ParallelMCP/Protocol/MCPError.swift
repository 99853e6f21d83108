package import ParallelAPI
package import ParallelAuth
import ParallelHTTP
package import ParallelJSON
package import ParallelSystem

/// The error for a request that an MCP server did not fulfil. A missing connection is an `HTTPError`, and an error of a
/// tool is a result.
package struct MCPError: Error, Sendable {
    package enum Kind: Sendable, Equatable {
        /// The server answered with a JSON-RPC error of this code; nil if it has no integer as its code.
        case errorResponse(code: Int?)
        /// The server answered with an HTTP status that is an error, without a JSON-RPC error.
        case status
        /// The server asks for credentials, or for other ones.
        case unauthorized
        /// The answer is not MCP.
        case notMCP
        case noCommonVersion
        /// The server asked for input that only a person or a model could give.
        case inputRequired
        /// The answer was lost and can't be requested again.
        case answerLost
        /// The time limit was over; `isCall` is true for the call of a tool that was still working.
        case timedOut(isCall: Bool)
        /// The server requires a feature that this client doesn't have.
        case unsupported
    }

    package let kind: Kind
    /// The message on one line, shortened, without secrets of the endpoint.
    package let message: String
    package var hints: [Hint] = []
    /// The HTTP status, if it was an error.
    package var status: Int?
    /// The `data` of a JSON-RPC error.
    package var data: JSONValue?
    /// What the server asks for, if it wants a bearer token.
    package var challenge: BearerChallenge?
    /// Whether an answer with an error status had a `Retry-After`.
    var hasRetryAfter = false
    /// Whether an error is JSON-RPC's response to the request itself, by its id.
    var isResponse = false
    /// The received bytes of an answer that is an error, broke off or is not MCP; at most `HTTPError.maximumReceived`.
    package var received: [UInt8] = []

    init(_ kind: Kind, _ message: String, hints: [Hint] = []) {
        self.kind = kind
        self.message = message.shortened(to: 2_000)
        self.hints = hints
    }

    /// Makes the error for a JSON-RPC error.
    init(_ error: JSONRPCMessage.ErrorObject, of endpoint: MCPEndpoint) {
        let code = error.givenCode.map { " (\(endpoint.shown($0.string ?? $0.serialized())))" } ?? ""
        var message = "'\(endpoint.name)' answered with an error: \(endpoint.shown(error.message))\(code)"
        if error.code == MCPErrorCode.urlElicitationRequired {
            let urls = (error.data?["elicitations"]?.array ?? []).compactMap { $0["url"]?.string }
            message += ": open \(urls.map { endpoint.secrets.shortened($0) }.joined(separator: ", ")) first"
        }
        self.init(.errorResponse(code: error.code), message)
        data = error.data
        let words: JSONValue = ["message": .string(error.message), "data": error.data ?? .null]
        received = Array(words.bytes().prefix(HTTPError.maximumReceived))
    }

    /// Whether the server offers a login with OAuth.
    package var offersLogin: Bool { challenge?.resourceMetadata != nil }

    var code: Int? {
        if case .errorResponse(let code) = kind { code } else { nil }
    }

    /// Returns whether the server does not know the session, so that it has not done anything: it says so with 404, or
    /// with 400 and words such as "No valid session ID provided" or "Server not initialized".
    ///
    /// - Parameter isCall: whether a tool was called, which must not happen twice. A tool may itself speak of sessions,
    ///   so its call counts as not done only if the server speaks of nothing else.
    func saysSessionIsUnknown(isCall: Bool) -> Bool {
        // The same SDK has this code for a request that timed out, too.
        let isSessionCode =
            code == MCPErrorCode.sessionNotFound && !receivedWords.contains { $0 == "timed" || $0 == "timeout" }
        if isCall, code == MCPErrorCode.invalidParams || !isSessionCode && !speaksOfSessionOnly { return false }
        if status == 404 { return true }
        guard status == 400 else { return false }
        if isSessionCode { return true }
        if let code, MCPErrorCode.ownCodes.contains(code) { return false }
        // Ids are left out: "Session 4711 not found".
        let words = receivedWords.filter { !$0.utf8.contains(where: \.isASCIIDigit) }
        for (index, word) in words.enumerated() {
            let near = words[max(0, index - 3)..<min(index + 4, words.count)]
            switch word {
            case "sessionid": return true
            case "session" where words.dropFirst(index + 1).first == "id": return true
            case "session", "initialized": if near.contains(where: Self.denials.contains) { return true }
            default: break
            }
        }
        return false
    }

    /// Whether what was received has no word but those by which servers say that they do not know a session; also if
    /// it is empty. Ids are left out: words with digits, or of the letters of hexadecimal numbers.
    private var speaksOfSessionOnly: Bool {
        receivedWords.allSatisfy { word in
            Self.wordsAboutSessions.contains(word) || word.utf8.contains(where: \.isASCIIDigit)
                || word.utf8.count > 3 && word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) }
        }
    }

    private static let wordsAboutSessions = denials.union([
        "session", "sessions", "sessionid", "id", "ids", "mcp", "header", "http", "server", "client", "request", "bad",
        "error", "errors", "message", "detail", "details", "data", "null", "status", "code", "type", "true", "false",
        "found", "find", "exist", "exists", "does", "doesn", "t", "could", "valid", "provided", "initialized",
        "initialize", "initialise", "reinitialize", "re", "has", "have", "been", "is", "was", "be", "the", "a", "an",
        "or", "and", "of", "for", "in", "to", "this", "that", "your", "such", "with", "by", "please", "start", "new",
        "again", "active", "inactive", "any", "longer", "must", "locate", "unable", "lost", "jsonrpc", "page",
    ])

    /// The words in what was received, in lower case.
    private var receivedWords: [String] {
        received.split { !$0.isASCIILetterOrDigit }.map { String(decoding: $0, as: UTF8.self).asciiLowercased }
    }

    /// Words within three words of "session" or "initialized" by which servers say that they do not know the session.
    private static let denials: Set<String> = [
        "not", "no", "cannot", "unknown", "invalid", "expired", "missing", "required", "terminated", "closed", "ended",
        "gone",
    ]

    /// Whether the server refuses the version in the header section, so that it has not done anything.
    var saysVersionIsUnsupported: Bool { status == 400 && receivedWords.contains("version") }

    /// Returns the newest version of ours but `refused` that a refusal names, in `data.supported` or in words.
    func version(besides refused: String) -> String? {
        switch kind {
        case .errorResponse, .status: break
        default: return nil
        }
        let words = Set(
            received.split { !$0.isASCIIDigit && $0 != UInt8(ascii: "-") }.map { String(decoding: $0, as: UTF8.self) })
        return MCPVersion.legacy.first { $0 != refused && words.contains($0) }
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
        case .errorResponse, .status, .unauthorized:
            if let status {
                return request.outcome(
                    status: status, hasRetryAfter: hasRetryAfter, received, isCut: false, isResponse: isResponse)
            }
            // With a successful status, the server itself reports that the call failed; an error without a code may
            // be about an answer that was lost on the way.
            return request.outcome(withoutAnswer: received, mayHaveBeenSent: code == nil, isCut: false)
        case .noCommonVersion, .inputRequired, .unsupported, .timedOut(isCall: false):
            return .notCreated(canBeSentAgain: false)
        }
    }
}
