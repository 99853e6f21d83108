import ParallelJSON
import Testing

@testable import ParallelAPI
@testable import ParallelBatch

struct RunTemplateTests {
    private static func request(_ change: (inout TaskRunRequest) -> Void = { _ in }) -> TaskRunRequest {
        var request = TaskRunRequest(input: "row")
        request.processor = "core"
        change(&request)
        return request
    }

    private func body(_ request: TaskRunRequest) throws -> String {
        let template = try RunTemplate(request)
        var chunk = RunChunk(template)
        chunk.add(row: 0, input: Array("{\"a\":1.10}".utf8))
        chunk.add(row: 41, input: Array("\"b\"".utf8))
        chunk.close()
        return String(decoding: chunk.body, as: UTF8.self)
    }

    @Test func `runs have their rows and nothing that was not asked for`() throws {
        #expect(
            try body(Self.request())
                == #"{"inputs":[{"input":{"a":1.10},"metadata":{"parallel_row":"1"},"processor":"core"},"#
                + #"{"input":"b","metadata":{"parallel_row":"42"},"processor":"core"}]}"#)
        #expect(try RunTemplate(Self.request()).betas.isEmpty)
    }

    private static let crm = MCPServer(
        name: "crm", url: .init(template: "https://crm.example/${KEY}", expanded: "https://crm.example/4711-secret"),
        headers: [("Authorization", .init(template: "Bearer ${TOKEN}", expanded: "Bearer tok-4711"))],
        allowedTools: ["find"])

    /// Every optional member, with the JSON it makes of each run, or else of the body's opening.
    private static let members:
        [(name: String, change: @Sendable (inout TaskRunRequest) -> Void, ofRun: String, spec: String)] = [
            ("outputSchema", { $0.outputSchema = ["type": "text"] }, "", #""output_schema":{"type":"text"}"#),
            (
                "inputSchema", { $0.inputSchema = ["type": "json"] }, "",
                #""output_schema":{"type":"auto"},"input_schema":{"type":"json"}"#
            ),
            (
                "sourcePolicy", { $0.sourcePolicy.includeDomains = ["example.com"] },
                #","source_policy":{"include_domains":["example.com"]}"#, ""
            ),
            ("location", { $0.location = "DE" }, #","advanced_settings":{"location":"de"}"#, ""),
            (
                "mcpServers", { $0.mcpServers = [crm] },
                #","mcp_servers":[{"type":"url","url":"https://crm.example/4711-secret","name":"crm","#
                    + #""headers":{"Authorization":"Bearer tok-4711"},"allowed_tools":["find"]}]"#, ""
            ),
            ("enableEvents", { $0.enableEvents = true }, #","enable_events":true"#, ""),
            (
                "webhookURL", { $0.webhookURL = "https://hook.example/?t=1" },
                #","webhook":{"url":"https://hook.example/?t=1","event_types":["task_run.status"]}"#, ""
            ),
            ("previousInteractionID", { $0.previousInteractionID = "i1" }, #","previous_interaction_id":"i1""#, ""),
            ("memoryScopeKey", { $0.memoryScopeKey = "m\"1" }, #","memory_scope_key":"m\"1""#, ""),
        ]

    @Test(arguments: members.map(\.name))
    func `each option is in every run, and the task's spec once for all`(name: String) throws {
        let member = try #require(Self.members.first { $0.name == name })
        let spec = member.spec.isEmpty ? "" : #""default_task_spec":{\#(member.spec)},"#
        #expect(
            try body(Self.request(member.change))
                == #"{\#(spec)"inputs":["#
                + #"{"input":{"a":1.10},"metadata":{"parallel_row":"1"},"processor":"core"\#(member.ofRun)},"#
                + #"{"input":"b","metadata":{"parallel_row":"42"},"processor":"core"\#(member.ofRun)}]}"#)
    }

    @Test func `with all options at once a run is what a single one would be`() throws {
        let task = Self.request { request in
            for member in Self.members { member.change(&request) }
            request.metadata = [("team", "a\"b\\c\nd"), ("ключ \"q\"", "süß")]
            request.extraBetas = ["new-1"]
        }
        let template = try RunTemplate(task)
        #expect(template.betas == task.betas && template.betas.count == 4)
        var chunk = RunChunk(template)
        chunk.add(row: 6, input: Array("\"row\"".utf8))
        chunk.close()
        let sent = try JSONValue.parse(chunk.body)
        var expected = task
        expected.metadata.append(("parallel_row", "7"))
        let single = try #require(expected.json(.revealed).object)
        let run = try #require(sent["inputs"]?[0]?.object)
        #expect(Set(run.keys) == Set(single.keys).subtracting(["task_spec"]))
        for key in run.keys { #expect(run[key] == single[key], "\(key)") }
        #expect(sent["default_task_spec"] == single["task_spec"])
    }

    @Test func `metadata with the key of row numbers is refused`() throws {
        let error = #expect(throws: InvalidRequest.self) {
            try RunTemplate(Self.request { $0.metadata = [("a", "1"), ("parallel_row", "7")] })
        }
        #expect(error?.message.hasPrefix("the metadata key 'parallel_row' is taken") == true)
    }

    @Test(
        arguments: [
            (#"{"parallel_row":"1"}"#, 0), (#"{"parallel_row":100000}"#, 99_999), (#"{"parallel_row":"0"}"#, nil),
            (#"{"parallel_row":"-3"}"#, nil), (#"{"parallel_row":"one"}"#, nil), (#"{"parallel_row":null}"#, nil),
            (#"{"row":"1"}"#, nil), ("{}", nil), ("null", nil),
            (#"{"parallel_row":"99999999999999999999"}"#, nil),
        ] as [(String, Int?)])
    func `the group says which row a run stands for`(metadata: String, row: Int?) throws {
        let json = try JSONValue.parse(#"{"run_id":"r","status":"queued","metadata":\#(metadata)}"#)
        #expect(RowNumber.row(of: try #require(TaskRun(json))) == row)
    }

    @Test(arguments: [[0, 1, 2], [0], [1], [2], [0, 2], []])
    func `a part of a chunk has the runs of its rows as they were`(_ places: [Int]) throws {
        let template = try RunTemplate(TaskRunRequest(input: "row"))
        var chunk = RunChunk(template)
        for row in 3...5 { chunk.add(row: row, input: Array("\"row \(row)\"".utf8)) }
        chunk.close()
        let all = try #require(try JSONValue.parse(chunk.body)["inputs"]?.array)
        let part = chunk.keeping(places)
        #expect(part.rows == places.map { $0 + 3 })
        #expect(try JSONValue.parse(part.body)["inputs"]?.array == places.map { all[$0] })
    }
}
