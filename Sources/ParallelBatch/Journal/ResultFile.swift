import ParallelJSON
package import ParallelSystem

/// The file of collected results, one on each line, written by this process or an earlier one.
///
/// A line that names a group comes before its results, so that the group is known even if the state file is lost. A
/// further group for some of the rows adds such a line at the end, and a line for each result that it takes over. This
/// way, the file only grows, and a kill leaves the results of the group before as they were.
package final class ResultFile: Sendable {
    private let file: Lock<LineFile>

    /// Opens or creates the file. Without a path, the file has no name and is removed with this value.
    package init(path: String?, temporaryDirectory: String) throws(FileError) {
        file = Lock(try LineFile(path: path, temporaryDirectory: temporaryDirectory))
    }

    /// Copies the file at `path`, which another process may be writing. Throws `FileError`, and `CancellationError`
    /// once the task is cancelled.
    init(copyOf path: String, temporaryDirectory: String) throws {
        file = Lock(try LineFile(copyOf: path, temporaryDirectory: temporaryDirectory))
    }

    /// Takes over the lines of the file at `other`, where this file has none.
    func takeOver(_ other: String, temporaryDirectory: String) throws {
        try file.withLock { file in
            try LineFile(copyOf: other, temporaryDirectory: temporaryDirectory).forEach { try file.append($1) }
            try file.synchronize()
        }
    }

    /// The error for a file that lacks results of a batch: those that it has taken over from earlier groups, or those
    /// without which rows would be run again.
    package struct IsIncomplete: Error, Sendable {
        /// All groups of the batch.
        package let groups: [String]
    }

    /// The error for a file with results of a group that the state file does not know, because it is older.
    package struct IsNewer: Error, Sendable {
        /// All groups of the batch, the unknown one last.
        package let groups: [String]
    }

    /// Begins the results of a group, and returns the place of its line.
    ///
    /// - Parameters:
    ///   - taken: the results of earlier groups that belong to the rows of this one.
    ///   - reserve: those that belong to rows whose runs fail.
    func begin(
        _ group: String, taking taken: [TakenResult] = [], reserve: [TakenResult] = []
    ) throws(FileError) -> Int {
        try file.withLock { file throws(FileError) in
            let start = try file.append(ResultLine(naming: group).json)
            for result in taken { try file.append(ResultLine(taking: result).json) }
            for result in reserve { try file.append(ResultLine(taking: result, isReserve: true).json) }
            try file.synchronize()
            return start
        }
    }

    /// Calls `body` for each result of the first `rowCount` rows that an earlier process has collected for the group of
    /// `header`, also for those that it has taken over. Cuts off text that is not a result, which a power failure may
    /// leave, and everything behind it.
    ///
    /// Throws `IsIncomplete`, `IsNewer`, `FileError`, and `CancellationError` once the task is cancelled.
    func load(
        _ header: BatchHeader, _ body: (_ row: Int, _ result: ResultLine, _ place: Int, _ isTaken: Bool) throws -> Void
    ) throws {
        var broken: Int?
        var unknownGroup: String?
        var hasGroup = false
        var window = LineWindow()
        try forEach(from: header.resultsStart) { place, line in
            // Another file than that in which the group began has anything there.
            if place == header.resultsStart, !header.earlierGroups.isEmpty, line.group != header.group {
                throw IsIncomplete(groups: header.groups)
            }
            if let unknownGroup, line.row != nil, line.taken == nil {
                // A group has runs only once the state file knows it.
                throw IsNewer(groups: header.groups + [unknownGroup])
            }
            guard broken == nil else { return }
            if let group = line.group {
                hasGroup = true
                // A kill has kept a further group from becoming that of the batch.
                if group != header.group { (broken, unknownGroup) = (place, group) }
            } else if let taken = line.taken, taken.row < header.rowCount, taken.place < place {
                let bytes = try file.withLock { file throws(FileError) in
                    try file.line(at: taken.place, in: &window)?.bytes
                }
                if let bytes { try body(taken.row, ResultLine(json: bytes), taken.place, true) }
            } else if line.reserve != nil {
                return
            } else if JSONText(line.json).value != nil, let row = line.row, row < header.rowCount {
                try body(row, line, place, false)
            } else {
                broken = place
            }
        }
        guard hasGroup || header.earlierGroups.isEmpty else { throw IsIncomplete(groups: header.groups) }
        if let broken { try file.withLock { file throws(FileError) in try file.truncate(to: broken) } }
        if isEmpty { _ = try begin(header.group) }
    }

    /// Returns the places of the earlier results that rows of the group of `header` have if their runs fail, by the
    /// row. Throws the same errors as `forEach`.
    func reserve(_ header: BatchHeader) throws -> [Int: Int] {
        guard header.condition != nil else { return [:] }
        var places: [Int: Int] = [:]
        try forEach(from: header.resultsStart) { place, line in
            if let reserve = line.reserve, reserve.place < place { places[reserve.row] = reserve.place }
        }
        return places
    }

    /// Returns the groups that are named in the file at `path`, the first one first, or the group of its first result.
    static func groups(at path: String) throws -> [String] {
        guard UserFile.isRegular(path) else { return [] }
        var groups: [String] = []
        var line: [UInt8] = []
        try UserFile.read(path) { piece in
            var rest = piece[...]
            while let end = rest.place(of: 0x0A) {
                line += rest[..<end]
                rest = rest[(end + 1)...]
                let result = ResultLine(json: line[...])
                if let group = result.group ?? (groups.isEmpty ? result.run?.groupID : nil) { groups.append(group) }
                line.removeAll(keepingCapacity: true)
            }
            line += rest
        }
        return groups
    }

    /// Appends a result and returns the place where it begins.
    func append(_ result: ResultLine) throws(FileError) -> Int {
        try file.withLock { file throws(FileError) in try file.append(result.json) }
    }

    /// Returns the result that counts for a row, and its place: `own`, or, if that failed, the one at `reserved`.
    func standing(_ own: ResultLine, _ place: Int, instead reserved: Int?) throws(FileError) -> (
        result: ResultLine, place: Int
    ) {
        guard let reserved, own.isFailed, let result = try result(at: reserved) else { return (own, place) }
        return (result, reserved)
    }

    /// Returns the result that begins at `place`.
    func result(at place: Int) throws(FileError) -> ResultLine? {
        try file.withLock { file throws(FileError) in try file.line(at: place)?.bytes }.map(ResultLine.init(json:))
    }

    /// Calls `body` for every line from `start` on, with the place where it begins. Throws `CancellationError` once the
    /// task is cancelled.
    func forEach(from start: Int = 0, _ body: (_ place: Int, ResultLine) throws -> Void) throws {
        var place = start
        while let line = try file.withLock({ file throws(FileError) in try file.line(at: place) }) {
            try Task.checkCancellation()
            try body(place, ResultLine(json: line.bytes))
            place = line.next
        }
    }

    /// Writes the results appended so far, so that they survive the end of this process.
    func flush() throws(FileError) { try file.withLock { file throws(FileError) in try file.flush() } }

    package var isEmpty: Bool { file.withLock { $0.isEmpty } }

    /// Removes the file, unless its name belongs to another file now.
    package func remove() { file.withLock { $0.remove() } }
}
