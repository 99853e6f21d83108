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

    /// The error for an input that is not the one of a group.
    package struct NotItsInput: Error, Sendable, Equatable {
        package let group: String
        /// Whether the group says what its input is.
        package let isKnown: Bool
    }

    package private(set) var running = 0
    /// The number of rows that the newest group should have run again and has no run of; nil if every row should have
    /// one in the groups that were read.
    private var missingReruns: Int? = 0
    /// When the group of `missingReruns` was created.
    private var rerunAt = ""
    /// The number of runs that the groups count but do not list.
    package private(set) var notListed = 0
    /// The number of runs for rows that had a result already.
    package private(set) var duplicates = 0
    /// The rows of the input, if the input is available.
    package private(set) var input: Input?
    /// The input that was given, and how its text is read; nil if none was.
    private var givenInput: (path: String, options: InputOptions)?
    /// Whether `input` tells the rows that have no run of their own.
    private var knowsUnsentRows = false
    /// The path of the input of a batch that is not what was run, or is gone.
    package private(set) var lostInput: String?
    /// Whether a group was named by its state file, or the input is given, so that every row has to be there.
    private var needsAllRows = false
    private let temporaryDirectory: String
    private let events: LineFile
    /// The results in any order: the row, and the place of the event in the file.
    private var results: [(row: Int, place: Int)] = []
    /// The place of each row in `results`, and whether its run failed.
    private var seen: [Int: (index: Int, isFailed: Bool)] = [:]
    /// The results that rows of the group being read keep if their runs fail.
    private var reserve: [(row: Int, line: [UInt8])] = []
    /// The rows that failed and can be run again, with the group that was named for them.
    private var failures: [Int: String] = [:]
    /// The group being read, or the last one of its batch.
    private var group = ""
    /// The rows whose runs are active.
    private var activeRows: Set<Int> = []
    /// The number of rows of the input, and the shards of it that the groups have; nil if a group has no notes.
    private var notes: [GroupNotes]? = []
    /// The row number of the next run without one. Such runs come behind the others, in the order in which they were
    /// created.
    private var nextRow = Self.firstOther
    private static let firstOther = 1 << 40
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
        let unsentRows: [UnsentRow]
        let fingerprint: String
        let spool: RowSpool
        let places: [Int]

        /// Reads the input of a batch; nil if it can't be read twice, such as a pipe, or has changed.
        fileprivate init?(_ header: BatchHeader, _ temporaryDirectory: String) throws {
            guard let path = header.source, UserFile.isRegular(path) else { return nil }
            let spool = try RowSpool(temporaryDirectory: temporaryDirectory)
            guard let reader = try? InputReader(header, into: spool),
                let input = try? Self(path, reader, spool), input.fingerprint == header.fingerprint
            else { return nil }
            self = input
        }

        fileprivate init(_ path: String, _ given: InputReader, _ spool: RowSpool) throws {
            var reader = given
            try UserFile.read(path) { try reader.feed($0) }
            try reader.finish()
            let input = try reader.result()
            columns = input.columns
            textStyle = input.textStyle
            sharedRuns = input.sharedRuns
            unsentRows = input.unsentRows
            fingerprint = input.fingerprint
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

    /// Reads the input whose rows the results belong to; `gather` throws `NotItsInput` if it is another one. Throws the
    /// errors of `InputReader`, and `FileError`.
    package mutating func read(_ path: String, _ options: InputOptions) throws {
        givenInput = (path, options)
        needsAllRows = true
        let spool = try RowSpool(temporaryDirectory: temporaryDirectory)
        input = try Input(path, InputReader(options, rowParts: [:], into: spool), spool)
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

    /// Collects the ended runs of a group. Its state file, if it is available, gives the `header`, which describes it
    /// further; the file of results beside the one at `statePath` has those that the batch took over from earlier
    /// groups. If it is lost, they are collected from these groups. Throws `OtherInput`, `NotItsInput`,
    /// `ResultFile.IsIncomplete`, `FileError` and the errors of `ActiveGroup.list`.
    package mutating func gather(
        _ id: String, _ header: BatchHeader?, statePath: String?, _ client: ParallelClient,
        _ clock: any Clock<Duration>
    ) async throws {
        let group = try await client.group(id)
        let notes = GroupNotes(group)
        try check(group, notes)
        if let (path, options) = givenInput {
            guard notes?.fingerprint == input?.fingerprint else { throw NotItsInput(group: id, isKnown: notes != nil) }
            if !knowsUnsentRows, let parts = header?.parts ?? notes?.rowParts { try readAgain(path, options, parts) }
        }
        self.group = id
        var journal: BatchJournal?
        if let header, let statePath { journal = try takeState(header, statePath) }
        // A group that runs some rows again has the others from earlier groups.
        if let input, knowsUnsentRows, header != nil || notes?.rerunCount == nil {
            for unsent in input.unsentRows where seen[unsent.row] == nil && notes?.shard?.contains(unsent.row) ?? true {
                let line = ResultLine(unsent)
                _ = try keep(unsent.row, isFailed: line.isFailed, line.json, unsent.cause)
            }
        }
        let known = group.status.runCount
        let listed = try await list(id, count: known, client, clock) { RowNumber.row(of: $0) ?? $1 }
        notListed += max(0, known - listed)
        try takeReserve()
        let duplicatesBefore = duplicates
        for earlier in journal?.header?.earlierGroups.reversed() ?? [] {
            let rows = EarlierResults.match(
                try journal?.inputs(ofEarlier: earlier) ?? [], try journal?.inputs ?? [])
            let count = try await client.group(earlier).status.runCount
            let listed = try await list(earlier, count: count, client, clock) { run, _ in
                RowNumber.row(of: run).flatMap { $0 < rows.count ? rows[$0] : nil }
            }
            notListed += max(0, count - listed)
        }
        // A row that was run again has several runs on purpose.
        duplicates = duplicatesBefore
        if let count = notes?.rerunCount, header == nil {
            let createdAt = group.createdAt ?? ""
            if missingReruns != nil, createdAt >= rerunAt {
                (missingReruns, rerunAt) = (max(0, count - max(known, listed)), createdAt)
            }
        } else {
            missingReruns = nil
        }
        if let notes { self.notes?.append(notes) } else { self.notes = nil }
        shareResults()
    }

    /// Reads the given input as the batch read it, which tells the rows without a run of their own. Keeps `input` if
    /// that is not possible.
    private mutating func readAgain(
        _ path: String, _ given: InputOptions, _ parts: [BatchHeader.Part: JSONValue]
    ) throws {
        var options = given
        // The rows are those of the batch, so bad ones among them were left out there, too.
        options.skipsBadRows = true
        let spool = try RowSpool(temporaryDirectory: temporaryDirectory)
        // A template that is not valid is none of a batch, and the file may be another one by now.
        guard let again = try? Input(path, InputReader(options, rowParts: parts, into: spool), spool),
            again.fingerprint == input?.fingerprint
        else { return }
        input = again
        knowsUnsentRows = true
    }

    /// Takes what the state file at `path` says, and the results beside it. If these are lost, returns the journal, by
    /// which they are found in the earlier groups.
    private mutating func takeState(_ header: BatchHeader, _ path: String) throws -> BatchJournal? {
        needsAllRows = true
        schemaFields =
            schemaFields
            ?? header.parts[.schema]?["output_schema"]?["json_schema"]?["properties"]?.object?.keys
        if input == nil {
            input = try Input(header, temporaryDirectory)
            knowsUnsentRows = input != nil
            if input == nil { lostInput = header.source }
        }
        do {
            try takeKept(header, BatchFiles.resultsPath(ofState: path))
            return nil
        } catch let lost as ResultFile.IsIncomplete {
            let copy = try BatchJournal(copyOf: path, temporaryDirectory: temporaryDirectory)
            guard copy.header?.group == group, copy.knowsInputs else { throw lost }
            return copy
        }
    }

    /// Reads the list of a group's runs, and returns their number.
    ///
    /// - Parameter row: returns the row of a run, which is the given one if nothing says it; nil leaves the run out.
    private mutating func list(
        _ id: String, count: Int, _ client: ParallelClient, _ clock: any Clock<Duration>,
        row: (TaskRun, Int) -> Int?
    ) async throws -> Int {
        var query = GroupRunsQuery(includesOutput: true)
        query.includesInput = true
        return try await ActiveGroup(id: id, client: client, clock: clock).list(query, count: count) { event in
            guard case .run(let run) = event.kind, let row = row(run, nextRow) else { return }
            try take(run, row, event)
        }
    }

    /// Copies the result of each run to the rows that share the run.
    private mutating func shareResults() {
        guard let sharedRuns = input?.sharedRuns else { return }
        for row in sharedRuns.repetitions {
            guard let owner = seen[sharedRuns.owner(of: row)] else { continue }
            let index = seen[row]?.index ?? results.count
            if index == results.count { results.append((row, results[owner.index].place)) }
            results[index].place = results[owner.index].place
            seen[row] = (index, owner.isFailed)
        }
    }

    /// The shards of the input that no group that was read has.
    package var missingShards: [Shard] {
        guard let notes, let first = notes.lazy.compactMap(\.shard).first else { return [] }
        let there = notes.compactMap(\.shard).filter { $0.count == first.count }.map(\.number)
        return (1...first.count).filter { !there.contains($0) }.compactMap { Shard("\($0)/\(first.count)") }
    }

    /// Whether rows of the input, or of the shards that were read, have no result, and no run that may give one.
    package var lacksRows: Bool {
        withoutRun + notListed > 0 || !missingShards.isEmpty || !rowsWithoutResult(1).isEmpty
    }

    /// The number of rows that should have a run in the groups that were read, and have none: the API refused them, or
    /// they were not submitted.
    package var withoutRun: Int { missingReruns ?? max(0, openRows.count - hiddenRows - notListed) }

    /// The first `limit` rows, counted from 1, that have neither a result nor an active run; empty if their number is
    /// that of the rows for which no run was meant.
    package func rowsWithoutResult(_ limit: Int) -> [Int] {
        // Groups that ran rows again may be looked at alone.
        if !needsAllRows, missingReruns != nil { return [] }
        let rows = openRows
        return rows.count > (lostInput == nil ? hiddenRows : 0) ? rows.prefix(limit).map { $0 + 1 } : []
    }

    /// The rows that have neither a result nor an active run.
    private var openRows: [Int] {
        let notes = notes ?? []
        let shards = notes.compactMap(\.shard)
        return (0..<(notes.first?.rowCount ?? 0)).filter { row in
            seen[row] == nil && !activeRows.contains(row)
                && (shards.count < notes.count || shards.contains { $0.contains(row) })
        }
    }

    /// The number of rows for which no run of their own was meant, and that are not known: blank ones and such that
    /// share a run or can't be sent.
    package var hiddenRows: Int {
        if knowsUnsentRows { return 0 }
        var unsent: [String: Int] = [:]
        for note in notes ?? [] { unsent[note.shard?.text ?? ""] = max(0, note.unsentCount) }
        return unsent.values.reduce(0, +)
    }

    /// Whether rows of the batch with this last group failed that can be run again.
    package func hasFailures(_ group: String) -> Bool { failures.values.contains(group) }

    /// The number of results.
    package var count: Int { results.count }

    /// Calls `body` for every result in the order of the rows.
    ///
    /// `number` is that of the row in the input, counted from 1; nil for a run that belongs to no row.
    package func forEach(_ body: (_ number: Int?, InputRow, ResultLine) throws -> Void) throws {
        var cursor = RowCursor()
        for (row, place) in results.sorted(by: { $0.row < $1.row }) {
            try Task.checkCancellation()
            guard let line = try events.line(at: place) else { continue }
            let result = ResultLine(json: line.bytes)
            try body(row < Self.firstOther ? row + 1 : nil, try inputRow(row, result, &cursor), result)
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

    private mutating func take(_ run: TaskRun, _ row: Int, _ event: GroupEvent) throws {
        if run.isActive {
            running += 1
            activeRows.insert(row)
            return
        }
        if row == nextRow { nextRow += 1 }
        guard try keep(row, isFailed: run.status != .completed, event.shownJSON.bytes()) else { return }
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

    /// Keeps a result, and returns whether it is the first one of its row. A result takes the place of a failure, since
    /// the row was run again then.
    private mutating func keep(
        _ row: Int, isFailed: Bool, _ line: some Collection<UInt8>, _ cause: UnsentRow.Cause? = nil
    ) throws -> Bool {
        if seen[row] == nil, isFailed, cause != .unusable { failures[row] = group }
        if !isFailed { failures[row] = nil }
        if let (index, wasFailed) = seen[row] {
            if wasFailed, !isFailed {
                results[index].place = try events.append(line)
                seen[row] = (index, false)
                return true
            }
            if !isFailed { duplicates += 1 }
            return false
        }
        seen[row] = (results.count, isFailed)
        results.append((row, try events.append(line)))
        return true
    }

    /// Takes the results that the group did not give itself: those of earlier groups, and rows without a run.
    private mutating func takeKept(_ header: BatchHeader, _ path: String) throws {
        if UserFile.isRegular(path) {
            let file = try ResultFile(copyOf: path, temporaryDirectory: temporaryDirectory)
            try file.load(header) { row, result, _, isTaken in
                let cause = result.unsent?.cause
                if isTaken || cause != nil { _ = try keep(row, isFailed: result.isFailed, result.json, cause) }
            }
            for (row, place) in try file.reserve(header) {
                if let result = try file.result(at: place) { reserve.append((row, Array(result.json))) }
            }
        } else if !header.earlierGroups.isEmpty {
            throw ResultFile.IsIncomplete(groups: header.groups)
        }
    }

    /// Takes the earlier results of rows whose other run has failed.
    private mutating func takeReserve() throws {
        for (row, line) in reserve where seen[row]?.isFailed == true { _ = try keep(row, isFailed: false, line) }
        reserve = []
    }

    private mutating func check(_ group: TaskGroup, _ notes: GroupNotes?) throws(OtherInput) {
        let own = notes?.fingerprint ?? group.id
        if let fingerprint, fingerprint != own { throw OtherInput(group: group.id) }
        fingerprint = own
    }
}
