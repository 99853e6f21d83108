import ParallelAPI
import ParallelJSON
import Testing

struct SearchRequestTests {
    private func request(_ change: (inout SearchRequest) -> Void) -> SearchRequest {
        var request = SearchRequest()
        request.objective = "what"
        change(&request)
        return request
    }

    /// Why the request is refused; nil when it is not.
    private func fault(_ change: (inout SearchRequest) -> Void) -> String? { error(change)?.message }

    private func error(_ change: (inout SearchRequest) -> Void) -> InvalidRequest? {
        do throws(InvalidRequest) {
            try request(change).check()
            return nil
        } catch {
            return error
        }
    }

    private func text(_ count: Int) -> String { String(repeating: "é", count: count) }

    @Test func `lengths are right at their limit and wrong one above`() {
        #expect(
            fault {
                $0.objective = text(5_000); $0.queries = ["q"]
            } == nil)
        #expect(
            fault {
                $0.objective = text(5_001); $0.queries = ["q"]
            }
                == "the objective has 5001 characters; the limit is 5000")
        #expect(fault { $0.queries = [text(200)] } == nil)
        #expect(fault { $0.queries = ["q", text(201)] } == "query 2 has 201 characters; the limit is 200")
        #expect(fault { $0.queries = Array(repeating: "q", count: 5) } == nil)
        #expect(fault { $0.queries = Array(repeating: "q", count: 6) } == "6 queries; a search takes at most 5")
        #expect(fault { $0.sessionID = text(1_000) } == nil)
        #expect(fault { $0.sessionID = text(1_001) } == "the session id has 1001 characters; the limit is 1000")
        #expect(fault { $0.maxAge = 600 } == nil)
        #expect(fault { $0.maxAge = 599 } == "a maximum age of 599 s; the least is 600 s (10m)")
        #expect(fault { $0.sourcePolicy.includeDomains = Array(repeating: "a.example", count: 200) } == nil)
        #expect(
            fault { $0.sourcePolicy.includeDomains = Array(repeating: "a.example", count: 201) }?.contains(
                "201 domains")
                == true)
    }

    @Test func `length counts Unicode scalars`() {
        // One character on the screen, two scalars.
        #expect(fault { $0.queries = [String(repeating: "e\u{301}", count: 100)] } == nil)
        #expect(
            fault { $0.queries = [String(repeating: "e\u{301}", count: 101)] }
                == "query 1 has 202 characters; the limit is 200")
    }

    @Test func `an objective that serves as the query has the limit of a query`() {
        #expect(fault { $0.objective = text(200) } == nil)
        #expect(
            fault { $0.objective = text(201) }
                == "the objective has 201 characters and would serve as the query, which may have 200")
        #expect(error { $0.objective = text(201) }?.needsQueries == true)
        #expect(error { $0.queries = [text(201)] }?.needsQueries == false)
    }

    @Test func `blank texts are refused`() {
        #expect(fault { $0.objective = " \n" } == "the objective is empty")
        #expect(fault { $0.queries = ["q", "\t"] } == "query 2 is empty")
    }

    @Test func `an objective alone is sent as the query too`() {
        #expect(request { _ in }.json.serialized() == #"{"objective":"what","search_queries":["what"]}"#)
        #expect(
            request { $0.queries = ["a", "b"] }.json.serialized()
                == #"{"objective":"what","search_queries":["a","b"]}"#
        )
        #expect(
            request {
                $0.objective = nil; $0.queries = ["a"]
            }.json.serialized() == #"{"search_queries":["a"]}"#)
    }

    @Test func `every option is at its place in the request`() {
        let full = request {
            $0.queries = ["q"]
            $0.mode = "basic"
            $0.maxResults = 3
            $0.sourcePolicy.includeDomains = ["a.example"]
            $0.location = "DE"
            $0.maxAge = 600
            $0.fetchTimeout = 5
            $0.maxCharacters = 1000
            $0.maxCharactersPerResult = 200
            $0.sessionID = "s"
            $0.clientModel = "m"
        }
        let expected =
            #"{"objective":"what","search_queries":["q"],"mode":"basic","max_chars_total":1000,"session_id":"s","#
            + #""client_model":"m","advanced_settings":{"source_policy":{"include_domains":["a.example"]},"#
            + #""fetch_policy":{"max_age_seconds":600,"timeout_seconds":5},"#
            + #""excerpt_settings":{"max_chars_per_result":200},"location":"de","max_results":3}}"#
        #expect(full.json.serialized() == expected)
    }

    @Test(arguments: [
        ("turbo", "the mode turbo takes no paths in domains, such as 'a.example/b'"), ("fast", nil), ("basic", nil),
    ])
    func `the mode turbo is refused with a path`(mode: String, message: String?) {
        for list in [\SourcePolicy.includeDomains, \.excludeDomains] {
            #expect(
                fault {
                    $0.mode = mode
                    $0.sourcePolicy[keyPath: list] = ["c.example", "a.example/b"]
                } == message)
        }
        #expect(
            fault {
                $0.mode = mode
                $0.sourcePolicy.includeDomains = ["a.example"]
            } == nil)
    }

    @Test(
        arguments: [
            (\SearchRequest.maxAge, #"{"fetch_policy":{"max_age_seconds":7}}"#),
            (\.fetchTimeout, #"{"fetch_policy":{"timeout_seconds":7}}"#),
            (\.maxCharactersPerResult, #"{"excerpt_settings":{"max_chars_per_result":7}}"#),
            (\.maxResults, #"{"max_results":7}"#),
        ] as [(any WritableKeyPath<SearchRequest, Int?> & Sendable, String)])
    func `a setting adds only its own member`(
        path: any WritableKeyPath<SearchRequest, Int?> & Sendable, expected: String
    ) {
        #expect(request { $0[keyPath: path] = 7 }.json["advanced_settings"]?.serialized() == expected)
    }
}
