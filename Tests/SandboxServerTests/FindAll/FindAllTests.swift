import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct FindAllTests {
    private static let base = "/v1beta/findall"

    private func body(_ generator: String = "base", limit: Int = 5, _ members: String = "") -> String {
        #"{"objective":"Chip makers that win","entity_type":"startups","generator":"\#(generator)","match_limit":\#(limit),"#
            + #""match_conditions":[{"name":"c1","description":"d"},{"name":"c2","description":"d"}]\#(members)}"#
    }

    /// Creates a run and returns its path.
    private func run(_ client: SandboxClient, _ body: String) async throws -> String {
        let answer = try await client.send("POST", Self.base + "/runs", body)
        #expect(answer.status == 200, "\(answer.text)")
        return Self.base + "/runs/" + (answer.json["findall_id"]?.string ?? "")
    }

    private static let enrichment =
        #"{"output_schema":{"type":"json","json_schema":{"type":"object","properties":{"ceo":{"type":"string"}},"#
        + #""required":["ceo"],"additionalProperties":false}}}"#

    @Test func `a run finds matches up to its limit and says why it ended`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body(limit: 7))
            let json = try await client.get(path + "/result").json
            #expect(json["run"] == (try await client.get(path).json))
            #expect(json["run"]?["status"]?["termination_reason"] == "match_limit_met")
            let candidates = try #require(json["candidates"]?.array)
            #expect(json["run"]?["status"]?["metrics"]?["generated_candidates_count"]?.int == candidates.count)
            let matched = candidates.filter { $0["match_status"] == "matched" }
            #expect(matched.count == 7 && candidates.count > 7)
            #expect(
                matched[0]["output"]?["c1"] == ["value": "Sandbox: yes", "type": "match_condition", "is_matched": true])
            let unmatched = try #require(candidates.first { $0["match_status"] == "unmatched" })
            #expect(unmatched["output"]?["c2"]?["is_matched"] == false)
        }
    }

    @Test func `a run is queued, runs and can be cancelled once`() async throws {
        try await withSandbox({ $0.delay = 3600 }) { client in
            let path = try await run(client, body())
            let json = try await client.get(path).json
            #expect(json["status"]?["status"] == "queued" && json["status"]?["is_active"] == true)
            #expect((try await client.get(path + "/result")).json["last_event_id"] == .null)
            let cancelled = try await client.send("POST", path + "/cancel")
            #expect(cancelled.status == 204 && cancelled.body.isEmpty)
            let status = try await client.get(path).json["status"]
            #expect(status?["status"] == "cancelled" && status?["termination_reason"] == "user_cancelled")
            #expect(try await client.send("POST", path + "/cancel").status == 409)
            #expect(try await client.send("POST", Self.base + "/runs/findall_x/cancel").status == 404)
        }
    }

    @Test func `a preview looks at as many candidates as its limit says, and can't be extended`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body("preview", limit: 9))
            #expect((try await client.get(path + "/result")).json["candidates"]?.array?.count == 9)
            let extended = try await client.send("POST", path + "/extend", #"{"additional_match_limit":1}"#)
            #expect(extended.status == 422 && extended.errors == ["body.additional_match_limit: value_error"])
            #expect(try await client.send("POST", path + "/enrich", Self.enrichment).status == 200)
        }
    }

    @Test func `an extension adds to the limit, up to a thousand`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body(limit: 6))
            let schema = try await client.send("POST", path + "/extend", #"{"additional_match_limit":4}"#)
            #expect(schema.status == 200 && schema.json["match_limit"] == 10)
            let run = try await client.get(path).json
            #expect(run["status"]?["metrics"]?["matched_candidates_count"] == 10)
            let beyond = try await client.send("POST", path + "/extend", #"{"additional_match_limit":991}"#)
            #expect(beyond.status == 422)
            #expect(try await client.send("POST", path + "/extend", #"{"additional_match_limit":0}"#).status == 422)
        }
    }

    @Test func `a run that ended for another reason than its limit can't be extended`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body(limit: 6, #","metadata":{"sandbox_matches":2}"#))
            let run = try await client.get(path).json
            #expect(run["status"]?["termination_reason"] == "candidates_exhausted")
            #expect(run["status"]?["metrics"]?["matched_candidates_count"] == 2)
            #expect(try await client.send("POST", path + "/extend", #"{"additional_match_limit":4}"#).status == 422)
        }
    }

    @Test func `an enrichment queues a run again that has ended, and fills in every match`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body())
            let schema = try await client.send("POST", path + "/enrich", Self.enrichment)
            #expect(schema.json["enrichments"]?[0]?["processor"] == "core")
            #expect(schema.json == (try await client.get(path + "/schema").json))
            let events = try await client.get(path + "/events").events
            #expect(events.count { $0.type == "findall.schema.updated" } == 1)
            let states = events.compactMap { $0.data["data"]?["status"]?["status"]?.string }
            #expect(states == ["running", "completed", "queued", "running", "completed"])
            let candidates = try await client.get(path + "/result").json["candidates"]?.array ?? []
            for candidate in candidates {
                let ceo = candidate["output"]?["ceo"]
                #expect((ceo?["type"] == "enrichment") == (candidate["match_status"] == "matched"))
            }
        }
    }

    @Test func `what is excluded is not found`() async throws {
        try await withSandbox { client in
            let first = try await client.get(try await run(client, body()) + "/result").json["candidates"]?.array ?? []
            let known = first.map { "{\"name\":\" \($0["name"]?.string ?? "")\",\"url\":\"https://x\"}" }
            let same = first.map { JSONValue.object(["name": $0["name"] ?? "", "url": $0["url"] ?? ""]).serialized() }
            func names(_ list: [String]) async throws -> [JSONValue?] {
                let path = try await run(client, body(limit: 5, ",\"exclude_list\":[\(list.joined(separator: ","))]"))
                return try await client.get(path + "/result").json["candidates"]?.array?.map { $0["name"] } ?? []
            }
            #expect(try await names(known) == first.map { $0["name"] })
            let others = try await names(same)
            #expect(!others.isEmpty && !others.contains { name in first.contains { $0["name"] == name } })
        }
    }

    @Test func `events tell the whole run, and go on behind an id`() async throws {
        try await withSandbox({ $0.delay = 0.3 }) { client in
            let path = try await run(client, body())
            let answer = try await client.get(path + "/events")
            #expect(answer.isComplete)
            let events = answer.events
            #expect(events.first?.type == "findall.status")
            #expect(events.last?.data["data"] == (try await client.get(path).json))
            #expect(events.count { $0.type == "findall.candidate.matched" } == 5)
            let last = try await client.get(path + "/result").json["last_event_id"]?.string ?? ""
            let rest = try await client.get(path + "/events?last_event_id=\(last)").events
            #expect(rest.map(\.type) == ["findall.status"])
            let end = events.last?.data["event_id"]?.string ?? ""
            // Nothing is left, so the state alone comes, under an id of its own.
            let nothing = try await client.get(path + "/events?last_event_id=\(end)").events
            #expect(
                nothing.map(\.type) == ["findall.status"] && nothing[0].data["event_id"]?.string?.hasPrefix(end) == true
            )
        }
    }

    @Test func `a stream ends after its timeout`() async throws {
        try await withSandbox({ $0.delay = 3600 }) { client in
            let path = try await run(client, body())
            #expect(try await client.get(path + "/events?timeout=0.1").events.map(\.type) == ["findall.status"])
        }
    }

    @Test(arguments: ["events?timeout=6001", "events?timeout=x", "events?last_event_id=other"])
    func `a query that can't be is a list of errors`(query: String) async throws {
        try await withSandbox { client in
            let answer = try await client.get(try await run(client, body()) + "/" + query)
            #expect(answer.status == 422 && answer.json["detail"]?.array?.count == 1 && answer.json["error"] == nil)
        }
    }

    @Test(arguments: [
        (#""generator":"base""#, #""generator":"huge""#, "body.generator: literal_error"),
        (#""match_limit":5"#, #""match_limit":4"#, "body.match_limit: greater_than_equal"),
        (#""match_limit":5"#, #""match_limit":1001"#, "body.match_limit: less_than_equal"),
        (#""entity_type":"startups","#, "", "body.entity_type: missing"),
        (#""description":"d"}]"#, #""x":1}]"#, "body.match_conditions.1.description: missing"),
        (#""match_limit":5"#, #""match_limit":5,"enrichments":[]"#, "body.enrichments: extra_forbidden"),
        (#""match_limit":5"#, #""match_limit":5,"exclude_list":[{"name":"x"}]"#, "body.exclude_list.0.url: missing"),
        (
            #""match_limit":5"#, #""match_limit":5,"webhook":{"url":"http://x","event_types":["findall.x"]}"#,
            "body.webhook.event_types.0: literal_error"
        ),
        (
            #""match_limit":5"#, #""match_limit":5,"memory_scope_key":"a b""#,
            "body.memory_scope_key: string_pattern_mismatch"
        ),
    ])
    func `a run that breaks a rule is refused`(old: String, new: String, error: String) async throws {
        try await withSandbox { client in
            let answer = try await client.send("POST", Self.base + "/runs", body().replacing(old, with: new))
            #expect(answer.status == 422 && answer.errors == [error], "\(answer.text)")
        }
    }

    @Test func `a preview takes five to ten candidates`() async throws {
        try await withSandbox { client in
            let answer = try await client.send("POST", Self.base + "/runs", body("preview", limit: 11))
            #expect(answer.status == 422 && answer.errors == ["body.match_limit: less_than_equal"])
        }
    }

    @Test func `the account must have the price of all matches, and pays for those that are found`() async throws {
        // A run for five matches costs 250 + 5 · 30 thousandths.
        try await withSandbox({ $0.balance = 799 }) { client in
            let first = try await run(client, body(limit: 5))
            try await poll("the end") { try await client.get(first).json["status"]?["is_active"] == false }
            #expect(try await client.send("POST", Self.base + "/runs", body(limit: 5)).status == 402)
            #expect(try await client.send("POST", Self.base + "/runs", body("preview")).status == 200)
        }
    }

    @Test func `there is a quota of 300 runs in an hour`() async throws {
        try await withSandbox({ $0.rowsPerMinute = 2_000 }) { client in
            for _ in 0..<300 { _ = try await run(client, body("preview")) }
            #expect(try await client.send("POST", Self.base + "/runs", body("preview")).status == 429)
        }
    }

    @Test func `ingest finds conditions and enrichments in an objective`() async throws {
        try await withSandbox { client in
            let objective = #"{"objective":"Find all AI startups that build robots and raised money with their CEO"}"#
            let json = try await client.send("POST", Self.base + "/ingest", objective).json
            #expect(json["entity_type"] == "startups" && json["generator"] == "core")
            let names = json["match_conditions"]?.array?.map { $0["name"]?.string }
            #expect(names == ["that_build_robots_check", "and_raised_money_check"])
            let schema = json["enrichments"]?[0]?["output_schema"]?["json_schema"]
            #expect(schema?["properties"]?.object?.keys == ["ceo"])
            let empty = try await client.send("POST", Self.base + "/ingest", #"{"objective":""}"#)
            #expect(empty.status == 422 && empty.json["detail"]?[0]?["loc"] == ["body", "objective"])
        }
    }

    @Test func `an entity search answers at once`() async throws {
        try await withSandbox { client in
            let path = Self.base + "/entity-search"
            let json = try await client.send("POST", path, #"{"entity_type":"people","objective":"x","match_limit":6}"#)
                .json
            #expect(json["entity_set_id"]?.string?.hasPrefix("entity_set_") == true)
            #expect(json["entities"]?.array?.count == 6)
            let wrong = try await client.send("POST", path, #"{"entity_type":"cats","objective":"x","match_limit":4}"#)
            #expect(wrong.status == 422 && wrong.json["detail"]?.array?.count == 2)
        }
    }

    @Test func `secrets of MCP servers are not in the schema`() async throws {
        try await withSandbox { client in
            let path = try await run(client, body())
            let servers =
                #""mcp_servers":[{"type":"url","url":"https://x.example","name":"x","headers":{"a":"s3cret"}}],"#
            let answer = try await client.send("POST", path + "/enrich", "{\(servers)" + Self.enrichment.dropFirst())
            #expect(answer.status == 200 && !answer.text.contains("s3cret"))
            let unknown = try await client.send("POST", Self.base + "/runs/findall_x/enrich", Self.enrichment)
            #expect(unknown.status == 404)
        }
    }
}
