import ParallelJSON
import Testing

@testable import SandboxServer

@Suite struct ScenarioTests {
    @Test(arguments: [
        ("drop", [.drop]), ("drop*2,500", [.drop, .drop, .status(500)]), ("ok, 502html", [Fault.none, .html(502)]),
        ("html", [.html(502)]), ("slow,slow:0.5", [.slow(seconds: 2), .slow(seconds: 0.5)]),
        ("truncate,garbage", [.truncate, .garbage]),
    ])
    func `a plan lists faults in their order`(text: String, faults: [Fault]) throws {
        let plan = try #require(FaultPlan(text))
        #expect((0..<faults.count).map { plan[$0] } == faults)
        #expect(plan[faults.count] == nil)
    }

    @Test(arguments: [
        "", "dorp", "200", "600", "drop*0", "drop*x", "slow:", "slow:-1", "slow:nan", "html5", "500,",
        "99999999999999999999",
    ])
    func `a plan that makes no sense is refused`(text: String) { #expect(FaultPlan(text) == nil) }

    private func body(_ metadata: String) -> String {
        #"{"input": "i", "processor": "lite", "metadata": {\#(metadata)}}"#
    }

    @Test func `polls meet their faults one after the other`() async throws {
        try await withSandbox { client in
            let run = try await client.run(
                body(#""sandbox_polls": "drop,429,502html,truncate,garbage,slow:0.01,ok", "sandbox_retry": 3"#))
            var answers: [Answer] = []
            for _ in 0..<7 { answers.append(try await client.get(run + "/result")) }
            #expect(answers.map(\.status) == [0, 429, 502, 200, 200, 200, 200])
            #expect(answers[1].headers["retry-after"] == "3")
            #expect(answers[1].json["type"] == "error")
            #expect(answers[2].headers["content-type"] == "text/html")
            #expect(answers[3].body.count < Int(answers[3].headers["content-length"] ?? "") ?? 0)
            #expect(answers[4].json == nil)
            #expect(answers[5].json["run"]?["status"] == "completed")
        }
    }

    @Test(arguments: ["drop", "truncate", "garbage", "slow:0.01"])
    func `a lost or late answer to a creation leaves a run behind`(fault: String) async throws {
        try await withTemporaryFile { log in
            try await withSandbox({ $0.logFile = log }) { client in
                _ = try await client.create(body(#""sandbox_create": "\#(fault)""#))
                var runs = 0
                while runs == 0 {
                    runs = String(decoding: try Files.read(log), as: UTF8.self).split(separator: "\n").count {
                        $0.contains(#""event":"run""#)
                    }
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
        }
    }

    @Test func `a refused creation leaves none, and the retry goes through`() async throws {
        try await withTemporaryFile { log in
            try await withSandbox({ $0.logFile = log }) { client in
                let refused = body(#""sandbox_create": "429*2,503""#)
                var codes: [Int] = []
                for _ in 0..<5 { codes.append(try await client.create(refused).status) }
                #expect(codes == [429, 429, 503, 202, 429])
                #expect(try await client.create(body(#""sandbox_create": "402""#)).status == 402)
            }
            let runs = String(decoding: try Files.read(log), as: UTF8.self).split(separator: "\n").count {
                $0.contains(#""event":"run""#)
            }
            #expect(runs <= 1)
        }
    }

    // MARK: - Control file

    @Test func `the control file breaks what it names, as often as it says, anew after each change`() async throws {
        try await withTemporaryFile { path in
            try await withSandbox({ $0.controlFile = path }) { client in
                func search() async throws -> Int {
                    try await client.send("POST", "/v1/search", #"{"search_queries": ["a"]}"#).status
                }
                #expect(try await search() == 200)
                try Files.replace(
                    path,
                    with:
                        #"{"faults": [{"method": "POST", "path": "/v1/search", "times": 2, "status": 429, "retry_after": 1}]}"#
                )
                #expect(try await search() == 429)
                #expect(try await client.get("/v1/tasks/runs/a").status == 404)
                #expect(try await search() == 429)
                #expect(try await search() == 200)
                try Files.replace(
                    path,
                    with:
                        #"{"faults": [{"path": "/v1/*", "action": "drop", "times": 1}, {"action": "html", "status": 503}]}"#
                )
                #expect(try await search() == 0)
                #expect(try await search() == 503)
                try Files.replace(path, with: "no JSON")
                #expect(try await search() == 200)
            }
        }
    }

    @Test(arguments: [
        (#"{"path": "/a/*/c", "action": "drop"}"#, "GET", "/a/b/c", true),
        (#"{"path": "/a/*", "action": "drop"}"#, "GET", "/a/b/c", false),
        (#"{"method": "POST", "action": "drop"}"#, "GET", "/a", false),
        (#"{"action": "drop", "times": 0}"#, "GET", "/a", false),
    ])
    func `a rule matches by method and path`(rule: String, method: String, path: String, matches: Bool) throws {
        let rule = try ControlFile.Rule(try JSONValue.parse(rule))
        #expect(rule.matches(Request(method: method, path: path)) == matches)
    }

    @Test(arguments: [
        "", "[]", #"{"faults": [{}]}"#, #"{"faults": [{"action": "explode"}]}"#,
        #"{"faults": [{"status": 500, "tims": 1}]}"#, #"{"faults": [1]}"#,
    ])
    func `a control file that makes no sense is an error`(text: String) {
        #expect(throws: ControlFileError.self) { try ControlFile.rules(from: Array(text.utf8)) }
    }

    // MARK: - Command line

    @Test(arguments: [
        ([], "a command is missing: serve, run or help"), (["server"], "unknown command 'server'"),
        (["help", "x"], "unknown help topic 'x'"),
        (["serve", "--port"], "--port needs a value"),
        (["serve", "--port", "65536"], "--port: '65536' is no port number"),
        (["serve", "x"], "unexpected argument 'x'"),
        (["serve", "--delay=-1"], "--delay: '-1' is no number of seconds"),
        (["serve", "--log-responses=1"], "--log-responses takes no value"),
        (["run", "--port", "1", "--", "x"], "unknown option '--port'"),
        (["run"], "run needs a command after --"), (["run", "--"], "run needs a command after --"),
        (["serve", "-x"], "unknown option '-x'"),
    ])
    func `bad usage is told in a line`(words: [String], message: String) {
        let error = #expect(throws: UsageError.self) { try SandboxArguments(words) }
        #expect(error?.description == message)
    }

    @Test func `options are read in both spellings, and the command is left alone`() throws {
        guard
            case .run(let options, let command) = try SandboxArguments([
                "run", "--delay=0.25", "--log", "l", "--", "ls", "--help",
            ])
        else {
            Issue.record("not run")
            return
        }
        #expect(options.delay == 0.25)
        #expect(options.logFile == "l")
        #expect(command == ["ls", "--help"])
        guard case .serve(let served, "r") = try SandboxArguments(["serve", "--port", "8080", "--ready-file", "r"])
        else {
            Issue.record("not serve")
            return
        }
        #expect(served.port == 8080)
    }

    @Test func `help stays within 120 columns and names every scenario key`() {
        let lines = (HelpText.usage + HelpText.scenarios).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 120 })
        for key in ["delay", "status", "error", "warning", "output", "polls", "events", "create", "retry"] {
            #expect(HelpText.scenarios.contains("  sandbox_\(key) "))
            var check = RequestCheck()
            _ = Scenario(metadata: [Scenario.prefix + key: "completed"], at: [], &check)
            #expect(!check.errors.contains { $0["msg"]?.string?.contains("unknown") == true })
        }
    }
}
