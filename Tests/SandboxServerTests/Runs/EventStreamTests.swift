import ParallelJSON
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct EventStreamTests {
    private func kinds(_ answer: Answer) -> [String] {
        answer.events.map { $0.type.replacing("task_run.", with: "") }.filter { $0 != "progress_stats" && $0 != ":" }
    }

    private static let trace = [
        "progress_msg.exec_status", "progress_msg.plan", "progress_msg.search", "progress_msg.result",
    ]

    @Test(arguments: ["/v1", "/v1beta"])
    func `a stream follows a run from its state to its output`(version: String) async throws {
        try await withSandbox({ $0.delay = 12 }) { client in
            let run = try await client.run(#"{"input": "i", "processor": "pro"}"#).replacing("/v1", with: version)
            let answer = try await client.get(run + "/events")
            #expect(answer.headers["content-type"] == "text/event-stream; charset=utf-8")
            #expect(kinds(answer) == ["state"] + Self.trace + ["state"])
            #expect(answer.isComplete)
            #expect(answer.events.first?.data["run"]?["is_active"] == true)
            #expect(answer.events.first?.data["output"] == .some(nil))
            #expect(answer.events.last?.data["run"]?["status"] == "completed")
            #expect(answer.events.last?.data["output"]?["type"] == "json")
            #expect(answer.events.allSatisfy { $0.type == $0.data["type"]?.string || $0.type == ":" })
            let meters = answer.events.compactMap { $0.data["progress_meter"]?.int }
            #expect(meters == meters.sorted() && meters.last == 100)

            // A run that has ended has no trace any more.
            let afterwards = try await client.get(run + "/events")
            #expect(afterwards.isComplete)
            #expect(afterwards.events.map(\.type) == ["task_run.state"])
            #expect(afterwards.events.last?.data == answer.events.last?.data)
        }
    }

    @Test(arguments: [
        ("core", "", []), ("core", #", "enable_events": true"#, trace), ("ultra", #", "enable_events": false"#, []),
        ("ultra-fast", #", "enable_events": null"#, trace),
    ])
    func `only runs that record events have a trace`(processor: String, member: String, trace: [String]) async throws {
        try await withSandbox({ $0.delay = 12 }) { client in
            let run = try await client.run(#"{"input": "i", "processor": "\#(processor)"\#(member)}"#)
            let answer = try await client.get(run + "/events")
            #expect(kinds(answer) == ["state"] + trace + ["state"])
        }
    }

    @Test func `a failed run tells its error before its state`() async throws {
        try await withSandbox({ $0.delay = 20 }) { client in
            let run = try await client.run(
                #"{"input": "i", "processor": "lite", "metadata": {"sandbox_status": "failed"}}"#)
            let answer = try await client.get(run + "/events")
            #expect(kinds(answer) == ["state", "error", "state"])
            #expect(kinds(try await client.get(run + "/events")) == ["state"])
            #expect(
                answer.events.last?.data["run"]?["error"] == answer.events.first { $0.type == "error" }?.data["error"])
            #expect(answer.events.last?.data["output"] == .some(nil))
        }
    }

    @Test func `a quiet stream shows that it lives, and ends in time`() async throws {
        try await withSandbox({
            $0.delay = 86_400
            $0.keepAlive = .milliseconds(20)
            $0.streamLimit = .seconds(2)
        }) { client in
            let run = try await client.run(#"{"input": "i", "processor": "lite"}"#)
            let answer = try await client.get(run + "/events")
            #expect(answer.events.contains { $0.type == ":" })
            #expect(answer.isComplete)
            // The state at the end says that the run goes on, so that the client connects again.
            #expect(kinds(answer) == ["state", "state"])
            #expect(answer.events.last?.data["run"]?["is_active"] == true)
        }
    }

    @Test func `a stream can break off`() async throws {
        try await withSandbox({ $0.delay = 86_400 }) { client in
            let run = try await client.run(
                #"{"input": "i", "processor": "lite", "metadata": {"sandbox_events": "truncate,drop,503"}}"#)
            let broken = try await client.get(run + "/events")
            #expect(kinds(broken) == ["state"])
            #expect(!broken.isComplete)
            #expect(try await client.get(run + "/events").status == 0)
            #expect(try await client.get(run + "/events").status == 503)
        }
    }
}
