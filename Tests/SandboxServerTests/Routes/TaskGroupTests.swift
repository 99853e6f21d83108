import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct TaskGroupTests {
    private static let groups = "/v1/tasks/groups"

    /// Adds a run for each input.
    @discardableResult
    private func add(
        _ inputs: [String], to group: String, _ client: SandboxClient, query: String = "", more: String = ""
    ) async throws -> Answer {
        let runs = inputs.map { #"{"input": "\#($0)", "processor": "core"\#(more)}"# }.joined(separator: ",")
        return try await client.send("POST", group + "/runs" + query, #"{"inputs": [\#(runs)]}"#)
    }

    private func ids(_ answer: Answer) -> [String] { (answer.json["run_ids"]?.array ?? []).compactMap(\.string) }

    private func runIDs(_ answer: Answer) -> [String] {
        answer.events.compactMap { $0.data["run"]?["run_id"]?.string }
    }

    private func details(_ answer: Answer) -> [String] {
        (answer.json["detail"]?.array ?? []).map { error in
            (error["loc"]?.array ?? []).map { $0.string ?? $0.serialized() }.joined(separator: ".")
        }
    }

    @Test(arguments: ["/v1", "/v1beta"])
    func `a group starts empty and counts its runs`(version: String) async throws {
        try await withSandbox({ $0.delay = 86_400 }) { client in
            let path = version + "/tasks/groups"
            let empty = try await client.send("POST", path, #"{"metadata": {"job": "nightly", "n": 1}}"#)
            #expect(empty.status == 200)
            #expect(empty.json["metadata"] == ["job": "nightly", "n": 1])
            #expect(empty.json["status"]?["num_task_runs"] == 0)
            #expect(empty.json["status"]?["task_run_status_counts"] == [:])
            #expect(empty.json["status"]?["is_active"] == false)

            let group = "\(path)/\(empty.json["taskgroup_id"]?.string ?? "")"
            let first = try await add(["a", "b"], to: group, client)
            #expect(first.status == 200)
            #expect(first.json["run_cursor"] == .some(nil))
            #expect(first.json["event_cursor"] == .some(nil))
            #expect(first.json["status"]?["task_run_status_counts"] == ["queued": 2])
            #expect(first.json["status"]?["is_active"] == true)
            let state = try await client.get(group)
            #expect(state.json["status"]?["num_task_runs"] == 2)
            #expect(state.json["created_at"] == empty.json["created_at"])

            let run = try await client.get("\(group)/runs/\(ids(first)[1])")
            #expect(run.json["taskgroup_id"] == empty.json["taskgroup_id"])
            #expect(run.json == (try await client.get("/v1/tasks/runs/\(ids(first)[1])")).json)
        }
    }

    // MARK: - The quota

    @Test func `every input of a request counts against the quota, and a refused request counts nothing`() async throws
    {
        try await withSandbox({ $0.rowsPerMinute = 3 }) { client in
            let group = try await client.group()
            #expect(try await add(["a", "b"], to: group, client).status == 200)
            let refused = try await add(["c", "d"], to: group, client)
            #expect(refused.status == 429 && refused.error == "Too many requests: quota temporarily exceeded")
            #expect(refused.headers["retry-after"] == nil)
            #expect(try await client.get(group).json["status"]?["num_task_runs"] == 2)
            // A single run counts as one; what is not accepted for other reasons does not count.
            #expect(try await client.create(#"{"input": 1, "processor": "core"}"#).status == 422)
            #expect(try await client.create(#"{"input": "e", "processor": "core"}"#).status == 202)
            #expect(try await client.create(#"{"input": "f", "processor": "core"}"#).status == 429)
        }
    }

    @Test func `the quota is that of the last minute, and a request that is larger is never accepted`() throws {
        var quota = RunQuota(runs: 10, window: .seconds(60))
        try quota.take(6, at: .zero)
        try quota.take(4, at: .seconds(59))
        #expect(throws: APIFailure.self) { try quota.take(1, at: .milliseconds(59_999)) }
        try quota.take(6, at: .seconds(60))
        #expect(throws: APIFailure.self) { try quota.take(1, at: .seconds(118)) }
        #expect(throws: APIFailure.self) { try quota.take(11, at: .seconds(1_000)) }
        try quota.take(10, at: .seconds(1_000))
    }

    @Test func `an addition that does not refresh answers the status as it was known`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let first = try await add(["a"], to: group, client, query: "?refresh_status=false")
            #expect(first.json["status"]?["num_task_runs"] == 0)
            #expect(try await add(["b"], to: group, client).json["status"]?["num_task_runs"] == 2)
        }
    }

    @Test func `nothing is added unless everything can be`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let runs = group + "/runs"
            func refused(_ body: String) async throws -> [String] {
                let answer = try await client.send("POST", runs, body)
                #expect(answer.status == 422)
                return details(answer)
            }
            #expect(try await refused("{}") == ["body.inputs"])
            #expect(try await refused(#"{"inputs": []}"#) == ["body.inputs"])
            let good = #"{"input": "i", "processor": "core"}"#
            #expect(
                try await refused(#"{"inputs": [\#(good), {"input": 1}, 2]}"#) == [
                    "body.inputs.1.input", "body.inputs.1.processor", "body.inputs.2",
                ])
            let many = Array(repeating: good, count: 1001).joined(separator: ",")
            #expect(try await refused(#"{"inputs": [\#(many)]}"#) == ["body.inputs"])
            #expect(
                try await refused(#"{"default_task_spec": {"output_schema": 1}, "inputs": [\#(good)]}"#)
                    == ["body.default_task_spec.output_schema"])
            let long = String(repeating: "x", count: 14_000)
            #expect(
                try await refused(
                    """
                    {"default_task_spec": {"output_schema": "\(long)"}, "inputs": [\(good), \
                    {"input": "\(long)", "processor": "core"}]}
                    """) == ["body.inputs.1.input"])
            #expect(
                try await client.send("POST", runs + "?refresh_status=maybe", "{\"inputs\": [\(good)]}").status == 422)
            let unknown = try await client.send(
                "POST", runs, #"{"inputs": [\#(good), {"input": "i", "processor": "hyper"}]}"#)
            #expect(unknown.status == 403)
            #expect(try await client.get(group).json["status"]?["num_task_runs"] == 0)
        }
    }

    @Test func `the default task spec holds for runs without one`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let schema =
                #"{"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": false}"#
            let body = """
                {"default_task_spec": {"output_schema": {"json_schema": \(schema)}}, "inputs": [
                 {"input": "x", "processor": "core"},
                 {"input": "y", "processor": "core", "task_spec": {"output_schema": "a word"}}]}
                """
            _ = try await client.send("POST", group + "/runs", body)
            let listing = try await client.get(group + "/runs?include_output=true&include_input=true")
            #expect(listing.events.map { $0.data["output"]?["type"]?.string } == ["json", "text"])
            #expect(listing.events[0].data["output"]?["content"]?.object?.keys == ["a"])
            #expect(listing.events[0].data["input"] == ["input": "x", "processor": "core"])
        }
    }

    @Test(arguments: ["", "/runs", "/events", "/runs/trun_x"])
    func `an unknown group is a 404 on every route`(route: String) async throws {
        try await withSandbox { client in
            let answer = try await client.get(Self.groups + "/tgrp_none" + route)
            #expect(answer.status == 404)
            #expect(answer.error == "TaskGroup not found")
        }
    }

    @Test func `adding to an unknown group is a 404, and a run of another group is none of this one`() async throws {
        try await withSandbox { client in
            let none = try await add(["a"], to: Self.groups + "/tgrp_none", client)
            #expect(none.status == 404)
            #expect(none.error == "TaskGroup not found")
            let (one, other) = (try await client.group(), try await client.group())
            let run = ids(try await add(["a"], to: other, client))[0]
            #expect(try await client.get("\(one)/runs/\(run)").error == "Run id not found")
        }
    }

    @Test func `who waits for a run of a group is woken, and the log tells of its end`() async throws {
        try await withTemporaryFile { log in
            try await withSandbox({
                $0.delay = 6
                $0.logFile = log
            }) { client in
                let group = try await client.group()
                let run = ids(try await add(["a"], to: group, client, more: #", "enable_events": true"#))[0]
                let trace = try await client.get("/v1/tasks/runs/\(run)/events").events.map(\.type)
                let result = try await client.get("/v1/tasks/runs/\(run)/result")
                #expect(result.json["run"]?["status"] == "completed")
                #expect(trace.count { $0.hasPrefix("task_run.progress_msg.") } == 4)
                let text = String(decoding: try Files.read(log), as: UTF8.self)
                #expect(text.contains(#""event":"run""#) && text.contains(#""run_id":"\#(run)","status":"completed""#))
            }
        }
    }

    @Test func `a group is active until the tools of its runs were called`() async throws {
        try await withSilentServer { server in
            try await withSandbox({ $0.mcpTimeout = .seconds(600) }) { client in
                let group = try await client.group()
                func add(_ server: String) async throws {
                    try await self.add(
                        ["a"], to: group, client, more: #", "mcp_servers": [{"url": "\#(server)", "name": "n"}]"#)
                }
                try await add("http://127.0.0.1:1/")
                let answer = try await client.get(group + "/events")
                #expect(answer.events.last?.data["status"]?["task_run_status_counts"] == ["completed": 1])
                let listed = try await client.get(group + "/runs").events
                #expect(listed[0].data["run"]?["warnings"]?.array?.count == 1)

                try await add(server.url)
                let counts = try await client.get(group).json["status"]?["task_run_status_counts"]
                #expect(counts == ["running": 1, "completed": 1])
            }
        }
    }

    @Test func `an agenda gives what is due in its order`() {
        var agenda = TimerQueue<Int>()
        let moments = [5, 1, 4, 1, 3, 9, 2, 6, 5, 3]
        for (number, moment) in moments.enumerated() { agenda.add(number, at: .seconds(moment)) }
        #expect(agenda.next == .seconds(1))
        func due(by seconds: Int) -> [Int] {
            var due: [Int] = []
            while let element = agenda.removeFirst(dueBy: .seconds(seconds)) { due.append(element) }
            return due
        }
        #expect(due(by: 0) == [])
        #expect(due(by: 4) == [1, 3, 6, 4, 9, 2])
        #expect(due(by: 9) == [0, 8, 7, 5])
        #expect(agenda.next == nil)
    }

    // MARK: - The listing

    @Test func `the listing goes on after a cursor, in the order of addition`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let first = ids(try await add((0..<300).map { "a\($0)" }, to: group, client))
            let second = try await add(["b", "c"], to: group, client)
            let all = try await client.get(group + "/runs")
            #expect(all.isComplete)
            #expect(runIDs(all) == first + ids(second))
            #expect(all.events.allSatisfy { $0.type == "task_run.state" && $0.data["output"] == .some(nil) })
            #expect(all.events.allSatisfy { $0.data["input"] == .some(nil) })

            let cursor = all.events[249].data["event_id"]?.string ?? ""
            #expect(
                runIDs(try await client.get(group + "/runs?last_event_id=\(cursor)")) == first[250...] + ids(second))
            let added = second.json["run_cursor"]?.string ?? ""
            #expect(runIDs(try await client.get(group + "/runs?last_event_id=\(added)")) == ids(second))
        }
    }

    @Test func `the listing can be limited to a status, and masks header values`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let failed = ids(
                try await add(
                    ["f"], to: group, client,
                    more: #", "metadata": {"sandbox_status": "failed", "sandbox_error": "no"}"#))
            let server = #", "mcp_servers": [{"url": "http://127.0.0.1:1/", "name": "n", "headers": {"k": "secret"}}]"#
            let slow = ids(
                try await add(["s"], to: group, client, more: server + #", "metadata": {"sandbox_delay": 86400}"#))
            let listed = try await client.get(group + "/runs?status=failed&include_output=true")
            #expect(runIDs(listed) == failed)
            #expect(listed.events[0].data["run"]?["error"]?["message"] == "no")
            let queued = try await client.get(group + "/runs?status=queued&include_input=true")
            #expect(runIDs(queued) == slow)
            #expect(!queued.text.contains("secret"))
            #expect(queued.events[0].data["input"]?["mcp_servers"]?[0]?["headers"] == ["k": "**********"])
            #expect(try await client.get(group + "/runs?status=done").status == 422)
            #expect(details(try await client.get(group + "/runs?last_event_id=event-1")) == ["query.last_event_id"])
        }
    }

    // MARK: - Events

    @Test func `an inactive group replays its endings and its state`() async throws {
        try await withSandbox { client in
            let group = try await client.group()
            let empty = try await client.get(group + "/events")
            #expect(empty.events.map(\.type) == ["task_group_status"])
            #expect(empty.isComplete)
            let runs = ids(try await add(["a", "b"], to: group, client))
            let answer = try await client.get(group + "/events")
            #expect(
                answer.events.map(\.type) == [
                    "task_group_status", "task_run.state", "task_run.state", "task_group_status",
                ])
            #expect(runIDs(answer) == runs)
            #expect(answer.events[1].data["output"] == .some(nil))
            #expect(answer.events.last?.data["status"]?["is_active"] == false)

            let cursor = answer.events[1].data["event_id"]?.string ?? ""
            #expect(runIDs(try await client.get(group + "/events?last_event_id=\(cursor)")) == [runs[1]])
            let last = answer.events[3].data["event_id"]?.string ?? ""
            let rest = try await client.get(group + "/events?last_event_id=\(last)")
            #expect(rest.events.map(\.type) == ["task_group_status"])
        }
    }

    @Test func `an open stream follows runs that are added later, to the end`() async throws {
        let store = RunStore(defaultDelay: 86_400)
        let group = await store.addGroup()
        let request = try TaskRunRequest(.task(#"{"input": "i", "processor": "lite"}"#))
        func add() async throws -> String { try #require(try await store.add([request], toGroup: group.id)?.ids.first) }
        func end(_ run: String) async { await store.update(run) { $0.status = .completed } }
        let first = try await add()
        let stream = GroupEventStream(
            of: group, in: store, after: 0, keepAlive: .seconds(600), limit: .seconds(600))
        func next() async throws -> String { String(decoding: try await stream.next() ?? [], as: UTF8.self) }

        #expect(try await next().contains(#"{"queued":1}"#))
        let second = try await add()
        #expect(try await next().contains(#"{"queued":2}"#))
        await end(first)
        let event = try await next()
        #expect(event.hasPrefix("event: task_run.state\n") && event.contains(first))
        await end(second)
        let last = try await next() + next()
        #expect(last.contains(second) && last.contains(#"{"completed":2}"#) && last.contains(#""is_active":false"#))
        #expect(try await stream.next() == nil)
    }

    @Test func `thousands that end at once are no thousands of states`() async throws {
        try await withSandbox({ $0.delay = 0.5 }) { client in
            let group = try await client.group()
            for _ in 0..<3 { try await add((0..<1000).map(String.init), to: group, client) }
            let answer = try await client.get(group + "/events")
            #expect(runIDs(answer).count == 3000)
            #expect(answer.events.count { $0.type == "task_group_status" } < 50)
        }
    }

    @Test func `a stream ends after its timeout and goes on at its cursor`() async throws {
        try await withSandbox({ $0.keepAlive = .milliseconds(20) }) { client in
            let group = try await client.group()
            try await add(["a", "b"], to: group, client)
            try await add(["s"], to: group, client, more: #", "metadata": {"sandbox_delay": 86400}"#)
            let first = try await client.get(group + "/events?timeout=2")
            #expect(first.isComplete)
            #expect(runIDs(first).count == 2)
            #expect(first.events.contains { $0.type == ":" })
            let cursor = first.events.last { $0.type != ":" }?.data["event_id"]?.string ?? ""
            let rest = try await client.get(group + "/events?timeout=0&last_event_id=\(cursor)")
            #expect(rest.events.map(\.type) == ["task_group_status"])
            #expect(details(try await client.get(group + "/events?timeout=-1")) == ["query.timeout"])
        }
    }
}
