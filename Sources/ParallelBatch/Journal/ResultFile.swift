import ParallelJSON
package import ParallelSystem

/// The file of collected results, one on each line, written by this process or an earlier one.
package final class ResultFile: Sendable {
    private let file: Lock<LineFile>

    /// Opens or creates the file. Without a path, the file has no name and is removed with this value.
    package init(path: String?, temporaryDirectory: String) throws(FileError) {
        file = Lock(try LineFile(path: path, temporaryDirectory: temporaryDirectory))
    }

    /// Calls `body` for each result of the first `rowCount` rows that an earlier process has collected. Cuts off text
    /// that is not a result, which a power failure may leave, and everything behind it.
    func load(rowCount: Int, _ body: (_ row: Int, _ result: ResultLine, _ place: Int) -> Void) throws {
        var broken: Int?
        try forEach { place, result in
            guard broken == nil else { return }
            guard JSONText(result.json).value != nil, let row = result.row, row < rowCount else {
                broken = place
                return
            }
            body(row, result, place)
        }
        if let broken { try file.withLock { file throws(FileError) in try file.truncate(to: broken) } }
    }

    /// Appends a result and returns the place where it begins.
    func append(_ result: ResultLine) throws(FileError) -> Int {
        try file.withLock { file throws(FileError) in try file.append(result.json) }
    }

    /// Returns the result that begins at `place`.
    func result(at place: Int) throws(FileError) -> ResultLine? {
        try file.withLock { file throws(FileError) in try file.line(at: place)?.bytes }.map(ResultLine.init(json:))
    }

    /// Calls `body` for every result, with the place where it begins. Throws `CancellationError` once the task is
    /// cancelled.
    func forEach(_ body: (_ place: Int, ResultLine) throws -> Void) throws {
        var place = 0
        while let line = try file.withLock({ file throws(FileError) in try file.line(at: place) }) {
            try Task.checkCancellation()
            try body(place, ResultLine(json: line.bytes))
            place = line.next
        }
    }

    /// Writes the results appended so far, so that they survive the end of this process.
    func flush() throws(FileError) { try file.withLock { file throws(FileError) in try file.flush() } }

    /// Removes the file, unless its name belongs to another file now.
    package func remove() { file.withLock { $0.remove() } }
}
