import ParallelJSON

/// What the event stream of a run says.
enum EventTrace {
    /// A message of the trace, and the share of the run's working time after which it comes.
    typealias Step = (done: Double, kind: String, text: String)

    /// What a run says before it calls tools.
    static func opening(of request: TaskRunRequest) -> [Step] {
        [
            (0.2, "exec_status", "Starting research with processor \(request.processor.name) (sandbox)."),
            (0.4, "plan", "Sandbox plan: look at the input, then make an answer up."),
            (0.6, "search", "Searching sandbox.parallel.example."),
        ]
    }

    /// What it says afterwards.
    static let closing: [Step] = [(0.8, "result", "Sandbox result: an answer that fits the requested form.")]

    static func message(of call: MCPToolCall) -> ProgressMessage {
        ProgressMessage(kind: "tool_call", text: "Called tool \(call.tool) of \(call.server).")
    }

    /// The current figures of a run, which have no history.
    static func statistics(of run: RunRecord) -> JSONValue {
        let considered = Int(run.progress)
        let read = considered / 10
        let sample = (0..<min(read, 2)).map { JSONValue.string("https://sandbox.parallel.example/sources/\($0 + 1)") }
        return [
            "type": "task_run.progress_stats",
            "source_stats": [
                "num_sources_considered": .number(JSONNumber(considered)),
                "num_sources_read": .number(JSONNumber(read)),
                "sources_read_sample": .array(sample),
            ],
            "progress_meter": .number(JSONNumber(run.progress.rounded())),
        ]
    }

    static func failure(_ error: JSONValue) -> JSONValue { ["type": "error", "error": error] }

    /// One server-sent event: `event:` names the type, `data:` is a single line.
    static func event(_ data: JSONValue) -> [UInt8] { event(data["type"]?.string ?? "", data: data.bytes()) }

    /// The state of a run, with its output once that is completed.
    static func state(of run: RunRecord) -> [UInt8] {
        let output = run.status == .completed ? RunAnswer.output(of: run, elementBasis: false) : Array("null".utf8)
        let head = Array("{\"type\":\"task_run.state\",\"event_id\":null,\"input\":null,\"run\":".utf8)
        let data = head + run.json.bytes() + Array(",\"output\":".utf8) + output + Array("}".utf8)
        // A scripted output may hold line breaks between its tokens, and data must be one line.
        let line = data.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
        return event("task_run.state", data: line)
    }

    static let keepAlive = Array(": keep-alive\n\n".utf8)

    private static func event(_ type: String, data: [UInt8]) -> [UInt8] {
        Array("event: \(type)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
