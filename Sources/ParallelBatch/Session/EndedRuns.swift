package import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// The runs of groups that have ended, kept on disk until they are handed out in the order of their rows.
package struct EndedRuns {
    /// Groups are put together only if their rows are those of one input.
    package struct OtherInput: Error, Sendable, Equatable {
        /// The group that has the rows of another input than those before it.
        package let group: String
    }

    package private(set) var running = 0
    package private(set) var notSubmitted = 0
    /// Runs that the groups have and do not list.
    package private(set) var notListed = 0
    /// Runs for rows that had a result already.
    package private(set) var duplicates = 0
    /// The rows as they stand in the input, where that is at hand.
    package private(set) var input: Input?
    private let temporaryDirectory: String
    private let events: LineFile
    /// The results in any order: which row, and where the event is.
    private var results: [(row: Int, place: Int)] = []
    private var seen: Set<Int> = []
    /// Of runs without a row number, which come behind the others in the order in which they were made.
    private var nextRow = 1 << 40
    /// What tells the input of the first group from others.
    private var fingerprint: String?
    private var keys: [String] = []
    private var knownKeys: Set<ExactText> = []
    private var hasTextInputs = false
    private var outputKeys: [String] = []
    private var knownOutputKeys: Set<ExactText> = []
    private var isStructured = true
    private var schemaFields: [String]?

    /// An input that was read again.
    package struct Input {
        package let path: String
        package let notices: InputReader.Notices
        let columns: [InputColumn]
        let spool: RowSpool
        let places: [Int]

        /// Reads the input of a batch; nil for what can't be read twice, such as a pipe, and what has changed.
        fileprivate init?(_ header: BatchHeader, _ temporaryDirectory: String) throws {
            guard let path = header.source, UserFile.isRegular(path) else { return nil }
            let spool = try RowSpool(temporaryDirectory: temporaryDirectory)
            guard var reader = try? InputReader(header, into: spool) else { return nil }
            do {
                try UserFile.read(path) { try reader.feed($0) }
                try reader.finish()
                let input = try reader.result()
                guard input.fingerprint == header.fingerprint else { return nil }
                columns = input.columns
            } catch {
                return nil
            }
            self.path = path
            self.spool = spool
            notices = reader.notices
            places = try spool.places()
        }
    }

    package init(temporaryDirectory: String) throws(FileError) {
        self.temporaryDirectory = temporaryDirectory
        events = try LineFile(path: nil, temporaryDirectory: temporaryDirectory)
    }

    /// Whether some rows of the input are those that the API tells of.
    package var hasInputFromNetwork: Bool {
        input.map { input in results.contains { $0.row >= input.places.count } } ?? true
    }

    /// The columns of the input, or what the inputs of the runs have in its place.
    package var columns: [InputColumn] {
        if let input { return input.columns }
        let whole =
            hasTextInputs
            ? [InputColumn(title: InputColumn.wholeRow, name: InputColumn.wholeRow, isWholeRow: true)] : []
        return whole + keys.map { InputColumn(title: $0, name: $0) }
    }

    /// The fields of the output: of its schema where that is known, else those that came; nil where an output is text.
    package var fields: [String]? { schemaFields ?? (isStructured && !outputKeys.isEmpty ? outputKeys : nil) }

    /// Gets the ended runs of a group, of which `header` tells more where its state file is at hand. Throws
    /// `OtherInput`, `FileError` and what `GroupStream.list` throws.
    package mutating func gather(
        _ id: String, _ header: BatchHeader?, _ client: ParallelClient, _ clock: any Clock<Duration>
    ) async throws {
        let group = try await client.group(id)
        let notes = GroupNotes(group)
        try check(group, notes)
        if let header, input == nil {
            schemaFields =
                header.parts[.schema]?["output_schema"]?["json_schema"]?["properties"]?.object?.keys
            input = try Input(header, temporaryDirectory)
        }
        let known = group.status.runCount
        var query = GroupRunsQuery(includesOutput: true)
        query.includesInput = true
        let listed = try await GroupStream(client: client, clock: clock).list(id, query, count: known) { event in
            guard case .run(let run) = event.kind else { return }
            try take(run, event)
        }
        notListed += max(0, known - listed)
        notSubmitted += max(0, (notes?.share ?? 0) - max(known, listed))
    }

    /// Hands the results out in the order of the rows.
    package func forEach(_ body: (InputRow, ResultLine) throws -> Void) throws {
        var cursor = RowCursor()
        for (row, place) in results.sorted(by: { $0.row < $1.row }) {
            try Task.checkCancellation()
            guard let line = try events.line(at: place) else { continue }
            let result = ResultLine(json: line.bytes)
            try body(try inputRow(row, result, &cursor), result)
        }
    }

    private func inputRow(_ row: Int, _ result: ResultLine, _ cursor: inout RowCursor) throws -> InputRow {
        if let input, row < input.places.count {
            cursor.move(to: row, at: input.places[row])
            if let inputRow = try? input.spool.next(&cursor)?.read() { return inputRow }
        }
        let sent = JSONText(result.json).members("input")?[0]?.members("input")?[0]?.value
        return InputRow(line: row + 1, content: .value(sent ?? [:]))
    }

    private mutating func take(_ run: TaskRun, _ event: GroupEvent) throws {
        if run.isActive {
            running += 1
            return
        }
        let row = RowNumber.row(of: run) ?? nextRow
        if row == nextRow { nextRow += 1 }
        guard seen.insert(row).inserted else {
            duplicates += 1
            return
        }
        results.append((row, try events.append(event.shownJSON.bytes())))
        if let members = event.json["input"]?["input"]?.object {
            for key in members.keys where knownKeys.insert(ExactText(key)).inserted { keys.append(key) }
        } else {
            hasTextInputs = true
        }
        guard let output = event.output else { return }
        guard case .structured(let content) = output.content, let members = content.object else {
            isStructured = false
            return
        }
        for key in members.keys where knownOutputKeys.insert(ExactText(key)).inserted { outputKeys.append(key) }
    }

    private mutating func check(_ group: TaskGroup, _ notes: GroupNotes?) throws(OtherInput) {
        let own = notes?.fingerprint ?? group.id
        if let fingerprint, fingerprint != own { throw OtherInput(group: group.id) }
        fingerprint = own
    }
}
