import ParallelAPI
import ParallelJSON
import ParallelMCP
import Testing

/// What `getStatus` of the Task MCP may answer.
@Suite struct TaskMCPStatusTests {
    private static func status(_ text: String, structured: JSONValue? = nil, id: String = "trun_1") throws
        -> TaskMCPStatus
    {
        var result: JSONObject = ["content": [["type": "text", "text": .string(text)]]]
        result["structuredContent"] = structured
        return try TaskMCPStatus(.object(result), of: try #require(TaskMCPStatus.id(in: Array(id.utf8))))
    }

    @Test(arguments: ["queued", "running", "cancelling", "pending", "in_progress", "In progress", "Processing"])
    func `the statuses of work that continues are active`(word: String) throws {
        #expect(try Self.status(#"{"status":"\#(word)"}"#).isActive)
        #expect(try Self.status("Status: \(word)").isActive)
        #expect(try Self.status("The run is \(word) now.").isActive)
    }

    @Test(arguments: ["completed", "failed", "cancelled", "action_required", "something_new"])
    func `with any other status it has ended`(word: String) throws {
        let status = try Self.status(#"{"status":"\#(word)"}"#)
        #expect(!status.isActive && status.word == word)
        #expect(try !Self.status("Status: \(word)").isActive)
    }

    @Test func `JSON decides, wherever the server has put it`() throws {
        let running = #"{"status":"running"}"#
        #expect(try Self.status("completed", structured: ["status": "running"]).isActive)
        #expect(try Self.status("completed", structured: ["result": .string(running)]).isActive)
        #expect(try Self.status(running, structured: ["other": 1]).isActive)
        #expect(try !Self.status(#"{"status":"running","is_active":false}"#).isActive)
        #expect(try Self.status(#"{"status":{"is_active":true,"task_run_status_counts":{"completed":1}}}"#).isActive)
        #expect(try Self.status("", structured: ["result": "running"]).isActive)
    }

    @Test func `JSON of an unknown shape goes by its words`() throws {
        #expect(try Self.status(#"{"run":{"status":"running"}}"#).isActive)
        #expect(try !Self.status(#"{"run":{"status":"completed"}}"#).isActive)
    }

    @Test func `an id is the one that the answer tells of, not one that it repeats`() {
        func id(_ text: String, _ arguments: JSONObject = [:]) -> String? {
            TaskMCPStatus.id(in: ["content": [["type": "text", "text": .string(text)]]], to: arguments)?.text
        }
        #expect(id(#"{"input":"Update tgrp_old and trun_old","run_id":"trun_new"}"#) == "trun_new")
        #expect(id("For trun_old: started trun_new", ["previous_interaction_id": "trun_old"]) == "trun_new")
        #expect(id("Group tgrp_1 with trun_1") == "tgrp_1")
        #expect(id("Started trun_1, see https://platform.parallel.ai/trun_1") == "trun_1")
        #expect(id("nothing here") == nil)
    }

    @Test(arguments: [
        ("All 5 completed, 0 running", false), ("running: 0, completed: 5", false), ("No runs are running: 0", false),
        ("It is no longer running", false), ("5 completed, **0** running, 2 queued", true),
        ("running: 1, queued: 0", true), ("completed: 3, 1 running", true), ("is_active: False (was running)", false),
        ("The task completed. Processing time: 12s", false), ("completed; it was running for 2 min", false),
        ("running (2 of 3 completed)", true), ("Status: completed. The report on running shoes is here", false),
        ("", false),
    ])
    func `counts of zero do not make prose active`(text: String, isActive: Bool) throws {
        #expect(try Self.status(text).isActive == isActive)
    }

    @Test func `the counts of a group are read`() throws {
        let text = #"{"num_task_runs":6,"task_run_status_counts":{"completed":3,"failed":1,"cancelled":1,"running":1}}"#
        let counts = try Self.status(text).counts
        #expect(counts?.total == 6 && counts?.completed == 3)
        #expect(counts?.unsuccessful.map(\.status) == ["failed", "cancelled"])
        #expect(try Self.status(text).isActive)
        #expect(try !Self.status(#"{"counts":{"completed":2,"running":0}}"#).isActive)
        #expect(try Self.status(#"{"status":"running"}"#).counts == nil)
    }

    @Test func `an answer about another run or group is an error that names both`() throws {
        let other = #expect(throws: UnexpectedAnswer.self) {
            try Self.status(#"{"run_id":"trun_2","status":"completed"}"#)
        }
        #expect(other?.message == "the API's answer is about run trun_2, not about trun_1")
        #expect(throws: UnexpectedAnswer.self) { try Self.status(#"{"taskgroup_id":"tgrp_2"}"#, id: "tgrp_1") }
        // A run may say which group it is of.
        #expect(try Self.status(#"{"run_id":"trun_1","taskgroup_id":"tgrp_2","status":"running"}"#).isActive)
    }

    @Test(arguments: ["9223372036854775807", "1e30", "-1", "4294967296"])
    func `an impossible number of runs is an error`(count: String) {
        for text in [
            #"{"counts":{"completed":\#(count),"failed":\#(count)}}"#, #"{"num_task_runs":\#(count),"counts":{}}"#,
        ] {
            #expect(throws: UnexpectedAnswer.self) { try Self.status(text) }
        }
    }
}
