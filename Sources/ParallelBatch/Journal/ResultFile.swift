import ParallelJSON
package import ParallelSystem

/// The file of collected results, one a line, written by this process or an earlier one.
package final class ResultFile: Sendable {
    private let file: Lock<LineFile>

    /// Opens or creates the file; without a path it has no name and ends with this value.
    package init(path: String?, temporaryDirectory: String) throws(FileError) {
        file = Lock(try LineFile(path: path, temporaryDirectory: temporaryDirectory))
    }

    /// Calls `body` for each result of the first `rowCount` rows that an earlier process has collected. Cuts off text
    /// that is no result, as a power failure leaves it, and everything behind it.
    func load(rowCount: Int, _ body: (_ row: Int, _ run: RunSummary, _ place: Int) -> Void) throws {
        var broken: Int?
        try forEach { place, result in
            guard broken == nil else { return }
            guard JSONText(result.json).value != nil, let run = result.run, let row = run.row, row < rowCount else {
                broken = place
                return
            }
            body(row, run, place)
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

    /// Writes what was appended, so that it survives the end of this process.
    func flush() throws(FileError) { try file.withLock { file throws(FileError) in try file.flush() } }

    /// Removes the file's name, where that is still its own.
    package func remove() { file.withLock { $0.remove() } }
}
