import ParallelAPI
import ParallelHTTP
import Testing

/// What a failed creation means, by everything that is known of it.
@Suite struct CreationOutcomeTests {
    private static let own = #"{"type":"error","error":{"ref_id":"r","message":"no","detail":null}}"#
    private static let rpc = #"{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}"#
    private static let html = "<html><body>503 Service Temporarily Unavailable</body></html>"

    private static let no = CreationOutcome.notCreated(canBeSentAgain: false)
    private static let later = CreationOutcome.notCreated(canBeSentAgain: true)
    private static func made(_ id: String = "trun_7f") -> CreationOutcome { .created(WorkID(id)) }

    struct Case: CustomTestStringConvertible {
        let status: Int
        var headers: [(String, String)] = []
        let body: String
        let outcome: CreationOutcome
        var testDescription: String { "\(status) \(headers.map(\.0)) \(body.prefix(60))" }

        init(_ status: Int, with headers: [(String, String)] = [], _ body: String, _ outcome: CreationOutcome) {
            (self.status, self.headers, self.body, self.outcome) = (status, headers, body, outcome)
        }
    }

    private static let wait = [("Retry-After", "7")]

    @Test(arguments: [
        // The server says that it is busy, or something in front of it does.
        Case(503, own, later), Case(503, with: wait, own, later),
        // Varnish answers so when the server behind it has broken off.
        Case(503, with: wait, "", .uncertain), Case(503, with: wait, html, .uncertain),
        Case(503, with: [("retry-after-ms", "7")], "", .uncertain),
        Case(503, html, .uncertain), Case(503, "", .uncertain), Case(503, #"{"message":"no"}"#, .uncertain),
        Case(503, #"{"error":"busy"}"#, .uncertain), Case(503, #"{"detail":"busy"}"#, .uncertain),
        Case(503, #"{"error":{"message":"upstream reset"}}"#, .uncertain), Case(503, rpc, .uncertain),
        Case(503, String(own.dropLast(5)), .uncertain),
        Case(503, #"{"error":{"ref_id":"r","message":"no"}}"#, later),
        Case(429, own, later), Case(429, with: wait, html, later),
        Case(429, with: [("retry-after-ms", "7")], "", later), Case(429, html, .uncertain), Case(429, "", .uncertain),
        // Nobody knows how far the server got.
        Case(500, own, .uncertain), Case(502, own, .uncertain), Case(504, with: wait, own, .uncertain),
        Case(502, "", .uncertain), Case(408, own, .uncertain), Case(520, html, .uncertain),
        // It refuses.
        Case(400, own, no), Case(401, own, no), Case(402, own, no), Case(403, html, no), Case(404, "", no),
        Case(405, own, no), Case(409, own, no), Case(413, html, no), Case(422, with: wait, own, no),
        // It points elsewhere; 303 also where it has done what it was asked.
        Case(301, "", no), Case(302, html, no), Case(307, "", no), Case(308, own, no), Case(303, "", .uncertain),
        Case(300, own, .uncertain), Case(304, "", .uncertain),
        // It has taken the run on, and its answer makes no sense.
        Case(200, "", .uncertain), Case(202, "{}", .uncertain), Case(202, html, .uncertain),
        // Whatever the status, the answer tells of the run.
        Case(503, #"{"run_id":"trun_7f","status":"queued"}"#, made()), Case(503, with: wait, "see trun_7f", made()),
        Case(429, #"{"type":"error","error":{"ref_id":"r","message":"trun_7f is late"}}"#, made()),
        Case(307, "see trun_7f", made()), Case(302, #"{"run_id":"r5"}"#, made("r5")),
        Case(500, "gave up behind trun_7f", made()), Case(202, "trun_7f", made()),
        Case(400, #"{"run_id":"trun_7f"}"#, made()),
        // A refusal may mention one, and any answer the one that it was asked about.
        Case(404, "no trun_7f", no), Case(422, #"{"detail":{"run_id":"trun_7f"}}"#, no),
        Case(500, "no trun_old", .uncertain), Case(503, own.replacingNo("no trun_old"), later),
        Case(400, #"{"run_id":"trun_old"}"#, no),
        // No id that could be typed, and none of a run.
        Case(500, #"{"run_id":"a;rm -rf /"}"#, .uncertain), Case(500, "tgrp_1", .uncertain),
    ])
    private func `an answer means what its status, header and body say together`(_ row: Case) {
        let request = CreationRequest(body: Array(#"{"previous_interaction_id":"trun_old"}"#.utf8))
        let outcome = request.outcome(
            status: row.status, headers: HTTPHeaders(row.headers), body: Array(row.body.utf8))
        #expect(outcome == row.outcome)
    }

    @Test(arguments: [
        Case(503, rpc, later), Case(503, own, later), Case(503, html, .uncertain), Case(500, rpc, .uncertain),
        Case(400, rpc, no), Case(502, "tgrp_1 with trun_7f", made("tgrp_1")), Case(502, "trun_7f", made()),
    ])
    private func `an MCP server's own errors are JSON-RPC's, and it may have created a group`(_ row: Case) {
        let outcome = CreationRequest(body: [], to: .mcp).outcome(
            status: row.status, headers: HTTPHeaders(row.headers), body: Array(row.body.utf8))
        #expect(outcome == row.outcome)
    }

    @Test(arguments: [
        Case(400, #"{"monitor_id":"monitor_1"}"#, made("monitor_1")), Case(500, "made monitor_1", made("monitor_1")),
        Case(500, "see trun_7f", .uncertain), Case(400, #"{"run_id":"trun_7f"}"#, no),
    ])
    private func `an answer names what is created, not something else`(_ row: Case) {
        let outcome = CreationRequest(body: [], of: .monitor).outcome(
            status: row.status, headers: HTTPHeaders(row.headers), body: Array(row.body.utf8))
        #expect(outcome == row.outcome)
    }

    @Test func `what has no id of its own can't be named by an answer`() {
        let outcome = CreationRequest(body: [], of: nil).outcome(
            status: 500, headers: HTTPHeaders(), body: Array("see trun_7f and monitor_1".utf8))
        #expect(outcome == .uncertain)
    }

    @Test(arguments: [(1, CreationOutcome.uncertain), (2, later)])
    private func `JSON-RPC's response to the request itself does not say that nothing was done`(
        id: Int, outcome: CreationOutcome
    ) {
        for server in [CreationRequest.Server.mcp, .api] {
            let request = CreationRequest(body: Array(#"{"jsonrpc":"2.0","id":\#(id)}"#.utf8), to: server)
            let found = request.outcome(
                status: 429, headers: HTTPHeaders(Self.wait), body: Array(Self.rpc.utf8))
            #expect(found == (server == .api ? Self.later : outcome))
        }
    }

    @Test(
        arguments: [
            (HTTPError.Kind.connect, false, nil, "", later), (.tls, false, nil, "", no),
            (.invalidRequest, false, nil, "", no),
            (.connectionLost, true, nil, "", .uncertain), (.timeout, true, nil, "", .uncertain),
            (.cancelled, true, nil, "", .uncertain), (.cancelled, false, nil, "", no),
            (.tooLarge, true, nil, "", .uncertain),
            // What had come of the answer counts.
            (.truncated, true, 202, #"{"run_id":"trun_7f","st"#, made()),
            (.truncated, true, 202, "trun_7f", .uncertain),
            (.timeout, true, nil, "trun_7f ", made()), (.truncated, true, 422, #"{"error":{"#, no),
            (.truncated, true, 400, #"{"run_id":"trun_7f","st"#, no),
            (.truncated, true, 503, #"{"type":"error","err"#, .uncertain), (.truncated, true, 500, "", .uncertain),
            (.redirectRefused, true, 307, "", no), (.redirectRefused, true, 303, "", .uncertain),
            (.redirectRefused, true, 308, "see trun_7f", made()), (.redirectRefused, true, nil, "", .uncertain),
        ] as [(HTTPError.Kind, Bool, Int?, String, CreationOutcome)])
    private func `without a complete answer, the outcome depends on what was sent and received`(
        kind: HTTPError.Kind, mayHaveBeenSent: Bool, status: Int?, received: String, outcome: CreationOutcome
    ) {
        var error = HTTPError(kind, "it broke", mayHaveBeenSent: mayHaveBeenSent)
        (error.status, error.received) = (status, Array(received.utf8))
        #expect(CreationRequest(body: []).outcome(of: error) == outcome)
    }

    @Test func `errors of the client mean what their answers do`() {
        let request = CreationRequest(body: [])
        func error(_ status: Int, _ body: String, retryAfter: String? = nil) -> APIError {
            APIError(status: status, body: Array(body.utf8), contentType: nil, retryAfter: retryAfter)
        }
        #expect(request.outcome(of: error(503, Self.own)) == Self.later)
        #expect(request.outcome(of: error(503, Self.html)) == .uncertain)
        #expect(request.outcome(of: error(503, Self.html, retryAfter: "1")) == .uncertain)
        #expect(request.outcome(of: error(429, Self.html, retryAfter: "1")) == Self.later)
        #expect(request.outcome(of: error(422, Self.own)) == Self.no)
        let odd = UnexpectedAnswer(message: "", mayHaveCreated: true, received: Array("see trun_7f".utf8))
        #expect(request.outcome(of: odd) == Self.made())
        #expect(request.outcome(of: UnexpectedAnswer(message: "", mayHaveCreated: true)) == .uncertain)
        #expect(request.outcome(of: UnexpectedAnswer(message: "")) == Self.no)
        #expect(request.outcome(of: WaitTimedOut(received: Array("trun_7f ".utf8))) == Self.made())
        #expect(request.outcome(of: WaitTimedOut()) == .uncertain)
        #expect(request.outcome(of: CancellationError()) == .uncertain)
    }
}

extension String {
    /// The API's error with another message.
    fileprivate func replacingNo(_ message: String) -> String {
        split(separator: #""no""#, omittingEmptySubsequences: false).joined(separator: "\"\(message)\"")
    }
}
