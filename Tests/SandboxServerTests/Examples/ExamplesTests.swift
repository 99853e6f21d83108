import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct ExamplesTests {
    private func withExamples(_ body: (SandboxClient) async throws -> Void) async throws {
        try await withSandbox({ $0.givesExamples = true }, body)
    }

    @Test func `every route answers, whatever ids it is asked for`() async throws {
        try await withExamples { client in
            for example in Example.all {
                let path = Request.segments(of: example.path).map { $0.hasPrefix("{") ? "no%20such-id" : $0 }
                let place = path.joined(separator: "/")
                let answer = try await client.send(example.method, place, example.question)
                #expect((200...204).contains(answer.status), "\(example.method) \(place)")
                #expect(answer.status == 204 || !answer.json.isNull || !answer.streamed.isEmpty, "\(place)")
            }
        }
    }

    @Test func `a body is good if its own members have the right types`() async throws {
        try await withExamples { client in
            let run = #"{"input":{},"processor":"none","metadata":{"a":[]},"webhook":{},"task_spec":null,"other":1}"#
            let group = "/v1/tasks/groups/x/runs"
            let statuses = [
                try await client.create(run).status,
                try await client.send("POST", group, #"{"inputs":[]}"#).status,
                try await client.send("POST", "/v1/monitors/x/update", "{}").status,
                try await client.send("POST", "/v1beta/findall/runs/x/cancel").status,
            ]
            #expect(statuses == [202, 200, 200, 204])
        }
    }

    @Test(arguments: [
        ("/v1/tasks/runs", nil), ("/v1/tasks/runs", "[]"), ("/v1/tasks/runs", #"{"input":"i"}"#),
        ("/v1/tasks/runs", #"{"input":"i","processor":null}"#), ("/v1/tasks/runs", #"{"input":[],"processor":"p"}"#),
        ("/v1/monitors/x/update", #"{"metadata":[]}"#), ("/v1beta/findall/runs/x/extend", "{}"),
    ])
    func `another body is refused as the API does it`(path: String, body: String?) async throws {
        try await withExamples { client in
            let answer = try await client.send("POST", path, body)
            #expect(answer.status == 422 && !answer.errors.isEmpty)
        }
    }

    @Test func `what is refused has the form of its route`() async throws {
        try await withExamples { client in
            let group = try await client.send("POST", "/v1/tasks/groups/x/runs", #"{"inputs":1}"#)
            #expect(group.status == 422 && group.json["detail"]?[0]?["loc"] == ["body", "inputs"])
            let response = try await client.send("POST", "/v1/responses", "{}")
            #expect(response.status == 400 && response.json["error"]?["type"] == "invalid_request_error")
            #expect(try await client.send("GET", "/v1/tasks/runs/x", key: nil).status == 401)
            #expect(try await client.send("DELETE", "/v1/tasks/runs/x").status == 405)
        }
    }

    @Test func `streams have some events and end`() async throws {
        try await withExamples { client in
            let run = try await client.get("/v1/tasks/runs/x/events").streamed
            #expect(run.first?["run"]?["status"] == "running" && run.last?["run"]?["status"] == "completed")
            #expect(
                run.contains { $0["type"] == "task_run.progress_msg.plan" } && run.last?["output"]?["content"] != nil)
            let group = try await client.get("/v1/tasks/groups/x/runs").streamed
            #expect(group.map { $0["type"] } == ["task_run.state", "task_run.state"])
            let found = try await client.get("/v1beta/findall/runs/x/events").streamed
            #expect(found.contains { $0["type"] == "findall.candidate.matched" })
            let chat = #"{"model":"any","messages":[],"stream":true}"#
            let words = try await client.send("POST", "/chat/completions", chat).streamed
            #expect(words.allSatisfy { $0["object"] == "chat.completion.chunk" } && words.count > 2)
            let whole = chat.replacing("true", with: "false")
            #expect(try await client.send("POST", "/chat/completions", whole).json["object"] == "chat.completion")
        }
    }

    @Test func `the account is at both addresses, and any key opens it`() async throws {
        try await withExamples { client in
            for base in ["/service/v1", "/account/service/v1"] {
                let balance = try await client.get(base + "/balance")
                #expect(balance.json["org_id"] != nil)
                let deletion = try await client.send("DELETE", base + "/apps/x/keys/y")
                #expect(deletion.json == ["deleted": true])
            }
        }
    }

    @Test func `credit and quota are of no account`() async throws {
        let body = #"{"input":"i","processor":"pro"}"#
        try await withSandbox({ ($0.givesExamples, $0.balance, $0.rowsPerMinute) = (true, 0, 1) }) { client in
            for _ in 0..<3 {
                let status = try await client.create(body).status
                #expect(status == 202)
            }
        }
    }

    @Test(arguments: [
        ("{}", false), (#"{"a":"x"}"#, true), (#"{"a":1}"#, true), (#"{"a":1.5}"#, false), (#"{"a":null}"#, false),
        (#"{"a":"x","b":null}"#, true), (#"{"a":"x","b":[]}"#, false), (#"{"a":"x","c":{}}"#, true),
        (#"{"a":"x","d":1.5}"#, true),
    ])
    func `types of members are checked, those of others are not`(body: String, fits: Bool) throws {
        let types = BodyTypes("a! string integer, b object, d number")
        let object = try JSONValue.parse(body).object ?? [:]
        #expect(types.fit(object) == fits)
        #expect(types.has("b") && !types.has("c"))
    }
}

extension Answer {
    /// The data of each event of a stream that came in one piece.
    fileprivate var streamed: [JSONValue] {
        text.split(separator: "\n").compactMap {
            $0.hasPrefix("data: ") ? try? JSONValue.parse(String($0.dropFirst(6))) : nil
        }
    }
}
