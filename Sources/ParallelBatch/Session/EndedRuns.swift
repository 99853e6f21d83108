package import ParallelAPI
import ParallelHTTP
import ParallelJSON
package import ParallelSystem

/// The ended runs of one or several groups, kept on disk so that they can be read in the order of their rows.
package struct EndedRuns {
    /// The error for groups of different inputs, which can't be combined.
    package struct OtherInput: Error, Sendable, Equatable {
        /// The group whose rows are those of another input than the groups before it.
        package let group: String
    }

    package private(set) var running = 0
    package private(set) var notSubmitted = 0
    /// The number of runs that the groups count but do not list.
    package private(set) var notListed = 0
    /// The number of runs for rows that had a result already.
    package private(set) var duplicates = 0
    /// The rows of the input, if the input is available.
    package private(set) var input: Input?
    private let temporaryDirectory: String
    private let events: LineFile
    /// The results in any order: the row, and the place of the event in the file.
    private var results: [(row: Int, place: Int)] = []
    private var seen: Set<Int> = []
    /// The row number of the next run without one. Such runs come behind the others, in the order in which they were
    /// created.
    private var nextRow = 1 << 40
    /// The fingerprint of the first group's input.
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
        let textStyle: TextStyle
        let sharedRuns: SharedRuns
        let spool: RowSpool
        let places: [Int]

        /// Reads the input of a batch; nil if it can't be read twice, such as a pipe, or has changed.
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
                textStyle = input.textStyle
                sharedRuns = input.sharedRuns
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

    /// Whether some rows of the input come from the API instead of the input itself.
    package var hasInputFromNetwork: Bool {
        input.map { input in results.contains { $0.row >= input.places.count } } ?? true
    }

    /// How the text of the input begins and ends its lines, if the input is available.
    package var textStyle: TextStyle { input?.textStyle ?? TextStyle() }

    /// The columns of the input, or the keys of the runs' inputs if the input is not available.
    package var columns: [InputColumn] {
        if let input { return input.columns }
        let whole =
            hasTextInputs
            ? [InputColumn(title: InputColumn.wholeRow, name: InputColumn.wholeRow, isWholeRow: true)] : []
        return whole + keys.map { InputColumn(title: $0, name: $0) }
    }

    /// The fields of the output: those of its schema if it is known, otherwise those of the results; nil if an output
    /// is text.
    package var fields: [String]? { schemaFields ?? (isStructured && !outputKeys.isEmpty ? outputKeys : nil) }

    /// Collects the ended runs of a group; `header` describes it further if its state file is available. Throws
    /// `OtherInput`, `FileError` and the errors of `ActiveGroup.list`.
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
        let listed = try await ActiveGroup(id: id, client: client, clock: clock).list(query, count: known) { event in
            guard case .run(let run) = event.kind else { return }
            try take(run, event)
        }
        notListed += max(0, known - listed)
        notSubmitted += max(0, (notes?.share ?? 0) - max(known, listed))
        shareResults()
    }

    /// Gives rows that share the run of an equal row its result.
    private mutating func shareResults() {
        guard let sharedRuns = input?.sharedRuns, !sharedRuns.repetitions.isEmpty else { return }
        let places = Dictionary(results.map { ($0.row, $0.place) }) { first, _ in first }
        for row in sharedRuns.repetitions {
            if let place = places[sharedRuns.owner(of: row)], seen.insert(row).inserted { results.append((row, place)) }
        }
    }

    /// Calls `body` for every result in the order of the rows.
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
