import ParallelAPI
import ParallelJSON

/// The results that a further group of a batch takes over from the groups before it. All other rows get a run in that
/// group.
package struct EarlierResults: Sendable {
    /// Which rows get a run of a further group.
    package enum Rerun: Sendable {
        /// The rows that failed.
        case failedRows
        /// The rows that have no run yet: new ones, and those that an earlier call left.
        case newRows
        /// The rows that a `Choice` chooses.
        case chosenRows
    }

    /// Which rows get another run by their results.
    package struct Choice: Sendable {
        /// The condition as it was typed.
        let condition: String
        /// Whether rows are run once more that were chosen before, by whatever condition, and run on the same
        /// processor; or on any, if that is the one that the batch began with.
        let repeats: Bool
        let matches: @Sendable (SpooledRow, ResultLine) throws -> Bool

        package init(
            condition: String, repeats: Bool, matches: @escaping @Sendable (SpooledRow, ResultLine) throws -> Bool
        ) {
            self.condition = condition
            self.repeats = repeats
            self.matches = matches
        }
    }

    /// In the order of the rows.
    let taken: [TakenResult]
    /// The results of rows that get another run, in case that it fails.
    let reserve: [TakenResult]
    /// The condition that chose the rows; nil if none did.
    let condition: String?
    /// For each processor, the rows whose last run there was for a condition and did not fail, in ascending order.
    let reran: [String: [Int]]
    /// The number of rows that the choice leaves out, because they were chosen and run before.
    package let repeatedCount: Int
    /// The number of results that are taken over.
    package var takenCount: Int { taken.count }
    /// The groups that the results came from.
    package let groups: [String]
    /// The number of rows with results that are not in the input any more.
    package let goneCount: Int
    /// What the further group has from those before it.
    let counts: BatchHeader.EarlierCounts
    /// For each row of the input, whether it gets a run.
    package let needsRun: [Bool]
    /// The number of rows that get a run.
    package var remaining: Int { needsRun.count { $0 } }
    /// The numbers of the first `limit` rows that get a run, counted from 1.
    package func rowsToRun(_ limit: Int) -> [Int] {
        needsRun.indices.filter { needsRun[$0] }.prefix(limit).map { $0 + 1 }
    }
    /// The rows that the further group is begun for: those that get a run, and those that failed and can't be sent.
    let reruns: [Int]
    /// The number of runs that the batch lacks. Some are not wanted now, where an earlier call has run a part.
    let missingRuns: Int
    /// Whether the input has the rows of the batch in their order, and no others.
    package let isSameInput: Bool
    /// Whether the batch had ended. If not, rows without a run may be old ones that were never sent.
    package let isOfWhole: Bool

    /// Finds the results of the batch in `files`, none of whose runs is active, that rows of `plan` take over.
    ///
    /// A row of a changed input takes over the result of a row that was sent as the same text, each result once. There
    /// may be such a row in an earlier group, if it was gone from the input meanwhile.
    ///
    /// - Parameters:
    ///   - runs: the number of rows with a run, where the state file does not say it.
    ///   - onlyCounts: whether nothing will be run. Then results may be missing that were removed because no row
    ///     failed.
    ///   - choice: which rows get another run, for `chosenRows`; the input must be that of the batch.
    ///
    /// Throws `ResultFile.IsIncomplete`, `FileError`, the errors of the encoder, and `CancellationError` once the task
    /// is cancelled.
    package init(
        for rerun: Rerun, _ plan: BatchPlan, _ header: BatchHeader, runs: Int? = nil, in files: BatchFiles,
        onlyCounts: Bool = false, choosing choice: Choice? = nil
    ) throws {
        let inputs = try files.journal?.inputs ?? []
        groups = header.groups
        let incomplete = ResultFile.IsIncomplete(groups: groups)
        isSameInput = plan.input.fingerprint == header.fingerprint
        isOfWhole = files.journal?.ending != nil
        guard isSameInput || inputs.count == header.rowCount else { throw incomplete }
        /// The row of the input now, by the row of the batch.
        var newRows: [Int?] = Array(0..<header.rowCount)
        var gone: [GoneResult] = []
        if !isSameInput {
            gone = try Self.goneResults(header, in: files)
            newRows = Self.match(inputs + gone.map(\.input), try plan.inputs(in: files.spool))
        }
        var taken: [TakenResult] = []
        var goneCount = 0
        var counts = BatchHeader.EarlierCounts()
        counts.paid = header.earlierCounts?.paid ?? 0
        let reserved = try files.results.reserve(header)
        let chosen = try choice.map { try Self.choose($0, plan, header, reserved, in: files) }
        var reserve: [TakenResult] = []
        var repeatedCount = 0
        let processor = header.parts[.processor]?.string ?? ""
        let isOwnProcessor = plan.task.processor == header.processors.first
        var reran = header.reran.mapValues(Set.init)
        var hasRun = [Bool](repeating: false, count: header.rowCount)
        // In a batch that has ended, a row without a line was refused, and the file that said so is lost.
        var failed = [Bool](repeating: isOfWhole, count: header.rowCount)
        try files.results.load(header) { row, own, ownPlace, isTaken in
            if let run = own.run {
                hasRun[row] = true
                if run.isCompleted, !isTaken { counts.paid += 1 }
                if header.condition != nil, !isTaken {
                    if own.isFailed { reran[processor]?.remove(row) } else { reran[processor, default: []].insert(row) }
                }
            }
            let (result, place) = try files.results.standing(own, ownPlace, instead: reserved[row])
            let run = result.run
            failed[row] = false
            if rerun == .failedRows, result.isFailed { return failed[row] = true }
            if chosen?[row] == true {
                // A run that failed cost nothing, and may be tried again.
                if choice?.repeats == false,
                    reran.contains(where: { ($0 == plan.task.processor || isOwnProcessor) && $1.contains(row) })
                {
                    repeatedCount += 1
                } else {
                    if !result.isFailed { reserve.append(TakenResult(row: row, place: place)) }
                    return failed[row] = true
                }
            }
            guard let newRow = newRows[row] else {
                goneCount += 1
                return
            }
            taken.append(TakenResult(row: newRow, place: place))
            if let run {
                if run.isCompleted { counts.completed += 1 } else { counts.failed += 1 }
            }
        }
        for (result, row) in zip(gone, newRows.dropFirst(header.rowCount)) {
            guard let row else { continue }
            taken.append(TakenResult(row: row, place: result.place))
            counts.completed += 1
        }
        // A row whose result is missing would be run and paid for again.
        if hasRun.count(where: \.self) < files.journal?.ending?.runs ?? runs ?? header.rowCount {
            guard onlyCounts, choice == nil, files.journal?.ending?.failed == 0 else { throw incomplete }
            for (row, newRow) in newRows.prefix(header.rowCount).enumerated() where !hasRun[row] {
                if let newRow { taken.append(TakenResult(row: newRow, place: 0)) } else { goneCount += 1 }
            }
        }
        let before = header.earlierCounts.map { $0.cost } ?? Cost(thousandths: 0)
        let own = counts.paid - (header.earlierCounts?.paid ?? 0)
        counts.cost = before.flatMap { before in
            Cost(runs: own, processor: processor).map {
                Cost(thousandths: before.thousandths + $0.thousandths)
            }
        }
        self.reserve = reserve
        self.repeatedCount = repeatedCount
        self.reran = reran.mapValues { $0.compactMap { newRows[$0] }.sorted() }
        condition = choice?.condition
        self.taken = taken.sorted { $0.row < $1.row }
        self.goneCount = goneCount
        self.counts = counts
        var lacksRun = (0..<plan.input.rowCount).map(plan.selection.contains)
        for result in taken { lacksRun[result.row] = false }
        func isWanted(_ row: Int) -> Bool { rerun == .newRows || failed[row] }
        reruns = lacksRun.indices.filter { lacksRun[$0] && isWanted($0) }
        for unsent in plan.input.unsentRows { lacksRun[unsent.row] = false }
        missingRuns = lacksRun.count { $0 }
        needsRun = lacksRun.indices.map { lacksRun[$0] && isWanted($0) }
    }

    /// Returns for each row whether `choice` chooses it by the result that it has. Of rows that share a run, one is
    /// enough.
    private static func choose(
        _ choice: Choice, _ plan: BatchPlan, _ header: BatchHeader, _ reserved: [Int: Int], in files: BatchFiles
    ) throws -> [Bool] {
        var places = [Int?](repeating: nil, count: header.rowCount)
        try files.results.load(header) { row, result, place, _ in
            places[row] = try files.results.standing(result, place, instead: reserved[row]).place
        }
        let unsent = Set(plan.input.unsentRows.map(\.row))
        var chosen = [Bool](repeating: false, count: header.rowCount)
        try files.spool.forEach { row in
            let owner = plan.input.sharedRuns.owner(of: row.index)
            guard row.index < chosen.count, !unsent.contains(owner), !chosen[owner], let place = places[owner],
                let result = try files.results.result(at: place)
            else { return }
            chosen[owner] = try choice.matches(row, result)
        }
        return chosen
    }

    /// A result of a row that was not in the input of the last group.
    private struct GoneResult {
        let input: UInt64
        let place: Int
    }

    /// Finds the results of earlier groups that the last one has not taken over. Rows that failed are none: they were
    /// run again, or are gone without a result.
    private static func goneResults(_ header: BatchHeader, in files: BatchFiles) throws -> [GoneResult] {
        guard !header.earlierGroups.isEmpty else { return [] }
        var places: Set<Int> = []
        try files.results.load(header) { _, _, place, _ in places.insert(place) }
        places.formUnion(try files.results.reserve(header).values)
        var results: [GoneResult] = []
        var inputs = try files.journal?.inputs(ofEarlier: header.groups[0]) ?? []
        try files.results.forEach { place, line in
            if let group = line.group { inputs = try files.journal?.inputs(ofEarlier: group) ?? [] }
            guard place < header.resultsStart, !places.contains(place), let row = line.run?.row, !line.isFailed,
                row < inputs.count
            else { return }
            results.append(GoneResult(input: inputs[row], place: place))
        }
        return results
    }

    /// Returns, for each of the `old` inputs, the place of an equal one among the `new` ones, each of which is given
    /// once.
    static func match(_ old: [UInt64], _ new: [UInt64]) -> [Int?] {
        func order(_ inputs: [UInt64]) -> [Int] {
            inputs.indices.sorted { (inputs[$0], $0) < (inputs[$1], $1) }
        }
        var matches = [Int?](repeating: nil, count: old.count)
        var others = order(new)[...]
        for row in order(old) {
            while let other = others.first, new[other] < old[row] { others.removeFirst() }
            if let other = others.first, new[other] == old[row] {
                matches[row] = other
                others.removeFirst()
            }
        }
        return matches
    }
}

extension BatchPlan {
    /// Returns the fingerprint of each row's input, whatever the order of its members. For a row that is not sent, it
    /// is that of the row itself, which may lack what the input is made of.
    func inputs(in spool: RowSpool) throws -> [UInt64] {
        let encoder = encoder
        var inputs: [UInt64] = []
        inputs.reserveCapacity(input.rowCount)
        var unsent = input.unsentRows[...]
        try spool.forEach { row in
            var fingerprint = Fingerprint()
            if unsent.first?.row == row.index {
                unsent.removeFirst()
                fingerprint.add(row.json)
            } else {
                var text = try encoder.input(row)
                if text.first == UInt8(ascii: "{"), let object = try JSONValue.parse(text).object {
                    let members = object.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                    text = JSONValue.object(JSONObject(members)).bytes()
                }
                fingerprint.add(text)
            }
            inputs.append(fingerprint.state)
        }
        return inputs
    }
}
