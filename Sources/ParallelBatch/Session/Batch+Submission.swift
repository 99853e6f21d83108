import ParallelAPI
import ParallelHTTP
import ParallelSystem

/// Rows to runs: lots of rows, a few under way at once, each sent again only for rows that the group surely lacks.
extension Batch {
    /// How many requests are under way at once.
    private static let width = 4
    /// A lot that is as large as this, in bytes, gets no further row; the inputs of a batch may be long.
    private static let maximumLotSize = 1 << 20
    /// How long a server may go on with a request after its answer was lost, in seconds: before that, a row that the
    /// group lacks may still come.
    static let settlingTime = 20
    /// The same where the server itself has answered, with an error that may stand for anything.
    private static let settlingTimeAfterAnswer = 5
    /// The longest wait that a server may ask for.
    private static let longestWait = Duration.seconds(3600)
    /// The same where something in front of it has, which had no patience.
    private static let settlingTimeAfterGateway = 60

    /// Sends every wanted row that the group does not have.
    func submit() async throws {
        lastAddition = elapsed()
        try await withThrowingTaskGroup(of: Void.self) { group in
            var underWay = 0
            while true {
                if underWay == Self.width {
                    try await group.next()
                    underWay -= 1
                }
                guard let lot = try nextLot() else { break }
                group.addTask { try await self.send(lot) }
                underWay += 1
            }
            try await group.waitForAll()
        }
    }

    private func nextLot() throws -> BatchLot? {
        var lot = BatchLot(request)
        while lot.rows.count < TaskGroup.maximumAddition, lot.body.count < Self.maximumLotSize, nextRow < rows.count,
            let line = try input.line(at: nextLine)
        {
            if rows.isWanted(nextRow), !rows.isAccepted(nextRow) {
                lot.add(row: nextRow, input: try encode(line.bytes))
            }
            nextRow += 1
            nextLine = line.next
        }
        lot.close()
        return lot.rows.isEmpty ? nil : lot
    }

    private func send(_ whole: BatchLot) async throws {
        var lot = whole
        var pause = Duration.milliseconds(500)
        while true {
            let delay = pacer.delay(at: elapsed())
            if delay > .zero { try await clock.sleep(for: delay) }
            try Task.checkCancellation()
            // Some may have turned up while nobody looked for them.
            let open = lot.rows.indices.filter { !rows.isAccepted(lot.rows[$0]) }
            if open.isEmpty { return }
            if open.count < lot.rows.count { lot = lot.keeping(open) }
            let number = try record?.willSend(lot.rows, at: now())
            var wait = pause
            do {
                let added = try await addingClient.addRuns(
                    to: group, body: lot.body, betas: request.betas, mayReuseConnection: true)
                guard added.runIDs.count == lot.rows.count else {
                    throw UnexpectedAnswer(
                        message: "the API tells of \(added.runIDs.count) runs for \(lot.rows.count) rows",
                        mayHaveCreated: true)
                }
                accept(lot.rows)
                if let number { try record?.didSettle(number, isAccepted: true) }
                return
            } catch {
                switch Outcome(error, of: CreationRequest(body: lot.body), now: now()) {
                case .uncertain(let seconds):
                    try endure(error, since: lastAddition)
                    let deadline = elapsed() + .seconds(seconds)
                    try await clock.sleep(for: wait)
                    wait = .zero
                    lot = try await missing(lot, atTheLatest: deadline)
                case .refused(let asked):
                    try endure(error, since: lastAddition)
                    wait = max(wait, min(asked ?? .zero, Self.longestWait))
                    // A wait that was asked for is no failure.
                    lastAddition += asked == nil ? .zero : wait
                case .final:
                    if let number { try record?.didSettle(number) }
                    throw error
                case .interrupted: throw error
                }
            }
            if let number { try record?.didSettle(number) }
            if wait > .zero { try await clock.sleep(for: wait) }
            pause = min(pause * 2, .seconds(15))
        }
    }

    /// What a failure says of the runs that were to be created.
    private enum Outcome {
        /// Nobody knows; a server that goes on with the request will have ended after so many seconds.
        case uncertain(settling: Int)
        /// There are none, and the request may be sent again, after the wait that was asked for.
        case refused(wait: Duration?)
        /// There are none, and never will be.
        case final
        /// There may be some, and no time to look.
        case interrupted

        init(_ error: any Error, of request: CreationRequest, now: Int) {
            if error is CancellationError || (error as? HTTPError)?.kind == .cancelled {
                self = .interrupted
                return
            }
            let answer = error as? APIError
            switch request.outcome(of: error) {
            // Even where the server says that it took nothing on: the group can be asked, and that costs nothing.
            case .notCreated(canBeSentAgain: true) where answer?.status == 503:
                self = .uncertain(settling: settlingTime)
            case .notCreated(canBeSentAgain: true):
                self = .refused(wait: answer?.retryAfter.flatMap { RetryAfter.delay($0, now: now) })
            case .notCreated(canBeSentAgain: false): self = .final
            case .created, .uncertain: self = .uncertain(settling: Self.settling(after: error))
            }
        }

        /// How long a server may go on with the request, in seconds.
        private static func settling(after error: any Error) -> Int {
            switch error {
            case let error as APIError where [408, 502, 504].contains(error.status): settlingTimeAfterGateway
            // Some gateways say 503 where the server broke off.
            case let error as APIError where error.status != 503: settlingTimeAfterAnswer
            case is UnexpectedAnswer: settlingTimeAfterAnswer
            default: settlingTime
            }
        }
    }

    private func accept(_ accepted: [Int]) {
        for row in accepted { rows.accept(row) }
        addedRows += accepted.count
        lastAddition = elapsed()
        if blockingRow == nil { hasNews = true }
        report()
    }

    /// Those of `lot` for which the group has no run once it has had time to make them.
    private func missing(_ lot: BatchLot, atTheLatest deadline: Duration) async throws -> BatchLot {
        var pause = Duration.milliseconds(500)
        while true {
            let isLastLook = elapsed() >= deadline
            try await list()
            let missing = lot.rows.indices.filter { !rows.isAccepted(lot.rows[$0]) }
            if missing.count < lot.rows.count { accept([]) }
            if missing.isEmpty { return lot.keeping([]) }
            if isLastLook {
                if runsWithoutRow > 0 {
                    throw UnexpectedAnswer(
                        message:
                            "\(runsWithoutRow) runs of group \(group) don't say which row they are for; nothing was "
                            + "sent again")
                }
                return lot.keeping(missing)
            }
            try await clock.sleep(for: min(pause, max(deadline - elapsed(), .milliseconds(1))))
            pause = min(pause * 2, .seconds(5))
        }
    }
}
