import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct BatchRecordTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("out.csv.batch")
    }

    private static let header = BatchHeader(
        group: "tgrp_1", rowCount: 7, fingerprint: "00ff", source: "/in.csv", options: ["shard": "1/2", "task": [:]])

    private func begun() throws -> BatchRecord {
        let record = try BatchRecord(path: path)
        try record.begin(Self.header)
        return record
    }

    /// What a process that opens the file finds.
    private func reopened() throws -> BatchRecord { try BatchRecord(path: path) }

    @Test func `the header is what a later process reads`() throws {
        do { _ = try begun() }
        for header in [try #require(try reopened().header), try #require(try BatchRecord.header(at: path))] {
            #expect(header.group == "tgrp_1" && header.rowCount == 7 && header.fingerprint == "00ff")
            #expect(header.source == "/in.csv" && header.options == ["shard": "1/2", "task": [:]])
        }
        #expect(Disk.mode(path) == 0o600)
    }

    @Test func `a batch of standard input has no source`() throws {
        do {
            let record = try BatchRecord(path: path)
            #expect(record.header == nil)
            try record.begin(
                BatchHeader(group: "g", rowCount: 0, fingerprint: "", source: nil, options: [:]))
        }
        let header = try #require(try BatchRecord.header(at: path))
        #expect(header.source == nil && header.options.isEmpty)
    }

    @Test func `there is no header where there is no file, and none in an empty one`() throws {
        #expect(try BatchRecord.header(at: path) == nil)
        try directory.write("", to: "out.csv.batch")
        #expect(try BatchRecord.header(at: path) == nil)
        #expect(try reopened().header == nil)
    }

    @Test func `what is under way is known after a crash, to the row and the second`() throws {
        do {
            let record = try begun()
            #expect(try record.willSend([0, 1, 2, 4, 6], at: 1_700_000_000) == 1)
            #expect(try record.willSend([3], at: 1_700_000_005) == 2)
            #expect(try record.willSend([5], at: 1_700_000_009) == 3)
            try record.didSettle(2)
            #expect(record.unsettled.keys.sorted() == [1, 3])
        }
        let record = try reopened()
        #expect(record.unsettled.keys.sorted() == [1, 3])
        #expect(record.unsettled[1]?.rows == [0, 1, 2, 4, 6] && record.unsettled[1]?.sentAt == 1_700_000_000)
        #expect(record.unsettled[3]?.rows == [5])
        // Numbers go on, so that an old line never settles a new lot.
        #expect(try record.willSend([1], at: 1) == 4)
    }

    @Test func `each note is on the disk before the request is sent`() throws {
        let record = try begun()
        _ = try record.willSend(Array(10...1_009) + [2_000], at: 5)
        #expect(
            Disk.text(path)?.split(separator: "\n").last == #"{"lot":1,"rows":[[10,1009],[2000,2000]],"at":5}"#)
    }

    @Test func `a torn line says nothing, and the next is whole`() throws {
        do {
            let record = try begun()
            _ = try record.willSend([1], at: 1)
        }
        let text = try #require(Disk.text(path))
        try directory.write(text + #"{"settl"#, to: "out.csv.batch")
        do {
            let record = try reopened()
            #expect(record.unsettled.keys.sorted() == [1])
            try record.didSettle(1)
        }
        #expect(Disk.text(path) == text + "{\"settled\":1}\n")
        try directory.write(text + "\0\0\0\n{\"lot\":\"x\"}\n{\"settled\":1}\n{\"new\":true}\n", to: "out.csv.batch")
        #expect(try reopened().unsettled.isEmpty)
    }

    @Test(arguments: ["{\"parallel_ba", "{\"parallel_batch\":1,\"group\":\"tgrp"])
    func `a torn header is none`(_ text: String) throws {
        try directory.write(text, to: "out.csv.batch")
        #expect(try BatchRecord.header(at: path) == nil)
        #expect(try begun().header?.group == "tgrp_1")
    }

    @Test(arguments: [
        "company\nIntel\n", "company\nIntel", "my only line", "{}\n", "{\"parallel_batch\":2,\"group\":\"g\"}\n",
        "[1]\n",
        "{\"parallel_batch\":1,\"group\":\"g\",\"rows\":1}\n", "\n", "\u{0}",
    ])
    func `a file that is something else is refused and kept to the byte`(_ text: String) throws {
        try directory.write(text, to: "out.csv.batch")
        for open in [{ _ = try BatchRecord(path: path) }, { _ = try BatchRecord.header(at: path) }] {
            let fault = #expect(throws: BatchRecord.Fault.self) { try open() }
            guard case .isForeign(path) = fault else {
                Issue.record("it is \(String(describing: fault))")
                continue
            }
        }
        #expect(Disk.text(path) == text)
    }

    @Test func `a batch that another process works on is left alone`() throws {
        let owner = try begun()
        _ = try owner.willSend([1], at: 1)
        let text = Disk.text(path)
        let fault = #expect(throws: BatchRecord.Fault.self) { try BatchRecord(path: path) }
        guard case .isBusy(path) = fault else {
            Issue.record("it is \(String(describing: fault))")
            return
        }
        #expect(Disk.text(path) == text)
        // Its header can be read all the same.
        #expect(try BatchRecord.header(at: path)?.group == "tgrp_1")
        try owner.didSettle(1)
    }

    @Test func `a batch that has ended leaves no file, and its name is free`() throws {
        let first = try begun()
        first.remove()
        #expect(Disk.names(in: directory.path).isEmpty)
        let second = try BatchRecord(path: path)
        #expect(second.header == nil)
        try second.begin(Self.header)
        // What the first still writes goes nowhere.
        _ = try first.willSend([1], at: 1)
        #expect(try BatchRecord.header(at: path)?.group == "tgrp_1")
        #expect(Disk.text(path)?.split(separator: "\n").count == 1)
        // Nor does it take away what came in its place.
        first.remove()
        #expect(try BatchRecord.header(at: path)?.group == "tgrp_1")
    }
}
