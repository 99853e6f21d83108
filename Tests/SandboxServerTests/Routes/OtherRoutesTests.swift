import ParallelJSON
import Testing

@testable import SandboxServer

/// Searches for images and places, decisions, and the memory.
@Suite(.timeLimit(.minutes(10))) struct OtherRoutesTests {
    @Test(arguments: [
        ("/v1/images/search", #"{"search_queries":["a"],"mode":"fast","advanced_settings":{"max_results":3}}"#),
        ("/v1/places/search", #"{"query":"a","location":"b","mode":"fast"}"#),
        ("/v1/decisions", #"{"state":{"a":1},"questions":{"q":{"type":"noul","instructions":"x"}}}"#),
        ("/v1beta/memory/retrieve", "{}"),
    ])
    func `the same question has the same answer`(path: String, body: String) async throws {
        let (first, second) = try await withSandbox {
            let first = try await $0.send("POST", path, body)
            return (first, try await $0.send("POST", path, body))
        }
        #expect(first.status == 200 && first.json["results"] == second.json["results"])
        #expect(first.json["answers"] == second.json["answers"])
    }

    @Test(arguments: [
        ("images/search", "{}", "body.search_queries: missing"),
        ("images/search", #"{"search_queries":[]}"#, "body.search_queries: too_short"),
        ("images/search", #"{"search_queries":["a"],"mode":"turbo"}"#, "body.mode: literal_error"),
        ("images/search", #"{"search_queries":["a"],"x":1}"#, "body.x: extra_forbidden"),
        (
            "images/search", #"{"search_queries":["a"],"advanced_settings":{"source_policy":{}}}"#,
            "body.advanced_settings.source_policy: extra_forbidden"
        ),
        ("places/search", #"{"query":"a"}"#, "body.location: missing"),
        ("decisions", #"{"questions":{}}"#, "body.state: missing"),
        (
            "decisions", #"{"state":"a","questions":{"q":{"type":"boolean","instructions":"x"}}}"#,
            "body.questions.q.type: literal_error"
        ),
        (
            "decisions", #"{"state":"a","questions":{"q":{"type":"score","instructions":"x","criteria":["a"]}}}"#,
            "body.questions.q.criteria: too_short"
        ),
    ])
    func `what breaks a rule is refused with its place`(path: String, body: String, error: String) async throws {
        let answer = try await withSandbox { try await $0.send("POST", "/v1/" + path, body) }
        #expect(answer.status == 422 && answer.errors.contains(error), "\(answer.text)")
    }

    @Test(arguments: [
        ("retrieve", #"{"limit":26}"#), ("retrieve", #"{"limit":null}"#), ("retrieve", #"{"kind":"x"}"#),
        ("retrieve", #"{"memory_scope_key":"a b"}"#),
        ("evict", #"{"kind":"task"}"#), ("evict", #"{"id":"x"}"#), ("clear", #"{"memory_scope_key":""}"#),
    ])
    func `the memory says what is wrong in the other form of a 422`(name: String, body: String) async throws {
        let answer = try await withSandbox { try await $0.send("POST", "/v1beta/memory/" + name, body) }
        #expect(answer.status == 422 && answer.json["detail"]?.array?.isEmpty == false && answer.json["error"] == nil)
    }

    @Test func `removing answers with nothing`() async throws {
        let (evicted, cleared) = try await withSandbox {
            let evicted = try await $0.send("POST", "/v1beta/memory/evict", #"{"id":"trun_1","kind":"task"}"#)
            return (evicted, try await $0.send("POST", "/v1beta/memory/clear", "{}"))
        }
        #expect([evicted.status, cleared.status] == [204, 204] && evicted.body.isEmpty && cleared.body.isEmpty)
    }
}
