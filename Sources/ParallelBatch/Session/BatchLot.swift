/// Rows whose runs are added by one request, kept as the body of it.
struct BatchLot: Sendable {
    private(set) var rows: [Int] = []
    private(set) var body: [UInt8]
    /// Where the run of each row begins in the body.
    private var starts: [Int] = []
    private let request: BatchRequest
    private static let ending = Array("]}".utf8)

    init(_ request: BatchRequest) {
        self.request = request
        body = request.opening
    }

    /// Adds the run of a row, whose input is JSON already.
    mutating func add(row: Int, input: [UInt8]) {
        if !rows.isEmpty { body.append(UInt8(ascii: ",")) }
        rows.append(row)
        starts.append(body.count)
        request.appendRun(row: row, input: input, to: &body)
    }

    /// Makes the body whole, after which nothing can be added.
    mutating func close() { body += Self.ending }

    /// The rows at these places, as a lot that is closed like this one.
    func keeping(_ places: [Int]) -> BatchLot {
        var lot = BatchLot(request)
        for place in places {
            if !lot.rows.isEmpty { lot.body.append(UInt8(ascii: ",")) }
            lot.rows.append(rows[place])
            lot.starts.append(lot.body.count)
            // A comma stands behind every run but the last.
            let end = place + 1 < starts.count ? starts[place + 1] - 1 : body.count - Self.ending.count
            lot.body += body[starts[place]..<end]
        }
        lot.close()
        return lot
    }
}
