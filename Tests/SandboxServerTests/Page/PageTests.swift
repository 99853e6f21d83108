import Foundation
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import SandboxServer

extension SandboxClient {
    /// Asks as the page's script does.
    func page(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> Answer {
        let own = ["x-sandbox-page": "1", "origin": "http://127.0.0.1:\(port)", "sec-fetch-site": "same-origin"]
        return try await send(
            method, "/_sandbox/" + path, body, headers: own.merging(headers) { $1 }, key: nil)
    }

    /// The page's state from the start on.
    func state(_ query: String = "") async throws -> JSONValue { try await page("GET", "state" + query).json }

    /// The newest request as the page shows it.
    func lastExchange() async throws -> JSONValue {
        let number = try #require(try await state()["requests"]?.array?.last?["number"]?.int)
        return try await page("GET", "requests/\(number)").json
    }

    func press(_ name: String, _ rules: String) async throws -> Answer {
        try await page("POST", "faults", #"{"name": "\#(name)", "rules": \#(rules)}"#)
    }
}

@Suite(.timeLimit(.minutes(10))) struct PageTests {
    private let search = #"{"objective": "o", "search_queries": ["q"]}"#

    // MARK: - Who gets the page

    @Test func `a browser gets the page, which needs and allows nothing from elsewhere`() async throws {
        try await withSandbox { client in
            let answer = try await client.send(
                "GET", "/", headers: ["accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"], key: nil)
            #expect(answer.status == 200)
            #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
            #expect(answer.text.hasPrefix("<!doctype html>") && answer.text.hasSuffix("</html>\n"))
            let policy = answer.headers["content-security-policy"] ?? ""
            for part in ["default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'", "base-uri 'none'"] {
                #expect(policy.contains(part))
            }
            #expect(!policy.contains("unsafe"))
            #expect(answer.headers["x-frame-options"] == "DENY")
            #expect(answer.headers["x-content-type-options"] == "nosniff")
            #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") })
            for element in ["style", "script"] {
                let text = answer.text.components(separatedBy: "<\(element)>")[1].components(
                    separatedBy: "</\(element)>")[0]
                let hash = Base64.encode(SHA256.hash(Array(text.utf8)))
                #expect(policy.contains("\(element)-src 'sha256-\(hash)'"))
            }
            #expect(!answer.text.contains("innerHTML") && !answer.text.contains(" onclick="))
            for word in ["src=", "@import", " url(", "https:"] { #expect(!answer.text.contains(word), "\(word)") }
            let head = try await client.send("HEAD", "/", headers: ["accept": "text/html"], key: nil)
            #expect(head.status == 200 && head.body.isEmpty)
        }
    }

    @Test(arguments: [
        ("GET", "/", ["accept": "*/*"]), ("GET", "/", ["accept": "application/json"]), ("GET", "/", [:]),
        ("POST", "/", ["accept": "text/html"]), ("GET", "/index.html", ["accept": "text/html"]),
        ("GET", "/_sandbox/state", [:]), ("DELETE", "/_sandbox/faults", ["accept": "text/html"]),
    ])
    func `to clients of the API, there is no page`(
        method: String, path: String, headers: [String: String]
    ) async throws {
        try await withSandbox { client in
            let answer = try await client.send(method, path, headers: headers)
            #expect(answer.status == 404)
            #expect(answer.error == "Not Found")
            #expect(answer.headers["x-frame-options"] == nil)
        }
    }

    @Test(arguments: [
        "evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:PORT",
        "127.0.0.1.evil.example:PORT", "[::1]", "169.254.169.254:PORT", "",
    ])
    func `a request under another name gets neither page nor data`(host: String) async throws {
        try await withSandbox { client in
            let host = host.replacingOccurrences(of: "PORT", with: "\(client.port)")
            let page = try await client.send("GET", "/", headers: ["host": host, "accept": "text/html"], key: nil)
            #expect(page.status == 403)
            #expect(
                page.text == "The sandbox's page is for this machine alone: open http://127.0.0.1:\(client.port)/\n")
            let data = try await client.page("GET", "state", headers: ["host": host, "origin": "http://\(host)"])
            #expect(data.status == 403)
            #expect(!data.text.contains("requests"))
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
    func `this machine has several names`(name: String) async throws {
        try await withSandbox { client in
            let host = "\(name):\(client.port)"
            let page = try await client.send("GET", "/", headers: ["host": host, "accept": "text/html"], key: nil)
            #expect(page.status == 200)
            #expect(
                try await client.page("GET", "state", headers: ["host": host, "origin": "http://\(host)"]).status == 200
            )
        }
    }

    @Test(arguments: [
        ["origin": "http://evil.example"], ["origin": "null"], ["origin": "http://127.0.0.1:1"],
        ["origin": "http://localhost:PORT"], ["sec-fetch-site": "cross-site"], ["sec-fetch-site": "same-site"],
        ["sec-fetch-site": "none"],
    ])
    func `another page presses no button and reads nothing`(marks: [String: String]) async throws {
        try await withSandbox { client in
            let marks = marks.mapValues { $0.replacingOccurrences(of: "PORT", with: "\(client.port)") }
            let rules = #"{"name": "n", "rules": {"faults": [{"status": 500}]}}"#
            for (method, path, body) in [
                ("GET", "state", nil), ("POST", "faults", rules), ("DELETE", "faults", nil),
                ("DELETE", "requests", nil),
            ] {
                let answer = try await client.page(method, path, body, headers: marks)
                #expect(answer.status == 403)
                #expect(answer.text == "Only the sandbox's own page may ask this.\n")
                #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") })
            }
            #expect(try await client.state()["faults"] == [])
            #expect(try await client.send("POST", "/v1/search", search).status == 200)
        }
    }

    @Test func `a browser that asks whether another page may send is not told so`() async throws {
        try await withSandbox { client in
            let answer = try await client.send(
                "OPTIONS", "/_sandbox/faults",
                headers: [
                    "origin": "http://evil.example", "access-control-request-method": "POST",
                    "access-control-request-headers": "x-sandbox-page",
                ], key: nil)
            #expect(answer.status == 404)
            #expect(!answer.headers.keys.contains { $0.hasPrefix("access-control") })
        }
    }

    @Test func `the page is not shown in a frame`() async throws {
        try await withSandbox { client in
            let answer = try await client.send(
                "GET", "/", headers: ["accept": "text/html", "sec-fetch-dest": "iframe"], key: nil)
            #expect(answer.status == 403)
            #expect(answer.text == "The sandbox's page is not shown inside other pages.\n")
        }
    }

    // MARK: - What it shows

    @Test func `requests are shown with why they were refused, and without secrets`() async throws {
        try await withSandbox { client in
            let body = """
                {"input": 5, "processor": "lite", "mcp_servers":
                 [{"name": "n", "url": "http://127.0.0.1:1/", "headers": {"Authorization": "secret-1"}}]}
                """
            let headers = ["authorization": "Bearer secret-2", "cookie": "secret-3", "x-own": "secret-4"]
            _ = try await client.send("POST", "/v1/tasks/runs?key=secret-5", body, headers: headers, key: "secret-6")
            let state = try await client.state()
            #expect(state["total"] == 1)
            let summary = try #require(state["requests"]?[0])
            #expect(summary["method"] == "POST")
            #expect(summary["target"] == "/v1/tasks/runs?key=***")
            #expect(summary["status"] == 422)
            #expect(summary["progress"] == "done")
            #expect(
                summary["reason"]
                    == "Unprocessable content: request validation error\nbody.input: Input should be a valid string or dictionary"
            )
            let whole = try await client.lastExchange()
            #expect(whole["body"]?["text"] == .string(body.replacingOccurrences(of: "secret-1", with: "***")))
            let fields = Dictionary(
                uniqueKeysWithValues: (whole["headers"]?.array ?? []).map {
                    ($0[0]?.string ?? "", $0[1]?.string ?? "")
                })
            #expect(fields["x-api-key"] == "***" && fields["authorization"] == "***" && fields["x-own"] == "***")
            #expect(fields["content-type"] == "application/json")
            #expect(!whole.serialized().contains("secret-") && !state.serialized().contains("secret-"))
        }
    }

    @Test func `only the beginning of a large body is kept, and said to be`() async throws {
        try await withSandbox { client in
            let text = String(repeating: "x", count: 1 << 20)
            _ = try await client.send("POST", "/v1/search", #"{"objective": "\#(text)"}"#)
            let body = try await client.lastExchange()["body"]
            #expect(body?["size"] == .number(JSONNumber((1 << 20) + 17)))
            #expect(body?["kept"] == .number(JSONNumber(CutText.limit)))
            #expect(body?["text"]?.string?.utf8.count == CutText.limit)
            #expect(try await client.state().serialized().utf8.count < 4000)
        }
    }

    @Test func `after a version, only what has changed is told`() async throws {
        try await withSandbox { client in
            _ = try await client.send("POST", "/v1/search", search)
            _ = try await client.run(#"{"input": "i", "processor": "lite"}"#)
            // The run ends at once, but the answer need not know yet.
            try await poll("the end of the run") {
                try await client.state()["runs"]?[0]?["status"] == "completed"
            }
            let state = try await client.state()
            func query() -> String {
                "?after=\(state["version"]?.int ?? -1)&runs=\(state["runs_version"]?.string ?? "")"
                    + "&webhooks=\(state["webhooks_version"]?.string ?? "")"
            }
            let same = try await client.state(query())
            #expect(same["requests"] == [])
            #expect(same["runs"] == nil && same["webhooks"] == nil)
            _ = try await client.send("POST", "/v1/extract", "{}")
            let next = try await client.state(query())
            #expect(next["requests"]?.array?.map { $0["target"] } == ["/v1/extract"])
            #expect(next["instance"] == state["instance"])
        }
    }

    @Test func `a run is shown with its events, tool calls, webhook and request`() async throws {
        try await withSandbox({ $0.webhookPause = .seconds(1000) }) { client in
            // Nothing listens at port 9, and the scenario makes the call fail.
            let path = try await client.run(
                """
                {"input": "<b>i</b>", "processor": "pro", "enable_events": true,
                 "webhook": {"url": "http://127.0.0.1:9/hook?token=secret-1", "event_types": ["task_run.status"]},
                 "mcp_servers": [{"name": "search", "url": "http://127.0.0.1:\(client.port)/mcp/search",
                                  "headers": {"x-token": "secret-2"}}],
                 "metadata": {"sandbox_tools": "web_search,web_fetch!", "sandbox_args": "{\\"objective\\": \\"o\\", \\"search_queries\\": [\\"q\\"]}"}}
                """)
            let id = try #require(path.split(separator: "/").last.map(String.init))
            try await poll("the first attempt of the webhook") {
                try await client.state()["webhooks"]?[0]?["attempts"]?.array?.count == 1
            }
            let run = try await client.page("GET", "runs/\(id)").json
            #expect(run["summary"]?["status"] == "completed")
            #expect(run["summary"]?["input"] == "<b>i</b>")
            #expect(run["events"]?.array?.contains { $0["message"] == "Called tool web_search of search." } == true)
            let calls = run["tool_calls"]?.array ?? []
            #expect(calls.map { $0["tool"] } == ["web_search", "web_fetch"])
            #expect(calls.first?["arguments"]?["text"] == #"{"objective":"o","search_queries":["q"]}"#)
            #expect(calls.first?["content"]?["text"]?.string?.contains("Sandbox result 1") == true)
            #expect(calls.last?["error"] == "Tool call failed: the scenario of this run asks for it")
            #expect(run["webhook"] == "http://127.0.0.1:9/hook?***")
            #expect(run["output"]?["size"]?.int ?? 0 > 0)
            #expect(!run.serialized().contains("secret-"))
            let state = try await client.state()
            let webhook = try #require(state["webhooks"]?[0])
            #expect(webhook["subject"] == .string(id))
            #expect(webhook["attempts"]?[0]?["status"] == .null)
            let next = try #require(webhook["next"]?.int)
            #expect(next > WallClock.milliseconds() + 500_000)
            #expect(!state.serialized().contains("secret-"))
            // What the run asked of the MCP server is a request as any other.
            #expect(state["requests"]?.array?.contains { $0["rpc"] == "tools/call web_search" } == true)
        }
    }

    @Test func `a group is shown with its runs, and a webhook elsewhere as not called`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let inputs = (0..<3).map { #"{"input": "row \#($0)", "processor": "lite"}"# }.joined(separator: ",")
            _ = try await client.send("POST", group + "/runs", #"{"inputs": [\#(inputs)]}"#)
            _ = try await client.run(
                #"{"input": "i", "processor": "lite", "webhook": {"url": "https://h.example/", "event_types": ["task_run.status"]}}"#
            )
            try await poll("the webhook") { try await client.state()["webhooks"]?.array?.count == 1 }
            let state = try await client.state()
            #expect(state["webhooks"]?[0]?["called"] == false)
            #expect(state["webhooks"]?[0]?["attempts"] == [])
            #expect(state["runs"]?.array?.map { $0["input"] } == ["i"])
            let id = try #require(state["groups"]?[0]?["taskgroup_id"]?.string)
            let shown = try await client.page("GET", "groups/\(id)").json
            #expect(shown["runs"]?.array?.map { $0["input"] } == ["row 0", "row 1", "row 2"])
        }
    }

    @Test func `what the page asks is neither logged nor told, nor shown`() async throws {
        try await withTemporaryFile { path in
            let lines = Lock([String]())
            try await withSandbox({
                $0.logFile = path
                $0.showRequest = { line in lines.withLock { $0.append(line) } }
            }) { client in
                _ = try await client.send("GET", "/", headers: ["accept": "text/html"], key: nil)
                _ = try await client.press("n", #"{"faults": [{"path": "/v1/extract", "status": 500}]}"#)
                _ = try await client.send("POST", "/v1/search", search)
                let state = try await client.state()
                #expect(state["requests"]?.array?.map { $0["target"] } == ["/v1/search"])
            }
            let log = String(decoding: try Files.read(path), as: UTF8.self)
            #expect(log.split(separator: "\n").count == 2)
            #expect(!log.contains("_sandbox"))
            #expect(lines.withLock { $0 }.count == 1)
        }
    }

    @Test func `clearing forgets requests, and an answer that comes later is not lost`() async throws {
        try await withSandbox { client in
            _ = try await client.press("late", #"{"faults": [{"action": "slow", "seconds": 0.3}]}"#)
            async let late = client.send("POST", "/v1/search", search)
            try await poll("the request") { try await client.state()["requests"]?[0]?["progress"] == "waiting" }
            #expect(try await client.page("DELETE", "requests").status == 200)
            #expect(try await client.state()["requests"] == [])
            #expect(try await late.status == 200)
            let state = try await client.state()
            #expect(state["requests"] == [])
            #expect(state["first"] == 2 && state["total"] == 1)
        }
    }

    // MARK: - Buttons

    @Test func `a rate limit hits as many requests as asked, and says who did it`() async throws {
        try await withSandbox { client in
            let pressed = try await client.press(
                "Rate limit", #"{"faults": [{"times": 2, "path": "/v1/search", "status": 429, "retry_after": 1}]}"#)
            #expect(pressed.json["faults"]?[0]?["left"] == 2)
            #expect(try await client.send("POST", "/v1/extract", "{}").status == 422)
            let refused = try await client.send("POST", "/v1/search", search)
            #expect(refused.status == 429)
            #expect(refused.headers["retry-after"] == "1")
            let state = try await client.state()
            #expect(state["requests"]?.array?.last?["fault"] == "Rate limit")
            #expect(state["requests"]?.array?.last?["reason"] == "Too many requests: quota temporarily exceeded")
            #expect(state["faults"]?[0]?["left"] == 1)
            #expect(try await client.send("POST", "/v1/search", search).status == 429)
            #expect(try await client.state()["faults"] == [])
            #expect(try await client.send("POST", "/v1/search", search).status == 200)
        }
    }

    @Test func `a lost answer has its effect and is shown as lost`() async throws {
        try await withSandbox { client in
            _ = try await client.press("Lose the answer", #"{"faults": [{"times": 1, "action": "lose"}]}"#)
            #expect(try await client.create(#"{"input": "i", "processor": "lite"}"#).status == 0)
            let state = try await client.state()
            #expect(state["requests"]?[0]?["progress"] == "dropped")
            #expect(state["requests"]?[0]?["status"] == .null)
            #expect(state["runs"]?.array?.count == 1)
        }
    }

    @Test func `runs fail and are slow until that is cleared`() async throws {
        try await withSandbox { client in
            let run = #"{"input": "i", "processor": "lite"}"#
            _ = try await client.press("Fail runs", #"{"runs": [{"status": "failed", "error": "so"}]}"#)
            let failed = try await client.run(run)
            try await poll("the failure") { try await client.get(failed).json["status"] == "failed" }
            #expect(try await client.get(failed).json["error"]?["message"] == "so")
            let pressed = try await client.press("Slow runs", #"{"runs": [{"delay": 1000}]}"#)
            let id = try #require(pressed.json["faults"]?[0]?["id"]?.int)
            #expect(pressed.json["faults"]?.array?.map { $0["left"] } == [.null, .null])
            _ = try await client.page("DELETE", "faults/\(id)")
            #expect(try await client.get(client.run(run)).json["is_active"] == true)
            #expect(try await client.page("DELETE", "faults").json["faults"] == [])
            let fine = try await client.run(run)
            try await poll("the end") { try await client.get(fine).json["status"] == "completed" }
        }
    }

    @Test func `a button comes before the control file, which counts on`() async throws {
        try await withTemporaryFile { path in
            try Files.replace(path, with: #"{"faults": [{"after": 1, "times": 1, "status": 503}]}"#)
            try await withSandbox({ $0.controlFile = path }) { client in
                _ = try await client.press("Server error", #"{"faults": [{"times": 1, "status": 500}]}"#)
                var statuses: [Int] = []
                for _ in 0..<3 { statuses.append(try await client.send("POST", "/v1/search", search).status) }
                #expect(statuses == [500, 503, 200])
                #expect(
                    try await client.state()["requests"]?.array?.map { $0["fault"] } == [
                        "Server error", "control file", .null,
                    ])
            }
        }
    }

    @Test(arguments: [
        (#"{"name": "n", "rules": {"faults": [{"action": "explode"}]}}"#, "unknown action 'explode'"),
        (#"{"name": "n", "rules": {"others": []}}"#, #"expected {"faults": [...], "runs": [...]}"#),
        (#"{"name": "n"}"#, #"expected JSON: {"name": ..., "rules": {"faults": [...]}}"#),
        ("no JSON", #"expected JSON: {"name": ..., "rules": {"faults": [...]}}"#),
    ])
    func `wrong rules are refused in words`(body: String, words: String) async throws {
        try await withSandbox { client in
            let answer = try await client.page("POST", "faults", body)
            #expect(answer.status == 422)
            #expect(answer.text == words + "\n")
            #expect(try await client.state()["faults"] == [])
        }
    }

    @Test func `no more than fifty faults are kept`() async throws {
        let faults = ScriptedFaults(file: nil)
        let rules = try JSONValue.parse(#"{"faults": [{"status": 500}]}"#)
        for _ in 0..<ScriptedFaults.maximumCount { try faults.add("n", rules) }
        #expect(throws: ControlFileError.self) { try faults.add("n", rules) }
        #expect(faults.list.count == 50)
    }
}
