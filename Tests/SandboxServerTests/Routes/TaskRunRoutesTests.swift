import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct TaskRunRoutesTests {
    @Test func `a new run has every field of the schema and is queued`() async throws {
        let answer = try await withSandbox {
            try await $0.create(#"{"input": "i", "processor": "core", "metadata": {"k": "v", "n": 1, "b": true}}"#)
        }
        #expect(answer.status == 202)
        #expect(
            answer.json.object?.keys == [
                "run_id", "interaction_id", "status", "is_active", "warnings", "error", "processor", "metadata",
                "taskgroup_id", "created_at", "modified_at",
            ])
        #expect(answer.json["run_id"]?.string?.hasPrefix("trun_") == true)
        #expect(answer.json["run_id"] == answer.json["interaction_id"])
        #expect(answer.json["status"] == "queued")
        #expect(answer.json["is_active"] == true)
        #expect(answer.json["metadata"] == ["k": "v", "n": 1, "b": true])
        #expect(answer.json["warnings"] == .some(nil))
        #expect(answer.json["created_at"]?.string?.count == 27)
    }

    @Test func `a run goes from queued to running to completed`() async throws {
        try await withSilentServer { server in
            try await withSandbox({ $0.mcpTimeout = .seconds(60) }) { client in
                let created = try await client.create(
                    #"{"input": "i", "processor": "lite", "mcp_servers": [{"name": "n", "url": "\#(server.url)"}]}"#
                ).json
                #expect(created["status"] == "queued")
                let run = "/v1/tasks/runs/\(created["run_id"]?.string ?? "")"
                // It hangs at the server, so that "running" cannot be missed.
                try await poll("the run to begin") { try await client.get(run).json["status"] != "queued" }
                let running = try await client.get(run).json
                #expect(running["status"] == "running")
                #expect(running["is_active"] == true)
                await server.stop()
                #expect(try await client.get(run + "/result").json["run"]?["status"] == "completed")
            }
        }
    }

    @Test(arguments: [
        ("completed", 200, nil), ("failed", 404, "out of luck"), ("cancelled", 404, nil), ("action_required", 404, nil),
    ])
    func `only a completed run has a result`(status: String, code: Int, message: String?) async throws {
        try await withSandbox { client in
            let body =
                #"{"input": "i", "processor": "lite", "metadata": {"sandbox_status": "\#(status)", "sandbox_error": "out of luck"}}"#
            let run = try await client.run(body)
            let result = try await client.get(run + "/result")
            #expect(result.status == code)
            let state = try await client.get(run).json
            #expect(state["status"]?.string == status)
            #expect(state["is_active"] == false)
            #expect(state["error"]?["message"]?.string == message)
            if code == 200 { #expect(result.json["run"] == state) }
        }
    }

    @Test(arguments: [
        ("0", 408), ("1", 408), ("x", 422), ("1.5", 422), ("-1", 422), ("", 422), ("99999999999999999999", 422),
    ])
    func `a poll of an active run checks and keeps its timeout`(timeout: String, status: Int) async throws {
        try await withSandbox({ $0.delay = 86_400 }) { client in
            let run = try await client.run(#"{"input": "i", "processor": "lite"}"#)
            let answer = try await client.get(run + "/result?timeout=\(timeout)")
            #expect(answer.status == status)
            #expect(status == 408 ? answer.error == "Request timed out; run still active" : answer.errors.count == 1)
        }
    }

    @Test func `everyone who waits is woken`() async throws {
        let store = RunStore(defaultDelay: 86_400)
        let run = try await store.add(TaskRunRequest(.task(#"{"input": "i", "processor": "lite"}"#)))
        let deadline = ContinuousClock.now + .seconds(60)
        let woken = try await withThrowingTaskGroup(of: Void.self) { group in
            let (numbers, report) = AsyncStream<Int>.makeStream()
            for number in 0..<5 {
                group.addTask {
                    _ = await store.record(run.id, changedSince: 0, by: deadline)
                    report.yield(number)
                }
                try await poll("one more to wait") { await store.waiterCount > number }
            }
            await store.update(run.id) { $0.status = .completed }
            try await group.waitForAll()
            report.finish()
            return await numbers.reduce(into: Set<Int>()) { $0.insert($1) }
        }
        #expect(woken == [0, 1, 2, 3, 4])
        #expect(await store.waiterCount == 0)
    }

    @Test func `a cancelled or expired wait gives up its place`() async throws {
        let store = RunStore(defaultDelay: 86_400)
        let run = try await store.add(TaskRunRequest(.task(#"{"input": "i", "processor": "lite"}"#)))
        let cancelled = Task { await store.record(run.id, changedSince: 0, by: .now + .seconds(60)) }
        try await poll("somebody to wait") { await store.waiterCount > 0 }
        cancelled.cancel()
        #expect(await cancelled.value?.version == 0)
        let expired = await store.record(run.id, changedSince: 0, by: .now + .milliseconds(20))
        #expect(expired?.version == 0)
        #expect(await store.waiterCount == 0)
    }

    @Test func `the input comes back as sent, without the values of headers`() async throws {
        try await withSandbox { client in
            let body = """
                {"processor":"lite","input":{"n":1.10,"big":12345678901234567890},"mcp_servers":[{"url":"http://127.0.0.1:1/",\
                "name":"n","headers":{"Authorization":"Bearer secret"}}],"enable_events":false}
                """
            let run = try await client.run(body)
            let answer = try await client.get(run + "/input")
            #expect(answer.text == body.replacing("Bearer secret", with: "**********"))
        }
    }
}

extension Request {
    /// A creation request with `body`.
    static func task(_ body: String) -> Request {
        Request(
            method: "POST", path: "/v1/tasks/runs",
            headers: ["content-type": "application/json", "parallel-beta": ""], body: Array(body.utf8))
    }
}
