import ParallelJSON
import TestSupport
import Testing

/// `search`.
@Suite(.limited) struct SearchTests {
    @Test func `every flag reaches the request`() async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run(
            "search", "Who makes pumps?", "--query", "pump makers", "--query=industrial pumps", "--mode", "fast",
            "--max-results", "3", "--max-age", "1h", "--fetch-timeout", "30s", "--max-chars", "5000",
            "--max-chars-per-result", "1000", "--include-domain", "example.com", "--after-date", "2026-01-31",
            "--location", "DE", "--session-id", "s1", "--client-model", "m1")
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.output.split(separator: "\n").count == 3)
        #expect(result.error == "")
        #expect(
            sandbox.requests.map(\.body) == [
                [
                    "objective": "Who makes pumps?", "search_queries": ["pump makers", "industrial pumps"],
                    "mode": "fast", "max_chars_total": 5000, "session_id": "s1", "client_model": "m1",
                    "advanced_settings": [
                        "source_policy": ["include_domains": ["example.com"], "after_date": "2026-01-31"],
                        "fetch_policy": ["max_age_seconds": 3600, "timeout_seconds": 30],
                        "excerpt_settings": ["max_chars_per_result": 1000], "location": "de", "max_results": 3,
                    ],
                ]
            ])
    }

    @Test(arguments: [
        (["x"] + Array(repeating: ["--query", "y"], count: 6).flatMap(\.self), "at most 5"),
        (["--query", String(repeating: "q", count: 201)], "the limit is 200"),
        ([String(repeating: "o", count: 5001), "--query", "x"], "the limit is 5000"),
        ([String(repeating: "o", count: 201)], "200: add short queries with --query"),
        (["x", "--max-age", "599s"], "600 s"), ([], "missing OBJECTIVE"), ([" "], "the objective is empty"),
        (["x", "--max-results", "0"], "'0'"), (["x", "--include-domain", "https://a.example/"], "https://a.example/"),
        (["x", "--after-date", "2026-02-30"], "2026-02-30"), (["x", "--location", "Germany"], "Germany"),
    ])
    func `a search that the API would refuse exits 2 with the limit and sends nothing`(
        _ words: [String], _ named: String
    ) async throws {
        let sandbox = try await RunningSandbox()
        let result = try await Session(sandbox).run(["search"] + words)
        #expect(result.exit == .code(2))
        #expect(result.error.contains(named), "\(result)")
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `in a pipe each result is a line of url, title, date and excerpts`() async throws {
        let result = try await Session(try await RunningSandbox()).run("search", "pumps", "--limit", "4")
        let rows = result.output.split(separator: "\n").map {
            $0.split(separator: "\t", omittingEmptySubsequences: false)
        }
        #expect(rows.count == 4)
        #expect(rows.allSatisfy { $0.count == 4 && $0[0].hasPrefix("https://") })
        #expect(rows[0][3].contains("Sandbox excerpt"))
    }

    @Test(arguments: [40, 80]) func `on a terminal results fit its columns`(_ columns: Int) async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("search", "pumps", "--max-results", "2", columns: columns)
        #expect(try await terminal.wait() == .code(0))
        let lines = terminal.output.plainLines
        #expect(lines.contains { $0.hasPrefix("│ Sandbox excerpt") })
        #expect(!terminal.output.contains("\t"))
        // A URL is not broken, as it could not be opened then.
        #expect(lines.filter { !$0.contains("://") }.allSatisfy { $0.count <= columns }, "\(lines)")
    }

    @Test(arguments: ["500,500", "drop*2", "truncate", "429"])
    func `a search that failed on the way is sent again`(_ faults: String) async throws {
        let rules = faults.split(separator: ",").map { fault -> String in
            let parts = fault.split(separator: "*")
            let times = parts.count > 1 ? parts[1] : "1"
            let what = Int(parts[0]).map { #""status": \#($0)"# } ?? #""action": "\#(parts[0])""#
            return #"{"path": "/v1/search", "times": \#(times), \#(what)}"#
        }
        let sandbox = try await RunningSandbox(faults: #"{"faults": [\#(rules.joined(separator: ","))]}"#)
        let result = try await Session(sandbox).run("search", "pumps")
        #expect(result.exit == .code(0))
        #expect(result.error == "")
    }
}
