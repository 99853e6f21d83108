import ParallelJSON
import TestSupport
import Testing

@testable import ParallelBatch

struct BatchJournalTests {
    private let directory: TemporaryDirectory
    private let path: String

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.file("out.csv.batch")
    }

    private static let header = BatchHeader(
        group: "tgrp_1", rowCount: 7, fingerprint: "00ff", source: "/in.csv", parts: [.shard: "1/2", .task: [:]])

    private func begun() throws -> BatchJournal {
        let journal = try BatchJournal(path: path)
        try journal.begin(Self.header)
        return journal
    }

    /// What a process that opens the file finds.
    private func reopened() throws -> BatchJournal { try BatchJournal(path: path) }

    @Test func `the header is what a later process reads`() throws {
        do { _ = try begun() }
        for header in [try #require(try reopened().header), try #require(try BatchJournal.header(at: path))] {
            #expect(header.group == "tgrp_1" && header.rowCount == 7 && header.fingerprint == "00ff")
            #expect(header.source == "/in.csv" && header.parts == [.shard: "1/2", .task: [:]])
        }
        #expect(Disk.mode(path) == 0o600)
    }

    @Test func `the keys of the state file are not the words of messages`() throws {
        let parts = BatchHeader.Part.allCases.map { ($0, JSONValue.string("\($0)")) }
        let header = BatchHeader(
            group: "g", rowCount: 1, fingerprint: "f", source: nil, parts: Dictionary(uniqueKeysWithValues: parts))
        do { try BatchJournal(path: path).begin(header) }
        #expect(
            Disk.text(path)
                == #"{"parallel_batch":3,"group":"g","rows":1,"input":"f","source":null,"options":{"processor":"#
                + #""processor","schema":"schema","task":"task","shard":"shard","template":"template","#
                + #""input_room":"inputRoom","columns":"columns","format":"format","reading":"reading","#
                + #""equal_rows":"equalRows"}}"# + "\n")
        #expect(try reopened().header?.parts == header.parts)
    }

    @Test func `a state file of the first version is understood`() throws {
        try directory.write(
            #"{"parallel_batch":1,"group":"g","rows":3,"input":"f","source":"/in.csv","options":{"processor":"base","#
                + #""schema":null,"task":{},"shard":"","template":null,"room for the input":24861,"#
                + #""choice of columns":["company"],"format":"csv"}}"# + "\n"
                + #"{"lot":1,"rows":[[0,1]],"at":7}"# + "\n" + #"{"settled":1,"accepted":true}"# + "\n"
                + #"{"lot":2,"rows":[[2,2]],"at":8}"# + "\n", to: "out.csv.batch")
        let journal = try reopened()
        #expect(journal.header?.parts[.inputRoom] == 24861 && journal.header?.parts[.columns] == ["company"])
        // The parts that came later are missing.
        #expect(journal.header?.parts[.reading] == nil && journal.header?.parts[.equalRows] == nil)
        #expect(journal.header?.parts.count == BatchHeader.Part.allCases.count - 2)
        #expect(journal.accepted == [0, 1] && journal.unsettled[2]?.rows == [2])
    }

    @Test func `the end of a batch, its outputs and its inputs are known to a later process`() throws {
        let inputs: [UInt64] = [0, 7, .max]
        do {
            let journal = try begun()
            #expect(journal.ending == nil && !journal.hasWritten("a"))
            try journal.willWrite(output: "a", layout: "csv basis")
            try journal.end(.init(failed: 2, layout: "csv"), inputs: inputs)
            try journal.end(.init(failed: 2, layout: "csv basis"), inputs: inputs)
        }
        let journal = try reopened()
        #expect(try journal.ending == .init(failed: 2, layout: "csv basis") && journal.inputs == inputs)
        #expect(journal.hasWritten("a") && !journal.hasWritten("b"))
        #expect(journal.layout(ofOutput: "a") == "csv basis" && journal.layout(ofOutput: "b") == nil)
        // Inputs are as long as the batch, so they are written once.
        #expect(Disk.text(path)?.split(separator: "\n").count { $0.hasPrefix(#"{"inputs":"#) } == 1)
    }

    @Test func `the header of a further group is the one that counts, and the end is none of it`() throws {
        do {
            let journal = try begun()
            _ = try journal.willSend([1], at: 1)
            try journal.willWrite(output: "a", layout: "csv")
            try journal.end(.init(failed: 1, layout: "csv"), inputs: [1])
            var next = Self.header
            next.group = "tgrp_2"
            next.earlierGroups = ["tgrp_1"]
            next.resultsStart = 99
            next.command = .init(words: ["in.csv", "-o", "a b"], directory: "/tmp")
            try journal.begin(next)
        }
        let journal = try reopened()
        for header in [try #require(journal.header), try #require(try BatchJournal.header(at: path))] {
            #expect(header.group == "tgrp_2" && header.earlierGroups == ["tgrp_1"] && header.resultsStart == 99)
            #expect(header.command == .init(words: ["in.csv", "-o", "a b"], directory: "/tmp"))
        }
        #expect(journal.ending == nil && !journal.knowsInputs && journal.unsettled.isEmpty)
        #expect(try journal.hasWritten("a") && journal.willSend([1], at: 1) == 2)
    }

    @Test func `a kill while the header of a further group was written leaves the batch as it was`() throws {
        do { try begun().end(.init(failed: 1, layout: "csv"), inputs: [1]) }
        let text = try #require(Disk.text(path))
        try directory.write(text + #"{"parallel_batch":3,"group":"tgrp_2""#, to: "out.csv.batch")
        #expect(try BatchJournal.header(at: path)?.group == "tgrp_1")
        let journal = try reopened()
        #expect(journal.header?.group == "tgrp_1" && journal.ending?.failed == 1 && Disk.text(path) == text)
    }

    @Test func `a batch of standard input has no source`() throws {
        do {
            let journal = try BatchJournal(path: path)
            #expect(journal.header == nil)
            try journal.begin(
                BatchHeader(group: "g", rowCount: 0, fingerprint: "", source: nil, parts: [:]))
        }
        let header = try #require(try BatchJournal.header(at: path))
        #expect(header.source == nil && header.parts.isEmpty)
    }

    @Test func `there is no header where there is no file, and none in an empty one`() throws {
        #expect(try BatchJournal.header(at: path) == nil)
        try directory.write("", to: "out.csv.batch")
        #expect(try BatchJournal.header(at: path) == nil)
        #expect(try reopened().header == nil)
    }

    @Test func `after a crash the rows and times of unfinished requests are known`() throws {
        do {
            let journal = try begun()
            #expect(try journal.willSend([0, 1, 2, 4, 6], at: 1_700_000_000) == 1)
            #expect(try journal.willSend([3], at: 1_700_000_005) == 2)
            #expect(try journal.willSend([5], at: 1_700_000_009) == 3)
            try journal.didSettle(2)
            #expect(journal.unsettled.keys.sorted() == [1, 3])
        }
        let journal = try reopened()
        #expect(journal.unsettled.keys.sorted() == [1, 3])
        #expect(journal.unsettled[1]?.rows == [0, 1, 2, 4, 6] && journal.unsettled[1]?.sentAt == 1_700_000_000)
        #expect(journal.unsettled[3]?.rows == [5])
        // Numbers go on, so that an old line never settles a new chunk.
        #expect(try journal.willSend([1], at: 1) == 4)
        // They count for the rate although nobody saw their answers.
        try journal.didSettle(1)
        let rows = journal.sentInLastMinute(before: 1_700_000_010).map(\.rows)
        #expect(rows.sorted() == [1, 5] && journal.sentInLastMinute(before: 1_700_000_069).isEmpty)
    }

    @Test func `each note is on the disk before the request is sent`() throws {
        let journal = try begun()
        _ = try journal.willSend(Array(10...1_009) + [2_000], at: 5)
        #expect(
            Disk.text(path)?.split(separator: "\n").last == #"{"lot":1,"rows":[[10,1009],[2000,2000]],"at":5}"#)
    }

    @Test func `an incomplete line is ignored, and the next one is complete`() throws {
        do {
            let journal = try begun()
            _ = try journal.willSend([1], at: 1)
        }
        let text = try #require(Disk.text(path))
        try directory.write(text + #"{"settl"#, to: "out.csv.batch")
        do {
            let journal = try reopened()
            #expect(journal.unsettled.keys.sorted() == [1])
            try journal.didSettle(1)
        }
        #expect(Disk.text(path) == text + "{\"settled\":1}\n")
        try directory.write(text + "\0\0\0\n{\"lot\":\"x\"}\n{\"settled\":1}\n{\"new\":true}\n", to: "out.csv.batch")
        #expect(try reopened().unsettled.isEmpty)
    }

    @Test(arguments: ["{\"parallel_ba", "{\"parallel_batch\":1,\"group\":\"tgrp"])
    func `an incomplete header counts as none`(_ text: String) throws {
        try directory.write(text, to: "out.csv.batch")
        #expect(try BatchJournal.header(at: path) == nil)
        #expect(try begun().header?.group == "tgrp_1")
    }

    @Test(arguments: [
        "company\nIntel\n", "company\nIntel", "my only line", "{}\n", "{\"parallel_batch\":2,\"group\":\"g\"}\n",
        "[1]\n",
        "{\"parallel_batch\":1,\"group\":\"g\",\"rows\":1}\n", "\n", "\u{0}",
        "{\"parallel_batch\":5,\"group\":\"g\",\"rows\":1,\"input\":\"f\",\"options\":{}}\n",
    ])
    func `a file that is not a state file is refused and not changed`(_ text: String) throws {
        try directory.write(text, to: "out.csv.batch")
        for open in [{ _ = try BatchJournal(path: path) }, { _ = try BatchJournal.header(at: path) }] {
            let failure = #expect(throws: BatchJournal.Failure.self) { try open() }
            guard case .isForeign(path) = failure else {
                Issue.record("it is \(String(describing: failure))")
                continue
            }
        }
        #expect(Disk.text(path) == text)
    }

    @Test func `a batch that another process works on is left alone`() throws {
        let owner = try begun()
        _ = try owner.willSend([1], at: 1)
        let text = Disk.text(path)
        let failure = #expect(throws: BatchJournal.Failure.self) { try BatchJournal(path: path) }
        guard case .isBusy(path) = failure else {
            Issue.record("it is \(String(describing: failure))")
            return
        }
        #expect(Disk.text(path) == text)
        // Its header can be read all the same.
        #expect(try BatchJournal.header(at: path)?.group == "tgrp_1")
        try owner.didSettle(1)
    }

    @Test func `a batch that is forgotten leaves no file, and its name is free`() throws {
        let first = try begun()
        first.remove()
        #expect(Disk.names(in: directory.path).isEmpty)
        let second = try BatchJournal(path: path)
        #expect(second.header == nil)
        try second.begin(Self.header)
        // What the first still writes goes nowhere.
        _ = try first.willSend([1], at: 1)
        #expect(try BatchJournal.header(at: path)?.group == "tgrp_1")
        #expect(Disk.text(path)?.split(separator: "\n").count == 1)
        // Nor does it take away what came in its place.
        first.remove()
        #expect(try BatchJournal.header(at: path)?.group == "tgrp_1")
    }
}
