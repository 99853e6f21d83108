package import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// What became of a request to create something, such as a run, which costs money.
package enum CreationOutcome: Sendable, Equatable {
    /// The answer names what exists now.
    case created(WorkID)
    /// Nothing was created; `canBeSentAgain` says that the same request may succeed later.
    case notCreated(canBeSentAgain: Bool)
    /// It is not known whether something was created, so sending the request again could cost money twice.
    case uncertain
}

/// A request that creates something, or has another effect that must not come twice. It decides what an answer to it
/// means.
///
/// Only this type decides what a failed creation means: by the status, the header fields and the body of the answer, or
/// by the error that came instead of an answer.
package struct CreationRequest: Sendable {
    /// The kind of server that answers. It decides how the server's own errors look.
    package enum Server: Sendable {
        case api
        /// An MCP server, whose errors are JSON-RPC's, and which may create groups.
        case mcp
    }

    private let body: [UInt8]
    private let kind: WorkID.Kind?
    private let server: Server

    /// - Parameters:
    ///   - body: the body of the request. An answer may repeat ids in it, which are not taken for new ones.
    ///   - kind: what is created; nil if it has no id by which an answer could name it.
    package init(body: [UInt8], of kind: WorkID.Kind? = .run, to server: Server = .api) {
        self.body = body
        self.kind = kind
        self.server = server
    }

    /// Returns what an answer means.
    ///
    /// - A refusal (4xx other than 408 and 429) has created a run only if its member `run_id` names it (what else is
    ///   created has another member: `WorkID.Kind.member`).
    /// - Any other answer that names a run has created it.
    /// - 429 and 503 mean that nothing was created if the body is the server's own error, and so does a 429 with a
    ///   `Retry-After`. A gateway's page does not mean that: proxies, such as Varnish, send a 503 with a `Retry-After`
    ///   after they have passed the request on, too. Nor does JSON-RPC's response to this very request: the server has
    ///   taken it on then.
    /// - Redirects other than 303 mean that nothing was created. 303 may also follow work that was done (RFC 9110
    ///   §15.4.4).
    /// - Anything else is uncertain: a success without an id, 303, 408, and other statuses of 500 and above.
    ///
    /// - Parameter isCut: whether the body broke off, so that a word at its end may be incomplete.
    package func outcome(
        status: Int, headers: HTTPHeaders, body answer: [UInt8], isCut: Bool = false
    ) -> CreationOutcome {
        outcome(
            status: status, hasRetryAfter: headers.hasRetryAfter, answer, isCut: isCut, isResponse: isResponse(answer))
    }

    /// Returns what the error of a failed creation means.
    package func outcome(of error: any Error) -> CreationOutcome {
        switch error {
        case let error as HTTPError where error.kind == .redirectRefused:
            outcome(status: error.status ?? 303, hasRetryAfter: false, error.received, isCut: false)
        case let error as HTTPError:
            if let status = error.status, error.mayHaveBeenSent {
                outcome(status: status, hasRetryAfter: false, error.received, isCut: true)
            } else {
                outcome(
                    withoutAnswer: error.received, mayHaveBeenSent: error.mayHaveBeenSent,
                    canBeSentAgain: error.isTransient)
            }
        case let error as APIError:
            outcome(
                status: error.status, hasRetryAfter: error.retryAfter != nil, error.received, isCut: false)
        case let error as UnexpectedAnswer where error.mayHaveCreated:
            outcome(withoutAnswer: error.received, mayHaveBeenSent: true, isCut: false)
        case let error as WaitTimedOut:
            outcome(withoutAnswer: error.received, mayHaveBeenSent: true)
        case let error as ServerSentEventError:
            outcome(withoutAnswer: error.received, mayHaveBeenSent: true)
        case is CancellationError:
            .uncertain
        case let error as any CreationFailure:
            error.outcome(of: self)
        default:
            .notCreated(canBeSentAgain: false)
        }
    }

    /// Returns what it means that no complete answer came.
    package func outcome(
        withoutAnswer received: [UInt8], mayHaveBeenSent: Bool, canBeSentAgain: Bool = false, isCut: Bool = true
    ) -> CreationOutcome {
        if let id = id(in: received, isCut: isCut) { return .created(id) }
        return mayHaveBeenSent ? .uncertain : .notCreated(canBeSentAgain: canBeSentAgain)
    }

    /// Returns the same as `outcome(status:headers:body:isCut:)`.
    ///
    /// - Parameter isResponse: whether the body is JSON-RPC's response to this very request.
    package func outcome(
        status: Int, hasRetryAfter: Bool, _ answer: [UInt8], isCut: Bool, isResponse: Bool = false
    ) -> CreationOutcome {
        switch status {
        case 408, 429: break
        // A refusal may mention a run, or begin with a run's id, without having created it.
        case 400..<500:
            let named = isCut ? nil : namedID(in: answer)
            return named.map(CreationOutcome.created) ?? .notCreated(canBeSentAgain: false)
        default: break
        }
        if let id = id(in: answer, isCut: isCut) { return .created(id) }
        switch status {
        case 429, 503:
            let isBusy = (status == 429 && hasRetryAfter || isServersError(answer)) && !isResponse
            return isBusy ? .notCreated(canBeSentAgain: true) : .uncertain
        case 301, 302, 307, 308: return .notCreated(canBeSentAgain: false)
        default: return .uncertain
        }
    }

    // MARK: - Reading an answer

    /// Returns the id in an answer: that of its own member, otherwise the first word that looks like one. For an MCP
    /// server, the id of a group takes precedence over that of a run.
    private func id(in answer: [UInt8], isCut: Bool) -> WorkID? {
        if let id = namedID(in: answer) { return id }
        let known = knownIDs
        let ids = WorkID.all(in: answer, isCut: isCut).filter { !known.contains($0.text) }
        let group = server == .mcp ? ids.first(where: \.isGroup) : nil
        return group ?? ids.first { kind != nil && $0.kind == kind && TaskRun.isTypable($0.text) }
    }

    /// Returns the id in the member of an answer that names what was created.
    private func namedID(in answer: [UInt8]) -> WorkID? {
        let id = kind.flatMap { TaskRun.id($0.member, namedIn: answer) }
        return id.flatMap { knownIDs.contains($0) ? nil : WorkID($0) }
    }

    private var knownIDs: Set<String> { Set(WorkID.all(in: body).map(\.text)) }

    /// Whether `answer` is JSON-RPC's response to the message in `body`, by its id.
    private func isResponse(_ answer: [UInt8]) -> Bool {
        guard server == .mcp, let json = try? JSONValue.parse(answer), json["jsonrpc"] != nil,
            let id = (try? JSONValue.parse(body))?["id"]
        else { return false }
        return json["id"] == id
    }

    /// Whether `answer` is an error in the server's own format, which a gateway in front of it does not use.
    private func isServersError(_ answer: [UInt8]) -> Bool {
        guard let json = try? JSONValue.parse(answer), let error = json["error"]?.object else { return false }
        let isOfAPI = json["type"]?.string == "error" || error["ref_id"]?.string != nil
        return isOfAPI || server == .mcp && json["jsonrpc"]?.string == "2.0" && error["code"] != nil
    }
}

/// An error of another module that knows what it means for a creation.
package protocol CreationFailure: Error {
    /// Returns what became of `request`, which failed with this error.
    func outcome(of request: CreationRequest) -> CreationOutcome
}

extension HTTPHeaders {
    fileprivate var hasRetryAfter: Bool { ["retry-after", "retry-after-ms"].contains { self[$0] != nil } }
}

extension HTTPRequest {
    /// Returns the request with the rule that it may be sent again only if `creation` says that nothing was created.
    package func creating(_ creation: CreationRequest) -> HTTPRequest {
        var request = self
        request.saysNothingWasDone = { status, headers, body in
            if case .notCreated = creation.outcome(status: status, headers: headers, body: body) { true } else { false }
        }
        return request
    }
}
