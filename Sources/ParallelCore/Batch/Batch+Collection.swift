import ParallelHTTP
import ParallelJSON

/// Results, each fetched once.
///
/// The list of runs is read with outputs, in the server's order, up to the first run that is active; once that has ended,
/// from there on. Where results are wanted as they come, reading goes on beyond runs that are active, and those are
/// fetched one by one when they end.
extension Batch {
    /// The least time between two beginnings of reading where a run was in the way: runs that end one after the other
    /// would have the list opened for each.
    private static let readingInterval = Duration.milliseconds(500)
    /// How long nothing may be heard before the list is looked at anyway.
    private static let longestSilence = Duration.seconds(10)
    /// How many stragglers are fetched at once.
    private static let width = 8

    /// Returns once every wanted row has its result.
    func collect() async throws {
        var patience = WaitPatience(isKnown: true)
        while rows.collected < rows.wanted {
            let begin = elapsed()
            let before = rows.collected
            do {
                try await read()
                try await fetchStragglers()
                patience.answered(held: true)
                succeeded()
            } catch  where !Task.isCancelled && patience.bears(error) {
                if rows.collected > before { patience.answered(held: true) } else { try endure(error) }
                hasNews = true
            }
            try results.flush()
            if rows.collected >= rows.wanted { return }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
            try await awaitNews()
            let rest = begin + Self.readingInterval - elapsed()
            if blockingRow != nil || !options.isOrdered, rest > .zero { try await clock.sleep(for: rest) }
        }
    }

    private func awaitNews() async throws {
        let start = elapsed()
        var pause = Duration.milliseconds(5)
        while !hasNews, stragglers.isEmpty, elapsed() - start < Self.longestSilence {
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
    }

    /// Reads on in the list of runs.
    private func read() async throws {
        hasNews = false
        blockingRow = nil
        for try await message in try await client.groupRuns(
            group, GroupRunsQuery(after: frontier, includesOutput: true))
        {
            let event = try GroupEvent(message)
            switch event.kind {
            case .run(let run):
                if let row = row(of: run), try !take(run, row, message) { return }
                frontier = event.id ?? frontier
            case .fault(let fault):
                throw UnexpectedAnswer(message: "a run can't be read: \(fault.message)")
            case .status, .other:
                break
            }
        }
    }

    /// Keeps the result of a run; false if it has to be waited for before reading on.
    private func take(_ run: TaskRun, _ row: Int, _ message: ServerSentEvent) throws -> Bool {
        rows.accept(row)
        if rows.isCollected(row) { return true }
        if !run.isActive {
            try keep(run, row, message.data)
            return true
        }
        // Its end may have been told before the list knows of it.
        let hasEnded = rows.isEnded(row)
        if options.isOrdered {
            blockingRow = row
            hasNews = hasNews || hasEnded
            return false
        }
        rows.pass(row)
        if hasEnded { stragglers.append((row, run.id)) }
        return true
    }

    private func keep(_ run: TaskRun, _ row: Int, _ event: String) throws {
        if rows.isCollected(row) { return }
        // One result is one line; in JSON a line break can only be layout.
        let place = try results.append(event.utf8.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
        rows.end(row, isCompleted: run.status == .completed)
        rows.collect(row, at: place)
        report()
        try collected(row)
    }

    private func fetchStragglers() async throws {
        while !stragglers.isEmpty {
            let some = stragglers.prefix(Self.width).filter { !rows.isCollected($0.row) }
            let count = min(Self.width, stragglers.count)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for straggler in some { group.addTask { try await self.fetch(straggler.runID, straggler.row) } }
                try await group.waitForAll()
            }
            stragglers.removeFirst(count)
        }
    }

    private func fetch(_ id: String, _ row: Int) async throws {
        switch try await client.result(id, timeout: 1) {
        case .finished(let result): try keep(result.run, row, result.json.serialized())
        case .ended(let run): try keepFailure(run, row)
        case .withoutResult, .stillActive:
            let run = try await client.run(id)
            // One that was said to have ended and has not is asked for again.
            if run.isActive || run.status == .completed {
                throw UnexpectedAnswer(message: "run \(id) has no result yet")
            }
            try keepFailure(run, row)
        }
    }

    private func keepFailure(_ run: TaskRun, _ row: Int) throws {
        try keep(run, row, (["run": run.json] as JSONValue).serialized())
    }
}
