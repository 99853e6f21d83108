import ParallelJSON

/// The events of the streams of runs and groups.
enum EventTrace {
    /// A message of a run's trace, and the share of the run's working time after which it comes.
    typealias Step = (done: Double, kind: String, text: String)

    /// Returns the messages before tools are called.
    static func opening(of request: TaskRunRequest) -> [Step] {
        [
            (0.2, "exec_status", "Starting research with processor \(request.processor.name) (sandbox)."),
            (0.4, "plan", "Sandbox plan: look at the input, then make an answer up."),
            (0.6, "search", "Searching sandbox.parallel.example."),
        ]
    }

    /// The messages after tools were called.
    static let closing: [Step] = [(0.8, "result", "Sandbox result: an answer that fits the requested form.")]

    static func message(of call: MCPToolCall) -> ProgressMessage {
        ProgressMessage(kind: "tool_call", text: "Called tool \(call.tool) of \(call.server).")
    }

    /// Returns a run's current progress figures; these have no history.
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

    /// Returns a server-sent event: `event:` is the type, `data:` a single line.
    static func event(_ data: JSONValue) -> [UInt8] { event(data["type"]?.string ?? "", data: data.bytes()) }

    /// Returns the state event of a run, with its output if it is completed.
    static func state(of run: RunRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        appendState(of: run, includesOutput: true, to: &bytes)
        return bytes
    }

    /// - Parameters:
    ///   - cursor: the event's position in the stream of the run's group.
    ///   - includesOutput: whether the event has the output if the run is completed.
    static func appendState(
        of run: RunRecord, cursor: String? = nil, includesInput: Bool = false, includesOutput: Bool,
        to bytes: inout [UInt8]
    ) {
        bytes.append(json: "event: task_run.state\ndata: {\"type\":\"task_run.state\",\"event_id\":")
        (cursor.map(JSONValue.string) ?? .null).append(to: &bytes)
        bytes.append(json: ",\"input\":")
        (includesInput ? run.request.publicBody : .null).append(to: &bytes)
        bytes.append(json: ",\"run\":")
        run.appendJSON(to: &bytes)
        bytes.append(json: ",\"output\":")
        if includesOutput, run.status == .completed {
            let start = bytes.count
            RunAnswer.appendOutput(of: run, to: &bytes)
            // A scripted output may have line breaks between its tokens, but data must be one line.
            if run.request.scenario.output != nil {
                for index in start..<bytes.count where bytes[index] == 0x0A || bytes[index] == 0x0D {
                    bytes[index] = 0x20
                }
            }
        } else {
            bytes.append(json: "null")
        }
        bytes.append(json: "}\n\n")
    }

    /// Returns the state event of a group.
    static func status(of group: TaskGroup, cursor: String) -> [UInt8] {
        event(["type": "task_group_status", "event_id": .string(cursor), "status": group.status])
    }

    static let keepAlive = Array(": keep-alive\n\n".utf8)

    private static func event(_ type: String, data: [UInt8]) -> [UInt8] {
        Array("event: \(type)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
