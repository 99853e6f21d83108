import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `batch run` in process: what keeps a batch from being gone on with, and what is said in the end.
@Suite(.timeLimit(.minutes(10))) struct BatchRunCommandTests {
    private let directory: TemporaryDirectory

    init() throws {
        directory = try TemporaryDirectory()
        try directory.write("company,note\nIntel,big\n", to: "in.csv")
    }

    // MARK: - Going on

    private func submit(
        _ words: [String] = [], _ exchanges: [ScriptedTransport.Exchange] = []
    ) async -> CommandRun {
        // Each batch asks something, whatever else is compared.
        let asks = words.contains { ["--field", "--output-text", "--template"].contains($0) }
        return await CommandRun(
            ["batch", "run", "in.csv", "--state", "st", "--no-wait"] + words + (asks ? [] : ["--output-auto"]),
            exchanges, directory: directory.path)
    }

    /// Begins the batch of which the tests ask more.
    private func begin(_ words: [String] = []) async {
        let path = "/v1/tasks/groups"
        let begun = await submit(
            words,
            [
                .init(.post, path, body: #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":0}}"#),
                .init(.post, path + "/tgrp_1/runs", body: #"{"status":{"num_task_runs":1},"run_ids":["trun_1"]}"#),
            ])
        #expect(begun.code == .success && begun.output == "tgrp_1\n", "\(begun.errors)")
    }

    private static let inputSchema = #"{"type":"object","properties":{"company":{"type":"string"}}}"#

    private struct Change {
        var first: [String] = []
        let then: [String]
        /// What is told to be another.
        let name: String
    }

    private static let output = "the output that is asked for (--field, --output-text, --output-schema …) differs"

    private static let changes = [
        Change(then: ["-p", "lite"], name: "--processor differs"),
        Change(then: ["--output-text", "another"], name: output),
        Change(then: ["--field", "a=b"], name: output),
        Change(then: ["--metadata", "a=b"], name: "--metadata differs"),
        Change(first: ["--field", "a=b"], then: ["--field", "a=c"], name: output),
        Change(first: ["--output-text", "x"], then: [], name: output),
        Change(then: ["--include-domain", "a.example"], name: "the choice of sources (--include-domain …) differs"),
        Change(then: ["--shard", "1/1"], name: "--shard differs"),
        Change(
            first: ["--template", "Who founded {company}?"], then: ["--template", "Why {company}?"],
            name: "--template differs"),
        Change(first: ["--template", "{company}"], then: [], name: "--template differs"),
        Change(then: ["--column", "company"], name: "--column differs"),
        Change(
            first: ["--input-schema", inputSchema], then: ["--input-schema", inputSchema, "--column", "company"],
            name: "--column differs"),
        Change(first: ["--input-format", "tsv"], then: [], name: "the format of the input differs"),
    ]

    @Test(arguments: changes.indices)
    func `a batch is not resumed with other options`(index: Int) async throws {
        let change = Self.changes[index]
        // A table of one column is the same rows as CSV and as TSV.
        if change.name == "the format of the input differs" { try directory.write("company\nIntel\n", to: "in.csv") }
        await begin(change.first)
        let state = try directory.text("st")
        let run = await submit(change.then)
        #expect(run.code == .usage && run.output.isEmpty)
        #expect(
            run.errors.contains("error: \(change.name) from that of the batch that was begun\n"),
            "\(run.errors)")
        #expect(try directory.text("st") == state)
    }

    @Test func `every option that a batch was begun with must be the same to resume it`() async throws {
        await begin()
        let state = try directory.text("st")
        let end = try #require(state.firstIndex(of: "\n"))
        let header = try #require(try JSONValue.parse(String(state[..<end])).object)
        let options = try #require(header["options"]?.object)
        // The keys are none of the words that people read.
        let names = [
            "columns": "--column differs", "format": "the format of the input differs",
            "input_room": "the room for the input differs", "processor": "--processor differs", "schema": Self.output,
            "shard": "--shard differs", "task": "the task differs", "template": "--template differs",
        ]
        #expect(header["parallel_batch"] == 3 && options.keys.sorted() == names.keys.sorted())
        for (key, name) in names {
            var (changed, other) = (options, header)
            changed[key] = "other"
            other["options"] = .object(changed)
            try directory.write(JSONValue.object(other).serialized() + state[end...], to: "st")
            let run = await submit()
            #expect(run.code == .usage, "\(key)")
            #expect(run.errors.contains("error: \(name) from that of the batch that was begun\n"), "\(run.errors)")
        }
    }

    // MARK: - State files of the first version

    /// What version 1 of the state file was for this input, with the flags that the batch was begun with.
    private static let firstVersions: [(flags: [String], state: String)] = [
        (
            ["--input-schema", inputSchema, "--column", "company"],
            #"{"parallel_batch":1,"group":"tgrp_1","rows":1,"input":"7f49871b3b10f4a3","source":"/in.csv","#
                + #""options":{"processor":"base","schema":{"output_schema":{"type":"auto"},"input_schema":{"type":"#
                + #""json","json_schema":{"type":"object","properties":{"company":{"type":"string"}}}}},"task":{},"#
                + #""shard":"","template":null,"room for the input":24861,"choice of columns":["company"],"#
                + #""format":"csv"}}"#
        ),
        (
            ["--shard", "1/1", "--template", "{company}?"],
            #"{"parallel_batch":1,"group":"tgrp_1","rows":1,"input":"7f49871b3b10f4a3","source":"/in.csv","#
                + #""options":{"processor":"base","schema":null,"task":{},"shard":"1/1","template":"{company}?","#
                + #""room for the input":25000,"choice of columns":[],"format":"csv"}}"#
        ),
    ]
    private static let firstLines =
        #"{"lot":1,"rows":[[0,0]],"at":1795946690}"# + "\n" + #"{"settled":1,"accepted":true}"# + "\n"

    @Test(arguments: firstVersions.indices)
    func `a batch with a state file of the first version is resumed`(index: Int) async throws {
        let (flags, header) = Self.firstVersions[index]
        let state = header + "\n" + Self.firstLines
        try directory.write(state, to: "st")
        let run =
            #"{"type":"task_run.state","event_id":"1","run":{"run_id":"trun_1","status":"running","is_active":true,"#
            + #""processor":"base","metadata":{"parallel_row":"1"}}}"#
        let resumed = await submit(
            flags,
            [
                .init(
                    .get, "/v1/tasks/groups/tgrp_1",
                    body: #"{"taskgroup_id":"tgrp_1","status":{"num_task_runs":1,"is_active":true}}"#),
                .init(.get, "/v1/tasks/groups/tgrp_1/runs", body: "data: \(run)\n\n"),
            ])
        #expect(resumed.code == .success && resumed.output == "tgrp_1\n", "\(resumed.errors)")
        #expect(resumed.errors.contains("\nresuming group tgrp_1, which has 1 run\n"), "\(resumed.errors)")
        #expect(try directory.text("st") == state)
    }

    @Test(arguments: [
        (0, ["--input-schema", inputSchema], "--column differs"),
        (1, ["--shard", "1/1", "--template", "{note}"], "--template differs"),
        (0, ["--column", "note", "--input-schema", inputSchema], "--column differs"),
        (1, ["--template", "{company}?"], "--shard differs"),
    ])
    func `a batch with a state file of the first version is not resumed with other options`(
        index: Int, flags: [String], name: String
    ) async throws {
        let state = Self.firstVersions[index].state + "\n" + Self.firstLines
        try directory.write(state, to: "st")
        let run = await submit(flags)
        #expect(run.code == .usage && run.output.isEmpty)
        #expect(
            run.errors.contains("error: \(name) from that of the batch that was begun\n"),
            "\(run.errors)")
        #expect(try directory.text("st") == state)
    }

    @Test(arguments: 242...255)
    func `where the output's name leaves no room for that of the state, another is asked for`(length: Int) async {
        let name = String(repeating: "n", count: length - 4) + ".csv"
        let run = await CommandRun(["batch", "run", "in.csv", "-o", name, "--output-auto"], directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("name too long"), "\(run.errors)")
        #expect(run.errors.contains("\n  --state FILE names another place for it\n"), "\(run.errors)")
        #expect(Disk.names(in: directory.path) == ["in.csv"])
    }

    // MARK: - The rate

    private static let local = ["PARALLEL_BASE_URL": "http://127.0.0.1:9"]
    private static let rates: [(flags: [String], environment: [String: String], floor: String?)] = [
        ([], [:], "at least 2 min at 2,000 a minute"),
        (["--rate", "unlimited"], [:], nil), (["--rate=5000"], [:], nil),
        (["--rate", "100"], [:], "at least 21 min at 100 a minute"),
        ([], local, nil), (["--rate", "1000"], local, "at least 3 min at 1,000 a minute"),
    ]

    @Test(arguments: rates.indices)
    func `the estimate says how long sending takes, unless nothing limits it`(index: Int) async throws {
        let (flags, environment, floor) = Self.rates[index]
        try directory.write("company\n" + (1...2_001).map { "c\($0)\n" }.joined(), to: "in.csv")
        let run = await CommandRun(
            ["batch", "run", "in.csv", "--output-text", "x", "--dry-run"] + flags, environment: environment,
            directory: directory.path)
        #expect(run.code == .success && run.errors.contains("2,001 rows on base: about $20.01"), "\(run.errors)")
        #expect(run.errors.contains("at least") == (floor != nil), "\(run.errors)")
        #expect(floor.map(run.errors.contains) ?? true, "\(run.errors)")
    }

    @Test(arguments: ["0", "-1", "2.5", "fast", ""])
    func `a rate is a number of rows or unlimited`(text: String) async {
        let run = await CommandRun(
            ["batch", "run", "in.csv", "--output-text", "x", "--rate=\(text)"], directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("--rate"), "\(run.errors)")
    }

    // MARK: - The end

    /// A group that has taken every row, and `extra` runs more.
    private struct Group: HTTPTransport {
        let extra: Int
        private let count = Lock(0)

        init(extra: Int) { self.extra = extra }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            // With waits that pass at once, tasks that never stop would keep others from running at all.
            try await Task.sleep(for: .milliseconds(1))
            let added = request.method == .post && request.url.path.hasSuffix("/runs")
            let count = count.withLock { count in
                if added { count = 1 }
                return count
            }
            let total = count == 0 ? 0 : count + extra
            let status = #""status":{"num_task_runs":\#(total),"is_active":false}"#
            if added { return Self.answer(#"{\#(status),"run_ids":["trun_1"]}"#) }
            if request.url.path.hasSuffix("/events") { return Self.answer("") }
            guard request.url.path.hasSuffix("/runs") else {
                return Self.answer(#"{"taskgroup_id":"tgrp_1",\#(status)}"#)
            }
            let run =
                #"{"type":"task_run.state","event_id":"1","run":{"run_id":"trun_1","status":"completed","#
                + #""is_active":false,"processor":"base","metadata":{"parallel_row":"1"}},"#
                + #""output":{"type":"text","content":"found","basis":[]}}"#
            return Self.answer(count == 0 ? "" : "data: \(run)\n\n")
        }

        private static func answer(_ body: String) -> HTTPResponse {
            HTTPResponse(status: 200, headers: HTTPHeaders(), body: HTTPBody(Array(body.utf8)))
        }
    }

    @Test(arguments: [(0, nil), (1, "1 run more than rows"), (2, "2 runs more than rows")] as [(Int, String?)])
    func `rows that were paid twice are reported`(extra: Int, words: String?) async throws {
        let run = await CommandRun(
            ["batch", "run", "in.csv", "--output-text", "x"], over: Group(extra: extra), directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.output == #"{"company":"Intel","note":"big","output":"found"}"# + "\n")
        let warning = words.map { "warning: the group has \($0); see: parallel group runs tgrp_1\n" }
        #expect(run.errors.contains("more than rows") == (words != nil), "\(run.errors)")
        #expect(warning.map(run.errors.contains) ?? true, "\(run.errors)")
    }

    /// A group that takes this many requests with rows, and is not found by the next.
    private struct VanishingGroup: HTTPTransport {
        let taken: Int
        private let group = Group(extra: 0)
        private let additions = Lock(0)

        init(taken: Int) { self.taken = taken }

        func send(_ request: HTTPRequest) async throws -> HTTPResponse {
            let isGone =
                taken == 0
                || additions.withLock { additions in
                    if request.method == .post, request.url.path.hasSuffix("/runs") { additions += 1 }
                    return additions > taken
                }
            if isGone { return HTTPResponse(status: 404, headers: HTTPHeaders(), body: HTTPBody([])) }
            return try await group.send(request)
        }
    }

    @Test func `where rows of this call were accepted, they are counted if the group is not found any more`()
        async throws
    {
        try directory.write("company\nIntel\nAMD\n", to: "in.csv")
        let words = ["batch", "run", "in.csv", "--output-text", "x", "-o", "out.csv", "--rate", "1"]
        let run = await CommandRun(words, over: VanishingGroup(taken: 1), directory: directory.path)
        #expect(run.code == .refused, "\(run.errors)")
        #expect(run.errors.contains("\n  1 of 2 rows submitted to group tgrp_1, "), "\(run.errors)")
        #expect(!run.errors.contains("another key"), "\(run.errors)")
        // A later call can't know that the group is the same account's.
        let resumed = await CommandRun(words, over: VanishingGroup(taken: 0), directory: directory.path)
        #expect(resumed.code == .refused, "\(resumed.errors)")
        #expect(resumed.errors.contains("\n  was group tgrp_1 begun with another key or at another address?\n"))
    }

    @Test func `a terminal gets a table, a pipe gets JSON lines`() async throws {
        func run(_ terminal: TerminalInfo) async -> CommandRun {
            await CommandRun(
                ["batch", "run", "in.csv", "--output-text", "x"], over: Group(extra: 0), terminal: terminal,
                directory: directory.path)
        }
        let terminal = await run(.screen)
        let table = "company  note  output\nIntel    big   found\n"
        #expect(terminal.output == table)
        // The first rows of a sample are shown, too, though they are in a file.
        for (words, shown) in [(["--sample", "1"], table), (["--sample", "1", "-q"], ""), ([], "")] {
            let file = await CommandRun(
                ["batch", "run", "in.csv", "--output-text", "x", "-o", "out.csv", "--force"] + words,
                over: Group(extra: 0), terminal: .screen, directory: directory.path)
            #expect(file.output == shown, "\(words): \(file.errors)")
        }
        let end =
            "1 row done, about $0.01 (group tgrp_1)\nkeep them with: parallel batch results tgrp_1 -o FILE\n"
        #expect(terminal.errors.hasSuffix(end), "\(terminal.errors)")
        #expect(await run(TerminalInfo()).output == #"{"company":"Intel","note":"big","output":"found"}"# + "\n")
    }

    /// The rest of what is said behind `mark` in the end of a batch of which one row was run.
    private func told(_ words: String, stdin: String = "", behind mark: String) async throws -> String? {
        try directory.write("company\nIntel\nAMD\n", to: "in.csv")
        let words = words.split(separator: " ").map(String.init)
        let run = await CommandRun(words, over: Group(extra: 0), stdin: stdin, directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        return run.errors.firstRange(of: mark).map { String(run.errors[$0.upperBound...].prefix { $0 != "\n" }) }
    }

    @Test(arguments: [
        ("batch run in.csv -o out.csv --limit 1 -yv --output-auto", "in.csv -o out.csv -v --output-auto"),
        ("-vy batch run --limit=1 -oout.csv --output-auto -- in.csv", "in.csv -v -o out.csv --output-auto"),
        ("batch run in.csv -o out.csv --limit 1 --output-auto -y --no-yes --yes", "in.csv -o out.csv --output-auto"),
        ("batch run in.csv -o out.csv --limit 1 --output-text -y", "in.csv -o out.csv --output-text=-y"),
        ("batch run in.csv -o out.csv --limit 1 --output-text=--yes", "in.csv -o out.csv --output-text=--yes"),
        ("batch run in.csv --output=-y.csv --sample 1 --output-auto", "in.csv --output=-y.csv --output-auto"),
    ])
    func `the other rows are asked for before they are paid, and else the same is asked`(
        words: String, rest: String
    ) async throws {
        let command = try await told(words, behind: "run the other rows: ")
        #expect(command == "parallel batch run \(rest)")
    }

    @Test(arguments: [
        ("FD --input-format csv", "company\nIntel\nAMD\n"), ("in.csv --api-key-file FD", "key"),
        ("--api-key-file=FD in.csv", "key"),
        ("in.csv --mcp-config FD", #"{"mcpServers":{"a":{"url":"https://a.example/"}}}"#),
        ("in.csv --input-schema @FD", #"{"type":"object","properties":{"company":{"type":"string"}}}"#),
    ])
    func `a file that only this process has open is in no suggested command`(
        words: String, content: String
    ) async throws {
        let descriptor = open(try directory.write(content, to: "opened"), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let name = "/dev/fd/\(descriptor)"
        let line = "batch run \(words) -o out.csv --limit 1 --output-auto".split(
            separator: "FD", omittingEmptySubsequences: false)
        let rest = try await told(line.joined(separator: name), behind: "run the other rows")
        #expect(rest == "; \(name) was only open in this process, so give it again")
    }

    @Test func `a suggested command says that standard input is needed again`() async throws {
        let rest = try await told(
            "batch run - -o out.csv --limit 1 --output-auto", stdin: "company\nIntel\nAMD\n",
            behind: "run the other rows")
        #expect(rest == ", and the same standard input: parallel batch run - -o out.csv --output-auto")
    }
}
