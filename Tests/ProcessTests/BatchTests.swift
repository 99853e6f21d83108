import ParallelJSON
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `batch` as it is used: files in, files out, and what is left when something stops it.
@Suite(.limited) struct BatchTests {
    private static let csv = "company\nIntel\nAMD\nArm\nIBM\n"
    /// Asks in words and gets the question back, so that each row's answer is known.
    private static let echo = ["--template", "{company}?", "--output-text", "x", "--metadata", "sandbox_output=@input"]
    private static let enriched = "company,output,error\nIntel,Intel?,\nAMD,AMD?,\nArm,Arm?,\nIBM,IBM?,\n"
    /// Of the four companies, AMD and IBM fail.
    private static let failures = #"{"runs":[{"percent":30,"seed":2,"status":"failed","error":"No luck"}]}"#

    private func session(_ sandbox: RunningSandbox, _ text: String = csv) throws -> Session {
        let session = try Session(sandbox)
        try session.home.write(text, to: "in.csv")
        return session
    }

    private func run(_ session: Session, _ words: String...) async throws -> ChildProcess.Result {
        try await session.run(["batch", "run", "in.csv"] + Self.echo + words)
    }

    private func text(_ name: String, _ session: Session) -> String? { Disk.text(session.home.file(name)) }

    // MARK: - Files

    @Test func `a table comes back enriched, to the byte`() async throws {
        let table = "\u{FEFF}company,note\r\n\"Intel, Inc.\",\"a \"\"q\"\"\"\r\nAMD,\"two\r\nlines\"\r\nArm,\r\n"
        let session = try session(try await RunningSandbox(delay: "0"), table)
        let result = try await session.run(
            "batch", "run", "in.csv", "-o", "out.csv", "--field", "founder=Name", "--field", "share:number=Share",
            "--metadata", #"sandbox_output={"founder":"X, \"Y\"","share":1.10}"#)
        #expect(result.exit == .code(0) && result.output == "")
        #expect(
            text("out.csv", session)
                == "\u{FEFF}company,note,founder,share,error\r\n"
                + "\"Intel, Inc.\",\"a \"\"q\"\"\",\"X, \"\"Y\"\"\",1.10,\r\n"
                + "AMD,\"two\r\nlines\",\"X, \"\"Y\"\"\",1.10,\r\nArm,,\"X, \"\"Y\"\"\",1.10,\r\n")
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"])
        #expect(!result.error.contains("\u{1B}") && !result.error.contains("%"))
        #expect(result.error.hasSuffix("); written to out.csv\n") && result.error.split(separator: "\n").count == 4)
        #expect(result.error.hasPrefix("2 columns: company, note; 3 rows; 1 row has cells of several lines\n"))
    }

    @Test(arguments: [
        ("in.csv", csv), ("in.tsv", csv), ("in.jsonl", "{\"company\":\"Intel\"}\n{\"company\":\"AMD\"}\n"),
        ("in.json", #"[{"company":"Intel"},{"company":"AMD"}]"#),
    ])
    func `every format is read, from a file as from standard input`(_ name: String, _ text: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write(text, to: name)
        let file = try await session.run(["batch", "run", name, "--limit", "2", "-q"] + Self.echo)
        #expect(
            file.output == "{\"company\":\"Intel\",\"output\":\"Intel?\"}\n{\"company\":\"AMD\",\"output\":\"AMD?\"}\n")
        let stdin = try await session.run(
            ["batch", "run", "-", "--limit", "2", "-q"] + Self.echo, input: .text(text))
        #expect(stdin.exit == .code(0) && stdin.output == file.output, "\(stdin)")
    }

    private static let rows: [String] = ["Intel", "AMD", "Arm", "IBM"].map { name in
        "{\"company\":\"\(name)\",\"output\":\"\(name)?\"}"
    }
    private static let outputs: [(String, String)] = [
        ("out.csv", enriched), ("out.tsv", String(enriched.map { $0 == "," ? "\t" : $0 })),
        ("out.jsonl", rows.map { $0 + "\n" }.joined()), ("out.json", "[\n" + rows.joined(separator: ",\n") + "\n]\n"),
    ]

    @Test(arguments: outputs)
    func `the output's name says how it is written`(_ name: String, _ expected: String) async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        #expect(try await run(session, "-o", name).exit == .code(0))
        #expect(text(name, session) == expected)
    }

    @Test func `only the columns that are named are asked about`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox, "a,b,c\n1,2,3\n")
        let result = try await session.run(
            "batch", "run", "in.csv", "--column", "c", "--column", "a", "-q", "--output-text", "x", "--metadata",
            "sandbox_output=@input")
        #expect(result.output == #"{"a":"1","b":"2","c":"3","output":"{\"c\":\"3\",\"a\":\"1\"}"}"# + "\n")
    }

    @Test func `status, run ids and basis are added where they are wanted`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company\nIntel\n")
        let result = try await run(session, "--with-status", "--run-ids", "--basis", "--format", "csv", "-q")
        let lines = result.output.split(separator: "\n")
        #expect(
            lines.first
                == "company,output,output.confidence,output.citations,output.reasoning,run_id,status,error")
        #expect(lines.count == 2 && lines[1].contains(",https://sandbox.parallel.example/"))
        #expect(lines[1].hasSuffix(",completed,") && lines[1].contains(",trun_"))
    }

    @Test func `formulas from the network can be defused`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company\n=own\n")
        let words = ["batch", "run", "in.csv", "-q", "--format", "csv", "--output-text", "x"]
        let metadata = ["--metadata", "sandbox_output==1+1"]
        #expect(try await session.run(words + metadata).output == "company,output,error\n=own,=1+1,\n")
        #expect(
            try await session.run(words + metadata + ["--excel-safe"]).output == "company,output,error\n=own,'=1+1,\n")
    }

    @Test func `rows that fail keep their place, with the reason`() async throws {
        let session = try session(try await RunningSandbox(delay: "0", faults: Self.failures))
        let result = try await run(session, "-o", "out.csv", "--status")
        #expect(result.exit == .code(8), "\(result)")
        #expect(
            result.error.contains("2 rows done, 2 failed: 2 × No luck (see the column error), about $0.02 "),
            "\(result)")
        #expect(
            text("out.csv", session)
                == "company,output,status,error\nIntel,Intel?,completed,\nAMD,,failed,No luck\n"
                + "Arm,Arm?,completed,\nIBM,,failed,No luck\n")
    }

    @Test func `rows come as they finish where order does not matter`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        let result = try await run(session, "--unordered", "-q")
        #expect(result.exit == .code(0))
        #expect(result.output.split(separator: "\n").sorted().first == #"{"company":"AMD","output":"AMD?"}"#)
        #expect(result.output.split(separator: "\n").count == 4)
    }

    // MARK: - Parts

    @Test(arguments: ["--limit", "--sample"])
    func `after a part the rest is run, and no row twice`(_ flag: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let part = try await run(session, "-o", "out.csv", flag, "2")
        #expect(part.exit == .code(0) && sandbox.addedRows.count == 2)
        #expect(text("out.csv", session)?.split(separator: "\n").count == 3)
        let command = try #require(part.command(after: "run the other rows: "))
        #expect(try await session.shell(command).exit == .code(0))
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4])
        #expect(text("out.csv", session) == Self.enriched)
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"])
    }

    @Test func `shards are put together`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let groups = try await [
            run(session, "--shard", "1/2", "--no-wait"), run(session, "--shard", "2/2", "--no-wait"),
        ].map { String($0.output.dropLast()) }
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4])
        let all = try await session.run(["batch", "results", "-o", "all.jsonl", "--status"] + groups.reversed())
        #expect(all.exit == .code(0), "\(all)")
        #expect(
            text("all.jsonl", session)?.split(separator: "\n").compactMap { try? JSONValue.parse(String($0)) }
                .map { $0["output"]?.string } == ["Intel?", "AMD?", "Arm?", "IBM?"])
        let one = try await session.run("batch", "results", groups[1])
        #expect(one.output.split(separator: "\n").count == 2 && one.exit == .code(5), "\(one)")
        #expect(one.error == "2 rows; shard 1/2 is missing\n")
    }

    @Test func `submitted rows are collected by the group's id and by the file`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let submitted = try await run(session, "-o", "out.csv", "--no-wait")
        let group = String(submitted.output.dropLast())
        #expect(group.hasPrefix("tgrp_") && group.utf8.count == 37 && submitted.exit == .code(0))
        #expect(
            submitted.error.contains(
                "4 rows submitted (group \(group))\nwait for the results without --no-wait: parallel batch run in.csv"))
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv.batch", "out.csv.batch.results"])
        let byFile = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(byFile.exit == .code(0) && byFile.output == Self.enriched)
        let byID = try await session.run("batch", "results", group)
        #expect(byID.exit == .code(0) && byID.output.split(separator: "\n").count == 4, "\(byID)")
        let status = try await session.run("batch", "status", "out.csv")
        #expect(status.output == "group\t\(group)\nrows\t4\ncompleted\t4\n")
        #expect(try await run(session, "-o", "out.csv").exit == .code(0))
        #expect(text("out.csv", session) == Self.enriched && sandbox.addedRows.count == 4)
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"])
    }

    // MARK: - Money

    @Test(arguments: [
        (["--max-cost", "0.001"], "which is above --max-cost $0.001; nothing was run"),
        (
            ["--confirm-above", "0.001"],
            "about $0.04, in 15 to 100 s if all run at once; above $0.001 (--confirm-above), and there is no terminal to "
                + "ask on; nothing was run\n  --yes does it without a question"
        ),
        (
            ["-p", "unheard-of"],
            "the price is not known; there is no terminal to ask on; nothing was run\n  --yes does it without a question"
        ),
        (["-p", "unheard-of", "--max-cost", "1", "--yes"], "--max-cost can't be kept"),
    ])
    func `a batch that may cost too much is not run`(_ words: [String], _ message: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let result = try await session.run(["batch", "run", "in.csv", "-o", "out.csv", "--output-auto"] + words)
        #expect(result.exit == .code(2) && result.error.contains(message), "\(result)")
        #expect(sandbox.requests.isEmpty && Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `a yes beforehand is enough`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        #expect(try await run(session, "--confirm-above", "0.001", "--yes").exit == .code(0))
    }

    @Test(arguments: [
        ("y\r", Int32(0), "written to out.csv"), ("n\r", 1, "error: not confirmed; nothing was run"),
        ("\r", 1, "error: not confirmed; nothing was run"), ("\u{4}", 1, "error: not confirmed; nothing was run"),
        ("\u{3}", 130, "error: interrupted; nothing was run"),
    ])
    func `the person is asked on a terminal`(_ keys: String, _ code: Int32, _ message: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let terminal = try session.terminal(
            ["batch", "run", "in.csv", "-o", "out.csv", "--confirm-above", "0.001"] + Self.echo, columns: 120)
        try await terminal.waitUntil(contains: "Go ahead? [y/N]")
        try await poll("the editor") { !terminal.modes.echoes }
        terminal.send(keys)
        #expect(try await terminal.wait() == .code(code))
        #expect(terminal.output.withoutStyling.contains(message))
        #expect(sandbox.requests.isEmpty == (code != 0))
        let left = code == 0 ? ["out.csv", "out.csv.batch", "out.csv.batch.results"] : []
        #expect(Disk.names(in: session.home.path) == ["in.csv"] + left)
        #expect(terminal.modes == (try PseudoTerminal().modes))
    }

    @Test func `a dry run shows the first request and sends nothing`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let result = try await run(session, "-o", "out.csv", "--dry-run")
        #expect(
            result.exit == .code(0)
                && result.error == """
                    1 column: company; 4 rows
                    it would go to \(sandbox.baseURL)/v1/tasks/runs without a proxy, with the key from PARALLEL_API_KEY
                    4 rows on base: about $0.04, in 15 to 100 s if all run at once

                    """,
            "\(result)")
        let requests = try result.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(requests.map { $0["body"]?["input"]?.string } == ["Intel?"])
        #expect(requests.map { $0["body"]?["metadata"]?["parallel_row"]?.string } == ["1"])
        #expect(sandbox.requests.isEmpty && Disk.names(in: session.home.path) == ["in.csv"])
    }

    // MARK: - Stopping and going on

    @Test func `killed again and again, the same command makes the whole, each row run once`() async throws {
        let sandbox = try await RunningSandbox(
            delay: "0", faults: #"{"runs":[{"percent":60,"seed":4,"delay":2,"delay_to":6}]}"#)
        let names = (1...60).map { "Firm \($0)" }
        let session = try session(sandbox, "company\n" + names.map { $0 + "\n" }.joined())
        let words = ["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo
        var child = try session.start(words)
        try await poll("rows") { !sandbox.addedRows.isEmpty }
        child.send(signal: SIGKILL)
        _ = try await child.wait()
        child = try session.start(words)
        try await poll("results") { text("out.csv.batch.results", session)?.contains("trun_") == true }
        child.send(signal: SIGKILL)
        #expect(try await child.wait().exit == .signal(SIGKILL))
        let before = try #require(text("out.csv.batch.results", session))
        #expect(!before.isEmpty && text("out.csv", session) == nil)
        let result = try await session.run(words)
        #expect(result.exit == .code(0) && result.error.contains("\nresuming group tgrp_"), "\(result)")
        #expect(sandbox.addedRows.sorted() == Array(1...60))
        #expect(
            text("out.csv", session) == "company,output,error\n" + names.map { "\($0),\($0)?,\n" }.joined())
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"])
    }

    @Test func `a batch that was killed before it had a group is begun anew`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        for name in ["out.csv.batch", "out.csv.batch.results"] { try session.home.write("", to: name) }
        #expect(try await run(session, "-o", "out.csv").exit == .code(0))
        #expect(text("out.csv", session) == Self.enriched && sandbox.addedRows.count == 4)
    }

    @Test func `results whose batch is lost are not written over`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        try session.home.write("{}\n", to: "out.csv.batch.results")
        let result = try await run(session, "-o", "out.csv")
        #expect(result.exit == .code(2) && sandbox.requests.isEmpty)
        #expect(result.error.hasPrefix("error: out.csv.batch.results exists, and the state of its batch is lost\n"))
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv.batch.results"])
    }

    @Test(arguments: [
        (1, "a temporary file in .: file too large; nothing was run\n", ["in.csv"]),
        (
            4, "out.csv.batch: file too large; nothing was run\n  go on with the same command: parallel batch run ",
            ["in.csv", "out.csv.batch", "out.csv.batch.results"]
        ),
    ])
    func `a file of the batch that can't be kept before any row is sent is no loss`(
        blocks: Int, message: String, files: [String]
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        // A shell's block has 512 or 1,024 bytes.
        let session = try session(sandbox, "company\n" + String(repeating: "a\n", count: 300))
        let words = "parallel batch run in.csv -p lite --template '{company}?' --output-text x -o out.csv"
        let failed = try await session.shell("ulimit -f \(blocks); \(words)")
        #expect(failed.exit == .code(1) && failed.error.contains("error: \(message)"), "\(failed)")
        #expect(sandbox.addedRows.isEmpty && Disk.names(in: session.home.path) == files)
        let again = try await session.shell(words)
        #expect(again.exit == .code(0) && again.error.contains("\n300 rows done, about $1.50 (group "), "\(again)")
    }

    @Test func `without waiting, JSON is the API's group`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        let result = try await run(session, "--no-wait", "--json")
        let group = try JSONValue.parse(result.outputBytes)
        #expect(group["taskgroup_id"]?.string?.hasPrefix("tgrp_") == true && group["status"]?["num_task_runs"] == 4)
    }

    @Test func `a file that is none of a batch is left as it is`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        try session.home.write("mine", to: "exp.results")
        let result = try await session.run(["batch", "run", "in.csv", "--state", "exp"] + Self.echo)
        #expect(result.exit == .code(2) && result.error.hasPrefix("error: exp.results exists"), "\(result)")
        #expect(text("exp.results", session) == "mine" && text("exp", session) == nil)
        try session.home.write("mine", to: "out.csv.batch")
        try session.home.write("x", to: "out.csv")
        let preview = try await run(session, "-o", "out.csv", "--dry-run")
        #expect(preview.exit == .code(2), "\(preview)")
        #expect(preview.error.hasPrefix("error: out.csv.batch is not the state file of a batch\n"), "\(preview)")
    }

    @Test func `a batch whose total cost is too high is not resumed`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        #expect(try await run(session, "-o", "out.csv", "--limit", "2").exit == .code(0))
        let result = try await run(session, "-o", "out.csv", "--max-cost", "0.03")
        // There are runs, so that 2, by which nothing was run, would be wrong.
        #expect(result.exit == .code(1), "\(result)")
        #expect(result.error.contains("above --max-cost $0.03; nothing more was run\n"), "\(result)")
    }

    @Test func `another input or another task stops a batch that was begun, and loses nothing`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        _ = try await run(session, "-o", "out.csv", "--no-wait")
        let state = text("out.csv.batch", session)
        for (table, words, message) in [
            ("company\nIntel\nAMD\nArm\nNew\n", [], "it had 4 rows, and now some differ"),
            ("company\nIntel\n", [], "it had 4 rows, and now there are 1"),
            (Self.csv, ["-p", "lite"], "error: --processor differs from that of the batch that was begun\n"),
            (Self.csv, ["--shard", "1/2"], "error: --shard differs from that of the batch that was begun\n"),
            (Self.csv, ["--metadata", "a=b"], "error: --metadata differs from that of the batch that was begun\n"),
        ] {
            try session.home.write(table, to: "in.csv")
            let result = try await session.run(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo + words)
            #expect(result.exit == .code(2) && result.error.contains(message), "\(result)")
            #expect(result.error.contains("remove out.csv.batch, out.csv.batch.results first"))
            #expect(result.error.contains("\n  get what is paid of group tgrp_"))
            #expect(result.error.contains(" with: parallel batch results out.csv\n"))
        }
        #expect(text("out.csv.batch", session) == state)
        try session.home.write(Self.csv, to: "in.csv")
        #expect(try await run(session, "-o", "out.csv").exit == .code(0))
        #expect(text("out.csv", session) == Self.enriched && sandbox.addedRows.count == 4)
    }

    @Test(arguments: [
        ("company\nAMD\n", "it had 1 row, and now it differs"), (csv, "it had 1 row, and now there are 4"),
    ])
    func `another input than a single row is told of in the singular`(table: String, message: String) async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company\nIntel\n")
        _ = try await run(session, "-o", "out.csv", "--no-wait")
        try session.home.write(table, to: "in.csv")
        let result = try await run(session, "-o", "out.csv")
        #expect(result.exit == .code(2) && result.error.contains(message), "\(result)")
    }

    @Test func `a second process on the same batch ends at once, and after Ctrl-C the batch can be resumed`()
        async throws
    {
        let sandbox = try await RunningSandbox(delay: "6")
        let session = try session(sandbox)
        let first = try session.start(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo)
        try await poll("rows") { !sandbox.addedRows.isEmpty }
        let second = try await run(session, "-o", "out.csv")
        #expect(second.exit == .code(2))
        #expect(second.error.hasPrefix("error: another process is working on this batch (out.csv.batch)\n"))
        first.send(signal: SIGINT)
        let result = try await first.wait()
        #expect(result.exit == .code(130) && result.error.contains("error: interrupted; "), "\(result)")
        let command = try #require(result.command(after: "resume with the same command: "))
        #expect(result.error.contains("get what is finished with: parallel batch results tgrp_"))
        #expect(try await session.shell(command).exit == .code(0))
        #expect(text("out.csv", session) == Self.enriched && sandbox.addedRows.sorted() == [1, 2, 3, 4])
    }

    @Test func `the command to go on with is the same, also where a template ends with a line feed`() async throws {
        let sandbox = try await RunningSandbox(delay: "2")
        let session = try session(sandbox)
        let words = ["batch", "run", "in.csv", "-o", "out.csv", "--timeout", "1s", "--template", "{company}?\n"]
        let result = try await session.run(words + Self.echo.dropFirst(2))
        let command = try #require(result.command(after: "resume with the same command: "), "\(result)")
        #expect(try await session.shell(command.replacing("--timeout 1s", with: "")).exit == .code(0), "\(command)")
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4])
    }

    @Test func `a wait that takes too long ends with 5, as do results that are not all there`() async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let session = try session(sandbox)
        let result = try await run(session, "-o", "out.csv", "--timeout", "4s")
        #expect(result.exit == .code(5) && result.error.contains("resume with the same command: parallel batch run"))
        #expect(
            result.error.contains("error: the wait ended before the batch did; 4 of 4 rows submitted to group tgrp_"))
        let part = try await session.run("batch", "results", "out.csv")
        #expect(part.exit == .code(5) && part.output == "")
        #expect(part.error == "0 rows; 4 still running and left out\n")
        #expect(sandbox.addedRows.count == 4)
    }

    // MARK: - Refused rows and the quota

    /// Refuses so many requests that add rows.
    private static func refusing(_ times: Int, _ status: Int = 422) -> String {
        #"{"faults":[{"method":"POST","path":"/v1/tasks/groups/*/runs","times":\#(times),"status":\#(status)}]}"#
    }

    @Test(arguments: [400, 413, 422])
    func `a row that is refused alone gets the API's reason, and the others run`(status: Int) async throws {
        // Refused are all four rows together, the first two, and the first.
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.refusing(3, status))
        let session = try session(sandbox)
        let result = try await run(session, "-o", "out.csv")
        #expect(result.exit == .code(8), "\(result)")
        #expect(result.error.contains("warning: row 1 (line 2) was refused: the API answered \(status): "), "\(result)")
        #expect(result.error.contains("\n3 rows done, 1 failed: 1 × the API "), "\(result)")
        #expect(result.error.contains(" (see the column error), about $0.03 "), "\(result)")
        let lines = try #require(text("out.csv", session)).split(separator: "\n")
        #expect(lines.dropFirst(2) == ["AMD,AMD?,", "Arm,Arm?,", "IBM,IBM?,"], "\(lines)")
        #expect(lines[1].hasPrefix("Intel,,\"the API answered \(status): ") || lines[1].hasPrefix("Intel,,the API"))
    }

    @Test func `a refused row is told of with --no-wait too, and stays refused`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.refusing(3))
        let session = try session(sandbox)
        let submitted = try await run(session, "-o", "out.csv", "--no-wait")
        #expect(
            submitted.exit == .code(8) && submitted.error.contains("3 rows submitted, 1 failed (group tgrp_"),
            "\(submitted)")
        let sent = sandbox.addedRows.count
        let result = try await run(session, "-o", "out.csv")
        #expect(result.exit == .code(8) && sandbox.addedRows.count == sent, "\(result)")
        #expect(text("out.csv", session)?.split(separator: "\n").count == 5)
    }

    @Test func `with the API's documents a refused row is a line with its reason`() async throws {
        let session = try session(try await RunningSandbox(delay: "0", faults: Self.refusing(3)))
        let result = try await run(session, "--json")
        let lines = try result.output.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(result.exit == .code(8) && lines.count == 4, "\(result)")
        #expect(lines.first?["row"] == 1 && lines.first?["status"] == "refused" && lines.first?["run"] == nil)
        #expect(lines.first?["error"]?["message"]?.string?.contains("422") == true)
    }

    @Test func `a batch waits for the quota, and pays for no row twice`() async throws {
        // A request has at most a megabyte, so these rows go in several.
        let rows = (1...300).map { "\($0)," + String(repeating: "x", count: 15_000) + "\n" }
        let sandbox = try await RunningSandbox(delay: "0", ["--rows-per-minute", "100", "--rate-window", "1s"])
        let session = try session(sandbox, "n,text\n" + rows.joined())
        let result = try await session.run(
            "batch", "run", "in.csv", "-o", "out.csv", "--output-text", "x", "--metadata", "sandbox_output=y",
            "--column", "text", "--progress")
        #expect(result.exit == .code(0) && result.error.contains("300 rows done"), "\(result.error.suffix(2_000))")
        #expect(
            result.error.contains("(429)") || result.error.contains("answered 429"), "\(result.error.suffix(2_000))")
        #expect(!result.error.contains("more than rows"), "\(result.error.suffix(2_000))")
        #expect(text("out.csv", session)?.split(separator: "\n").count == 301)
    }

    // MARK: - What can't be

    private static let mistakes: [(String, [String], String)] = [
        ("a,b\n1,2\n3\n", [], "in.csv: line 3 has 1 field, the header has 2\n  --skip-bad-rows"),
        ("a\n\"x\n", [], "in.csv: line 2 opens a quote that is never closed\n  --quotes never"),
        ("a,b\n,\n , \n", [], "in.csv has nothing to send: every row is blank"),
        (
            #"{"a": "", "b": null}"#, ["--input-format", "jsonl"], "in.csv has nothing to send: every row is blank"
        ),
        ("a,b\n1,\n", ["--column", "b"], "in.csv has nothing to send: every row is blank"),
        ("a\nb\n", ["--dry-run", "--max-cost", "0.001"], "which is above --max-cost $0.001; nothing was run"),
        (
            "a\nb\n", ["--dry-run", "-o", "in.csv"],
            "in.csv is named twice: input, output, state and results need a file each"
        ),
        ("", [], "in.csv is empty"), ("a\n", [], "in.csv has a header but no rows"),
        ("a\n" + String(repeating: "x", count: 30_000) + "\n", [], "in.csv: line 2 makes an input of 30008 characters"),
        ("a\nb\n", ["--column", "c"], "there is no column \"c\"; the columns are a"),
        ("a\nb\n", ["--template", "{c}"], "there is no column \"c\"; the columns are a"),
        ("a\nb\n", ["-o", "in.csv"], "in.csv is named twice: input, output, state and results need a file each"),
        ("a\nb\n", ["-o", "none/out.csv"], "can't write none/out.csv: no such file or directory"),
        ("a\nb\n", ["-o", "out.csv", "--json"], "--json writes JSON lines, which out.csv is not named for"),
        ("a\nb\n", ["--format", "csv", "--json"], "--json and --format exclude each other"),
        ("a\nb\n", ["-o", "out.xls"], "out.xls: the rows of a batch can't be written as such a file"),
        ("a\nb\n", ["-o", "out.csv", "--metadata", "parallel_row=1"], "the metadata key 'parallel_row' is taken"),
        ("a\nb\n", ["--dry-run", "--metadata", "parallel_row=1"], "the metadata key 'parallel_row' is taken"),
        (
            "a\nb\n", ["-o", "out.csv", "--state", "in.csv"],
            "in.csv is named twice: input, output, state and results need a file each"
        ),
        (
            "a\nb", ["-o", "out.csv", "--state", "in.csv"],
            "in.csv is named twice: input, output, state and results need a file each"
        ),
    ]

    @Test(arguments: mistakes)
    func `an input that can't be run is reported before anything is sent`(
        _ table: String, _ words: [String], _ message: String
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox, table)
        let result = try await session.run(["batch", "run", "in.csv", "--output-auto"] + words)
        #expect(result.exit == .code(2) && result.output == "" && result.error.contains(message), "\(result)")
        #expect(sandbox.requests.isEmpty)
        #expect(Disk.names(in: session.home.path) == ["in.csv"] && text("in.csv", session) == table)
    }

    @Test func `a pipe that comes in pieces is read as what it is, and one that may be two things not at all`()
        async throws
    {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let slow = try await session.shell(
            #"(printf '\n'; sleep 0.3; printf '{"a":1}\n{"a":2}\n') | parallel batch run - --dry-run -p lite --output-auto"#
        )
        #expect(slow.exit == .code(0))
        #expect(slow.output.contains(#""body":{"input":{"a":1},"#) && slow.error.contains("2 rows"))
        let unclear = try await session.run("batch", "run", "-", input: .text("\"company\"\n\"Acme\"\n"))
        #expect(unclear.exit == .code(2) && sandbox.requests.isEmpty)
        #expect(unclear.error.contains("say which with --input-format jsonl or --input-format csv\n"), "\(unclear)")
        let said = try await session.run(
            "batch", "run", "-", "--input-format", "csv", "--dry-run", "--output-auto",
            input: .text("\"company\"\n\"Acme\"\n"))
        #expect(said.output.contains(#""body":{"input":{"company":"Acme"},"#))
    }

    @Test func `results by the file have the input's columns, also where bad rows were skipped`() async throws {
        let session = try session(
            try await RunningSandbox(delay: "0"), "company,n\nIntel,1\n,2\nArm,3\n")
        let words = ["--template", "{company}", "--skip-bad-rows", "--limit", "1", "--field", "f=x"]
        let begun = try await session.run(["batch", "run", "in.csv", "-o", "out.csv"] + words)
        #expect(begun.exit == .code(0), "\(begun)")
        let found = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(found.output.hasPrefix("company,n,f,error\nIntel,1,"), "\(found)")
    }

    @Test func `a wait that ends before there is a group leaves nothing behind`() async throws {
        let faults = #"{"faults":[{"method":"POST","path":"/v1/tasks/groups","status":429,"retry_after":60}]}"#
        let session = try session(try await RunningSandbox(delay: "0", faults: faults))
        let result = try await run(session, "-o", "out.csv", "--timeout", "300ms")
        #expect(result.exit == .code(5), "\(result)")
        #expect(result.error.contains("error: the wait ended before there was a group; nothing was run\n"), "\(result)")
        #expect(Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `text that is not UTF-8 is reported with its line, and a file that is not there with its name`()
        async throws
    {
        let session = try Session(try await RunningSandbox(delay: "0"))
        let bytes = Array("a\nb\n".utf8) + [0xFF, 0x0A]
        let result = try await session.run("batch", "run", "-", input: .bytes(bytes))
        #expect(result.exit == .code(2) && result.error.hasPrefix("error: standard input: line 3 is not UTF-8\n"))
        let missing = try await session.run("batch", "run", "none.csv")
        #expect(missing.exit == .code(2))
        #expect(missing.error.hasPrefix("error: can't read none.csv: no such file or directory\n"))
    }

    @Test func `bad rows are left out where that is wanted, and told`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company,n\nIntel,1\nAMD\nArm,3\n")
        let result = try await run(session, "--skip-bad-rows", "--format", "csv")
        #expect(result.exit == .code(0))
        #expect(result.output == "company,n,output,error\nIntel,1,Intel?,\nArm,3,Arm?,\n")
        #expect(
            result.error.hasPrefix(
                "warning: in.csv: left out 1 bad row\n  line 3 has 1 field, the header has 2\n2 columns: company, n; 2 rows\n"
            ),
            "\(result)")
    }

    private static let refusals: [([String], [String: String], Int32)] = [
        (["run", "in.csv", "--output-auto"], ["PARALLEL_API_KEY": ""], 3),
        (["run", "in.csv", "-o", "out.csv", "--output-auto"], ["PARALLEL_API_KEY": "invalid"], 3),
        (["run", "in.csv", "-o", "out.csv", "--output-auto"], ["PARALLEL_BASE_URL": "http://127.0.0.1:1"], 7),
        (["run", "in.csv", "-p", "unheard-of", "--yes", "--output-auto"], [:], 4),
        (["results", "tgrp_00000000000000000000000000000001"], [:], 4),
        (["status", "tgrp_00000000000000000000000000000001"], [:], 4),
        (["results", "in.csv"], [:], 2), (["status", "no such thing"], [:], 2),
    ]

    @Test(arguments: refusals)
    func `exit codes say what is wrong`(
        _ words: [String], _ variables: [String: String], _ code: Int32
    ) async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        let result = try await session.run(["batch"] + words, adding: variables)
        #expect(result.exit == .code(code) && result.output == "" && result.error.contains("error: "), "\(result)")
        #expect(Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `a batch that was refused before any row was accepted does not stand in the way of the next`()
        async throws
    {
        let session = try session(try await RunningSandbox(delay: "0"))
        let refused = try await run(session, "-o", "out.csv", "-p", "unheard-of", "--yes")
        #expect(refused.exit == .code(4) && Disk.names(in: session.home.path) == ["in.csv"], "\(refused)")
        #expect(!refused.error.contains("go on with"))
        #expect(try await run(session, "-o", "out.csv").exit == .code(0))
    }

    // MARK: - Secrets and streams

    @Test func `files on disk are readable only by the user and hold no key`() async throws {
        let session = try session(try await RunningSandbox(delay: "60"))
        try session.home.write(
            #"{"mcpServers":{"crm":{"url":"http://127.0.0.1:9/mcp","headers":{"Authorization":"Bearer hidden-471100"}}}}"#,
            to: "servers.json")
        let result = try await run(session, "-o", "out.csv", "--no-wait", "--mcp-config", "servers.json")
        #expect(result.exit == .code(0), "\(result)")
        for name in ["out.csv.batch", "out.csv.batch.results"] {
            let kept = try #require(text(name, session))
            #expect(Disk.mode(session.home.file(name)) == 0o600)
            #expect(!kept.contains(Session.key) && !kept.contains("hidden-471100"))
        }
        #expect(text("out.csv.batch", session)?.contains("crm") == true)
    }

    @Test func `a reader that has seen enough ends it without an error, and the group is named`() async throws {
        let table = "company\n" + (1...2_000).map { "Firm \($0)\n" }.joined()
        let session = try session(try await RunningSandbox(delay: "0"), table)
        let result = try await session.shell(
            "(parallel batch run in.csv -q --yes --template '{company}?' --output-text x; echo $? >&2) | head -n 1")
        #expect(result.error.wholeMatch(of: /group tgrp_[0-9a-z]+ created\n0\n/) != nil, "\(result)")
        #expect(result.output.split(separator: "\n").count == 1, "\(result)")
    }

    @Test func `progress comes in lines where it is asked for, without colour`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        let result = try await run(session, "--progress")
        #expect(result.exit == .code(0) && result.error.contains("\n4/4 (100%) · "), "\(result)")
        #expect(!result.error.contains("\u{1B}") && !result.error.contains("\r"))
    }

    @Test func `progress has one total from the beginning, with the rows that get no run`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company,n\nIntel,1\n,2\nAMD,3\n")
        for words in [[], ["--force"]] {
            let result = try await session.run(
                ["batch", "run", "in.csv", "-o", "out.csv", "--progress"] + Self.echo + words)
            let totals = result.error.matches(of: /\n[0-9]+\/([0-9]+) \(/).map { String($0.1) }
            #expect(totals.count > 1 && totals.allSatisfy { $0 == "3" }, "\(result)")
        }
    }

    @Test func `a bar is drawn on a terminal and gone in the end`() async throws {
        let session = try session(try await RunningSandbox(delay: "2"))
        let terminal = try session.terminal(
            ["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo, columns: 120)
        try await terminal.waitUntil(contains: "[----------] 0% 0/4 · 4 running")
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.plainLines.contains { $0.contains("[#") || $0.contains("[-") })
        #expect(terminal.output.plainLines.last?.hasSuffix("; written to out.csv") == true)
    }
}
