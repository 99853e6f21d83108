/// The state of each row of a batch: a byte and a place in a file, so that a hundred thousand rows stay small.
struct RowStates {
    private struct Mark: OptionSet {
        let rawValue: UInt8
        /// The row is to be run, now or by an earlier call.
        static let wanted = Mark(rawValue: 1)
        /// The group has a run for the row.
        static let accepted = Mark(rawValue: 2)
        /// The run is no longer active.
        static let ended = Mark(rawValue: 4)
        /// The list of runs has been read beyond the row while its run was active.
        static let passed = Mark(rawValue: 8)
        /// The result is in the queue of results that are fetched one by one.
        static let queued = Mark(rawValue: 16)
        /// The row has no run and will get none. It counts as ended, and its result says why.
        static let unsent = Mark(rawValue: 32)
    }

    private(set) var wanted = 0
    private(set) var accepted = 0
    private(set) var ended = 0
    private(set) var failed = 0
    private(set) var collected = 0
    private(set) var unsent = 0
    /// The rows among `unsent` that do not count as failed.
    private(set) var blank = 0
    /// The rows among `unsent` that were to get a run.
    private(set) var refused = 0
    /// The rows whose results are those of runs of earlier groups.
    private var takenRuns = 0
    /// Whether any row was passed.
    private(set) var hasPassed = false
    private var marks: [Mark]
    private var places: Places

    init(count: Int) {
        marks = Array(repeating: [], count: count)
        places = Places(count: count)
    }

    var count: Int { marks.count }

    /// The number of rows with a result of a run, in this group or an earlier one.
    var runsWithResult: Int { takenRuns + collected - unsent }

    func isWanted(_ row: Int) -> Bool { marks[row].contains(.wanted) }
    func isAccepted(_ row: Int) -> Bool { marks[row].contains(.accepted) }
    func isEnded(_ row: Int) -> Bool { marks[row].contains(.ended) }
    func isUnsent(_ row: Int) -> Bool { marks[row].contains(.unsent) }
    /// Whether the row still needs a run.
    func isOpen(_ row: Int) -> Bool {
        isWanted(row) && marks[row].isDisjoint(with: [.accepted, .unsent])
    }
    func isPassed(_ row: Int) -> Bool { marks[row].contains(.passed) }
    func isCollected(_ row: Int) -> Bool { places[row] != nil }

    /// Returns the place of the result; nil if there is none yet.
    func place(_ row: Int) -> Int? { places[row] }

    mutating func want(_ row: Int) { if set(.wanted, row) { wanted += 1 } }

    /// Marks the row as accepted, and as wanted, because it is paid for.
    mutating func accept(_ row: Int) {
        want(row)
        if !marks[row].contains(.unsent), set(.accepted, row) { accepted += 1 }
    }

    /// Returns true the first time.
    @discardableResult
    mutating func end(_ row: Int, isCompleted: Bool) -> Bool {
        guard set(.ended, row) else { return false }
        ended += 1
        if !isCompleted { failed += 1 }
        return true
    }

    /// Marks a row that has no run as ended; `place` is that of the line that says why.
    mutating func leave(_ row: Int, _ cause: UnsentRow.Cause, at place: Int) {
        want(row)
        guard !isAccepted(row), set(.unsent, row) else { return }
        unsent += 1
        switch cause {
        case .blank: blank += 1
        case .refused, .notSent: refused += 1
        case .unusable: break
        }
        end(row, isCompleted: !cause.isFailure)
        collect(row, at: place)
    }

    mutating func pass(_ row: Int) { if set(.passed, row) { hasPassed = true } }

    /// Returns true the first time.
    mutating func queue(_ row: Int) -> Bool { set(.queued, row) }

    mutating func collect(_ row: Int, at place: Int) {
        if places[row] == nil { collected += 1 }
        places[row] = place
    }

    /// Marks a row whose result comes from an earlier group. It gets no run in this one, so it does not count as
    /// wanted.
    mutating func takeOver(_ row: Int, hasRun: Bool, at place: Int) {
        if hasRun { takenRuns += 1 }
        if marks[row].remove(.wanted) != nil { wanted -= 1 }
        places[row] = place
    }

    private mutating func set(_ mark: Mark, _ row: Int) -> Bool { marks[row].insert(mark).inserted }
}

/// The place of each result in a file, in five bytes a row: enough for a terabyte.
private struct Places {
    private static let none = (1 << 40) - 1

    private var low: [UInt32]
    private var high: [UInt8]

    init(count: Int) {
        low = Array(repeating: .max, count: count)
        high = Array(repeating: .max, count: count)
    }

    /// The place of a result; nil for a row without one.
    subscript(row: Int) -> Int? {
        get {
            let place = Int(high[row]) << 32 | Int(low[row])
            return place == Self.none ? nil : place
        }
        set {
            let place = newValue ?? Self.none
            precondition((0...Self.none).contains(place), "the file of results is too large")
            low[row] = UInt32(truncatingIfNeeded: place)
            high[row] = UInt8(place >> 32)
        }
    }
}
