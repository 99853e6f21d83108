import ParallelJSON

/// Parallel's Task MCP server: creates runs and groups, the same that the Task API shows, and reports their status.
struct TaskMCPServer: Sendable {
    /// The processors used if a call names none.
    private static let researchProcessor: JSONValue = "pro"
    private static let groupProcessor: JSONValue = "core"

    let store: RunStore

    var server: StatelessMCPServer {
        StatelessMCPServer(
            name: "Parallel Task MCP (sandbox)",
            instructions:
                "Start work with createDeepResearch or createTaskGroup, ask getStatus until it has ended, then "
                + "read it with getResultMarkdown. All answers are made up.",
            tools: [
                MCPTool(
                    name: "createDeepResearch",
                    description: "Start a report on one question. Returns an id at once; the work takes minutes.",
                    inputSchema: TaskMCPSchemas.deepResearch, call: createDeepResearch),
                MCPTool(
                    name: "createTaskGroup",
                    description:
                        "Start one task for each of several items, all with the same wanted output. Returns an "
                        + "id at once.",
                    inputSchema: TaskMCPSchemas.taskGroup, call: createTaskGroup),
                MCPTool(
                    name: "getStatus", description: "Tell how a run or a group is getting on, in a few words.",
                    inputSchema: TaskMCPSchemas.status, call: status),
                MCPTool(
                    name: "getResultMarkdown",
                    description: "Get what a run or a group that has ended found out, as Markdown.",
                    inputSchema: TaskMCPSchemas.result, call: result),
            ],
            refusal: Self.refusal)
    }

    /// Refuses a request without a valid key. A missing key is no 401, because Parallel's server was observed to answer
    /// so.
    private static func refusal(of request: Request) -> Reply? {
        switch request.credential {
        case .valid: return nil
        case .missing:
            let detail: JSONValue = "Missing x-api-key or Authorization header. Send your API key in one of them."
            return .json(200, ["error": "Authentication required", "detail": detail])
        case .invalid:
            return .unauthorized
        }
    }

    // MARK: - Creating

    private func createDeepResearch(_ arguments: JSONObject, _: Request) async throws -> MCPToolResult {
        let request = try Self.request(
            for: arguments["input"] ?? "", arguments, processor: Self.researchProcessor, output: ["type": "text"])
        let run = try await store.add(request)
        return Self.text([
            "run_id": .string(run.id),
            "url": .string("https://platform.parallel.ai/play/deep-research/\(run.id)"),
            "status": .string(run.status.rawValue),
        ])
    }

    private func createTaskGroup(_ arguments: JSONObject, _: Request) async throws -> MCPToolResult {
        let inputs = arguments["inputs"]?.array ?? []
        guard !inputs.isEmpty else { throw MCPToolError("inputs: at least one is needed") }
        let wanted = arguments["output"] ?? ""
        let output: JSONValue =
            arguments["output_type"] == "text"
            ? ["type": "text", "description": wanted] : ["type": "json", "json_schema": Self.schema(of: wanted)]
        // All requests are checked before anything is created.
        let requests = try inputs.map {
            try Self.request(for: $0, arguments, processor: Self.groupProcessor, output: output)
        }
        let id = await store.addGroup().id
        _ = try await store.add(requests, toGroup: id)
        return Self.text([
            "taskgroup_id": .string(id),
            "url": .string("https://platform.parallel.ai/view/task-run-group/\(id)"),
            "status": "running", "num_task_runs": .number(JSONNumber(requests.count)),
        ])
    }

    private static func request(
        for input: JSONValue, _ arguments: JSONObject, processor: JSONValue, output: JSONValue
    ) throws(APIFailure) -> TaskRunRequest {
        var body: JSONObject = [
            "input": input, "processor": arguments["processor"] ?? processor, "task_spec": ["output_schema": output],
        ]
        for name in ["source_policy", "previous_interaction_id"] { body[name] = arguments[name] }
        return try TaskRunRequest(body: body)
    }

    /// The real server derives fields from the description; one field is enough here.
    private static func schema(of wanted: JSONValue) -> JSONValue {
        [
            "type": "object", "properties": ["answer": ["type": "string", "description": wanted]],
            "required": ["answer"], "additionalProperties": false,
        ]
    }

    // MARK: - Asking

    private func status(_ arguments: JSONObject, _: Request) async throws -> MCPToolResult {
        let id = Self.id(in: arguments)
        if let run = await store.record(id) {
            return Self.text(["taskRunOrGroupId": .string(id), "status": .string(run.status.rawValue)])
        }
        guard let group = await store.group(id) else { throw Self.unknown(id) }
        let ending = group.counts[.failed] == group.runs ? "failed" : "completed"
        let status = group.status
        return Self.text([
            "taskRunOrGroupId": .string(id), "status": .string(group.isActive ? "running" : ending),
            "is_active": .bool(group.isActive), "num_task_runs": .number(JSONNumber(group.runs)),
            "task_run_status_counts": status["task_run_status_counts"] ?? [:],
        ])
    }

    private func result(_ arguments: JSONObject, _: Request) async throws -> MCPToolResult {
        let id = Self.id(in: arguments)
        let basis = try ResultMarkdown.BasisChoice(arguments["basis"]?.string)
        if let run = await store.record(id) {
            if run.status.isActive { throw Self.unfinished(id) }
            guard run.status == .completed else {
                throw MCPToolError("\(id) has no result: \(ResultMarkdown.ending(of: run))")
            }
            return .text(ResultMarkdown.text(of: run, number: 0, basis: basis))
        }
        guard let group = await store.runs(ofGroup: id) else { throw Self.unknown(id) }
        if group.contains(where: { $0.status.isActive }) { throw Self.unfinished(id) }
        return .text(ResultMarkdown.text(ofGroup: group, id: id, basis: basis))
    }

    private static func id(in arguments: JSONObject) -> String { arguments["taskRunOrGroupId"]?.string ?? "" }

    private static func text(_ value: JSONValue) -> MCPToolResult { .text(value.serialized()) }

    private static func unknown(_ id: String) -> MCPToolError {
        MCPToolError("there is no task run or group with the id '\(id)'")
    }

    private static func unfinished(_ id: String) -> MCPToolError {
        MCPToolError("\(id) is still running; ask getStatus until it has ended")
    }
}
