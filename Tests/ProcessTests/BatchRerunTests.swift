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

/// `batch rerun`: rows of a batch that has ended run again by their results.
@Suite(.limited) struct BatchRerunTests {
    /// On core, the last two are found with low confidence.
    private static let csv = "company\nIntel\nAMD\nArm\nIBM\nSony\nDell\n"
    private static let begin = [
        "batch", "run", "in.csv", "-o", "out.csv", "-p", "core", "--field", "ceo=Name", "--field", "founded:int=Year",
    ]
    private static let lows = ["batch", "rerun", "out.csv", "--where", "ceo.confidence<=low"]
    private static let failing = #"{"runs":[{"percent":100,"seed":1,"status":"failed","error":"No luck"}]}"#
    private static let well = #"{"runs":[]}"#

    private let sandbox: RunningSandbox
    private let session: Session

    init() async throws {
        sandbox = try await RunningSandbox(delay: "0", faults: Self.well)
        session = try Session(sandbox)
        try session.home.write(Self.csv, to: "in.csv")
    }

    private var text: String { Disk.text(session.home.file("out.csv")) ?? "" }
    private var lines: [String] { text.split(separator: "\n").map(String.init) }

    private func started(_ words: String...) async throws -> ChildProcess.Result {
        let result = try await session.run(Self.begin + words)
        #expect(result.exit == .code(0), "\(result)")
        return result
    }

    /// The rows that were sent to a processor.
    private func rows(on processor: String) -> [Int] {
        sandbox.requests.flatMap { $0.body["inputs"]?.array ?? [] }.filter { $0["processor"]?.string == processor }
            .compactMap { $0["metadata"]?["parallel_row"]?.string.flatMap { Int($0) } }
    }

    @Test func `rows with such results run on another processor and are merged; the others stay as they are`()
        async throws
    {
        _ = try await started("--basis", "--run-ids", "-q")
        let before = lines
        #expect(
            before.dropFirst().map { $0.split(separator: ",")[3] } == ["high", "medium", "high", "high", "low", "low"])
        let result = try await session.run(Self.lows + ["--processor", "pro"])
        #expect(result.exit == .code(0) && result.output == "", "\(result)")
        #expect(
            result.error.contains("\n2 rows of 6 to run again: 5, 6\n2 rows on pro: about $0.20, in 2 to 10 min"),
            "\(result)")
        #expect(
            result.error.contains("\n6 rows done, 2 run now for about $0.20, $0.35 in all (group tgrp_"), "\(result)")
        #expect(rows(on: "pro") == [5, 6] && rows(on: "core") == [1, 2, 3, 4, 5, 6])
        #expect(lines.prefix(5) == before.prefix(5) && lines.count == 7)
        #expect(zip(lines, before).dropFirst(5).allSatisfy { $0 != $1 })
        let collected = try await session.run(
            "batch", "results", "out.csv", "--basis", "--run-ids", "--format", "csv")
        #expect(collected.exit == .code(0) && collected.output == text && collected.error == "6 rows\n", "\(collected)")
        let done = try await session.run(Self.begin + ["--basis", "--run-ids"])
        #expect(done.exit == .code(0) && done.error.contains("this batch is done: 6 rows"), "\(done)")
        #expect(sandbox.addedRows.count == 8)
    }

    @Test func `what a condition has run is not run again by it, but with --repeat or another one`() async throws {
        _ = try await started()
        let words = ["batch", "rerun", "out.csv", "--where", "company=Dell or founded<1960"]
        let first = try await session.run(words)
        #expect(first.exit == .code(0) && first.error.contains("2 rows of 6 to run again: 5, 6\n"), "\(first)")
        #expect(sandbox.addedRows.count == 8)
        let again = try await session.run(words)
        #expect(again.exit == .code(0) && sandbox.addedRows.count == 8, "\(again)")
        #expect(
            again.error.contains(
                "\nno other row matches company=Dell or founded<1960\n2 rows that were run again before are left"))
        #expect(again.error.contains("\nthis batch is done: 6 rows"), "\(again)")
        let repeated = try await session.run(words + ["--repeat"])
        #expect(repeated.exit == .code(0) && sandbox.addedRows.count == 10, "\(repeated)")
        let other = try await session.run("batch", "rerun", "out.csv", "--where", "founded is empty")
        #expect(other.exit == .code(0) && other.error.contains("\nno row matches founded is empty\n"), "\(other)")
        #expect(sandbox.addedRows.count == 10)
    }

    @Test func `no condition runs a row again that another one has run, however it is written`() async throws {
        _ = try await started()
        for (condition, count) in [
            ("company=Dell", 7), ("company=Intel", 8), ("company=Dell", 8), ("company = Dell", 8),
            ("company='Dell'", 8), ("founded>0", 12), ("founded>0", 12),
        ] {
            let result = try await session.run("batch", "rerun", "out.csv", "--where", condition)
            #expect(result.exit == .code(0) && sandbox.addedRows.count == count, "\(condition): \(result)")
        }
        #expect(sandbox.addedRows.suffix(6).sorted() == [1, 2, 3, 4, 5, 6])
    }

    @Test func `without a processor, rows that another one has run again keep their results`() async throws {
        _ = try await started("--run-ids")
        #expect(try await session.run(Self.lows + ["-p", "pro"]).exit == .code(0))
        let after = text
        for words in [[], ["-p", "pro"]] {
            let result = try await session.run(["batch", "rerun", "out.csv", "--where", "founded=1953"] + words)
            #expect(result.exit == .code(0) && sandbox.addedRows.count == 8, "\(result)")
        }
        let all = try await session.run("batch", "rerun", "out.csv", "--where", "row>=4")
        #expect(all.exit == .code(0) && sandbox.addedRows.suffix(1) == [4] && rows(on: "core").count == 7, "\(all)")
        #expect(lines.suffix(2) == after.split(separator: "\n").map(String.init).suffix(2))
        let ultra = try await session.run("batch", "rerun", "out.csv", "--where", "row>=5", "-p", "ultra")
        #expect(ultra.exit == .code(0) && rows(on: "ultra") == [5, 6], "\(ultra)")
        let pro = try await session.run("batch", "rerun", "out.csv", "--where", "row>=4", "-p", "pro")
        #expect(pro.exit == .code(0) && rows(on: "pro") == [5, 6, 4], "\(pro)")
    }

    @Test(arguments: ["lost", "cut", "unreadable"])
    func `a preview without the results says that it can't know the rows`(how: String) async throws {
        _ = try await started()
        let results = session.home.file("out.csv.batch.results")
        unlink(results)
        switch how {
        case "lost": break
        case "cut": try session.home.write("{\"run\":{", to: "out.csv.batch.results")
        default: try session.home.write("mine\n", to: "out.csv.batch.results")
        }
        let count = sandbox.requests.count
        let preview = try await session.run(Self.lows + ["--dry-run"])
        #expect(preview.exit == .code(2) && preview.output == "", "\(preview)")
        #expect(
            preview.error.contains("error: results on disk are lost, so which rows would be run is not known\n"),
            "\(preview)")
        #expect(sandbox.requests.count == count)
    }

    @Test func `where no row has a confidence, that is said`() async throws {
        _ = try await started("-p", "base")
        let result = try await session.run(Self.lows)
        #expect(
            result.exit == .code(0)
                && result.error.contains(
                    "\nno row matches ceo.confidence<=low: no result has a confidence, which lite and"),
            "\(result)")
        let core = try await session.run("batch", "rerun", "out.csv", "--where", "founded<0")
        #expect(core.error.contains("\nno row matches founded<0\n"), "\(core)")
    }

    @Test func `a column of the input named status may have any value`() async throws {
        try session.home.write("company,status\nDell,new\nIntel,old\n", to: "in.csv")
        _ = try await started()
        let result = try await session.run("batch", "rerun", "out.csv", "--where", "status=old")
        #expect(result.exit == .code(0) && sandbox.addedRows == [1, 2, 2], "\(result)")
    }

    @Test func `the command for rows that failed has each flag once`() async throws {
        try sandbox.behave(Self.failing)
        let begun = try await session.run(Self.begin + ["--run-ids"])
        #expect(begun.exit == .code(8), "\(begun)")
        let result = try await session.run(
            "batch", "rerun", "out.csv", "--where", "status=failed", "-p", "pro")
        let again = try #require(result.command(after: "run the failed rows again: "), "\(result)")
        for flag in [" -p ", " -o ", " --run-ids"] {
            #expect(again.split(separator: flag).count == 2, "\(again)")
        }
        #expect(again.contains(" -p pro") && again.hasSuffix(" --retry-failed"), "\(again)")
    }

    @Test func `a row whose other run fails keeps its result and says so, and the same command tries it again`()
        async throws
    {
        _ = try await started("--run-ids")
        let before = text
        try sandbox.behave(Self.failing)
        let failed = try await session.run(Self.lows + ["-p", "pro"])
        #expect(failed.exit == .code(8) && text == before, "\(failed)")
        #expect(failed.error.contains("\nwarning: row 5 keeps its earlier result: No luck\n"), "\(failed)")
        #expect(
            failed.error.contains(
                "6 rows done, 2 run now for about $0.00, $0.15 in all; 2 rows with the earlier result, as the other"),
            "\(failed)")
        for words in [["--input", "in.csv"], []] {
            let collected = try await session.run(
                ["batch", "results", "out.csv", "--run-ids", "--format", "csv"] + words)
            #expect(collected.exit == .code(0) && collected.output == before, "\(collected)")
        }
        let retried = try await session.run(Self.begin + ["--run-ids", "--retry-failed"])
        #expect(retried.exit == .code(0) && retried.error.contains("no row failed"), "\(retried)")
        try sandbox.behave(Self.well)
        let again = try await session.run(Self.lows + ["-p", "pro"])
        #expect(again.exit == .code(0) && again.error.contains("2 rows of 6 to run again: 5, 6\n"), "\(again)")
        #expect(text != before && rows(on: "pro") == [5, 6, 5, 6])
    }

    @Test func `a command that was killed goes on where it was, and pays for no row twice`() async throws {
        _ = try await started("--run-ids")
        let before = text
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":2}]}"#)
        let words = Self.lows + ["-p", "pro"]
        let child = try session.start(words)
        try await poll("rows") { rows(on: "pro") == [5, 6] }
        child.send(signal: SIGKILL)
        _ = try await child.wait()
        #expect(text == before)
        // The rest would run on another processor than was agreed to.
        let plain = try await session.run(Self.begin + ["--run-ids"])
        #expect(plain.exit == .code(2) && plain.error.contains("--processor pro goes on with it"), "\(plain)")
        let forget = try await session.run("batch", "forget", "out.csv")
        #expect(
            forget.exit == .code(2) && forget.error.contains("go on with it: parallel batch run in.csv -o out.csv "))
        #expect(forget.error.contains("--processor pro") && !forget.error.contains("-p core"), "\(forget)")
        let result = try await session.run(words)
        #expect(result.exit == .code(0) && rows(on: "pro") == [5, 6], "\(result)")
        #expect(result.error.contains("\nresuming group tgrp_") && text != before, "\(result)")
    }

    @Test func `a command that was killed before the output was written writes it, and chooses no row anew`()
        async throws
    {
        _ = try await started("--run-ids")
        let before = text
        let words = ["batch", "rerun", "out.csv", "--where", "founded>1980"]
        #expect(try await session.run(words).exit == .code(0))
        let after = text
        let state = try #require(Disk.text(session.home.file("out.csv.batch"))).split(separator: "\n")
        let kept = state.prefix(state.lastIndex { $0.hasPrefix(#"{"output""#) } ?? 0)
        try session.home.write(kept.map { $0 + "\n" }.joined(), to: "out.csv.batch")
        try session.home.write(before, to: "out.csv")
        let count = sandbox.addedRows.count
        let result = try await session.run(words)
        #expect(result.exit == .code(0) && sandbox.addedRows.count == count && text == after, "\(result)")
    }

    @Test func `Ctrl-C leaves with the command that goes on`() async throws {
        _ = try await started()
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":60}]}"#)
        let child = try session.start(Self.lows)
        try await poll("rows") { sandbox.addedRows.count == 8 }
        child.send(signal: SIGINT)
        let result = try await child.wait()
        #expect(result.exit == .code(130), "\(result)")
        let again = try #require(result.command(after: "resume with the same command: "), "\(result)")
        #expect(again == "parallel batch rerun out.csv --where 'ceo.confidence<=low'")
    }

    @Test func `the batch is found from another folder, and where it was moved`() async throws {
        _ = try await started()
        let elsewhere = try await session.shell(
            "mkdir -p moved && mv out.csv* moved && cd moved && parallel batch rerun out.csv --where founded=1953 && cd / "
                + "&& parallel batch rerun '\(session.home.path)/moved/out.csv' --where company=Dell")
        #expect(elsewhere.exit == .code(0) && sandbox.addedRows.suffix(2) == [5, 6], "\(elsewhere)")
        #expect(Disk.names(in: session.home.path) == ["in.csv", "moved"])
        #expect(
            Disk.names(in: session.home.file("moved")) == ["out.csv", "out.csv.batch", "out.csv.batch.results"])
    }

    @Test func `--dry-run tells the rows and the cost, sends nothing and changes nothing`() async throws {
        _ = try await started()
        let names = Disk.names(in: session.home.path)
        let texts = names.map { Disk.text(session.home.file($0)) }
        let count = sandbox.requests.count
        let result = try await session.run(Self.lows + ["-p", "pro", "--dry-run"])
        #expect(result.exit == .code(0) && sandbox.requests.count == count, "\(result)")
        #expect(result.error.contains("\n2 rows of 6 to run again: 5, 6\n2 rows on pro: about $0.20,"), "\(result)")
        #expect(result.output.contains("Sony") && !result.output.contains("Dell") && !result.output.contains("Intel"))
        #expect(Disk.names(in: session.home.path) == names && names.map { Disk.text(session.home.file($0)) } == texts)
    }

    @Test func `results that are lost on disk are fetched, and the newer ones count`() async throws {
        _ = try await started("--run-ids")
        unlink(session.home.file("out.csv.batch.results"))
        #expect(try await session.run(Self.lows + ["-p", "pro"]).exit == .code(0))
        let after = text
        unlink(session.home.file("out.csv.batch.results"))
        let collected = try await session.run("batch", "results", "out.csv", "--run-ids", "--format", "csv")
        #expect(
            collected.exit == .code(0) && collected.output == after && collected.error == "6 rows\n", "\(collected)")
        try sandbox.behave(Self.failing)
        let words = ["batch", "rerun", "out.csv", "--where", "company=Dell", "--repeat"]
        let failed = try await session.run(words)
        #expect(failed.exit == .code(8) && text == after, "\(failed)")
        unlink(session.home.file("out.csv.batch.results"))
        try sandbox.behave(Self.well)
        let next = try await session.run("batch", "rerun", "out.csv", "--where", "company=Intel")
        #expect(next.exit == .code(0), "\(next)")
        #expect(lines.dropFirst(2) == after.split(separator: "\n").map(String.init).dropFirst(2), "\(next)")
    }

    @Test func `equal rows that share a run are chosen and run together`() async throws {
        try session.home.write("company,n\nDell,1\nIntel,2\nDell,3\n", to: "in.csv")
        _ = try await started("--dedup", "--column", "company")
        let result = try await session.run("batch", "rerun", "out.csv", "--where", "n=3")
        #expect(result.exit == .code(0) && sandbox.addedRows == [1, 2, 1], "\(result)")
        #expect(result.error.contains("\n1 row of 3 to run again: 1\n"), "\(result)")
    }

    @Test(arguments: [
        (["--where", "ceoo=x"], "error: --where: the output has no column 'ceoo'\n  did you mean 'ceo'?"),
        (
            ["--where", "xxxxxxxxx=x"],
            "error: --where: the output has no column 'xxxxxxxxx'\n  there are: company, ceo,"
        ),
        (["--where", "ceo.confidence<=lo"], "error: --where: 'lo' is no confidence: it is low, medium or high\n"),
        (["--where", "status=bogus"], "error: --where: 'bogus' is no status\n  there are: completed, failed, "),
        (["--where", "ceo.citations>x"], "error: --where: 'x' is no number, as 'ceo.citations' is\n"),
        (["--where", "row>x"], "error: --where: 'x' is no number, as 'row' is\n"),
        (["--where", "ceo"], "error: --where: 'ceo' compares nothing\n  write it as COLUMN=VALUE"),
        (["--where", "ceo<"], "error: --where: behind 'ceo<' goes a value, in quotes"),
        (["--where", "ceo=a, ceo=b"], "error: --where: '=' is not expected in 'ceo=a, ceo=b'"),
        (["--where", "ceo is big"], "error: --where: behind 'ceo is' goes 'empty' or 'not empty'"),
        (["--where", "ceo=<3"], "error: --where: '=<' is no comparison\n  there are = != < <= > >="),
        (["--where", "ceo='a"], "error: --where: a quote in it has no end: ceo='a"),
        ([], "error: --where says which rows are run again\n"),
        (["--where", "founded>0", "--max-cost", "0.1"], "error: 6 rows on core: about $0.15"),
        (["--where", "founded>0", "-p", "ultra", "--confirm-above", "1"], "error: 6 rows on ultra: about $1.80"),
    ])
    func `what is not understood or too dear sends nothing`(words: [String], message: String) async throws {
        _ = try await started()
        let count = sandbox.requests.count
        let before = text
        let result = try await session.run(["batch", "rerun", "out.csv"] + words)
        #expect(result.exit == .code(2) && result.error.contains(message), "\(result)")
        #expect(sandbox.requests.count == count && text == before)
    }

    @Test func `without a batch, or by a group, nothing is run`() async throws {
        let result = try await started()
        let group = String(result.error.firstMatch(of: /group (tgrp_[0-9a-f]+) created/)?.1 ?? "")
        for (name, message) in [
            ("in.csv", "error: in.csv is no output of a batch: there is no in.csv.batch"),
            (group, "error: \(group) is no output of a batch: there is no \(group).batch"),
        ] {
            let result = try await session.run("batch", "rerun", name, "--where", "company=Dell")
            #expect(result.exit == .code(2) && result.error.contains(message), "\(result)")
        }
        try session.home.write(text + "mine\n", to: "out.csv")
        let changed = try await session.run(Self.lows)
        #expect(changed.exit == .code(2) && changed.error.contains("out.csv has changed since"), "\(changed)")
    }

    @Test func `no program, key or trust is taken from the state file`() async throws {
        try session.home.write("#!/bin/sh\ntouch ran\necho key\n", to: "key.sh")
        _ = try await session.shell("chmod +x key.sh")
        let state = { Disk.text(session.home.file("out.csv.batch")) ?? "" }
        _ = try await started("--quiet", "--api-key-command", "./key.sh", "--notify-command", "./key.sh")
        #expect(state().contains("key.sh") && Disk.names(in: session.home.path).contains("ran"))
        unlink(session.home.file("ran"))
        let result = try await session.run(Self.lows)
        #expect(result.exit == .code(0) && result.error.contains("2 rows of 6 to run again"), "\(result)")
        #expect(!Disk.names(in: session.home.path).contains("ran"))
    }

    @Test func `a batch of rows from a pipe runs some again by the whole command`() async throws {
        let line = "batch run - -o out.csv -p core --field ceo=Name --field founded:int=Year"
        let begun = try await session.shell("parallel \(line) < in.csv")
        #expect(begun.exit == .code(0), "\(begun)")
        let refused = try await session.run(Self.lows)
        #expect(refused.exit == .code(2), "\(refused)")
        #expect(
            refused.error.contains("can't be repeated: it read standard input, or has a secret in it\n"), "\(refused)")
        let result = try await session.shell("parallel \(line) --where 'ceo.confidence<=low' < in.csv")
        #expect(result.exit == .code(0) && sandbox.addedRows.suffix(2) == [5, 6], "\(result)")
    }

    // MARK: - --only-changed

    private static let second = "company\nIntel\nArm\nNokia\nSony\nDell\n"

    /// Runs the second input into `new.csv`, with the results of the first where they are the same.
    private func change(_ words: String...) async throws -> ChildProcess.Result {
        try session.home.write(Self.second, to: "in2.csv")
        var line = Self.begin
        line[2] = "in2.csv"
        line[4] = "new.csv"
        return try await session.run(line + ["--only-changed", "out.csv"] + words)
    }

    private var texts: [String: String?] {
        var texts: [String: String?] = [:]
        for name in Disk.names(in: session.home.path) { texts[name] = Disk.text(session.home.file(name)) }
        return texts
    }

    @Test func `an earlier batch that has not ended is gone on with first`() async throws {
        _ = try await started("--limit", "2")
        let before = texts
        let refused = try await change()
        #expect(refused.exit == .code(2) && refused.error.contains("the batch of out.csv has not ended"), "\(refused)")
        #expect(sandbox.addedRows.count == 2 && Set(texts.keys) == Set(before.keys).union(["in2.csv"]))
    }

    @Test func `rows that ask the same take over their results, and the others are run`() async throws {
        _ = try await started("--run-ids")
        try session.home.write(Self.second, to: "in2.csv")
        let (before, count) = (texts, sandbox.requests.count)
        let dry = try await change("--run-ids", "--dry-run")
        #expect(dry.exit == .code(0) && sandbox.requests.count == count && texts == before, "\(dry)")
        #expect(dry.output.contains("Nokia") && !dry.output.contains("Intel"), "\(dry)")
        let refused = try await change("--run-ids", "--max-cost", "0.001")
        #expect(refused.exit == .code(2) && sandbox.addedRows.count == 6 && texts == before, "\(refused)")
        let result = try await change("--run-ids")
        for told in [dry, refused, result] {
            let counts = "4 results taken over, 1 to run that is new or changed, 2 of the old ones are gone\n"
            #expect(told.error.contains(counts), "\(told)")
        }
        #expect(result.exit == .code(0) && sandbox.addedRows == [1, 2, 3, 4, 5, 6, 3], "\(result)")
        let new = (texts["new.csv"] ?? "")?.split(separator: "\n").map(String.init) ?? []
        #expect(new.count == 6 && Set(new).intersection(lines).count == 5, "\(new)")
        #expect(before.allSatisfy { texts[$0.key] == $0.value })
        let again = try await change("--run-ids")
        #expect(again.exit == .code(0) && again.error.contains("this batch is done: 5 rows"), "\(again)")
        let collected = try await session.run("batch", "results", "new.csv", "--run-ids", "--format", "csv")
        #expect(collected.exit == .code(0) && collected.output == texts["new.csv"], "\(collected)")
    }

    @Test func `on a processor that only some rows were run on, all rows are run`() async throws {
        _ = try await started()
        #expect(try await session.run(Self.lows + ["-p", "pro"]).exit == .code(0))
        let result = try await change("-p", "pro")
        #expect(result.exit == .code(0), "\(result)")
        #expect(
            result.error.contains(
                "all rows are run: only some of out.csv have a result of pro, the others one of core\n"),
            "\(result)")
        #expect(rows(on: "pro") == [5, 6, 1, 2, 3, 4, 5])
    }

    @Test func `where nothing has changed, the results are written and nothing is run`() async throws {
        _ = try await started()
        try await sandbox.stop()
        var line = Self.begin
        line[4] = "new.csv"
        let result = try await session.run(line + ["--only-changed", "out.csv"])
        #expect(result.exit == .code(0) && texts["new.csv"] == text, "\(result)")
        #expect(result.error.contains("no row is new or has changed: 6 results taken over\n"), "\(result)")
    }

    @Test func `another question runs all rows, and says why`() async throws {
        _ = try await started()
        let result = try await change("--field", "size=Size")
        #expect(result.exit == .code(0) && sandbox.addedRows.count == 11, "\(result)")
        #expect(result.error.contains("\nall rows are run: the output that is asked for (--field, "), "\(result)")
        let again = try await change("--field", "size=Size")
        #expect(again.exit == .code(0) && sandbox.addedRows.count == 11, "\(again)")
    }

    @Test func `a command that was killed before it had its own group, or with it, goes on`() async throws {
        _ = try await started()
        for name in ["batch", "batch.results"] {
            try session.home.write(Disk.text(session.home.file("out.csv.\(name)")) ?? "", to: "new.csv.\(name)")
        }
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":2}]}"#)
        var line = Self.begin
        line[2] = "in2.csv"
        line[4] = "new.csv"
        try session.home.write(Self.second, to: "in2.csv")
        let child = try session.start(line + ["--only-changed", "out.csv"])
        try await poll("rows") { sandbox.addedRows.count == 7 }
        child.send(signal: SIGKILL)
        _ = try await child.wait()
        let result = try await change()
        #expect(result.exit == .code(0) && sandbox.addedRows.count == 7, "\(result)")
        #expect((texts["new.csv"] ?? "")?.contains("Nokia") == true)
    }

    @Test(arguments: [
        (["--only-changed", "in.csv"], "error: in.csv is no output of a batch: there is no in.csv.batch\n"),
        (
            ["--only-changed", "out.csv", "--retry-failed"],
            "error: --retry-failed and --only-changed exclude each other"
        ),
        (["--only-changed", "out.csv", "--limit", "1"], "error: --only-changed and --limit exclude each other"),
        (["--only-changed", "out.csv", "--shard", "1/2"], "error: --only-changed and --shard exclude each other"),
        (["--where", "ceo=x", "--add-new"], "error: --add-new and --where exclude each other"),
        (["--repeat"], "error: --repeat needs --where"),
    ])
    func `what excludes each other sends nothing`(words: [String], message: String) async throws {
        let result = try await session.run(Self.begin + words)
        #expect(result.exit == .code(2) && result.error.hasPrefix(message), "\(result)")
        #expect(sandbox.requests.isEmpty && Disk.names(in: session.home.path) == ["in.csv"])
    }

    @Test func `--add-new runs the rows that a part has left, in the same group`() async throws {
        _ = try await started("--limit", "2")
        let result = try await session.run(Self.begin + ["--add-new"])
        #expect(result.exit == .code(0) && sandbox.addedRows == [1, 2, 3, 4, 5, 6] && lines.count == 7, "\(result)")
    }

    // MARK: - batch forget

    @Test func `what a finished batch has left is removed, and never its output`() async throws {
        _ = try await started()
        let before = text
        let result = try await session.run("batch", "forget", "out.csv")
        #expect(result.exit == .code(0) && result.output == "out.csv.batch.results\nout.csv.batch\n", "\(result)")
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv"] && text == before)
        let again = try await session.run("batch", "forget", "out.csv")
        #expect(again.exit == .code(0) && again.output == "", "\(again)")
        #expect(again.error == "nothing of a batch is beside out.csv\n")
    }

    @Test func `a batch that has not ended is forgotten only with --force`() async throws {
        _ = try await started("--limit", "2")
        let names = ["in.csv", "out.csv", "out.csv.batch", "out.csv.batch.results"]
        let refused = try await session.run("batch", "forget", "out.csv")
        #expect(refused.exit == .code(2) && Disk.names(in: session.home.path) == names, "\(refused)")
        #expect(refused.error.hasPrefix("error: the batch of out.csv has not ended: forgotten, it can't"), "\(refused)")
        #expect(refused.error.contains("go on with it: parallel batch run in.csv -o out.csv -p core "), "\(refused)")
        #expect(refused.error.contains("still to be had with: parallel batch results tgrp_"), "\(refused)")
        unlink(session.home.file("out.csv.batch"))
        let lost = try await session.run("batch", "forget", "out.csv")
        #expect(lost.exit == .code(2) && Disk.names(in: session.home.path).count == 3, "\(lost)")
        let forced = try await session.run("batch", "forget", "--force", "out.csv")
        #expect(forced.exit == .code(0) && forced.output == "out.csv.batch.results\n", "\(forced)")
        #expect(Disk.names(in: session.home.path) == ["in.csv", "out.csv"])
    }

    @Test func `a batch that is under way, and a file of somebody else, are left alone`() async throws {
        try sandbox.behave(#"{"runs":[{"percent":100,"seed":1,"delay":60}]}"#)
        let child = try session.start(Self.begin)
        try await poll("rows") { sandbox.addedRows.count == 6 }
        let busy = try await session.run("batch", "forget", "out.csv", "--force")
        #expect(busy.exit == .code(2), "\(busy)")
        #expect(busy.error.contains("another process is working on this batch (out.csv.batch)"), "\(busy)")
        child.send(signal: SIGKILL)
        _ = try await child.wait()
        for name in ["out.csv.batch", "out.csv.batch.results"] { try session.home.write("mine", to: name) }
        let foreign = try await session.run("batch", "forget", "out.csv", "--force")
        #expect(foreign.exit == .code(2), "\(foreign)")
        #expect(foreign.error.contains("out.csv.batch is not the state file of a batch"), "\(foreign)")
        unlink(session.home.file("out.csv.batch"))
        let results = try await session.run("batch", "forget", "out.csv", "--force")
        #expect(results.exit == .code(0) && results.output == "", "\(results)")
        #expect(Disk.text(session.home.file("out.csv.batch.results")) == "mine")
    }
}
