import ParallelAPI
import ParallelJSON
import Testing

struct FindAllRunTests {
    private func run(_ status: String) throws -> FindAllRun {
        try #require(FindAllRun(try JSONValue.parse(#"{"findall_id":"findall_1","status":\#(status)}"#)))
    }

    @Test(arguments: [
        (
            #"{"status":"running","is_active":true,"metrics":{"matched_candidates_count":3}}"#, true,
            "3 matches among 3 candidates"
        ),
        (#"{"status":"queued","metrics":null}"#, true, nil), (#""completed""#, false, nil),
        (
            #"{"status":"completed","is_active":false,"metrics":{"generated_candidates_count":1,"matched_candidates_count":1}}"#,
            false, "1 match among 1 candidate"
        ),
        ("null", false, nil),
    ])
    func `each form of a state is understood`(status: String, isActive: Bool, progress: String?) throws {
        let run = try run(status)
        #expect(run.isActive == isActive && run.progress == progress)
    }

    @Test(arguments: [
        ("completed", "match_limit_met", false), ("completed", "timeout", false),
        ("completed", "insufficient_funds", true),
        ("failed", "timeout", true), ("cancelled", "user_cancelled", true), ("action_required", "x", true),
    ])
    func `a run has failed by its status or its reason`(status: String, reason: String, hasFailed: Bool) throws {
        let run = try run(#"{"status":"\#(status)","is_active":false,"termination_reason":"\#(reason)"}"#)
        #expect(run.hasFailed == hasFailed)
    }

    @Test(arguments: [#"{}"#, #"{"findall_id":""}"#, #"{"findall_id":"-x"}"#, "[]"])
    func `a value without a usable id is no run`(text: String) throws {
        let json = try JSONValue.parse(text)
        #expect(FindAllRun(json) == nil && FindAllResult(json) == nil)
    }

    @Test func `values come in objects or alone`() throws {
        let text =
            #"{"findall_id":"f","candidates":[{"output":{"a":{"value":null,"type":"enrichment"},"b":"x","#
            + #""c":{"value":1},"d":{"value":[1],"type":"match_condition","is_matched":false}}}]}"#
        let fields = try #require(FindAllResult(try JSONValue.parse(text))?.candidates.first?.fields)
        #expect(fields.map(\.value) == [.null, "x", ["value": 1], [1]])
        #expect(fields.map(\.isMet) == [nil, nil, nil, false])
    }

    @Test(arguments: [
        ("preview", 10, [], "$0.10"), ("base", 50, [], "$1.75"), ("core", 40, ["core", "base"], "$9.40"),
        ("pro", 1_000, ["ultra"], "$1,310.00"), ("base", 10, ["x"], nil), ("x", 10, [], nil),
    ])
    func `a run costs its price, that of its matches, and that of their enrichments`(
        generator: String, matches: Int, processors: [String], text: String?
    ) {
        #expect(FindAllGenerator.cost(generator, matches: matches, processors: processors)?.text == text)
    }
}
