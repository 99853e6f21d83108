import ParallelSystem

/// Delivers collected results with their rows while the batch runs.
struct ResultDelivery {
    private let receive: BatchSession.Receive
    private let isOrdered: Bool
    private let spool: RowSpool
    private let ledger: RowLedger
    /// The position of the next row to be delivered, if results are delivered in order.
    private var cursor = RowCursor()
    /// The places of the rows in the spool, if results are delivered in any order.
    private let places: [Int]
    private let sharedRuns: SharedRuns
    /// For rows whose run others share, these others, if results are delivered in any order.
    private let repetitions: [Int: [Int]]

    init(
        _ receive: @escaping BatchSession.Receive, isOrdered: Bool, _ spool: RowSpool, _ sharedRuns: SharedRuns,
        _ ledger: RowLedger
    ) throws {
        self.sharedRuns = sharedRuns
        repetitions = isOrdered ? [:] : Dictionary(grouping: sharedRuns.repetitions, by: sharedRuns.owner)
        self.receive = receive
        self.isOrdered = isOrdered
        self.spool = spool
        self.ledger = ledger
        places = isOrdered ? [] : try spool.places()
    }

    /// Delivers the results that an earlier process has collected.
    mutating func deliverAll(_ results: ResultFile) throws {
        if isOrdered { return try deliverInOrder(results) }
        for row in 0..<ledger.rowCount { try deliver(row, results) }
    }

    /// Delivers the result of a row; in order, only once the results of all earlier rows are delivered.
    mutating func didCollect(_ row: Int, _ results: ResultFile) throws {
        if isOrdered { try deliverInOrder(results) } else { try deliver(row, results) }
    }

    private mutating func deliverInOrder(_ results: ResultFile) throws {
        while cursor.index < ledger.rowCount {
            let index = cursor.index
            let owner = sharedRuns.owner(of: index)
            let (isWanted, place) = ledger.withRows { ($0.isWanted(owner), $0.place(owner)) }
            if isWanted, place == nil { return }
            guard let row = try spool.next(&cursor) else { return }
            if let place, let result = try results.result(at: place) { try receive(row, result) }
        }
    }

    private mutating func deliver(_ index: Int, _ results: ResultFile) throws {
        guard let place = ledger.withRows({ $0.place(index) }), let result = try results.result(at: place) else {
            return
        }
        for index in [index] + (repetitions[index] ?? []) {
            cursor.move(to: index, at: places[index])
            if let row = try spool.next(&cursor) { try receive(row, result) }
        }
    }
}
