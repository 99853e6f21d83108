import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct MonitorRoutesTests {
    private static let path = "/v1/monitors"
    private static let daily = #"{"type":"event_stream","frequency":"1d","settings":{"query":"q"}}"#

    private func id(_ answer: Answer) -> String { answer.json["monitor_id"]?.string ?? "" }

    @Test func `a monitor runs at once, and again when it is triggered`() async throws {
        try await withSandbox({ $0.delay = 0 }) { client in
            let made = try await client.send("POST", Self.path, Self.daily)
            #expect(made.status == 201 && made.json["processor"] == "lite" && made.json["status"] == "active")
            let path = "\(Self.path)/\(id(made))"
            let first = try await client.get(path + "/events")
            #expect(first.json["events"]?.array?.count == 1 && first.json["next_cursor"] == .some(nil))
            #expect(first.json["events"]?.array?.first?["event_type"] == "event_stream")
            #expect(try await client.get(path).json["last_run_at"]?.string != nil)
            #expect(try await client.send("POST", path + "/trigger").status == 204)
            let page = try await client.get(path + "/events?limit=1")
            #expect(page.json["events"]?.array?.count == 1)
            let rest = try await client.get(path + "/events?limit=1&cursor=\(page.json["next_cursor"]?.string ?? "")")
            #expect(rest.json["events"] == first.json["events"])
        }
    }

    @Test func `metadata can ask for an execution that finds nothing or fails`() async throws {
        try await withSandbox({ $0.delay = 0 }) { client in
            for (wanted, type, isListed) in [("nothing", "completion", false), ("error", "error", true)] {
                let body = Self.daily.dropLast() + #","metadata":{"sandbox_outcome":"\#(wanted)"}}"#
                let path = "\(Self.path)/\(id(try await client.send("POST", Self.path, String(body))))/events"
                #expect(try await client.get(path).json["events"]?.array?.isEmpty == !isListed)
                let all = try await client.get(path + "?include_completions=true")
                #expect(all.json["events"]?.array?.map { $0["event_type"]?.string } == [type])
            }
        }
    }

    @Test func `a list has active monitors, newest first, and others when asked for`() async throws {
        try await withSandbox { client in
            var ids: [String] = []
            for _ in 0..<3 { ids.append(id(try await client.send("POST", Self.path, Self.daily))) }
            let ended = try await client.send("POST", "\(Self.path)/\(ids[0])/cancel")
            #expect(ended.status == 200 && ended.json["status"] == "cancelled")
            func listed(_ query: String) async throws -> [String] {
                (try await client.get(Self.path + query).json["monitors"]?.array ?? []).map {
                    $0["monitor_id"]?.string ?? ""
                }
            }
            #expect(try await listed("") == [ids[2], ids[1]])
            #expect(try await listed("?status=active,cancelled") == ids.reversed())
            #expect(try await listed("?status=active&status=cancelled&limit=1") == [ids[2]])
            #expect(try await listed("?type=snapshot") == [])
            let stats = try await client.get(Self.path + "/stats")
            #expect(
                stats.json == [
                    "total": 3,
                    "processor_counts": ["cancelled": ["lite": ["1d": 1]], "active": ["lite": ["1d": 2]]],
                ] || stats.json["total"] == 3)
            #expect(stats.json["processor_counts"]?["active"]?["lite"]?["1d"] == 2)
            #expect(try await client.get(Self.path + "?limit=0").status == 422)
            #expect(try await client.get(Self.path + "?status=gone").status == 422)
        }
    }

    @Test func `a snapshot needs a completed run`() async throws {
        try await withSandbox({ $0.delay = 0 }) { client in
            let body = { (id: String) in #"{"type":"snapshot","frequency":"1w","settings":{"task_run_id":"\#(id)"}}"# }
            let none = try await client.send("POST", Self.path, body("trun_0"))
            #expect(none.errors == ["body.settings.task_run_id: value_error"])
            let run = try await client.send("POST", "/v1/tasks/runs", #"{"input":"Who?","processor":"lite"}"#)
            let runID = run.json["run_id"]?.string ?? ""
            _ = try await client.get("/v1/tasks/runs/\(runID)/result")
            let made = try await client.send("POST", Self.path, body(runID))
            #expect(made.status == 201 && made.json["settings"]?["query"] == "Who?")
            #expect(made.json["output"]?["latest_snapshot"]?["content"] != nil)
        }
    }

    @Test(arguments: [
        (#"{"frequency":"1d","settings":{"query":"q"}}"#, "body.type: missing"),
        (#"{"type":"event_stream","frequency":"30m","settings":{"query":"q"}}"#, "body.frequency: value_error"),
        (#"{"type":"event_stream","frequency":"31d","settings":{"query":"q"}}"#, "body.frequency: value_error"),
        (#"{"type":"event_stream","frequency":"1d","settings":{}}"#, "body.settings.query: missing"),
        (
            #"{"type":"event_stream","frequency":"1d","processor":"core","settings":{"query":"q"}}"#,
            "body.processor: literal_error"
        ),
        (
            #"{"type":"event_stream","frequency":"1d","metadata":{"k":1},"settings":{"query":"q"}}"#,
            "body.metadata.k: string_type"
        ),
        (#"{"type":"snapshot","frequency":"1d","settings":{"query":"q"}}"#, "body.settings.task_run_id: missing"),
    ])
    func `a body that breaks a rule is refused`(body: String, error: String) async throws {
        try await withSandbox { client in
            let answer = try await client.send("POST", Self.path, body)
            #expect(answer.status == 422 && answer.errors == [error])
        }
    }

    @Test(arguments: [
        (#""json_schema":{"type":"object"}"#, []), (#""json_schema":{"properties":{"a":{}}}"#, []),
        ("", ["json_schema: missing"]), (#""json_schema":{}"#, ["json_schema: value_error"]),
        (#""json_schema":{"type":"string"}"#, ["json_schema: value_error"]),
        (#""type":"text","json_schema":{"type":"object"}"#, ["type: literal_error"]),
    ])
    func `the events of a monitor are objects, whatever its schema`(schema: String, errors: [String]) async throws {
        let body = #"{"type":"event_stream","frequency":"1d","settings":{"query":"q","output_schema":{\#(schema)}}}"#
        let answer = try await withSandbox { try await $0.send("POST", Self.path, body) }
        #expect(answer.errors == errors.map { "body.settings.output_schema." + $0 })
        #expect(answer.status == (errors.isEmpty ? 201 : 422))
    }

    @Test func `of a cancelled monitor only the metadata can be changed`() async throws {
        try await withSandbox { client in
            let path = "\(Self.path)/\(id(try await client.send("POST", Self.path, Self.daily)))"
            let update = path + "/update"
            #expect(try await client.send("POST", update, "{}").errors == ["body: value_error"])
            #expect(
                try await client.send("POST", update, #"{"frequency":null}"#).errors.first
                    == "body.frequency: value_error")
            #expect(
                try await client.send("POST", update, #"{"settings":{"query":"r"}}"#).errors == ["body.type: missing"])
            let changed = try await client.send(
                "POST", update, #"{"type":"event_stream","settings":{"query":"r"},"frequency":"2h","webhook":null}"#)
            #expect(changed.json["settings"]?["query"] == "r" && changed.json["frequency"] == "2h")
            _ = try await client.send("POST", path + "/cancel")
            #expect(try await client.send("POST", update, #"{"frequency":"1h"}"#).status == 422)
            #expect(try await client.send("POST", update, #"{"metadata":{"a":"b"}}"#).json["metadata"] == ["a": "b"])
            #expect(try await client.send("POST", path + "/trigger").status == 422)
            #expect(try await client.get(Self.path + "/monitor_0").error == "Monitor not found")
        }
    }
}
