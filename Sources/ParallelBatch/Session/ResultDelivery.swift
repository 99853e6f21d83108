import ParallelSystem

/// Hands results that were collected, with their rows, to whoever wants them as they come.
struct ResultDelivery {
    private let receive: BatchSession.Receive
    private let isOrdered: Bool
    private let spool: RowSpool
    private let ledger: RowLedger
    /// Stands at the next row to be handed over, where they are handed over in order.
    private var cursor = RowCursor()
    /// Where the rows begin in the spool, for results that come in any order.
    private let places: [Int]

    init(
        _ receive: @escaping BatchSession.Receive, isOrdered: Bool, _ spool: RowSpool, _ ledger: RowLedger
    ) throws {
        self.receive = receive
        self.isOrdered = isOrdered
        self.spool = spool
        self.ledger = ledger
        places = isOrdered ? [] : try spool.places()
    }

    /// Hands over what an earlier process has collected.
    mutating func deliverAll(_ results: ResultFile) throws {
        if isOrdered { return try deliverInOrder(results) }
        for row in 0..<ledger.rowCount { try deliver(row, results) }
    }

    /// Hands over the result of a row as soon as it is due, and with it those that waited for it.
    mutating func didCollect(_ row: Int, _ results: ResultFile) throws {
        if isOrdered { try deliverInOrder(results) } else { try deliver(row, results) }
    }

    private mutating func deliverInOrder(_ results: ResultFile) throws {
        while cursor.index < ledger.rowCount {
            let index = cursor.index
            let (isWanted, place) = ledger.withRows { ($0.isWanted(index), $0.place(index)) }
            if isWanted, place == nil { return }
            guard let row = try spool.next(&cursor) else { return }
            if let place, let result = try results.result(at: place) { try receive(row, result) }
        }
    }

    private mutating func deliver(_ index: Int, _ results: ResultFile) throws {
        guard let place = ledger.withRows({ $0.place(index) }) else { return }
        cursor.move(to: index, at: places[index])
        guard let row = try spool.next(&cursor), let result = try results.result(at: place) else { return }
        try receive(row, result)
    }
}
