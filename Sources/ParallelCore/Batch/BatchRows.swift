/// What is known of each row of a batch: a byte and a place in a file each, so that a hundred thousand rows stay small.
struct BatchRows {
    private struct Mark: OptionSet {
        let rawValue: UInt8
        /// It is to be run, now or by an earlier call.
        static let wanted = Mark(rawValue: 1)
        /// The group has a run for it.
        static let accepted = Mark(rawValue: 2)
        /// Its run is no longer active.
        static let ended = Mark(rawValue: 4)
        /// The list of runs has been read beyond it while it was active.
        static let passed = Mark(rawValue: 8)
        /// Its result is to be fetched by itself.
        static let queued = Mark(rawValue: 16)
    }

    private(set) var wanted = 0
    private(set) var accepted = 0
    private(set) var ended = 0
    private(set) var failed = 0
    private(set) var collected = 0
    /// Whether any row was passed.
    private(set) var hasPassed = false
    private var marks: [Mark]
    /// Where each row's result is kept; -1 for none.
    private var places: [Int]

    init(count: Int) {
        marks = Array(repeating: [], count: count)
        places = Array(repeating: -1, count: count)
    }

    var count: Int { marks.count }

    func isWanted(_ row: Int) -> Bool { marks[row].contains(.wanted) }
    func isAccepted(_ row: Int) -> Bool { marks[row].contains(.accepted) }
    func isEnded(_ row: Int) -> Bool { marks[row].contains(.ended) }
    func isPassed(_ row: Int) -> Bool { marks[row].contains(.passed) }
    func isCollected(_ row: Int) -> Bool { places[row] >= 0 }

    /// Where the result is kept, once there is one.
    func place(_ row: Int) -> Int? { places[row] >= 0 ? places[row] : nil }

    mutating func want(_ row: Int) { if set(.wanted, row) { wanted += 1 } }

    /// What was accepted is paid for, and so wanted.
    mutating func accept(_ row: Int) {
        want(row)
        if set(.accepted, row) { accepted += 1 }
    }

    /// True the first time.
    @discardableResult
    mutating func end(_ row: Int, isCompleted: Bool) -> Bool {
        guard set(.ended, row) else { return false }
        ended += 1
        if !isCompleted { failed += 1 }
        return true
    }

    mutating func pass(_ row: Int) { if set(.passed, row) { hasPassed = true } }

    /// True the first time.
    mutating func queue(_ row: Int) -> Bool { set(.queued, row) }

    mutating func collect(_ row: Int, at place: Int) {
        if places[row] < 0 { collected += 1 }
        places[row] = place
    }

    private mutating func set(_ mark: Mark, _ row: Int) -> Bool { marks[row].insert(mark).inserted }
}
