import CCurl

/// HTTP over libcurl: HTTP/2 where TLS negotiates it, connection reuse, compression, and cancellation of running
/// transfers.
///
/// It neither follows redirects nor resends; wrappers do both where the request allows it.
package final class CurlTransport: HTTPTransport {
    private let engine: CurlEngine

    package init(_ options: TransportOptions) {
        engine = CurlEngine(options)
    }

    /// Sets the environment so that the libraries behind libcurl skip what the program doesn't need. Call it first,
    /// while there is only one thread.
    package static func prepareProcess() { ccurl_set_environment() }

    /// Starts the loop thread, which opens libcurl, before the first request. That request reports a failure.
    package func prepare() {
        engine.start()
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try request.check()
        let pending = PendingResponse()
        let head = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                pending.await(waiter)
                engine.post(.start(request, pending))
            }
        } onCancel: {
            engine.cancel(pending)
        }
        let body =
            request.streamsBody ? HTTPBody(ArrivingBody(pending: pending, engine: engine)) : HTTPBody(head.body)
        return HTTPResponse(status: head.status, headers: head.headers, body: body, timings: head.timings)
    }
}

/// The reader's end of a body that is still arriving. The transfer ends when the last reference is dropped.
private final class ArrivingBody: StreamedBody {
    private let pending: PendingResponse
    private let engine: CurlEngine

    init(pending: PendingResponse, engine: CurlEngine) {
        self.pending = pending
        self.engine = engine
    }

    deinit {
        if !pending.isFinished { engine.cancel(pending) }
    }

    func noteProgress() { pending.noteProgress() }

    func next() async throws -> [UInt8]? {
        let chunk = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                if pending.read(waiter) { engine.post(.resume(pending)) }
            }
        } onCancel: {
            engine.cancel(pending)
        }
        // Gives other tasks a turn, even if a server sends without a pause.
        await Task.yield()
        return chunk
    }
}

extension HTTPRequest {
    /// Throws for header fields that would change where the request begins or ends.
    func check() throws(HTTPError) {
        for field in headers {
            guard HTTPHeaders.isValidName(field.name), HTTPHeaders.isValidValue(field.value) else {
                let what = HTTPHeaders.isValidName(field.name) ? "the value of header \(field.name)" : "a header name"
                throw HTTPError(
                    .invalidRequest, "\(what) has characters that HTTP does not allow", mayHaveBeenSent: false)
            }
            let framing = ["content-length", "transfer-encoding", "connection", "expect"]
            if framing.contains(where: { HTTPHeaders.matches($0, field.name) }) {
                throw HTTPError(
                    .invalidRequest, "the header \(field.name) is set by the program itself", mayHaveBeenSent: false)
            }
        }
    }
}
