import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct BatchFilesTests {
    private let directory: TemporaryDirectory
    private let state: String

    init() throws {
        directory = try TemporaryDirectory()
        state = directory.file("out.batch")
    }

    private struct Failure: Error {}

    private func open(named: Bool = true) throws -> BatchFiles {
        try BatchFiles(state: named ? state : nil, temporaryDirectory: directory.path)
    }

    private static let header = BatchHeader(group: "g", rowCount: 1, fingerprint: "f", source: nil, parts: [:])

    @Test func `a batch without a state has no files with names`() throws {
        let files = try open(named: false)
        #expect(files.journal == nil && Disk.names(in: directory.path).isEmpty)
        #expect(try BatchFiles.header(state: nil) == nil)
    }

    @Test func `a batch does not begin over results whose state file is gone`() throws {
        try directory.write("{}\n", to: "out.batch.results")
        for open in [{ _ = try open() }, { _ = try BatchFiles.header(state: state) }] {
            #expect(throws: BatchFiles.StateIsLost(resultsPath: state + ".results", groups: [])) { try open() }
        }
        #expect(Disk.names(in: directory.path) == ["out.batch.results"])
    }

    @Test func `empty files of a batch that never had a group are no hindrance`() throws {
        for name in ["out.batch", "out.batch.results"] { try directory.write("", to: name) }
        #expect(try open().journal?.header == nil)
    }

    @Test func `a batch that fails before it has begun leaves nothing behind, and one that has begun all`() async throws
    {
        do {
            let files = try open()
            await #expect(throws: Failure.self) { try await files.removingOnFailure { throw Failure() } }
        }
        #expect(Disk.names(in: directory.path).isEmpty)
        let files = try open()
        await #expect(throws: Failure.self) {
            try await files.removingOnFailure {
                try files.journal?.begin(Self.header)
                throw Failure()
            }
        }
        #expect(Disk.names(in: directory.path) == ["out.batch", "out.batch.results"])
        #expect(try BatchFiles.header(state: state)?.group == "g")
    }

    // MARK: - Results

    private static func result(_ row: Int, status: String = "completed") -> ResultLine {
        ResultLine(["run": ["run_id": "r", "status": .string(status), "is_active": false]], for: row)
    }

    @Test func `results are read back with their rows, up to text that is not a result`() throws {
        do {
            let results = try open(named: true).results
            _ = try results.append(Self.result(2))
            _ = try results.append(Self.result(0, status: "failed"))
            _ = try results.append(Self.result(9))
            _ = try results.append(Self.result(1))
            try results.flush()
        }
        let results = try ResultFile(path: state + ".results", temporaryDirectory: directory.path)
        var read: [String] = []
        // The input has three rows, so the third result is none of it, and nothing behind it is believed.
        try results.load(BatchHeader(group: "g", rowCount: 3, fingerprint: "f", source: nil, parts: [:])) {
            row, result, place, _ in
            read.append("\(row) \(result.run?.isCompleted == true) \(place == 0)")
        }
        #expect(read == ["2 true true", "0 false false"])
        var rest = 0
        try results.forEach { _, _ in rest += 1 }
        #expect(rest == 2)
    }

    @Test(arguments: [("{}", nil), (#"{"metadata":{"a":"b"}}"#, "b"), (#"{"metadata":{"parallel_row":"9"}}"#, nil)])
    func `a result says which row it is for, whatever the run says`(run: String, kept: String?) throws {
        var object = try #require(try JSONValue.parse(run).object)
        object["run_id"] = "r"
        object["status"] = "failed"
        let line = ResultLine(["run": .object(object)], for: 4)
        #expect(line.run?.row == 4 && line.run?.id == "r")
        let metadata = try JSONValue.parse(Array(line.json))["run"]?["metadata"]
        #expect(metadata?["parallel_row"] == "5" && metadata?["a"]?.string == kept)
    }
}
