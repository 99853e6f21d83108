import TestSupport
import Testing

@testable import ParallelBatch

@Suite(.timeLimit(.minutes(10))) struct RowSpoolTests {
    private let directory: TemporaryDirectory
    private let spool: RowSpool
    /// More than one window of the file holds.
    private static let count = 5_000

    init() throws {
        directory = try TemporaryDirectory()
        spool = try RowSpool(temporaryDirectory: directory.path)
        for row in 0..<Self.count { try spool.append(Array(Self.text(row).utf8)) }
    }

    private static func text(_ row: Int) -> String { "\"row \(row) \(String(repeating: "x", count: row % 90))\"" }

    private func text(_ row: SpooledRow?) -> String? { row.map { String(decoding: $0.json, as: UTF8.self) } }

    @Test func `several read at different places, each in order`() throws {
        var cursors = [RowCursor(), RowCursor(), RowCursor()]
        for _ in 0..<4_000 { _ = try spool.next(&cursors[1]) }
        for index in 0..<1_000 {
            for (number, start) in [(0, 0), (1, 4_000), (2, 0)] {
                let row = try spool.next(&cursors[number])
                #expect(row?.index == start + index && text(row) == Self.text(start + index))
            }
        }
        #expect(try spool.next(&cursors[1]) == nil && cursors[1].index == Self.count)
        #expect(Disk.names(in: directory.path).isEmpty)
    }

    @Test func `a cursor goes to rows in any order`() throws {
        let places = try spool.places()
        var cursor = RowCursor()
        #expect(places.count == Self.count && places[0] == 0)
        for index in [4_999, 0, 2_500, 2_499, 1] {
            cursor.move(to: index, at: places[index])
            let row = try spool.next(&cursor)
            #expect(row?.index == index && text(row) == Self.text(index))
        }
    }

    @Test func `going through the rows ends once the task is cancelled`() async throws {
        let spool = spool
        await #expect(throws: CancellationError.self) {
            try await cancelled { try spool.forEach { _ in Issue.record("one came") } }
        }
        await #expect(throws: CancellationError.self) { try await cancelled { try spool.places() } }
    }

    @Test(arguments: [
        (#"["a","b"]"#, true), (#"{"a":1}"#, true), (#""a""#, true), ("[1]", false), ("7", false), ("", false),
    ])
    func `a row that can't be read back is reported by its place`(json: String, isRow: Bool) throws {
        let row = SpooledRow(index: 6, json: Array(json.utf8)[...])
        if isRow {
            #expect(try row.read().line == 7)
        } else {
            #expect(throws: SpooledRow.Unreadable(index: 6)) { try row.read() }
        }
    }

    @Test func `a row with other cells than there are columns makes no input`() {
        let columns = [InputColumn(title: "a", name: "a")]
        let row = SpooledRow(index: 0, json: Array(#"["1","2"]"#.utf8)[...])
        #expect(throws: SpooledRow.Unreadable(index: 0)) { try RowEncoder(.columns(nil), columns: columns).input(row) }
    }
}
