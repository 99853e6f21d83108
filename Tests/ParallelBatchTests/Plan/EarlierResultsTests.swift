import ParallelAPI
import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

/// Which results a further group of a batch takes over, from files as an ended batch leaves them.
struct EarlierResultsTests {
    private let directory: TemporaryDirectory
    private let state: String

    init() throws {
        directory = try TemporaryDirectory()
        state = directory.file("out.batch")
    }

    private static func input(_ texts: [String]) -> BatchInput {
        var input = BatchInput(format: .jsonl, rowCount: texts.count, fingerprint: texts.joined(separator: " "))
        input.columns = [InputColumn(title: "row", name: "row", isWholeRow: true)]
        return input
    }

    private func plan(_ texts: [String], _ files: BatchFiles, unsent: [UnsentRow] = []) throws -> BatchPlan {
        for text in texts { try files.spool.append(JSONValue.string(text).bytes()) }
        var input = Self.input(texts)
        input.unsentRows = unsent
        return try BatchPlan(TaskRunRequest(input: "row"), .columns(nil), input, RowSelection(of: input))
    }

    private static func result(_ row: Int, _ status: String = "completed") -> ResultLine {
        var result: JSONObject = ["run": ["run_id": "r", "status": .string(status), "is_active": false]]
        if status == "completed" { result["output"] = ["type": "text", "content": "x"] }
        return ResultLine(.object(result), for: row)
    }

    /// Leaves the files of a batch that has ended.
    private func end(_ texts: [String], _ results: [ResultLine], runs: Int? = nil) throws {
        let files = try BatchFiles(state: state, temporaryDirectory: directory.path)
        let plan = try plan(texts, files)
        try files.journal?.begin(plan.header(group: "g1", source: nil))
        _ = try files.results.begin("g1")
        for result in results { _ = try files.results.append(result) }
        try files.results.flush()
        let ending = BatchJournal.Ending(failed: 0, runs: runs ?? results.count { $0.run != nil }, layout: "")
        try files.journal?.end(ending, inputs: try plan.inputs(in: files.spool))
    }

    private func earlier(
        _ rerun: EarlierResults.Rerun, _ texts: [String], unsent: [UnsentRow] = [], runs: Int? = nil
    ) throws -> EarlierResults {
        let files = try BatchFiles(state: state, temporaryDirectory: directory.path)
        let plan = try plan(texts, files, unsent: unsent)
        return try EarlierResults(for: rerun, plan, try #require(files.journal?.header), runs: runs, in: files)
    }

    @Test func `all results but those of failed rows are taken over`() throws {
        let rows = ["a", "b", "c", "d", "e", ""]
        let causes: [UnsentRow.Cause] = [.refused, .notSent]
        try end(
            rows,
            [Self.result(0), Self.result(1, "failed")]
                + causes.enumerated().map { ResultLine(UnsentRow(row: 2 + $0.offset, cause: $0.element, reason: "")) }
                + [
                    // Completed, but without an output.
                    ResultLine(["run": ["run_id": "r", "status": "completed", "is_active": false]], for: 4),
                    ResultLine(UnsentRow(row: 5, cause: .blank, reason: "")),
                ])
        let earlier = try earlier(.failedRows, rows, unsent: [UnsentRow(row: 5, cause: .blank, reason: "")])
        #expect(earlier.taken.map(\.row) == [0, 5] && earlier.remaining == 4 && earlier.isSameInput)
    }

    private static let changes: [(now: [String], taken: [Int], remaining: Int, gone: Int)] = [
        (["a", "b", "b"], [0, 1, 2], 0, 0), (["b", "a", "b", "new"], [0, 1, 2], 1, 0),
        (["b", "b", "b", "b"], [0, 1], 2, 1), (["x"], [], 1, 3), (["b"], [0], 0, 2),
    ]

    @Test(arguments: changes.indices)
    func `equal rows take over results, each once and in any order`(index: Int) throws {
        let change = Self.changes[index]
        try end(["a", "b", "b"], (0..<3).map { Self.result($0) })
        let earlier = try earlier(.newRows, change.now)
        #expect(earlier.taken.map(\.row) == change.taken)
        #expect(earlier.remaining == change.remaining && earlier.goneCount == change.gone)
    }

    @Test func `without the fingerprints of the rows nothing is said to be new`() throws {
        try end(["a", "b"], [Self.result(0), Self.result(1)])
        let text = try #require(Disk.text(state))
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix(#"{"inputs""#) }
        try directory.write(lines.map { $0 + "\n" }.joined(), to: "out.batch")
        #expect(throws: ResultFile.IsIncomplete.self) { try earlier(.newRows, ["a", "b", "c"]) }
    }

    @Test(arguments: [.failedRows, .newRows] as [EarlierResults.Rerun])
    func `while a result of the batch is missing, no row is run`(rerun: EarlierResults.Rerun) throws {
        try end(["a", "b", "c"], [Self.result(0), Self.result(2)], runs: 3)
        for rows in [["a", "b", "c"], ["a", "b", "c", "d"]] {
            #expect(throws: ResultFile.IsIncomplete.self) { try earlier(rerun, rows) }
            // Nor where the group lists fewer runs than it had.
            #expect(throws: ResultFile.IsIncomplete.self) { try earlier(rerun, rows, runs: 2) }
        }
    }

    // MARK: - The file of results

    private func loaded(_ header: BatchHeader) throws -> [String] {
        let file = try ResultFile(path: state + ".results", temporaryDirectory: directory.path)
        var loaded: [String] = []
        try file.load(header) { row, result, _, isTaken in
            loaded.append("\(row) \(result.isFailed ? "failed" : "found")\(isTaken ? " before" : "")")
        }
        return loaded
    }

    @Test func `a further group takes over results, and a kill before its header leaves those of the batch`() throws {
        let rows = ["a", "b"]
        try end(rows, [Self.result(0), Self.result(1, "failed")])
        let header = try #require(try BatchFiles.header(state: state))
        let size = Disk.text(state + ".results")?.utf8.count
        let earlier = try earlier(.failedRows, rows)
        var next = header
        do {
            let files = try BatchFiles(state: state, temporaryDirectory: directory.path)
            next.group = "g2"
            next.earlierGroups = ["g1"]
            next.resultsStart = try files.results.begin("g2", taking: earlier.taken)
            _ = try files.results.append(Self.result(1))
            try files.results.flush()
        }
        let text = try #require(Disk.text(state + ".results"))
        #expect(try loaded(next) == ["0 found before", "1 found"])
        #expect(try ResultFile.groups(at: state + ".results") == ["g1", "g2"])
        // A group has runs only once the state file knows it, so this state file is an older one.
        let error = #expect(throws: ResultFile.IsNewer.self) { try loaded(header) }
        #expect(error?.groups == ["g1", "g2"] && Disk.text(state + ".results") == text)
        // The header of the second group was not written.
        let lines = text.split(separator: "\n").dropLast().map { $0 + "\n" }
        try directory.write(lines.joined(), to: "out.batch.results")
        #expect(try loaded(header) == ["0 found", "1 failed"])
        #expect(Disk.text(state + ".results")?.utf8.count == size)
        // What was taken over can't be fetched again, so a shorter file is an error.
        #expect(throws: ResultFile.IsIncomplete.self) { try loaded(next) }
        try directory.write(text, to: "out.batch.results")
        #expect(try loaded(next) == ["0 found before", "1 found"])
    }

    @Test(arguments: [
        (#"{"run":{"taskgroup_id":"g7","status":"failed"}}"# + "\n", ["g7"]),
        ("{\"group\":\"g1\"}\n{\"group\":\"g", ["g1"]),
        ("mine\n", []), ("", []),
    ])
    func `the groups of results whose state is lost are known`(text: String, groups: [String]) throws {
        try directory.write(text, to: "out.batch.results")
        #expect(try ResultFile.groups(at: state + ".results") == groups)
    }

    // MARK: - Outputs

    @Test func `an output is the same however it is written`() throws {
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) & 0x7F }
        let path = try directory.write(String(decoding: bytes, as: UTF8.self), to: "x")
        for size in [1, 1_000, 65_536, 199_999] {
            var fingerprint = OutputFingerprint()
            for start in stride(from: 0, to: bytes.count, by: size) {
                fingerprint.add(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(try fingerprint.text == OutputFingerprint.ofFile(path))
        }
        var shorter = OutputFingerprint()
        shorter.add(Array(bytes.dropLast()))
        #expect(try shorter.text != OutputFingerprint.ofFile(path))
    }
}
