import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct RecorderTests {
    private let request = Request(method: "GET", path: "/v1/search")

    @Test func `the last requests are kept, and no more`() {
        let recorder = ExchangeRecorder()
        for _ in 0..<3 * ExchangeRecorder.limit {
            let number = recorder.begin(request)
            _ = recorder.end(number, .json(200, ["a": 1]))
        }
        let snapshot = recorder.snapshot(since: 0)
        #expect(snapshot.total == 1500)
        #expect(snapshot.first == 1001)
        #expect(snapshot.changed.map(\.number) == Array(1001...1500))
        #expect(recorder.exchange(1500)?.status == 200)
        #expect(recorder.exchange(1) == nil)
    }

    @Test func `the last runs are kept in a list, and no more`() {
        var list = LastItems<Int>()
        for number in 1...1001 { list.append(number) }
        #expect(Array(list.last) == Array(802...1001))
    }

    @Test func `a head of any size is kept in part`() {
        let recorder = ExchangeRecorder()
        let long = String(repeating: "é", count: 100_000)
        var large = Request(method: "GET", path: "/" + long)
        large.queryItems = Array(repeating: (long, long), count: 200)
        large.headers = ["accept": long]
        let kept = recorder.exchange(recorder.begin(large))?.request
        #expect(kept?.path.unicodeScalars.count == 2000)
        #expect(kept?.queryItems.count == 100 && kept?.queryItems[0].name.unicodeScalars.count == 2000)
        #expect(kept?.headers["accept"]?.unicodeScalars.count == 2000)
    }

    @Test func `a stream is kept as it is sent, up to a limit`() async throws {
        let recorder = ExchangeRecorder()
        let number = recorder.begin(request)
        let reply = recorder.end(number, .events(Pieces(count: 5, size: 5000)))
        guard case .stream(let stream) = reply.body else { throw ConnectionAborted() }
        _ = try await stream.next()
        #expect(recorder.exchange(number)?.progress == .streaming)
        #expect(recorder.exchange(number)?.answer.size == 5000)
        while try await stream.next() != nil {}
        #expect(recorder.exchange(number)?.progress == .done)
        #expect(recorder.exchange(number)?.answer.size == 25_000)
        #expect(recorder.exchange(number)?.answer.bytes.count == CutText.limit)
    }

    @Test func `a stream that nobody reads to its end is broken off`() async throws {
        let recorder = ExchangeRecorder()
        let number = recorder.begin(request)
        do { _ = recorder.end(number, .events(Pieces(count: 5, size: 1))) }
        #expect(recorder.exchange(number)?.progress == .broken)
    }

    private actor Pieces: ReplyStream {
        private var left: Int
        private let size: Int

        init(count: Int, size: Int) {
            left = count
            self.size = size
        }

        func next() -> [UInt8]? {
            if left == 0 { return nil }
            left -= 1
            return Array(repeating: 0x61, count: size)
        }
    }

    // MARK: - Secrets

    @Test(arguments: [
        (
            #"{"headers": {"a": "s", "b": ["s", 1, {"c": "s"}]}, "x": "y"}"#,
            #"{"headers": {"a": "***", "b": ["***", ***, {"c": "***"}]}, "x": "y"}"#
        ),
        (#"{"head\u0065rs":{"a":"s"}}"#, #"{"head\u0065rs":{"a":"***"}}"#),
        (#"{"Authorization" : "s", "y": ["s"]}"#, #"{"Authorization" : "***", "y": ["s"]}"#),
        (
            #"{"tools": [{"type": "mcp", "authorization": "s", "server_url": "u"}]}"#,
            #"{"tools": [{"type": "mcp", "authorization": "***", "server_url": "u"}]}"#
        ),
        (#"{"access_token":"s","expires_in":600}"#, #"{"access_token":"***","expires_in":600}"#),
        (#"{"password": {"type": "string"}}"#, #"{"password": {"type": "string"}}"#),
        (#"{"headers": {"a": "cut he"#, #"{"headers": {"a": "***""#),
        (#"{"api_key": "a\"b\\", "n": 1.10}"#, #"{"api_key": "***", "n": 1.10}"#),
        (#"{"code": 5, "key": "plain", "message": "code"}"#, #"{"code": 5, "key": "plain", "message": "code"}"#),
        ("event: a\ndata: {\"token\": \"s\"}\n\n", "event: a\ndata: {\"token\": \"***\"}\n\n"),
        ("it's 5\" wide\n{\"secret\": \"s\"}", "it's 5\" wide\n{\"secret\": \"***\"}"),
        (
            #"{"url": "https://u:s@h/x?api_key=s&y=1", "b": "a?code=s"}"#,
            #"{"url": "https://***@h/x?api_key=***&y=1", "b": "a?code=s"}"#
        ),
        (
            #"{"webhook": {"url": "https://h/x?k=s", "event_types": ["a"]}, "urls": ["https://h/?k=v"]}"#,
            #"{"webhook": {"url": "https://h/x?***", "event_types": ["a"]}, "urls": ["https://h/?k=v"]}"#
        ),
        (
            #"{"mcp_servers": [{"url": "https://h/x?k=s", "allowed_tools": ["a"]}], "n": 1}"#,
            #"{"mcp_servers": [{"url": "https://h/x?***", "allowed_tools": ["a"]}], "n": 1}"#
        ),
        (#"{"a": "\"#, #"{"a": "\"#), ("", ""), ("]]}}\"", "]]}}\""),
    ])
    func `secrets in JSON are hidden, and nothing else is touched`(text: String, shown: String) {
        #expect(String(decoding: SecretMask.json(Array(text.utf8)), as: UTF8.self) == shown)
    }

    @Test(arguments: [
        ("grant_type=a&client_secret=s&code=s&scope=read", "grant_type=a&client_secret=***&code=***&scope=read"),
        ("client%5Fsecret=s&k", "client%5Fsecret=***&k"), ("", ""),
    ])
    func `secrets in forms and queries are hidden`(text: String, shown: String) {
        #expect(SecretMask.fields(text) == shown)
    }

    @Test(arguments: [
        ("http://user:s@127.0.0.1:9/a@b?token=s&x=1", "http://***@127.0.0.1:9/a@b?token=***&x=1"),
        ("http://127.0.0.1:9/hook", "http://127.0.0.1:9/hook"), ("http://u:s@h", "http://***@h"), ("x", "x"),
    ])
    func `secrets in addresses are hidden`(text: String, shown: String) {
        #expect(SecretMask.address(text) == shown)
    }
}
