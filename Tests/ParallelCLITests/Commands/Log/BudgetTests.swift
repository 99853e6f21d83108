import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// The setting `budget`, which refuses a call before it is sent.
@Suite(.timeLimit(.minutes(10))) struct BudgetTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    private func run(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], budget: String = "0.05/day",
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> CommandRun {
        let file = try folder.write(#"{"budget":"\#(budget)"}"#, to: "config.json")
        return await CommandRun(
            words, exchanges,
            environment: ["PARALLEL_CONFIG": file, "PARALLEL_NO_LOG": ""].merging(environment) { $1 },
            directory: folder.path, sourceLocation: sourceLocation)
    }

    @Test func `what would exceed it is refused before the request, and says what is left`() async throws {
        #expect(try await run(["task", "run", "--no-wait", "-p", "core", "x"], [Answer.created()]).code == .success)
        #expect(
            try await run(["task", "run", "--no-wait", "-p", "core", "x"], [Answer.created("r2")]).code == .success)
        let refused = try await run(["task", "run", "-p", "lite", "x"])
        #expect(refused.code == .usage && refused.requests.isEmpty)
        #expect(
            refused.errors == """
                error: this would cost up to $0.005, and of the budget of $0.05 a day $0.00 is left ($0.05 is spent); nothing was sent
                  see what it went to: parallel spend --by day
                  raise it with: parallel config set budget 1/day

                """)
        let spent = try await run(["spend"])
        #expect(spent.errors.contains("the budget: $0.05 a day, of which $0.00 is left"))
    }

    @Test func `what failed or was refused is given back`() async throws {
        let refusal = ScriptedTransport.Exchange(.post, "/v1/tasks/runs", status: 422, body: Answer.fault("no"))
        for _ in 0..<3 { #expect(try await run(["task", "run", "-p", "core2x", "x"], [refusal]).code == .refused) }
        _ = try await run(["task", "run", "-p", "core2x", "x"], [Answer.created()] + Answer.failed())
        #expect(try await run(["task", "run", "--no-wait", "-p", "core2x", "x"], [Answer.created()]).code == .success)
    }

    @Test func `a run that may exist is paid for`() async throws {
        let lost = ScriptedTransport.Exchange(.post, "/v1/tasks/runs", status: 500, body: "x")
        _ = try await run(["task", "run", "-p", "core2x", "x"], [lost])
        #expect(try await run(["task", "run", "-p", "lite", "x"]).code == .usage)
    }

    @Test(arguments: [
        ["search", "x", "--mode", "advanced"], ["extract", "https://a.example"], ["chat", "x"],
        ["findall", "entities", "companies", "chips"], ["monitor", "create", "x", "--yes"], ["respond", "x"],
        ["group", "add", "tgrp_1", "in"],
        ["api", "POST", "/v1/tasks/runs", "-f", "input=x", "-f", "processor=lite"],
        ["api", "POST", "/v1/monitors/monitor_1/update", "-f", "frequency=1h", "-f", "processor=base"],
        ["api", "POST", "/v1/%74asks/runs", "-f", "input=x", "-f", "processor=lite"],
    ])
    func `it holds for whatever costs something`(_ words: [String]) async throws {
        try folder.write(#"{"input":"a","processor":"lite"}"#, to: "in")
        let refused = try await run(words, budget: "0/day")
        #expect(refused.code == .usage && refused.errors.contains("budget of $0.00 a day"), "\(refused.errors)")
    }

    @Test(arguments: [
        ["decide", "x", "-Q", "a:boolean:b"], ["task", "run", "-p", "core9", "x"],
        ["api", "POST", "/v1/monitors/monitor_1/update", "-f", "frequency=1h"],
    ])
    func `what nobody knows the price of is refused`(_ words: [String]) async throws {
        let refused = try await run(words)
        #expect(refused.code == .usage && refused.errors.contains("nobody can say what this costs"))
        #expect(refused.errors.contains("parallel config unset budget"))
    }

    @Test func `what costs nothing goes on`() async throws {
        #expect(
            try await run(["task", "status", "r1"], [Answer.run(status: "completed")], budget: "0/day").code == .success
        )
        #expect(try await run(["task", "run", "x", "--dry-run"], budget: "0/day").code == .success)
    }

    @Test func `without the log nothing is paid for`() async throws {
        let flag = try await run(["task", "run", "x", "--no-log"])
        #expect(flag.code == .usage && flag.errors.contains("is counted in the log of this machine, which is off"))
        let variable = try await run(["search", "x"], environment: ["PARALLEL_NO_LOG": "1"])
        #expect(
            variable.code == .usage
                && variable.errors.contains("leave out --no-log, PARALLEL_NO_LOG and zero-retention"))
        #expect(
            try await run(["task", "status", "r1", "--no-log"], [Answer.run(status: "completed")]).code == .success)
    }

    @Test func `a batch is held to it as a whole, and a batch that was refused leaves nothing`() async throws {
        try folder.write("q\na\nb\nc\n", to: "rows.csv")
        let words = ["batch", "run", "rows.csv", "-o", "out.csv", "-p", "core", "--field", "x=y"]
        let refused = try await run(words)
        #expect(refused.code == .usage && refused.errors.contains("this would cost up to $0.075"))
        #expect(!UserFile.exists(folder.file("out.csv.batch")) && refused.requests.isEmpty)
    }

    @Test func `a profile has its own`() async throws {
        let config = #"{"budget":"0/day","profiles":{"work":{"budget":"1/week"}}}"#
        let file = try folder.write(config, to: "two.json")
        let run = await CommandRun(
            ["task", "run", "--no-wait", "--profile", "work", "x"], [Answer.created()],
            environment: ["PARALLEL_CONFIG": file, "PARALLEL_NO_LOG": ""], directory: folder.path)
        #expect(run.code == .success, "\(run.errors)")
    }

    @Test(arguments: ["20", "20/year", "x/day", "-1/day", "20/day/2", "", "20 a day", "0.0001/day", #"20/day\n"#])
    func `what is no budget is refused, and ends commands that take settings`(_ text: String) async throws {
        let file = folder.file("new.json")
        let set = await CommandRun(["config", "set", "budget", text], environment: ["PARALLEL_CONFIG": file])
        #expect(set.code == .usage)
        let broken = try await run(["task", "status", "r1"], budget: text)
        #expect(broken.code == .usage && broken.errors.contains("budget"), "\(broken.errors)")
    }

    @Test func `it is set and shown like other settings`() async throws {
        let file = folder.file("new.json")
        let environment = ["PARALLEL_CONFIG": file]
        let set = await CommandRun(["config", "set", "budget", "$20/day"], environment: environment)
        #expect(set.code == .success)
        let list = await CommandRun(["config", "list", "--format", "csv"], environment: environment)
        #expect(list.output.contains("budget,$20/day,config,\(file)"))
    }
}
