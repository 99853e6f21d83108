import ParallelCLI
import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct APICommandTests {
    private func api(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(["api"] + words, exchanges, stdin: stdin, sourceLocation: sourceLocation)
    }

    @Test func `an answer is printed as it came, with the query that was typed`() async {
        let body = #"{"b":1.10,"a":[2e400]}"#
        let run = await api(
            ["get", "/v1/x%2Fy?a=1&b=c%20d", "-f", "e=f"], [.init(.get, "/v1/x%2Fy?a=1&b=c%20d&e=f", body: body)])
        #expect(run.code == .success && run.output == body + "\n" && run.errors == "")
        #expect(run.requests.first?.headers["x-api-key"] == "test-key")
    }

    @Test func `fields make a body, of texts and of JSON`() async {
        let run = await api(
            ["POST", "/v1/search", "-f", "a=1", "-F", "b=[1.50,null]", "-F", "c={}", "-H", "X-Trace: t"],
            [.init(.post, "/v1/search", body: "{}")])
        #expect(run.code == .success && run.sentBody == #"{"a":"1","b":[1.50,null],"c":{}}"#)
        #expect(run.requests.first?.headers["x-trace"] == "t")
    }

    @Test func `a body from standard input is sent as it is`() async {
        let run = await api(
            ["POST", "/v1/x", "--input", "-"], [.init(.post, "/v1/x", status: 204)], stdin: #"{ "a" : 1 }"#)
        #expect(run.code == .success && run.sentBody == #"{ "a" : 1 }"#)
    }

    @Test func `pages are followed, a line each`() async {
        let run = await api(
            ["GET", "/v1/monitors?limit=1", "--paginate"],
            [
                .init(.get, "/v1/monitors?limit=1", body: #"{"monitors":[1],"next_cursor":"c&1"}"#),
                .init(.get, "/v1/monitors?limit=1&cursor=c%261", body: #"{"monitors":[2],"next_cursor":null}"#),
            ])
        #expect(
            run.output == #"{"monitors":[1],"next_cursor":"c&1"}"# + "\n" + #"{"monitors":[2],"next_cursor":null}"#
                + "\n")
    }

    @Test func `a cursor that comes again ends the pages`() async {
        let page = #"{"monitors":[],"next_cursor":"c"}"#
        let run = await api(
            ["GET", "/v1/monitors", "--paginate"],
            [.init(.get, "/v1/monitors", body: page), .init(.get, "/v1/monitors?cursor=c", body: page)])
        #expect(run.code == .success && run.output == page + "\n" + page + "\n")
    }

    @Test func `events of a stream are lines of JSON`() async {
        let stream = ": hello\n\nevent: a\ndata: {\"n\":1.0}\n\ndata: [DONE]\n\n"
        let run = await api(
            ["POST", "/v1/responses", "-F", "stream=true"],
            [.init(.post, "/v1/responses", headers: [("content-type", "text/event-stream")], body: stream)])
        #expect(run.output == "{\"n\":1.0}\n\"[DONE]\"\n")
    }

    @Test func `status and header fields are shown when asked for, and what is no JSON is passed on`() async {
        let run = await api(
            ["GET", "/x", "-i"], [.init(.get, "/x", headers: [("content-type", "text/plain")], body: "plain")])
        #expect(run.output == "HTTP 200\ncontent-type: text/plain\n\nplain")
    }

    @Test func `a refusal has its exit code, and its document on standard output`() async {
        let body = #"{"type":"error","error":{"ref_id":"r1","message":"no","detail":null}}"#
        let run = await api(["GET", "/x"], [.init(.get, "/x", status: 422, body: body)])
        #expect(run.code == .refused && run.output == body + "\n" && run.errors.contains("r1"))
    }

    @Test func `a POST whose answer is lost is not sent again`() async {
        let lost = HTTPError(.connectionLost, "connection lost", mayHaveBeenSent: true)
        let run = await api(["POST", "/x"], [.init(.post, "/x", failing: lost)])
        #expect(run.requests.count == 1 && run.errors.contains("it may have had its effect all the same"))
    }

    @Test func `a POST whose answer breaks off is said to have had its effect`() async {
        let run = await api(
            ["POST", "/x"],
            [
                .init(.post, "/x") { _ in
                    let chunks = AsyncThrowingStream<[UInt8], any Error> { stream in
                        stream.yield(Array("{".utf8))
                        stream.finish(throwing: HTTPError(.truncated, "broke off", mayHaveBeenSent: true))
                    }
                    return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
                }
            ])
        #expect(run.code == .unreachable && run.errors.contains("it may have had its effect all the same"))
    }

    @Test func `a dry run shows the request`() async {
        let run = await api(["POST", "/x?cursor=c", "-f", "a=b", "--dry-run"])
        #expect(run.code == .success && run.output.contains(#""body":{"a":"b"}"#) && !run.output.contains("test-key"))
        let curl = await api(["DELETE", "/x", "--curl"])
        #expect(
            curl.output.hasPrefix("curl -sS -X DELETE https://api.parallel.ai/x ") && !curl.output.contains("--data"))
    }

    @Test(arguments: [
        (["FETCH", "/x"], "'FETCH' is none of GET, POST"), (["GET", "v1"], "'v1' is no path"),
        (["GET", "https://evil.example/"], "is no path such as /v1/search"),
        (["GET", "//evil.example/x"], "is no path"),
        (["GET", "/../x"], "'..' and '.' have no place in it"),
        (["GET", "/x", "-H", "X-API-Key: k"], "the key comes from where all commands take it"),
        (["GET", "/x", "-H", "no"], "write it as 'Name: value'"), (["POST", "/x", "-F", "a=nope"], "is not JSON"),
        (["POST", "/x", "-f", "=1"], "is not KEY=VALUE"), (["GET", "/x", "--input", "-"], "a GET has no body"),
        (["POST", "/x", "--input", "-", "-f", "a=b"], "exclude each other"),
        (["POST", "/x", "--paginate"], "--paginate goes with GET"),
    ])
    func `a mistake is told before anything is sent`(words: [String], message: String) async {
        let run = await api(words)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }
}
