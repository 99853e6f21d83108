package import ParallelSystem

/// The rows of an input, in a file without a name instead of in memory. They are written once in order, and then read
/// by several tasks, each with its own cursor.
package final class RowSpool: Sendable {
    private let file: Lock<LineFile>
    /// The directory of the file.
    let temporaryDirectory: String

    package init(temporaryDirectory: String) throws(FileError) {
        self.temporaryDirectory = temporaryDirectory
        file = Lock(try LineFile(path: nil, temporaryDirectory: temporaryDirectory))
    }

    /// Appends the next row: JSON on one line, without its line break.
    package func append(_ json: [UInt8]) throws(FileError) {
        try file.withLock { file throws(FileError) in _ = try file.append(json) }
    }

    /// Returns the row at the cursor and moves the cursor to the next one; nil behind the last row.
    package func next(_ cursor: inout RowCursor) throws(FileError) -> SpooledRow? {
        let line = try file.withLock { file throws(FileError) in
            try file.line(at: cursor.place, in: &cursor.window)
        }
        guard let line else { return nil }
        defer {
            cursor.index += 1
            cursor.place = line.next
        }
        return SpooledRow(index: cursor.index, json: line.bytes)
    }

    /// Calls `body` for every row. Throws `FileError`, the errors of `body`, and `CancellationError` once the task is
    /// cancelled.
    package func forEach(_ body: (SpooledRow) throws -> Void) throws {
        var cursor = RowCursor()
        while let row = try next(&cursor) {
            try Task.checkCancellation()
            try body(row)
        }
    }

    /// Returns the place of each row, for cursors that visit rows in any order. Throws the same errors as `forEach`.
    package func places() throws -> [Int] {
        var places: [Int] = []
        var cursor = RowCursor()
        while true {
            let place = cursor.place
            guard try next(&cursor) != nil else { return places }
            try Task.checkCancellation()
            places.append(place)
        }
    }
}

/// The position of a task in a `RowSpool`, with the piece of the file that it read last.
package struct RowCursor: Sendable {
    /// The index of the next row, counted from 0.
    package fileprivate(set) var index = 0
    fileprivate var place = 0
    fileprivate var window = LineWindow()

    /// Starts at the first row.
    package init() {}

    /// Moves to the row that begins at `place`.
    package mutating func move(to index: Int, at place: Int) {
        self.index = index
        self.place = place
    }
}
