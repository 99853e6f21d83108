import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct ScenarioTests {
    @Test(arguments: [
        ("drop", [.drop]), ("drop*2,500", [.drop, .drop, .status(500)]),
        ("ok, 502html", [InjectedFault.none, .html(502)]),
        ("html", [.html(502)]), ("slow,slow:0.5", [.slow(seconds: 2), .slow(seconds: 0.5)]),
        ("truncate,garbage", [.truncate, .garbage]), ("lose,cut,cut:3", [.lose, .cut(events: 1), .cut(events: 3)]),
    ])
    func `a plan lists faults in their order`(text: String, faults: [InjectedFault]) throws {
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

    /// How many runs have ended, as the log tells.
    private func endedRuns(in log: String) throws -> Int {
        String(decoding: try Files.read(log), as: UTF8.self).split(separator: "\n").count {
            $0.contains(#""event":"run""#)
        }
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
                try await poll("the run to end") { try endedRuns(in: log) > 0 }
            }
            #expect(try endedRuns(in: log) == 1)
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
                try await poll("the run to end") { try endedRuns(in: log) > 0 }
            }
            #expect(try endedRuns(in: log) == 1)
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
        (#"{"path": "/v1/tasks/groups/*/runs/*", "action": "drop"}"#, "GET", "/v1/tasks/groups/g/runs/r", true),
    ])
    func `a rule matches by method and path`(rule: String, method: String, path: String, matches: Bool) throws {
        let rule = try FaultRule(ControlRuleReader(try JSONValue.parse(rule), of: "faults"))
        #expect(rule.matches(Request(method: method, path: path)) == matches)
    }

    @Test(arguments: [
        "", "[]", #"{"faults": [{}]}"#, #"{"faults": [{"action": "explode"}]}"#,
        #"{"faults": [{"status": 500, "tims": 1}]}"#, #"{"faults": [1]}"#, "{}", #"{"fault": []}"#,
        #"{"faults": [{"status": 500, "probability": 2}]}"#, #"{"faults": [{"status": 500, "every": 0}]}"#,
        #"{"faults": [{"status": "500"}]}"#, #"{"faults": {}}"#, #"{"runs": [{"percent": 101}]}"#,
        #"{"runs": [{"status": "running"}]}"#, #"{"runs": [{"statsu": "failed"}]}"#, #"{"runs": [{"delay": -1}]}"#,
        #"{"faults": [{"action": "cut:9223372036854775807"}]}"#, #"{"faults": [{"status": 600}]}"#,
        #"{"faults": [{"action": "cut:5", "events_to": 4}]}"#,
    ])
    func `a control file that makes no sense is an error`(text: String) {
        #expect(throws: ControlFileError.self) { try ControlFile.content(of: Array(text.utf8)) }
    }

    @Test(arguments: [
        (#""times": 9223372036854775807"#, "'times' in 'faults' must be an integer from 0 to 1000000000"),
        (#""after": 9223372036854775807"#, "'after' in 'faults' must be an integer from 0 to 1000000000"),
        (#""every": 9223372036854775807"#, "'every' in 'faults' must be an integer from 1 to 1000000000"),
        (#""events": 1000000001"#, "'events' in 'faults' must be an integer from 0 to 1000000000"),
        (
            #""events": 0, "events_to": 9223372036854775807"#,
            "'events_to' in 'faults' must be an integer from 0 to 1000000000"
        ),
    ])
    func `a count that is too large is refused in a line, and requests go through`(
        members: String, message: String
    ) async throws {
        let file = #"{"faults": [{"action": "cut", \#(members)}]}"#
        let error = #expect(throws: ControlFileError.self) { try ControlFile.content(of: Array(file.utf8)) }
        #expect(error?.description == message)
        try await withTemporaryFile { path in
            try Files.replace(path, with: file)
            try await withSandbox({ $0.controlFile = path }) { client in
                let group = try await client.group()
                let runs = #"{"inputs": [{"input": "i", "processor": "core"}]}"#
                #expect(try await client.send("POST", group + "/runs", runs).status == 200)
                #expect(try await client.get(group + "/runs").isComplete)
            }
        }
    }

    /// Which of `count` requests a rule hits, by number.
    private func hits(_ rule: String, of count: Int) throws -> [Int] {
        var rule = try FaultRule(ControlRuleReader(try JSONValue.parse(rule), of: "faults"))
        let request = Request(method: "GET", path: "/a")
        return (0..<count).filter { _ in rule.count(request, isFree: true) != nil }
    }

    @Test(arguments: [
        (#"{"status": 500, "times": 2}"#, [0, 1]), (#"{"status": 500, "times": 0}"#, []),
        (#"{"status": 500, "after": 8}"#, [8, 9]), (#"{"status": 500, "after": 3, "times": 1}"#, [3]),
        (#"{"status": 500, "every": 4}"#, [0, 4, 8]),
        (#"{"status": 500, "every": 4, "times": 2}"#, [0, 1, 4, 5, 8, 9]),
        (#"{"status": 500, "every": 5, "times": 2, "after": 4}"#, [4, 5, 9]),
    ])
    func `a rule says which requests it hits`(rule: String, expected: [Int]) throws {
        #expect(try hits(rule, of: 10) == expected)
    }

    @Test func `chance is the same for the same seed, about as often as it should be`() throws {
        let rule = #"{"status": 500, "probability": 0.05, "seed": 3}"#
        let first = try hits(rule, of: 10_000)
        #expect(try first == hits(rule, of: 10_000))
        #expect((400...600).contains(first.count))
        #expect(try first != hits(rule.replacing("3}", with: "4}"), of: 10_000))
    }

    @Test func `what one rule hits does not change what another one does`() throws {
        let content = try ControlFile.content(
            of: Array(#"{"faults": [{"status": 500, "times": 1}, {"status": 429, "every": 2}]}"#.utf8))
        var rules = content.faults
        let request = Request(method: "GET", path: "/a")
        let taken = (0..<4).map { _ in
            rules.indices.reduce(InjectedFault?.none) { taken, index in
                let hit = rules[index].count(request, isFree: taken == nil)
                return taken ?? hit
            }
        }
        #expect(taken == [.status(500), nil, .status(429), nil])
    }

    @Test func `a lost answer leaves the runs of a group behind`() async throws {
        try await withTemporaryFile { path in
            try await withSandbox({ $0.controlFile = path }) { client in
                let group = try await client.group()
                try Files.replace(
                    path,
                    with: #"{"faults": [{"path": "/v1/tasks/groups/*/runs", "method": "POST", "action": "lose"}]}"#)
                let runs = #"{"inputs": [{"input": "i", "processor": "core"}]}"#
                #expect(try await client.send("POST", group + "/runs", runs).status == 0)
                #expect(try await client.get(group).json["status"]?["num_task_runs"] == 1)
            }
        }
    }

    @Test func `a stream is cut in the middle of an event, where the seed says`() async throws {
        try await withTemporaryFile { path in
            try await withSandbox({ $0.controlFile = path }) { client in
                let group = try await client.group()
                let input = #"{"input": "i", "processor": "core"}"#
                let inputs = Array(repeating: input, count: 300).joined(separator: ",")
                _ = try await client.send("POST", group + "/runs", "{\"inputs\": [\(inputs)]}")
                func whole(_ answer: Answer) -> Int { answer.events.count { $0.data["run"] != nil } }

                try Files.replace(path, with: #"{"faults": [{"action": "cut", "events": 201}]}"#)
                let cut = try await client.get(group + "/runs")
                #expect(!cut.isComplete)
                #expect(whole(cut) == 201)
                #expect(cut.events.count == 202)

                // The action's own number counts unless "events" says another.
                for (rule, count) in [
                    (#""action": "cut:7""#, 7), (#""action": "cut:0""#, 0), (#""action": "cut:7", "events": 3"#, 3),
                    (#""action": "cut:7", "events_to": 7"#, 7),
                ] {
                    try Files.replace(path, with: "{\"faults\": [{\(rule)}]}")
                    let cut = try await client.get(group + "/runs")
                    #expect(!cut.isComplete)
                    #expect(whole(cut) == count)
                }

                let random = #"{"faults": [{"action": "cut", "events": 5, "events_to": 250, "seed": 1}]}"#
                try Files.replace(path, with: random)
                var counts: [Int] = []
                for _ in 0..<4 { counts.append(whole(try await client.get(group + "/runs"))) }
                #expect(counts.allSatisfy { (5...250).contains($0) })
                #expect(Set(counts).count > 1)
                try Files.replace(path, with: random + " ")
                #expect(whole(try await client.get(group + "/runs")) == counts[0])
                // What is no stream is truncated.
                #expect(try await client.get(group).json == nil)
            }
        }
    }

    @Test func `the control file picks runs by their input, unless their metadata says otherwise`() async throws {
        try await withTemporaryFile { path in
            let failing = #"{"percent": 10, "seed": 7, "status": "failed", "error": "no luck"}"#
            try Files.replace(
                path, with: #"{"runs": [\#(failing), {"percent": 50, "delay": 100, "delay_to": 200}]}"#)
            let inputs = (0..<400).map { #"{"input": {"row": \#($0)}, "processor": "core"}"# }
            func fates(_ inputs: [String]) async throws -> [String: String] {
                try await withSandbox({ $0.controlFile = path }) { client in
                    let group = try await client.group()
                    let body = "{\"inputs\": [\(inputs.joined(separator: ","))]}"
                    _ = try await client.send("POST", group + "/runs", body)
                    let events = try await client.get(group + "/runs?include_input=true").events
                    return Dictionary(
                        uniqueKeysWithValues: events.map {
                            ($0.data["input"]?["input"]?.serialized() ?? "", $0.data["run"]?["status"]?.string ?? "")
                        })
                }
            }
            let first = try await fates(inputs)
            #expect(try await fates(inputs.reversed()) == first)
            #expect((10...35).contains(first.values.count { $0 == "failed" }))
            #expect((150...250).contains(first.values.count { $0 == "queued" }))
            let own = #", "metadata": {"sandbox_status": "completed", "sandbox_delay": 0}}"#
            let others = try await fates(inputs.map { $0.dropLast() + own })
            #expect(others.count == 400 && others.values.allSatisfy { $0 == "completed" })
        }
    }

    @Test func `the log counts many runs and keeps no secret of few`() async throws {
        try await withTemporaryFile { log in
            try await withSandbox({
                $0.logFile = log
                $0.logsResponses = true
            }) { client in
                let runs = try await client.group() + "/runs"
                let input = #"{"input": "i", "processor": "core"}"#
                let many = Array(repeating: input, count: 101).joined(separator: ",")
                _ = try await client.send("POST", runs, "{\"inputs\": [\(many)]}")
                let server = #"{"url": "http://127.0.0.1:1/", "name": "n", "headers": {"k": "secret"}}"#
                let few = #"{"inputs": [{"input": "i", "processor": "core", "mcp_servers": [\#(server)]}]}"#
                _ = try await client.send("POST", runs, few)
                let text = String(decoding: try Files.read(log), as: UTF8.self)
                #expect(text.contains(#""body":{"inputs":101}"#))
                #expect(text.contains(#""run_ids":101"#))
                #expect(text.contains(#""k":"**********""#))
                #expect(!text.contains("secret"))
            }
        }
    }

    @Test func `the log keeps what was sent of a stream, with its torn end`() async throws {
        try await withTemporaryFile { log in
            try await withTemporaryFile { path in
                try await withSandbox({
                    $0.logFile = log
                    $0.logsResponses = true
                    $0.controlFile = path
                }) { client in
                    let runs = try await client.group() + "/runs"
                    let input = #"{"input": "i", "processor": "core"}"#
                    _ = try await client.send("POST", runs, "{\"inputs\": [\(input), \(input)]}")
                    try Files.replace(path, with: #"{"faults": [{"action": "cut"}]}"#)
                    _ = try await client.get(runs)
                }
            }
            let lines = try String(decoding: try Files.read(log), as: UTF8.self).split(separator: "\n").map {
                try JSONValue.parse(String($0))
            }
            let request = lines.last { $0["event"] == "request" }
            let pieces = lines.filter { $0["event"] == "piece" }
            #expect(!pieces.isEmpty && pieces.allSatisfy { $0["id"] == request?["id"] })
            let events = pieces.compactMap { $0["body"]?.string }.joined().split(separator: "\n\n")
            #expect(events.count == 2)
            #expect(events.first?.hasSuffix("}") == true)
            #expect(events.last?.hasPrefix("event: task_run.state") == true)
            #expect(events.last?.hasSuffix("}") == false)
        }
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
        (["serve", "--examples=all"], "--examples takes no value"),
        (["run", "--port", "1", "--", "x"], "unknown option '--port'"),
        (["run"], "run needs a command after --"), (["run", "--"], "run needs a command after --"),
        (["serve", "-x"], "unknown option '-x'"),
        (["serve", "--rows-per-minute", "0"], "--rows-per-minute: '0' is no number above 0"),
        (["run", "--rate-window=1m", "--", "x"], "--rate-window: '1m' is no number of seconds"),
        (["serve", "-v=1"], "-v takes no value"),
        (["serve", "--balance", "-1"], "--balance: '-1' is no amount in dollars, such as 5 or 0.25"),
    ])
    func `bad usage is reported in a line`(words: [String], message: String) {
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
        #expect(options.balance == nil && options.showRequest == nil && !options.givesExamples)
        guard
            case .serve(let served, "r") = try SandboxArguments([
                "serve", "--port", "8080", "--ready-file", "r", "--balance=0.255", "-v", "--examples",
            ])
        else {
            Issue.record("not serve")
            return
        }
        #expect(served.port == 8080 && served.rowsPerMinute == nil && served.rateWindow == .seconds(60))
        #expect(served.balance == 255)
        #expect(served.showRequest != nil && served.givesExamples)
        let quota = ["serve", "--rows-per-minute", "2000", "--rate-window", "1.5s"]
        guard case .serve(let limited, nil) = try SandboxArguments(quota) else {
            Issue.record("not serve")
            return
        }
        #expect(limited.rowsPerMinute == 2_000 && limited.rateWindow == .milliseconds(1_500))
    }

    @Test func `help stays within 80 columns and names every scenario key`() {
        let lines = (HelpText.usage + HelpText.scenarios).split(separator: "\n")
        #expect(lines.allSatisfy { $0.count <= 80 })
        let keys = [
            "delay", "status", "error", "warning", "output", "polls", "events", "create", "retry", "tools", "args",
        ]
        for key in keys {
            #expect(HelpText.scenarios.contains("  sandbox_\(key) "))
            var check = RequestCheck()
            _ = Scenario(metadata: [Scenario.prefix + key: "completed"], at: [], &check)
            #expect(!check.errors.contains { $0["msg"]?.string?.contains("unknown") == true })
        }
    }
}
