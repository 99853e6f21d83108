import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct RouterTests {
    @Test(arguments: [
        ("a key in x-api-key", ["x-api-key": "k"], 404),
        ("a bearer token", ["authorization": "Bearer k"], 404),
        ("a bearer token in odd case", ["Authorization": "bearer k"], 404),
        ("no key", [:], 401),
        ("an empty key", ["x-api-key": ""], 401),
        ("an empty token", ["authorization": "Bearer "], 401),
        ("another scheme", ["authorization": "Basic k"], 401),
        ("a key that says invalid", ["x-api-key": "an-INVALID-key"], 401),
    ])
    func `only a good key gets past the gate`(name: String, headers: [String: String], status: Int) async throws {
        let answer = try await withSandbox {
            try await $0.send("GET", "/v1/tasks/runs/none", headers: headers, key: nil)
        }
        #expect(answer.status == status, "\(name)")
        #expect(answer.json["type"] == "error")
        #expect(answer.json["error"]?["ref_id"]?.string?.count == 36)
    }

    @Test(arguments: [
        ("GET", "/", 404), ("POST", "/v1//search", 404), ("POST", "/v1/search/", 404), ("GET", "/v1", 404),
        ("GET", "/v2/tasks/runs", 404), ("GET", "/v1/tasks/runs/a/b", 404),
        ("GET", "/v1/tasks/runs", 405), ("DELETE", "/v1/tasks/runs/a", 405), ("POST", "/v1/tasks/runs/a/result", 405),
        ("GET", "/v1/search", 405), ("HEAD", "/v1/search", 405), ("QUERY", "/v1/search", 405),
        ("GET", "/v1/tasks/runs/a", 404), ("GET", "/v1/tasks/runs/a/input", 404),
        ("GET", "/v1/tasks/runs/a/result", 404),
        ("GET", "/v1/tasks/runs/a/events", 404), ("GET", "/v1beta/tasks/runs/a/events", 404),
    ])
    func `unknown routes, methods and ids are distinguished`(method: String, path: String, status: Int) async throws {
        let answer = try await withSandbox { try await $0.send(method, path) }
        #expect(answer.status == status)
        #expect((answer.headers["allow"] != nil) == (status == 405))
        if path.contains("/a/result"), method == "GET" { #expect(answer.error == "Run failed or run id not found") }
    }

    @Test func `a taken port is an error that names it`() async throws {
        try await withSandbox { client in
            var options = SandboxOptions()
            options.port = client.port
            let failure = await #expect(throws: SandboxFailure.self) { _ = try await Sandbox.start(options) }
            #expect(failure?.description.contains("127.0.0.1:\(client.port): Address already in use") == true)
        }
    }

    @Test func `the log tells what was asked and answered, and keeps secrets out`() async throws {
        try await withTemporaryFile { path in
            let body = """
                {"input": "i", "processor": "lite", "mcp_servers":
                 [{"name": "n", "url": "http://127.0.0.1:1/", "headers": {"authorization": "secret-1"}}]}
                """
            try await withSandbox({
                $0.logFile = path
                $0.logsResponses = true
            }) { client in
                let run = try await client.run(body, headers: ["parallel-beta": "x", "cookie": "secret-2"])
                _ = try await client.send("GET", run + "/result?timeout=60", key: "secret-3")
            }
            let text = String(decoding: try Files.read(path), as: UTF8.self)
            let lines = try text.split(separator: "\n").map { try JSONValue.parse(String($0)) }
            let kinds = lines.map { $0["event"]?.string ?? "" }
            #expect(kinds.sorted() == ["request", "request", "response", "response", "run"])
            #expect(lines.first?["headers"]?["parallel-beta"] == "x")
            #expect(lines.first?["body"]?["mcp_servers"]?[0]?["headers"]?["authorization"] == "**********")
            #expect(lines.first?["auth"] == "x-api-key")
            #expect(lines.last { $0["event"] == "request" }?["query"]?["timeout"] == "60")
            #expect(lines.first { $0["event"] == "response" }?["body"]?["status"] == "queued")
            #expect(lines.first { $0["event"] == "run" }?["status"] == "completed")
            #expect(lines.allSatisfy { ($0["monotonic_ns"]?.int ?? 0) > 0 })
            #expect(!text.contains("secret"))
        }
    }
}
