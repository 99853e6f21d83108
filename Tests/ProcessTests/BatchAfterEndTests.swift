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

/// A batch that has ended: done, written again, or with a further group for some of its rows; and `batch results`.
@Suite(.limited) struct BatchAfterEndTests {
    private static let csv = "company\nIntel\nAMD\nArm\nIBM\n"
    /// Asks in words and gets the question back, so that each row's answer is known.
    private static let echo = ["--template", "{company}?", "--output-text", "x", "--metadata", "sandbox_output=@input"]
    private static let enriched = "company,output,error\nIntel,Intel?,\nAMD,AMD?,\nArm,Arm?,\nIBM,IBM?,\n"
    /// Of the four companies, AMD and IBM fail.
    private static let failures = #"{"runs":[{"percent":30,"seed":2,"status":"failed","error":"No luck"}]}"#
    private static let files = ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"]

    private func session(_ sandbox: RunningSandbox, _ text: String = csv) throws -> Session {
        let session = try Session(sandbox)
        try session.home.write(text, to: "in.csv")
        return session
    }

    private func run(_ session: Session, _ words: String...) async throws -> ChildProcess.Result {
        try await session.run(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo + words)
    }

    /// Returns the group that a command says it has created.
    private static func group(_ result: ChildProcess.Result) -> String {
        String(result.error.firstMatch(of: /group (tgrp_[0-9a-f]+) created/)?.1 ?? "")
    }

    private func text(_ name: String, _ session: Session) -> String? { Disk.text(session.home.file(name)) }

    /// Runs failed rows again, which takes `seconds`, and kills the command once `count` rows are sent in all.
    private func killRetry(
        _ session: Session, _ sandbox: RunningSandbox, seconds: Int, once count: Int
    ) async throws -> [String] {
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":\#(seconds)}]}"#)
        let words = ["batch", "run", "in.csv", "-o", "out.csv", "--retry-failed"] + Self.echo
        let child = try session.start(words)
        try await poll("rows") { sandbox.addedRows.count == count }
        child.send(signal: SIGKILL)
        _ = try await child.wait()
        return words
    }

    // MARK: - The same command again

    @Test func `a batch that is done is not run again, and the command says so`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(0))
        let count = sandbox.requests.count
        let again = try await run(session)
        #expect(again.exit == .code(0) && again.output == "" && sandbox.requests.count == count)
        #expect(again.error.contains("this batch is done: 4 rows (group tgrp_"), "\(again)")
        #expect(again.error.contains("out.csv is as it was written, and nothing was run\n--force writes out.csv again"))
        #expect(Disk.names(in: session.home.path) == Self.files && text("out.csv", session) == Self.enriched)
    }

    @Test(arguments: [false, true])
    func `what is paid is written again with other columns, or where the file is gone, and no row is run`(
        hasFailures: Bool
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: hasFailures ? Self.failures : "{}")
        let session = try session(sandbox)
        let code: ChildProcess.Exit = .code(hasFailures ? 8 : 0)
        #expect(try await run(session).exit == code)
        let first = text("out.csv", session)
        let again = try await run(session, "--status")
        #expect(again.exit == code && again.error.contains("; written to out.csv; nothing was run\n"), "\(again)")
        #expect(!again.error.contains("$"), "\(again)")
        #expect(text("out.csv", session)?.hasPrefix("company,output,status,error\nIntel,Intel?,completed,\n") == true)
        unlink(session.home.file("out.csv"))
        #expect(try await run(session).exit == code)
        #expect(text("out.csv", session) == first && sandbox.addedRows.count == 4)
        #expect(Disk.names(in: session.home.path) == Self.files)
    }

    @Test(arguments: [
        (["--limit", "2"], []), ([], ["--retry-failed"]), ([], ["--row-numbers"]),
    ])
    func `the flags are named without which the output would lose columns`(
        first: [String], then: [String]
    ) async throws {
        let session = try session(try await RunningSandbox(delay: "0", faults: Self.failures))
        let words = ["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo
        #expect(try await session.run(words + first + ["--basis", "--with-status"]).exit == .code(8))
        let again = try await session.run(words + then)
        #expect(
            again.error.contains(
                "\nout.csv has columns that this command leaves out; to keep them, add --basis --with-status\n"),
            "\(again)")
        #expect(text("out.csv", session)?.contains("confidence") == false)
        let kept = try await session.run(words + ["--run-ids"] + then)
        #expect(!kept.error.contains("leaves out") && text("out.csv", session)?.contains("run_id") == true, "\(kept)")
    }

    @Test(arguments: ["--retry-failed", "--add-new"])
    func `a batch that is done and written again keeps its blank rows, and nothing is left to be run`(
        flag: String
    ) async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company,n\nIntel,1\n,2\nAMD,3\n")
        #expect(try await run(session).exit == .code(0))
        let again = try await run(session, flag, "--with-status")
        #expect(again.exit == .code(0), "\(again)")
        #expect(again.error.contains("\n2 rows done, 1 blank row kept without a run (group tgrp_"), "\(again)")
        #expect(again.error.hasSuffix("; written to out.csv; nothing was run\n"), "\(again)")
        #expect(!again.error.contains("resuming"), "\(again)")
        let row = text("out.csv", session)?.split(separator: "\n").first { $0.hasPrefix(",2,,") }
        #expect(row?.hasSuffix(",nothing to send: company is blank") == true)
    }

    @Test func `kept results are written again also where the server has gone`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        try await sandbox.stop()
        #expect(try await run(session, "--status").exit == .code(8))
        #expect(text("out.csv", session)?.hasPrefix("company,output,status,error\n") == true)
    }

    @Test(arguments: [false, true])
    func `an output that somebody has changed is replaced only with --force`(isDone: Bool) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        #expect(try await (isDone ? run(session) : run(session, "--limit", "2")).exit == .code(0))
        try session.home.write("mine", to: "out.csv")
        let refused = try await run(session)
        #expect(refused.exit == .code(2) && text("out.csv", session) == "mine")
        #expect(
            refused.error.hasPrefix("error: out.csv has changed since this batch wrote it\n  --force"), "\(refused)")
        #expect(try await run(session, "--force").exit == .code(0))
        #expect(text("out.csv", session) == Self.enriched && sandbox.addedRows.sorted() == [1, 2, 3, 4])
    }

    @Test func `an output that somebody makes while the batch runs is left alone`() async throws {
        let sandbox = try await RunningSandbox(delay: "2")
        let session = try session(sandbox)
        #expect(try await run(session, "--limit", "1").exit == .code(0))
        let child = try session.start(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo)
        try await poll("rows") { sandbox.addedRows.count == 4 }
        try session.home.write("mine", to: "out.csv")
        let result = try await child.wait()
        #expect(result.exit == .code(1) && text("out.csv", session) == "mine", "\(result)")
        #expect(text("out-2.csv", session) == Self.enriched)
    }

    @Test func `results, status and shards are had by the output's name after the end`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        for shard in ["1", "2"] {
            let words = ["batch", "run", "in.csv", "-o", "out\(shard).csv", "--shard", "\(shard)/2"] + Self.echo
            #expect(try await session.run(words).exit == .code(0))
        }
        let all = try await session.run("batch", "results", "out1.csv", "out2.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == Self.enriched, "\(all)")
        let basis = try await session.run("batch", "results", "out2.csv", "--basis", "--format", "csv")
        #expect(basis.output.hasPrefix("company,output,output.confidence,output.citations"), "\(basis)")
        #expect(try await session.run("batch", "status", "out1.csv").output.contains("completed\t2\n"))
    }

    @Test func `another batch with the same output is refused, and what is paid is named first`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(0))
        let other = try await run(session, "-p", "lite")
        #expect(other.exit == .code(2) && sandbox.addedRows.count == 4)
        let lines = other.error.split(separator: "\n").drop { !$0.hasPrefix("error:") }.map(String.init)
        #expect(lines[0] == "error: --processor differs from that of the batch that was begun")
        #expect(lines[1].hasPrefix("  get what is paid of group tgrp_") && lines[1].hasSuffix("results out.csv"))
        #expect(lines[2] == "  it was begun with 'base': --processor base goes on with it")
        #expect(
            lines[3]
                == "  to begin anew, which pays for all rows again, name another output or remove out.csv.batch, "
                + "out.csv.batch.results, out.csv first; batch forget out.csv removes what is beside it"
        )
    }

    // MARK: - Rows that failed

    @Test func `failed rows alone run again, and the file is whole`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        let first = try await run(session)
        #expect(
            first.exit == .code(8) && first.error.contains("2 rows done, 2 failed: 2 × No luck (see the column error)"))
        let command = try #require(first.command(after: "run the failed rows again: "))
        #expect(command.hasPrefix("parallel batch run in.csv ") && command.hasSuffix(" --retry-failed"))
        let done = try await run(session)
        #expect(done.exit == .code(8) && done.error.contains("\nthis batch is done: 4 rows, 2 failed (group tgrp_"))
        let results = try await session.run("batch", "results", "out.csv")
        #expect(results.error.contains(" done, 2 failed: 2 × No luck (see the member error)\n"), "\(results)")
        #expect(results.command(after: "run the failed rows again: ") == command, "\(results)")

        // Some fail again, and the group that runs them takes over the others' results once more.
        let second = try await session.shell(command)
        #expect(second.exit == .code(8) && sandbox.addedRows.sorted() == [1, 2, 2, 3, 4, 4], "\(second)")
        try sandbox.behave("{}")
        let third = try await session.shell(command)
        #expect(third.exit == .code(0), "\(third)")
        #expect(third.error.contains("2 rows on base: about $0.02, "), "\(third)")
        #expect(third.error.contains("\n4 rows done, 2 run now for about $0.02, $0.04 in all (group tgrp_"), "\(third)")
        let groups = [first, second, third].map(Self.group)
        let status = try await session.run("batch", "status", "out.csv")
        #expect(
            status.output
                == "group\t\(groups[2])\nearlier groups\t\(groups[0]), \(groups[1])\nrows\t4\ncompleted\t4\n")
        #expect(sandbox.addedRows.sorted() == [1, 2, 2, 2, 3, 4, 4, 4])
        #expect(text("out.csv", session) == Self.enriched)
        let all = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == Self.enriched, "\(all)")
        let none = try await session.shell(command)
        #expect(
            none.exit == .code(0) && none.error.contains("no row failed that could be run again\nthis batch is done"))
    }

    @Test func `a command that was killed while failed rows run goes on, and pays for none twice`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        let words = try await killRetry(session, sandbox, seconds: 2, once: 6)
        let part = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(part.exit == .code(5) && part.output == "company,output,error\nIntel,Intel?,\nArm,Arm?,\n", "\(part)")
        let result = try await session.run(words)
        #expect(result.exit == .code(0), "\(result)")
        #expect(result.error.contains("\nthe batch has not ended yet, so it is resumed first\n"))
        #expect(result.error.contains("\nresuming group tgrp_"))
        #expect(sandbox.addedRows.sorted() == [1, 2, 2, 3, 4, 4] && text("out.csv", session) == Self.enriched)
    }

    @Test func `two groups of which one ran failed rows again are put together, in any order`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        let first = try await run(session)
        try sandbox.behave("{}")
        let second = try await run(session, "--retry-failed")
        let groups = [first, second].map(Self.group)
        for names in [groups, groups.reversed()] {
            let all = try await session.run(["batch", "results", "--format", "jsonl"] + names)
            #expect(all.exit == .code(0) && all.error == "4 rows\n", "\(all)")
            #expect(all.output.split(separator: "\n").count { $0.contains("?\"") } == 4, "\(all)")
        }
        let alone = try await session.run("batch", "results", groups[1])
        #expect(alone.exit == .code(0) && alone.error == "2 rows\n", "\(alone)")
        // With the input, it is clear that the other rows are in another group.
        let joined = try await session.run("batch", "results", groups[1], "--input", "in.csv")
        #expect(joined.exit == .code(5) && joined.error == "2 rows; without a result: rows 1, 3\n", "\(joined)")
        let done = try await run(session)
        #expect(done.error.contains("4 rows (group \(groups[1]) after \(groups[0])); out.csv is as it was"), "\(done)")
        let status = try await session.run("batch", "status", "out.csv", "--json")
        #expect(status.exit == .code(0) && status.error.contains("before it: \(groups[0])\n"), "\(status)")
    }

    @Test func `the groups of a part, of failed rows and of the rest have all rows of the batch`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        let first = try await run(session, "--limit", "2")
        let alone = try await session.run("batch", "results", Self.group(first))
        #expect(alone.exit == .code(5), "\(alone)")
        #expect(alone.error.hasSuffix("; 2 without a run (refused, or not submitted); without a result: rows 3, 4\n"))
        try sandbox.behave("{}")
        let second = try await run(session, "--retry-failed")
        #expect(second.exit == .code(0), "\(second)")
        let groups = [first, second].map(Self.group)
        let part = try await session.run(["batch", "results", "--input", "in.csv"] + groups)
        #expect(part.exit == .code(5), "\(part)")
        #expect(
            part.error == "2 rows; 2 without a run (refused, or not submitted); without a result: rows 3, 4\n",
            "\(part)")
        #expect(try await run(session).exit == .code(0) && sandbox.addedRows == [1, 2, 2, 3, 4])
        for names in [groups, groups.reversed()] {
            let all = try await session.run(["batch", "results", "--input", "in.csv", "--format", "csv"] + names)
            #expect(all.exit == .code(0) && all.output == Self.enriched && all.error == "4 rows\n", "\(all)")
        }
    }

    @Test(arguments: [
        (["--retry-failed"], "error: --retry-failed: there is no batch yet (out.csv.batch does not exist)"),
        (["--add-new"], "error: --add-new: there is no batch yet (out.csv.batch does not exist)"),
        (["--retry-failed", "--add-new"], "error: --retry-failed and --add-new exclude each other"),
        (["--retry-failed", "--limit", "1"], "error: --retry-failed and --limit exclude each other"),
        (["--add-new", "--shard", "1/2"], "error: --add-new and --shard exclude each other"),
        (["--skip-bad-rows", "--bad-rows", "-"], "error: --bad-rows needs a file, not standard output\n  ./- is"),
        (["--add-new", "--dry-run"], "error: --add-new: there is no batch yet (out.csv.batch does not exist)"),
    ])
    func `what can't be run again is refused before anything is sent`(words: [String], message: String) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let result = try await session.run(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo + words)
        #expect(result.exit == .code(2) && result.error.hasPrefix(message), "\(result)")
        let nameless = try await session.run(["batch", "run", "in.csv", "--retry-failed"] + Self.echo)
        #expect(nameless.exit == .code(2) && nameless.error.contains("--output FILE names that output"), "\(nameless)")
        #expect(sandbox.requests.isEmpty && Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `equal rows that share a failed run share the next one, and share a result with a new row`() async throws
    {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox, "company\nIntel\nAMD\nIntel\nAMD\n")
        let first = try await run(session, "--dedup")
        #expect(first.exit == .code(8) && sandbox.addedRows == [1, 2], "\(first)")
        try sandbox.behave("{}")
        let second = try await run(session, "--dedup", "--retry-failed")
        #expect(second.exit == .code(0) && sandbox.addedRows == [1, 2, 2], "\(second)")
        #expect(second.error.contains("\n4 rows done, 1 run now for about $0.01, $0.02 in all "), "\(second)")
        #expect(
            text("out.csv", session) == "company,output,error\nIntel,Intel?,\nAMD,AMD?,\nIntel,Intel?,\nAMD,AMD?,\n")

        try session.home.write("company\nAMD\nIntel\nIntel\nArm\nIntel\nArm\n", to: "in.csv")
        let third = try await run(session, "--dedup", "--add-new")
        #expect(third.exit == .code(0) && sandbox.addedRows == [1, 2, 2, 4], "\(third)")
        let expected = ["AMD", "Intel", "Intel", "Arm", "Intel", "Arm"].map { "\($0),\($0)?,\n" }.joined()
        #expect(text("out.csv", session) == "company,output,error\n" + expected)
        let all = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == "company,output,error\n" + expected, "\(all)")
    }

    @Test(arguments: [true, false]) func `--dry-run tells which rows would run again or anew, and changes nothing`(
        hasFailures: Bool
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: hasFailures ? Self.failures : "{}")
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(hasFailures ? 8 : 0))
        func preview(_ flag: String) async throws -> ChildProcess.Result {
            let (count, names) = (sandbox.requests.count, Disk.names(in: session.home.path))
            let texts = names.map { text($0, session) }
            let result = try await run(session, flag, "--dry-run")
            #expect(Disk.names(in: session.home.path) == names && names.map { text($0, session) } == texts)
            #expect(result.exit == .code(0) && sandbox.requests.count == count, "\(result)")
            return result
        }
        if hasFailures {
            let failed = try await preview("--retry-failed")
            #expect(failed.error.contains("\n2 rows on base: about $0.02, "), "\(failed)")
            #expect(failed.output.contains(#""input":"AMD?""#) && !failed.output.contains("IBM?"), "\(failed)")
            try sandbox.behave("{}")
            #expect(try await run(session, "--retry-failed").exit == .code(0))
        }
        #expect(try await preview("--retry-failed").error.hasSuffix("\nno row failed that could be run again\n"))
        try session.home.write("company\nSony\nArm\nIntel\n", to: "in.csv")
        let new = try await preview("--add-new")
        #expect(new.error.contains("\n1 new row, 2 of the old ones are gone\n1 row on base: about $0.01"), "\(new)")
        #expect(new.output.matches(of: /"input":"Sony\?"/).count == 1 && !new.output.contains("Intel?"), "\(new)")
    }

    @Test func `--dry-run does not guess which rows would run again where the batch has not ended`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session, "--limit", "2").exit == .code(8))
        let result = try await run(session, "--retry-failed", "--dry-run")
        #expect(result.exit == .code(2), "\(result)")
        #expect(result.error.contains("error: the batch has not ended yet, so which rows would be run is not known\n"))
        // Not --yes: the command may come to cost more than the rows that were asked for.
        let command = try #require(
            result.command(after: "what is missing is waited for and fetched first by: "), "\(result)")
        #expect(command.hasSuffix(" --retry-failed") && !command.contains("--yes") && !command.contains("-y "))
        let again = try await session.shell(command)
        #expect(again.exit == .code(8) && sandbox.addedRows.count == 3, "\(again) \(sandbox.addedRows)")
    }

    @Test func `a dry run refuses and says what the command would`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        #expect(try await run(session, "--limit", "2").exit == .code(0))
        let begun = try await run(session, "--dry-run")
        #expect(begun.exit == .code(0), "\(begun)")
        #expect(begun.error.contains("); rows that have a run are not paid for again\n4 rows on base: "), "\(begun)")
        #expect(try await run(session).exit == .code(0))
        func both(_ words: String..., code: Int32) async throws -> (dry: String, real: String) {
            let words = ["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo + words
            let dry = try await session.run(words + ["--dry-run"])
            let real = try await session.run(words)
            #expect(dry.exit == .code(code) && real.exit == .code(code) && dry.output == "", "\(dry) \(real)")
            #expect(sandbox.addedRows.count == 4, "\(real)")
            return (dry.error, real.error)
        }
        let done = try await both(code: 0)
        #expect(done.dry.contains("\nthis batch is done: 4 rows (group tgrp_"), "\(done)")
        let other = try await both("-p", "lite", code: 2)
        #expect(other.dry == other.real)
        try session.home.write("mine", to: "out.csv")
        try session.home.write(Self.csv + "Sony\n", to: "in.csv")
        let changed = try await both("--add-new", code: 2)
        #expect(changed.dry == changed.real && changed.dry.hasPrefix("error: out.csv has changed since "), "\(changed)")
    }

    @Test func `a state file that is older than the results pays for nothing twice`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        let state = try #require(Disk.text(session.home.file("out.csv.batch")))
        _ = try await run(session, "--retry-failed")
        let paid = sandbox.addedRows.count
        try session.home.write(state, to: "out.csv.batch")
        let result = try await run(session, "--retry-failed", "--force")
        #expect(result.exit == .code(1) && sandbox.addedRows.count == paid, "\(result)")
        #expect(result.error.contains("the state file is older than the results beside it"), "\(result)")
        let groups = result.error.matches(of: /parallel batch results (tgrp_\w+)/).map(\.1)
        #expect(Set(groups).count == 2, "\(result)")
    }

    @Test func `failed rows of a part run again without the other rows, which are run later`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session, "--limit", "2").exit == .code(8))
        try sandbox.behave("{}")
        let result = try await run(session, "--retry-failed")
        #expect(result.exit == .code(0) && sandbox.addedRows == [1, 2, 2], "\(result)")
        #expect(text("out.csv", session) == "company,output,error\nIntel,Intel?,\nAMD,AMD?,\n")
        let none = try await run(session, "--retry-failed")
        #expect(none.exit == .code(0) && none.error.contains("\nno row failed that could be run again\n"), "\(none)")
        #expect(sandbox.addedRows.count == 3)
        let part = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(part.exit == .code(5) && part.error.contains("; without a result: rows 3, 4\n"), "\(part)")
        let command = try #require(result.command(after: "run the other rows: "), "\(result)")
        let whole = try await session.shell(command)
        #expect(whole.exit == .code(0) && sandbox.addedRows == [1, 2, 2, 3, 4], "\(whole)")
        #expect(text("out.csv", session) == Self.enriched)
        let all = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == Self.enriched, "\(all)")
    }

    @Test func `failed rows of a part that was killed are gone on with, and no other row is run`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session, "--limit", "2").exit == .code(8))
        _ = try await killRetry(session, sandbox, seconds: 86_400, once: 3)
        let again = try await run(session, "--retry-failed", "--timeout", "1s")
        #expect(again.exit == .code(5) && sandbox.addedRows == [1, 2, 2], "\(again)")
        #expect(again.error.contains("\nthe batch has not ended yet, so it is resumed first\n"), "\(again)")
    }

    @Test func `runs that are active are waited for before failed rows run again`() async throws {
        let sandbox = try await RunningSandbox(delay: "86400")
        let session = try session(sandbox)
        #expect(try await run(session, "--no-wait").exit == .code(0))
        let again = try await run(session, "--retry-failed", "--timeout", "1s")
        #expect(again.exit == .code(5) && sandbox.addedRows.count == 4, "\(again)")
        #expect(again.error.contains("error: the wait ended before the batch did; no row was run again\n"), "\(again)")
        let child = try session.start(["batch", "run", "in.csv", "-o", "out.csv", "--retry-failed"] + Self.echo)
        let looks = sandbox.requests.count
        try await poll("a look") { sandbox.requests.count > looks }
        child.send(signal: SIGINT)
        let interrupted = try await child.wait()
        #expect(interrupted.exit == .code(130) && sandbox.addedRows.count == 4, "\(interrupted)")
        #expect(interrupted.error.contains("waiting for its active runs first\nerror: interrupted; no row "))
        #expect(interrupted.command(after: "wait again with the same command: ") != nil, "\(interrupted)")
    }

    @Test func `rows that can't be sent are not suggested to be run again, and rows of a part that failed are`()
        async throws
    {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox, "company\nIntel\n\(String(repeating: "x", count: 30_000))\nArm\n")
        let words = ["batch", "run", "in.csv", "--skip-bad-rows"] + Self.echo
        try sandbox.behave("{}")
        for _ in 0..<2 {
            let result = try await session.run(words + ["-o", "out.csv"])
            #expect(result.exit == .code(8) && !result.error.contains("--retry-failed"), "\(result)")
        }
        try sandbox.behave(Self.failures)
        try session.home.write(Self.csv, to: "in.csv")
        let part = try await session.run(words + ["-o", "part.csv", "--limit", "2"])
        #expect(part.exit == .code(8) && part.error.contains("\nrun the other rows: "), "\(part)")
        let command = part.command(after: "run the failed rows again: ")
        #expect(command?.hasSuffix(" -o part.csv --retry-failed") == true, "\(part)")
    }

    @Test func `of several shards, the one whose rows failed is suggested`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: "{}")
        let session = try session(sandbox)
        func shard(_ number: Int) async throws -> ChildProcess.Result {
            try await session.run(
                ["batch", "run", "in.csv", "-o", "s\(number).csv", "--shard", "\(number)/2"] + Self.echo)
        }
        #expect(try await shard(1).exit == .code(0))
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"status":"failed","error":"No luck"}]}"#)
        let second = try await shard(2)
        #expect(second.exit == .code(8))
        let both = try await session.run("batch", "results", "s1.csv", "s2.csv", "-o", "r.csv")
        let command = try #require(second.command(after: "run the failed rows again: "))
        #expect(both.exit == .code(8) && both.command(after: "run the failed rows again: ") == command, "\(both)")
        let done = try await shard(1)
        #expect(done.error.hasSuffix("\n--force writes s1.csv again, which costs nothing\n"), "\(done)")
    }

    @Test func `with --json-errors the summary and the command that goes on are the error`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        func error(_ result: ChildProcess.Result) throws -> JSONValue? {
            let line = try #require(
                result.error.split(separator: "\n").last { $0.hasPrefix("{\"error\"") }, "\(result)")
            return try JSONValue.parse(String(line))["error"]
        }
        for _ in 0..<2 {
            let failed = try await run(session, "--json-errors")
            let error = try error(failed)
            #expect(failed.exit == .code(8) && error?["code"]?.int == 8, "\(failed)")
            #expect(error?["message"]?.string?.contains("2 failed") == true, "\(failed)")
            #expect(error?["hints"]?[0]?.string?.hasSuffix(" --retry-failed") == true, "\(failed)")
        }
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":86400}]}"#)
        let words = ["batch", "run", "in.csv", "--no-wait"] + Self.echo
        let group = try await session.run(words).output.split(separator: "\n").joined()
        let wait = ["batch", "results", group, "--wait", "--timeout", "1s", "-o", "r.csv", "--json-errors"]
        let waited = try await session.run(wait)
        let late = try error(waited)
        #expect(waited.exit == .code(5) && late?["message"]?.string == "0 rows; 4 still running and left out")
        #expect(late?["hints"]?[0]?.string?.contains(" results \(group) --wait ") == true, "\(waited)")
    }

    // MARK: - Rows that are new

    @Test func `new rows alone are run, equal ones keep their results, and the others are gone`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let begun = try await run(session)
        #expect(begun.exit == .code(0))
        let first = Self.group(begun)
        try session.home.write("company\nSony\nIBM\nArm\nIntel\nIntel\n", to: "in.csv")
        let refused = try await run(session)
        #expect(
            refused.exit == .code(2) && refused.error.contains("--add-new runs the rows that are new"), "\(refused)")
        let result = try await run(session, "--add-new")
        #expect(result.exit == .code(0), "\(result)")
        #expect(
            result.error.contains("2 new rows, 1 of the old ones is gone\n2 rows on base: about $0.02"), "\(result)")
        let gone = result.command(after: "results of rows that are gone stay in group \(first): ")
        #expect(try await session.shell(try #require(gone, "\(result)")).output.contains("AMD?"))
        // Of two equal rows, one takes over the result that there is.
        #expect(sandbox.addedRows.sorted() == [1, 1, 2, 3, 4, 5])
        let expected = "company,output,error\nSony,Sony?,\nIBM,IBM?,\nArm,Arm?,\nIntel,Intel?,\nIntel,Intel?,\n"
        #expect(text("out.csv", session) == expected)
        let all = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == expected, "\(all)")
        let none = try await run(session, "--add-new")
        #expect(none.exit == .code(0) && none.error.contains("no row is new\nthis batch is done: 5 rows"), "\(none)")
        #expect(sandbox.addedRows.count == 6)
    }

    @Test func `another order of the same rows costs nothing`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        try session.home.write("company\nIBM\nArm\nAMD\nIntel\n", to: "in.csv")
        let result = try await run(session, "--add-new", "--run-ids")
        // Rows that failed are none of those that are new.
        #expect(result.exit == .code(8) && sandbox.addedRows.count == 4, "\(result)")
        try sandbox.behave("{}")
        #expect(try await run(session, "--retry-failed").exit == .code(0))
        #expect(text("out.csv", session) == "company,output,error\nIBM,IBM?,\nArm,Arm?,\nAMD,AMD?,\nIntel,Intel?,\n")
    }

    @Test func `a row that comes back is not paid for again`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox, "company\nIntel\nAMD\n")
        for (rows, new) in [("Intel\nAMD\n", 2), ("Intel\n", 2), ("Intel\nArm\n", 3), ("Arm\nAMD\nIntel\n", 3)] {
            try session.home.write("company\n" + rows, to: "in.csv")
            let result = try await run(session, sandbox.addedRows.isEmpty ? "-q" : "--add-new")
            #expect(result.exit == .code(0) && sandbox.addedRows.count == new, "\(result)")
        }
        #expect(text("out.csv", session) == "company,output,error\nArm,Arm?,\nAMD,AMD?,\nIntel,Intel?,\n")
    }

    @Test func `columns in another order cost nothing`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox, "company,city\nIntel,a\nAMD,b\n")
        let words = ["batch", "run", "in.csv", "-o", "out.csv", "--field", "x=y"]
        #expect(try await session.run(words).exit == .code(0))
        try session.home.write("city,company\nb,AMD\nc,Arm\na,Intel\n", to: "in.csv")
        let result = try await session.run(words + ["--add-new"])
        #expect(result.exit == .code(0) && sandbox.addedRows.sorted() == [1, 2, 2], "\(result)")
    }

    @Test(arguments: [["--limit", "2"], ["--sample", "2"]])
    func `where a part was run and the sheet has grown, all rows without a run are added`(part: [String]) async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let words = ["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo
        #expect(try await session.run(words + part).exit == .code(0) && sandbox.addedRows.count == 2)
        try session.home.write(Self.csv + "Sony\n", to: "in.csv")
        let refused = try await run(session)
        #expect(refused.exit == .code(2) && sandbox.addedRows.count == 2, "\(refused)")
        #expect(
            refused.error.contains("\n  batch run --add-new runs the rows that are new or have no run yet, "),
            "\(refused)")
        let result = try await run(session, "--add-new")
        #expect(
            result.exit == .code(0) && result.error.contains("\n3 rows without a run\n3 rows on base: "), "\(result)")
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4, 5])
        #expect(text("out.csv", session) == Self.enriched + "Sony,Sony?,\n")
        let none = try await run(session, "--add-new")
        #expect(none.exit == .code(0) && none.error.contains("\nno row is new\n"), "\(none)")
    }

    @Test func `rows are added to a grown sheet where the command that ran failed rows again was killed`() async throws
    {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        _ = try await killRetry(session, sandbox, seconds: 2, once: 6)
        try session.home.write("company\nSony\nIBM\nAMD\nIntel\nArm\n", to: "in.csv")
        let result = try await run(session, "--add-new")
        #expect(result.exit == .code(0) && sandbox.addedRows.count == 7, "\(result)")
        #expect(
            text("out.csv", session)
                == "company,output,error\nSony,Sony?,\nIBM,IBM?,\nAMD,AMD?,\nIntel,Intel?,\nArm,Arm?,\n")
    }

    @Test func `rows are added where the runs have ended without this program`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let first = try await session.run(["batch", "run", "in.csv", "-o", "out.csv", "--no-wait"] + Self.echo)
        #expect(first.exit == .code(0), "\(first)")
        #expect(try await session.run("batch", "results", "out.csv", "--wait").exit == .code(0))
        try session.home.write(Self.csv + "Sony\n", to: "in.csv")
        let result = try await run(session, "--add-new")
        #expect(result.exit == .code(0) && result.error.contains("\n1 new row\n"), "\(result)")
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4, 5])
        #expect(text("out.csv", session) == Self.enriched + "Sony,Sony?,\n")
    }

    @Test func `a batch ends where rows lack what the template asks for, and they are not new later`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try session(sandbox)
        let rows = "{\"company\":\"Intel\"}\n{\"b\":\"2\"}\n\"just text\"\n"
        try session.home.write(rows, to: "in.jsonl")
        let words = ["batch", "run", "in.jsonl", "-o", "out.csv"] + Self.echo
        let first = try await session.run(words)
        #expect(first.exit == .code(0) && sandbox.addedRows == [1], "\(first)")
        try session.home.write(rows + "{\"company\":\"Sony\"}\n", to: "in.jsonl")
        let second = try await session.run(words + ["--add-new"])
        #expect(second.exit == .code(0) && second.error.contains("\n1 new row\n"), "\(second)")
        #expect(sandbox.addedRows == [1, 4])
    }

    @Test func `new rows that are refused can be left with their errors, and what is paid is had`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: "{}")
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(0))
        try session.home.write(Self.csv + (1...20).map { "New \($0)\n" }.joined(), to: "in.csv")
        try sandbox.behave(
            #"{"faults":[{"method":"POST","path":"/v1/tasks/groups/*/runs","status":422}]}"#)
        let stopped = try await run(session, "--add-new")
        #expect(stopped.exit == .code(4), "\(stopped)")
        #expect(stopped.error.contains("\n20 rows on base: about "), "\(stopped)")
        #expect(stopped.error.contains("\n  0 of 20 rows submitted to group tgrp_"), "\(stopped)")
        // The new group alone lacks the rows that were paid before.
        #expect(stopped.error.contains("\n  get what is finished with: parallel batch results out.csv\n"), "\(stopped)")
        let command = stopped.command(after: "end the batch, where refused rows keep their errors: ") ?? ""
        #expect(command.hasPrefix("parallel batch run in.csv ") && !command.contains("--add-new"), "\(stopped)")
        let ended = try await session.shell(command)
        #expect(ended.exit == .code(8), "\(ended)")
        #expect(text("out.csv", session)?.hasPrefix(Self.enriched) == true)
        let results = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(results.exit == .code(8) && results.output == text("out.csv", session), "\(results)")
        #expect(results.error.hasPrefix("4 rows done, 20 failed: "), "\(results)")
    }

    /// How the fetch of old results is broken off: the fault, the number of requests that come through before it, a
    /// signal, and the exit code.
    private static let breaks: [(fault: String, after: Int, signal: Int32?, exit: ChildProcess.Exit)] = [
        (#""status":401"#, 0, nil, .code(3)), (#""status":401"#, 1, nil, .code(3)),
        (#""action":"slow","seconds":86400"#, 0, SIGINT, .code(130)),
        (#""action":"slow","seconds":86400"#, 1, SIGKILL, .signal(SIGKILL)),
    ]

    @Test(arguments: breaks.indices, ["--add-new", "--retry-failed"])
    func `no row is paid for twice where fetching the old results was broken off`(index: Int, flag: String) async throws
    {
        let (fault, after, signal, exit) = Self.breaks[index]
        let sandbox = try await RunningSandbox(delay: "0", faults: "{}")
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(0))
        unlink(session.home.file("out.csv.batch.results"))
        let isNew = flag == "--add-new"
        if isNew { try session.home.write(Self.csv + "Sony\n", to: "in.csv") }
        let path = #""path":"/v1/tasks/groups/*/runs","method":"GET""#
        try sandbox.behave(#"{"faults":[{\#(path),"after":\#(after),\#(fault)}]}"#)
        let count = sandbox.requests.count
        let child = try session.start(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo + [flag])
        if let signal {
            try await poll("the fetch") {
                let looks = sandbox.requests.dropFirst(count).filter { $0.method == "GET" && $0.path.contains("/runs") }
                return looks.count > after
            }
            child.send(signal: signal)
        }
        let broken = try await child.wait()
        #expect(broken.exit == exit, "\(broken)")
        // The kind of file that a fetch leaves which was broken off.
        #expect(text("out.csv.batch.results", session)?.hasPrefix("{\"group\"") == true)
        try sandbox.behave("{}")
        let again = try await run(session, flag)
        #expect(again.exit == .code(0), "\(again)")
        #expect(again.error.contains(isNew ? "\n1 new row\n" : "\nno row failed that could be run again\n"), "\(again)")
        #expect(sandbox.addedRows.sorted() == [1, 2, 3, 4] + (isNew ? [5] : []), "\(again)")
        #expect(text("out.csv", session) == Self.enriched + (isNew ? "Sony,Sony?,\n" : ""))
    }

    // MARK: - A state that is lost

    @Test(arguments: ["--add-new", "--retry-failed"])
    func `what is paid is had where the results on disk are lost`(flag: String) async throws {
        let isNew = flag == "--add-new"
        let sandbox = try await RunningSandbox(delay: "0", faults: isNew ? "{}" : Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(isNew ? 0 : 8))
        try sandbox.behave("{}")
        if isNew { try session.home.write("company\nSony\nIBM\nArm\nIntel\nIntel\n", to: "in.csv") }
        #expect(try await run(session, flag).exit == .code(0))
        unlink(session.home.file("out.csv.batch.results"))
        let all = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(all.exit == .code(0) && all.output == text("out.csv", session), "\(all)")
        let rows = isNew ? ["Sony", "IBM", "Arm", "Intel", "Intel"] : ["Intel", "AMD", "Arm", "IBM"]
        let other = try await run(session, "--basis")
        #expect(other.exit == .code(0) && sandbox.addedRows.count == 6, "\(other)")
        let lines = text("out.csv", session)?.split(separator: "\n").dropFirst() ?? []
        #expect(lines.count == rows.count && zip(lines, rows).allSatisfy { $0.hasPrefix("\($1),\($1)?,") }, "\(lines)")
    }

    @Test(arguments: [0, 1, 2])
    func `failed and new rows run where the results of several groups are lost, and no row is paid for twice`(
        linesLeft: Int
    ) async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        #expect(try await run(session, "--retry-failed").exit == .code(8))
        #expect(sandbox.addedRows.sorted() == [1, 2, 2, 3, 4, 4])
        func loseResults() throws {
            // A part of the file, as a copy may have it, is as good as none.
            let lines = (text("out.csv.batch.results", session) ?? "").split(separator: "\n").prefix(linesLeft)
            if linesLeft == 0 { unlink(session.home.file("out.csv.batch.results")) }
            if linesLeft > 0 { try session.home.write(lines.map { $0 + "\n" }.joined(), to: "out.csv.batch.results") }
        }
        try loseResults()
        try sandbox.behave("{}")
        let dry = try await run(session, "--retry-failed", "--dry-run")
        #expect(dry.exit == .code(2), "\(dry)")
        #expect(dry.error.contains("error: results on disk are lost, so which rows would be run is not known\n"))
        let command = try #require(dry.command(after: "what is missing is waited for and fetched first by: "), "\(dry)")
        let retried = try await session.shell(command)
        #expect(retried.exit == .code(0), "\(retried)")
        #expect(retried.error.contains("\nresults on disk are lost; fetching those of the earlier groups again\n"))
        #expect(sandbox.addedRows.sorted() == [1, 2, 2, 2, 3, 4, 4, 4] && text("out.csv", session) == Self.enriched)
        try loseResults()
        try session.home.write("company\nSony\nIBM\nAMD\nIntel\n", to: "in.csv")
        let added = try await run(session, "--add-new")
        #expect(added.exit == .code(0) && sandbox.addedRows.count == 9, "\(added)")
        #expect(text("out.csv", session) == "company,output,error\nSony,Sony?,\nIBM,IBM?,\nAMD,AMD?,\nIntel,Intel?,\n")
        try loseResults()
        // A row that was gone meanwhile keeps its result, too.
        try session.home.write("company\nArm\nSony\n", to: "in.csv")
        let back = try await run(session, "--add-new")
        #expect(back.exit == .code(0) && sandbox.addedRows.count == 9, "\(back)")
        #expect(text("out.csv", session) == "company,output,error\nArm,Arm?,\nSony,Sony?,\n")
    }

    @Test func `what an earlier group had is fetched after a kill, and its requests are not forgotten`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        let words = try await killRetry(session, sandbox, seconds: 86_400, once: 6)
        unlink(session.home.file("out.csv.batch.results"))
        for _ in 0..<2 {
            let late = try await session.run(words + ["--timeout", "2s"])
            #expect(late.exit == .code(5) && sandbox.addedRows.count == 6, "\(late)")
        }
        let part = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(part.exit == .code(5) && part.output == "company,output,error\nIntel,Intel?,\nArm,Arm?,\n", "\(part)")
    }

    @Test func `where an earlier group has fewer results than it had, nothing is run`() async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox)
        #expect(try await run(session).exit == .code(8))
        #expect(try await run(session, "--retry-failed").exit == .code(8))
        try sandbox.behave("{}")
        let state = try #require(text("out.csv.batch", session))
        let first = try #require(state.split(separator: "\"").first { $0.hasPrefix("tgrp_") })
        let created = try await session.run("group", "create")
        let other = try #require(created.output.split(separator: "\n").last)
        try session.home.write(state.replacing(first, with: other), to: "out.csv.batch")
        unlink(session.home.file("out.csv.batch.results"))
        let paid = sandbox.addedRows
        for flag in ["--force", "--retry-failed", "--add-new"] {
            let result = try await run(session, flag)
            #expect(result.exit != .code(0) && result.error.contains("results"), "\(result)")
            #expect(sandbox.addedRows == paid)
        }
    }

    @Test func `rows that were refused run again where the file that says so is lost, and blank ones stay`()
        async throws
    {
        let refused = #"{"faults":[{"method":"POST","path":"/v1/tasks/groups/*/runs","status":422}]}"#
        let sandbox = try await RunningSandbox(delay: "0", faults: Self.failures)
        let session = try session(sandbox, "company,n\nIntel,1\n,2\nAMD,3\nArm,4\n")
        #expect(try await run(session, "--limit", "2").exit == .code(8))
        try sandbox.behave(refused)
        let first = try await run(session)
        #expect(first.exit == .code(8) && sandbox.addedRows == [1, 3, 4], "\(first)")
        try sandbox.behave("{}")
        unlink(session.home.file("out.csv.batch.results"))
        let again = try await run(session, "--retry-failed")
        #expect(again.exit == .code(0) && sandbox.addedRows == [1, 3, 4, 3, 4], "\(again)")
        #expect(
            text("out.csv", session)
                == "company,n,output,error\nIntel,1,Intel?,\n,2,,nothing to send: company is blank\n"
                + "AMD,3,AMD?,\nArm,4,Arm?,\n")
    }

    @Test func `where the input is another by now, that is said, and rows without a run are named`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company,n\nIntel,1\n,2\nArm,3\n")
        #expect(try await run(session).exit == .code(0))
        let first = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(first.exit == .code(0) && first.error == "3 rows\n", "\(first)")
        try session.home.write("company,n\nIntel,1\n", to: "in.csv")
        unlink(session.home.file("out.csv.batch.results"))
        let then = try await session.run("batch", "results", "out.csv", "--format", "csv")
        #expect(then.exit == .code(5) && then.output.hasPrefix("input,output,error\n"), "\(then)")
        #expect(then.error.contains("in.csv is not what was run, or is gone: the columns are those"), "\(then)")
        #expect(then.error.hasSuffix("\n2 rows; without a result: row 2\n"), "\(then)")
    }

    @Test func `a begun batch whose state file is lost is not begun again, and its group is named`() async throws {
        let sandbox = try await RunningSandbox(delay: "86400")
        let session = try session(sandbox)
        let child = try session.start(["batch", "run", "in.csv", "-o", "out.csv"] + Self.echo)
        try await poll("rows") { sandbox.addedRows.count == 4 }
        child.send(signal: SIGINT)
        let interrupted = try await child.wait()
        #expect(interrupted.exit == .code(130))
        unlink(session.home.file("out.csv.batch"))
        let again = try await run(session)
        #expect(again.exit == .code(2) && sandbox.addedRows.count == 4, "\(again)")
        let group = try #require(interrupted.error.firstMatch(of: /group (tgrp_[0-9a-f]+) created/)?.1)
        #expect(again.error.contains("get what is paid of group \(group) with: parallel batch results \(group)\n"))
        #expect(again.error.contains("name another output or remove out.csv.batch.results first"))
    }

    @Test func `a batch without an output says that the same command would pay again`() async throws {
        let sandbox = try await RunningSandbox(delay: "86400")
        let session = try session(sandbox)
        let child = try session.start(["batch", "run", "in.csv"] + Self.echo)
        try await poll("rows") { sandbox.addedRows.count == 4 }
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130))
        #expect(result.error.contains("without --output, the same command again would pay for all rows again\n"))
    }

    // MARK: - batch results

    private func submit(_ session: Session, _ words: String...) async throws -> String {
        let submitted = try await session.run(["batch", "run", "in.csv", "--no-wait", "-q"] + Self.echo + words)
        #expect(submitted.exit == .code(0), "\(submitted)")
        return String(submitted.output.dropLast())
    }

    @Test func `a loop that tries until all results are there ends`() async throws {
        let slow = #"{"runs":[{"percent":100,"seed":1,"delay":1,"delay_to":4}]}"#
        let session = try session(try await RunningSandbox(delay: "0", faults: slow))
        let group = try await submit(session)
        var codes: [ChildProcess.Exit] = []
        try await poll("all results") {
            let result = try await session.run("batch", "results", group, "-o", "r.csv")
            if result.error.hasPrefix("0 rows") { #expect(text("r.csv", session) == nil) }
            codes.append(result.exit)
            return result.exit == .code(0)
        }
        #expect(codes.dropLast().allSatisfy { $0 == .code(5) })
        #expect(text("r.csv", session)?.split(separator: "\n").count == 5)
        #expect(Disk.names(in: session.home.path) == ["in.csv", "r.csv"])
        let complete = try await session.run("batch", "results", group, "-o", "r.csv", "--basis")
        #expect(complete.exit == .code(2) && complete.error.hasPrefix("error: r.csv exists\n"), "\(complete)")
    }

    @Test(arguments: [false, true])
    func `a file that has all results already is no error, whoever was faster`(fails: Bool) async throws {
        let sandbox = try await RunningSandbox(delay: "0", faults: fails ? Self.failures : "{}")
        let session = try session(sandbox)
        let group = try await submit(session)
        let results = ["batch", "results", group, "-o", "r.csv"]
        let code: ChildProcess.Exit = .code(fails ? 8 : 0)
        #expect(try await session.run(results + ["--wait"]).exit == code)
        let first = text("r.csv", session)
        let again = try await session.run(results + ["--wait"])
        #expect(
            again.exit == code && again.error.hasPrefix("r.csv is complete, and stays as it is\n"), "\(again)")
        #expect(text("r.csv", session) == first && Disk.names(in: session.home.path) == ["in.csv", "r.csv"])
    }

    @Test func `a file that is not of the results is refused without a wait, and stays`() async throws {
        let session = try session(try await RunningSandbox(delay: "86400"))
        let group = try await submit(session)
        try session.home.write("mine", to: "r.csv")
        let refused = try await session.run("batch", "results", group, "-o", "r.csv", "--wait")
        #expect(refused.exit == .code(2) && refused.error.hasPrefix("error: r.csv exists\n"), "\(refused)")
        #expect(text("r.csv", session) == "mine")
    }

    @Test func `an incomplete file is replaced by a fuller one, unless somebody has changed it`() async throws {
        let half = #"{"runs":[{"percent":30,"seed":2,"delay":86400}]}"#
        let session = try session(try await RunningSandbox(delay: "0", faults: half))
        let group = try await submit(session)
        let results = ["batch", "results", group, "-o", "r.csv"]
        try await poll("results") {
            try await session.run("batch", "results", group).output.split(separator: "\n").count == 2
        }
        for _ in 0..<2 { #expect(try await session.run(results).exit == .code(5)) }
        #expect(text("r.csv", session)?.split(separator: "\n").count == 3)
        try session.home.write("mine", to: "r.csv")
        let refused = try await session.run(results)
        #expect(refused.exit == .code(2) && text("r.csv", session) == "mine", "\(refused)")
    }

    @Test func `results are waited for, up to a limit`() async throws {
        func taking(_ seconds: Int) -> String { #"{"runs":[{"percent":100,"seed":1,"delay":\#(seconds)}]}"# }
        let sandbox = try await RunningSandbox(faults: taking(86_400))
        let session = try session(sandbox)
        let endless = try await submit(session)
        try sandbox.behave(taking(2))
        let group = try await submit(session)
        let early = try await session.run("batch", "results", endless, "--wait", "--timeout", "1s", "-o", "r.csv")
        #expect(early.exit == .code(5) && text("r.csv", session) == nil, "\(early)")
        #expect(early.error == "the wait ended before the runs did\n0 rows; 4 still running and left out\n")
        let all = try await session.run("batch", "results", group, "--wait", "--row-numbers", "-o", "r.csv")
        #expect(all.exit == .code(0) && all.error == "4 rows\n", "\(all)")
        #expect(text("r.csv", session)?.hasPrefix("input,output,row,error\nIntel?,Intel?,1,\n") == true)
        let alone = try await session.run("batch", "results", group, "--timeout", "1s")
        #expect(alone.exit == .code(2) && alone.error.hasPrefix("error: --timeout needs --wait\n"))
    }

    @Test func `an interrupted wait for results says how to wait again`() async throws {
        let sandbox = try await RunningSandbox(delay: "86400")
        let session = try session(sandbox)
        let group = try await submit(session)
        let count = sandbox.requests.count
        let child = try session.start(["batch", "results", group, "--wait"])
        try await poll("a look") { sandbox.requests.count > count }
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130) && result.output == "", "\(result)")
        #expect(result.error.contains("wait again with: parallel batch results \(group) --wait\n"), "\(result)")
    }

    @Test func `results by the group's id are joined to the rows of a file, if it is the input`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"), "company,note\nIntel,a\nAMD,b\n")
        let group = try await submit(session)
        let results = ["batch", "results", group, "--wait", "--format", "csv"]
        #expect(try await session.run(results).output.hasPrefix("input,output,error\n"))
        let joined = try await session.run(results + ["--input", "in.csv"])
        #expect(joined.exit == .code(0), "\(joined)")
        #expect(joined.output == "company,note,output,error\nIntel,a,Intel?,\nAMD,b,AMD?,\n")
        try session.home.write("company,note\nIntel,a\nAMD,c\n", to: "in.csv")
        let other = try await session.run(results + ["--input", "in.csv"])
        #expect(other.exit == .code(2) && other.output == "", "\(other)")
        #expect(other.error.hasPrefix("error: in.csv is not the input of \(group), or is read in another way\n"))
        let missing = try await session.run(results + ["--input", "none.csv"])
        #expect(missing.exit == .code(2) && missing.error.hasPrefix("error: can't read none.csv: no such file"))
    }

    /// Inputs with rows that have no run of their own, how they are asked about, and what is written.
    private static let sparse: [(name: String, rows: String, words: [String], joined: String)] = [
        (
            "in.csv", "company,note\nIntel,a\n,b\nAMD,c\n \u{A0},d\nIntel,e\n", Self.echo + ["--dedup"],
            "company,note,output,error\nIntel,a,Intel?,\n,b,,nothing to send: company is blank\nAMD,c,AMD?,\n"
                + "\" \u{A0}\",d,,nothing to send: company is blank\nIntel,e,Intel?,\n"
        ),
        (
            "in.csv", "company,note\nIntel,a\n,\n,b\nIntel,a\n",
            ["--dedup", "--output-text", "x", "--metadata", "sandbox_output=done"],
            "company,note,output,error\nIntel,a,done,\n,,,nothing to send: company and note are blank\n,b,done,\n"
                + "Intel,a,done,\n"
        ),
        (
            "in.csv", "a,b\n1,\n,2\n2,1\n", ["--column", "b", "--output-text", "x", "--metadata", "sandbox_output=y"],
            "a,b,output,error\n1,,,nothing to send: b is blank\n,2,y,\n2,1,y,\n"
        ),
        (
            "in.jsonl", "{\"company\":\"Intel\"}\n{\"b\":\"2\"}\n{\"company\":\"Intel\",\"b\":\"3\"}\n",
            Self.echo + ["--dedup"],
            "company,b,output,error\nIntel,,Intel?,\n,2,,nothing to send: company is blank\nIntel,3,Intel?,\n"
        ),
        (
            "in.csv", "company,big\nIntel,\(String(repeating: "x", count: 30_000))\n,b\n", Self.echo,
            "company,big,output,error\nIntel,\(String(repeating: "x", count: 30_000)),Intel?,\n"
                + ",b,,nothing to send: company is blank\n"
        ),
    ]

    @Test(arguments: sparse.indices, [false, true])
    func `rows without a run of their own are joined, too, by the group's id and by the output`(
        index: Int, hasState: Bool
    ) async throws {
        let (name, rows, words, joined) = Self.sparse[index]
        let session = try Session(try await RunningSandbox(delay: "0"))
        try session.home.write(rows, to: name)
        let run = try await session.run(["batch", "run", name, "-o", "out.csv"] + words)
        #expect(run.exit == .code(0), "\(run)")
        #expect(text("out.csv", session) == joined)
        let from = hasState ? "out.csv" : Self.group(run)
        let results = try await session.run("batch", "results", from, "--input", name, "--format", "csv")
        #expect(results.exit == .code(0) && results.output == joined, "\(results)")
    }

    @Test func `a row without a run is not missing where the template is too long for the group's notes`() async throws
    {
        let session = try Session(try await RunningSandbox(delay: "0"))
        try session.home.write("company,note\nIntel,a\n,b\nAMD,c\n", to: "in.csv")
        let template = "{company}\(String(repeating: "!", count: 9_000))"
        let run = try await session.run(
            "batch", "run", "in.csv", "--template", template, "--output-text", "x", "--no-wait")
        #expect(run.exit == .code(0), "\(run)")
        let words = ["batch", "results", Self.group(run), "--wait", "--input", "in.csv", "--row-numbers"]
        let results = try await session.run(words)
        #expect(results.exit == .code(0), "\(results)")
        #expect(
            results.error
                == "warning: left out 1 row of the input without a run (blank, equal to another or not "
                + "sendable): the group does not say which\n2 rows\n", "\(results)")
    }

    @Test func `a missing shard is named`() async throws {
        let session = try session(try await RunningSandbox(delay: "0"))
        var groups: [String] = []
        for shard in ["1/3", "3/3"] { groups.append(try await submit(session, "--shard", shard)) }
        let result = try await session.run(["batch", "results", "--wait"] + groups)
        #expect(result.exit == .code(5) && result.error == "3 rows; shard 2/3 is missing\n", "\(result)")
        let one = try await session.run("batch", "results", groups[0], "-o", "r.csv")
        #expect(one.exit == .code(5) && one.error == "2 rows; shard 2/3 is missing; shard 3/3 is missing\n", "\(one)")
        groups.append(try await submit(session, "--shard", "2/3"))
        // The file was marked as incomplete, so that it is replaced.
        let all = try await session.run(["batch", "results", "--wait", "-o", "r.csv"] + groups)
        #expect(all.exit == .code(0) && text("r.csv", session)?.split(separator: "\n").count == 5, "\(all)")
    }
}
