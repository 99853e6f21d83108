import ParallelJSON
package import ParallelSystem

/// The results that a batch has collected, a line each, by this process or an earlier one.
package final class ResultFile: Sendable {
    private let file: Lock<LineFile>

    /// Opens or creates the file; without a path it has no name and ends with this value.
    package init(path: String?, temporaryDirectory: String) throws(FileError) {
        file = Lock(try LineFile(path: path, temporaryDirectory: temporaryDirectory))
    }

    /// Hands what an earlier process has collected for the first `rowCount` rows to `body`. Text that is no result, as
    /// after a power failure, is cut off with all that follows it.
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

    /// Hands every result, with the place where it begins, to `body`. Throws `CancellationError` once the task is
    /// cancelled.
    func forEach(_ body: (_ place: Int, ResultLine) throws -> Void) throws {
        var place = 0
        while let line = try file.withLock({ file throws(FileError) in try file.line(at: place) }) {
            try Task.checkCancellation()
            try body(place, ResultLine(json: line.bytes))
            place = line.next
        }
    }

    /// Hands what was appended to the system, so that the end of this process does not lose it.
    func flush() throws(FileError) { try file.withLock { file throws(FileError) in try file.flush() } }

    /// Removes the file's name, where that is still its own.
    package func remove() { file.withLock { $0.remove() } }
}
