import ParallelHTTP

/// Rows to runs: lots of rows, a few under way at once, each sent again only for rows that the group surely lacks.
extension Batch {
    /// How many requests are under way at once.
    private static let width = 4
    /// No request is to be larger than this, in bytes; the inputs of a batch may be long.
    private static let maximumLotSize = 2 << 20
    /// How long a server may take to carry out a request whose answer was lost, in seconds: before that, a row that the
    /// group lacks may still come.
    static let settlingTime = 10
    /// The same where the server has answered, with an error that may stand for anything.
    private static let settlingTimeAfterAnswer = 2

    struct Lot: Sendable {
        var rows: [Int] = []
        var runs: [[UInt8]] = []
    }

    /// Sends every wanted row that the group does not have.
    func submit() async throws {
        lastAddition = elapsed()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            while let lot = try nextLot() {
                if underWay == Self.width {
                    try await group.next()
                    underWay -= 1
                }
                group.addTask { try await self.send(lot) }
                underWay += 1
            }
            try await group.waitForAll()
        }
    }

    private func nextLot() throws -> Lot? {
        var lot = Lot()
        var size = 0
        while lot.rows.count < TaskGroup.maximumAddition, size < Self.maximumLotSize, nextRow < rows.count,
            let line = try input.line(at: nextLine)
        {
            if rows.isWanted(nextRow), !rows.isAccepted(nextRow) {
                let run = request.run(row: nextRow, input: try encode(line.bytes))
                // What goes beyond the limit is read again as the first of the next lot.
                if !lot.rows.isEmpty, size + run.count > Self.maximumLotSize { break }
                lot.rows.append(nextRow)
                lot.runs.append(run)
                size += run.count
            }
            nextRow += 1
            nextLine = line.next
        }
        return lot.rows.isEmpty ? nil : lot
    }

    private func send(_ whole: Lot) async throws {
        var lot = whole
        var pause = Duration.milliseconds(500)
        while !lot.rows.isEmpty {
            let delay = pacer.delay(at: elapsed())
            if delay > .zero { try await clock.sleep(for: delay) }
            try Task.checkCancellation()
            let sentAt = elapsed()
            let number = try record?.willSend(lot.rows, at: now())
            let settling: Int
            do {
                let added = try await client.addRuns(
                    to: group, body: request.body(lot.runs), betas: request.betas, hiding: request.secrets)
                if added.runIDs.count == lot.rows.count {
                    accept(lot.rows)
                    if let number { try record?.didSettle(number) }
                    return
                }
                settling = 0
            } catch {
                switch Outcome(error) {
                case .uncertain(let seconds): settling = seconds
                case .refused: settling = -1
                case .final:
                    if let number { try record?.didSettle(number) }
                    throw error
                case .interrupted: throw error
                }
                try endure(error, since: lastAddition)
            }
            if settling >= 0 {
                let missing = try await missing(lot.rows, atTheLatest: sentAt + .seconds(settling))
                if missing.count < lot.rows.count { lastAddition = elapsed() }
                lot = Lot(
                    rows: missing.map { lot.rows[$0] }, runs: missing.map { lot.runs[$0] })
            }
            if let number { try record?.didSettle(number) }
            if lot.rows.isEmpty { return }
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .seconds(15))
        }
    }

    /// What a failure says of the runs that were to be created.
    private enum Outcome {
        /// Nobody knows; a server that goes on with the request will have ended so many seconds after it was sent.
        case uncertain(settling: Int)
        /// There are none, and the request may be sent again.
        case refused
        /// There are none, and never will be.
        case final
        /// There may be some, and no time to look.
        case interrupted

        init(_ error: any Error) {
            switch error {
            case let error as HTTPError where error.kind == .cancelled: self = .interrupted
            case let error as HTTPError where error.mayHaveBeenSent: self = .uncertain(settling: settlingTime)
            case let error as HTTPError: self = error.isTransient ? .refused : .final
            case let error as APIError where error.status == 429 || error.status == 503: self = .refused
            case let error as APIError where error.status >= 500 || error.status == 408:
                self = .uncertain(settling: settlingTimeAfterAnswer)
            case let error as UnexpectedAnswer where error.mayHaveCreated:
                self = .uncertain(settling: settlingTimeAfterAnswer)
            case is CancellationError: self = .interrupted
            default: self = .final
            }
        }
    }

    private func accept(_ accepted: [Int]) {
        for row in accepted { rows.accept(row) }
        succeeded()
        lastAddition = elapsed()
        if blockingRow == nil { hasNews = true }
        report()
    }

    /// The indices of those of `lot` for which the group has no run once it has had time to make them.
    private func missing(_ lot: [Int], atTheLatest deadline: Duration) async throws -> [Int] {
        var pause = Duration.milliseconds(500)
        while true {
            let isLastLook = elapsed() >= deadline
            try await list { _, _, _ in }
            let missing = lot.indices.filter { !rows.isAccepted(lot[$0]) }
            if missing.isEmpty || isLastLook { return missing }
            try await clock.sleep(for: min(pause, max(deadline - elapsed(), .milliseconds(1))))
            pause *= 2
        }
    }
}
