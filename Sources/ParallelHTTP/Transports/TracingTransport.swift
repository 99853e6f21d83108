/// Reports requests and answers line by line, for `--verbose`. Bodies and secrets are never shown.
///
/// Lines start with `>` for what is sent, `<` for what comes back, `!` for a failure. The callback may be called from
/// any thread; lines of requests that run at the same time interleave. A brief report has one line for both.
package struct TracingTransport: HTTPTransport {
    private let wrapped: any HTTPTransport
    private let clock: any Clock<Duration>
    private let isBrief: Bool
    private let emit: @Sendable (String) -> Void

    package init(
        _ wrapped: any HTTPTransport, clock: any Clock<Duration> = ContinuousClock(), isBrief: Bool = false,
        emit: @escaping @Sendable (String) -> Void
    ) {
        self.wrapped = wrapped
        self.clock = clock
        self.isBrief = isBrief
        self.emit = emit
    }

    package func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await send(request, on: clock)
    }

    private func send<C: Clock<Duration>>(_ request: HTTPRequest, on clock: C) async throws -> HTTPResponse {
        let line = "\(request.method.rawValue) \(request.url.redacted(showing: ["timeout"]))"
        let size = request.body.map { "(\($0.count) bytes)" }
        if !isBrief {
            emit("> \(line)")
            emitFields(of: request.headers, after: ">")
            if let size { emit("> \(size)") }
        }
        let start = clock.now
        do {
            let response = try await wrapped.send(request)
            let wait = start.duration(to: clock.now).wholeMilliseconds
            let answer = "\(response.status) in \(wait) ms\(response.timings.inBrackets)"
            emit(isBrief ? "> \(line) \(size.map { $0 + " " } ?? "")< \(answer)" : "< \(answer)")
            if !isBrief { emitFields(of: response.headers, after: "<") }
            return response
        } catch let error as HTTPError {
            emit(
                "! \(isBrief ? line + ": " : "")\(error.message) after \(start.duration(to: clock.now).wholeMilliseconds) ms"
            )
            throw error
        }
    }

    private func emitFields(of headers: HTTPHeaders, after sign: String) {
        for field in headers {
            emit("\(sign) \(Redaction.shownName(of: field)): \(Redaction.shownValue(of: field))")
        }
    }
}

extension HTTPResponse.Timings {
    /// ` (connected 3 ms, TLS 40 ms, first byte 810 ms)`; empty if nothing is known.
    package var inBrackets: String {
        let connecting = reusedConnection ? [] : [("connected", connected), ("TLS", secured)]
        let steps = (connecting + [("first byte", firstByte)]).filter { $1 > .zero }
        let parts =
            (reusedConnection ? ["reused connection"] : []) + steps.map { "\($0) \($1.wholeMilliseconds) ms" }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }
}
