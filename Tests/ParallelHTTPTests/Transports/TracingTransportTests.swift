import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct TracingTransportTests {
    private func trace(_ request: HTTPRequest, _ exchange: ScriptedTransport.Exchange) async -> [String] {
        let lines = Lock<[String]>([])
        let transport = TracingTransport(ScriptedTransport([exchange])) { line in lines.withLock { $0.append(line) } }
        _ = try? await transport.send(request)
        return lines.withLock { $0 }
    }

    @Test func `a trace shows what was sent and what came back but no secrets`() async throws {
        let url = try HTTPURL("https://h/v1/runs?timeout=30&token=hunter2&hunter2")
        var request = HTTPRequest(.post, url, body: Array("hunter2".utf8), resend: .never)
        request.headers.set("x-api-key", "hunter2", secret: true)
        request.headers.set("Authorization", "Bearer hunter2")
        request.headers.set("X-Unheard-Of", "hunter2")
        request.headers.set("Content-Type", "application/json")
        request.headers.set("Accept", "hunter2", secret: true)
        let lines = await trace(
            request,
            .init(
                .post, "/v1/runs", status: 202,
                headers: [
                    ("Content-Type", "text/\u{1B}[31mplain"), ("Set-Cookie", "hunter2"), ("X-RateLimit-Left", "3"),
                ],
                body: "hunter2"))
        #expect(lines.count == 11)
        #expect(
            lines.prefix(7) == [
                "> POST https://h/v1/runs?timeout=30&token=***&***", "> x-api-key: ***", "> Authorization: ***",
                "> X-Unheard-Of: ***", "> Content-Type: application/json", "> Accept: ***", "> (7 bytes)",
            ])
        #expect(lines[7].hasPrefix("< 202 in ") && lines[7].hasSuffix(" ms"))
        #expect(lines.suffix(3) == ["< Content-Type: text/?[31mplain", "< Set-Cookie: ***", "< X-RateLimit-Left: 3"])
    }

    /// The timings in the answer's line.
    private func shown(_ timings: HTTPResponse.Timings) async throws -> String {
        let request = HTTPRequest(.get, try HTTPURL("https://h/"), resend: .safe)
        let lines = await trace(request, .init(.get, "/") { _ in HTTPResponse(status: 200, timings: timings) })
        return String(lines[1].drop { $0 != "(" })
    }

    @Test func `an answer tells when the steps to it were reached`() async throws {
        var timings = HTTPResponse.Timings()
        #expect(try await shown(timings) == "")
        timings.connected = .milliseconds(3)
        timings.firstByte = .milliseconds(810)
        #expect(try await shown(timings) == "(connected 3 ms, first byte 810 ms)")
        timings.secured = .milliseconds(40)
        #expect(try await shown(timings) == "(connected 3 ms, TLS 40 ms, first byte 810 ms)")
        timings.reusedConnection = true
        #expect(try await shown(timings) == "(reused connection, first byte 810 ms)")
    }

    @Test func `a server's answer has timings`() async throws {
        let server = try RawServer { connection in
            while connection.readRequest() != nil { connection.respond() }
        }
        let lines = Lock<[String]>([])
        let transport = TracingTransport(CurlTransport(TransportOptions(userAgent: "test"))) { line in
            lines.withLock { $0.append(line) }
        }
        for _ in 0..<2 { _ = try await transport.send(HTTPRequest(.get, try server.url(), resend: .safe)) }
        let answers = lines.withLock { $0.filter { $0.hasPrefix("< 200 in ") } }
        #expect(answers.first?.contains(" ms (connected ") == true && answers.first?.contains("TLS") == false)
        #expect(answers.last?.contains(" ms (reused connection, first byte ") == true)
    }

    @Test func `a trace ends with the failure`() async throws {
        let error = HTTPError(.connect, "cannot connect to https://h", mayHaveBeenSent: false)
        let request = HTTPRequest(.get, try HTTPURL("https://h/"), resend: .safe)
        let lines = await trace(request, .init(.get, "/", failing: error))
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix("! cannot connect to https://h after ") == true)
    }
}
