import ParallelJSON
import Testing

@testable import ParallelAPI

struct RunEventTests {
    private func event(_ text: String) throws -> RunEvent { RunEvent(try JSONValue.parse(text)) }

    @Test func `a state event has the run`() throws {
        let event = try event(
            #"{"type": "task_run.state", "event_id": null, "run": {"run_id": "r", "status": "running"}, "output": null}"#
        )
        guard case .state(let run) = event.kind else {
            Issue.record("it is \(event.kind)")
            return
        }
        #expect(run.id == "r" && run.status == .running)
        #expect(event.identity == nil)
    }

    @Test(arguments: [
        "plan", "search", "result", "tool_call", "exec_status", "extract", "tool", "reasoning", "new.one",
    ])
    func `a message has its topic, whatever that is`(topic: String) throws {
        let event = try event(
            #"{"type": "task_run.progress_msg.\#(topic)", "message": "m", "timestamp": "2025-08-06T00:53:19.281306Z"}"#)
        guard case .message(topic, "m", "2025-08-06T00:53:19.281306Z") = event.kind else {
            Issue.record("it is \(event.kind)")
            return
        }
    }

    @Test func `messages are the same when topic, text and time are`() throws {
        func identity(_ topic: String, _ message: String, _ time: String) throws -> String {
            try #require(
                try event(
                    #"{"type": "task_run.progress_msg.\#(topic)", "message": "\#(message)", "timestamp": \#(time)}"#
                ).identity)
        }
        let one = try identity("plan", "m", #""t""#)
        #expect(try identity("plan", "m", #""t""#) == one)
        for other in [
            try identity("tool", "m", #""t""#), try identity("plan", "n", #""t""#), try identity("plan", "m", #""u""#),
            try identity("plan", "m", "null"),
        ] { #expect(other != one) }
    }

    @Test func `faults are equal if their texts are, events of unknown types only if everything is`() throws {
        func fault(_ message: String, _ reference: String) throws -> String? {
            try event(#"{"type": "error", "error": {"message": "\#(message)", "ref_id": "\#(reference)"}}"#).identity
        }
        let one = try #require(try fault("m", "1"))
        #expect(try fault("m", "2") == one)
        #expect(try fault("n", "1") != one)
        func other(_ value: Int) throws -> String? { try event(#"{"type": "new", "value": \#(value)}"#).identity }
        #expect(try other(1) != nil)
        #expect(try other(1) == other(1) && other(1) != other(2))
    }

    @Test(
        arguments: [
            (
                #"{"source_stats": {"num_sources_considered": 250, "num_sources_read": 30}, "progress_meter": 60.5}"#,
                250, 30, 60.5
            ),
            (#"{"source_stats": {"num_sources_considered": null, "num_sources_read": 22}}"#, nil, 22, nil),
            (#"{"source_stats": null, "progress_meter": null}"#, nil, nil, nil), ("{}", nil, nil, nil),
        ] as [(String, Int?, Int?, Double?)])
    func `figures may be missing`(text: String, considered: Int?, read: Int?, meter: Double?) throws {
        var json = try #require(try JSONValue.parse(text).object)
        json["type"] = "task_run.progress_stats"
        guard case .progress(considered, read, meter) = RunEvent(.object(json)).kind else {
            Issue.record("it is \(RunEvent(.object(json)).kind)")
            return
        }
    }

    @Test func `a fault has the API's words`() throws {
        let event = try event(#"{"type": "error", "error": {"ref_id": "fcb2", "message": "broken", "detail": null}}"#)
        guard case .error(let fault) = event.kind else {
            Issue.record("it is \(event.kind)")
            return
        }
        #expect(fault.message == "broken" && fault.referenceID == "fcb2")
    }

    @Test(arguments: [
        (#"{"type": "task_run.new"}"#, "task_run.new"), ("{}", ""), ("[]", ""), (#"{"type": 3}"#, ""),
        (#"{"type": "task_run.state"}"#, "task_run.state"),
        (#"{"type": "task_run.state", "run": {}}"#, "task_run.state"),
        (#"{"type": "error"}"#, "error"),
    ])
    func `events of unknown types are kept`(text: String, type: String) throws {
        guard case .other(type) = try event(text).kind else {
            Issue.record("it is \(try event(text).kind)")
            return
        }
    }
}
