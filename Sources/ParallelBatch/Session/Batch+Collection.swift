import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem

/// Results, each fetched once.
///
/// The list of runs is read with outputs, in the server's order, up to the first run that is active; once that has
/// ended, from there on. Where results are wanted as they come, reading goes on beyond runs that are active, and those
/// are fetched one by one when they end.
extension Batch {
    /// The least time between two beginnings of reading where a run was in the way: runs that end one after the other
    /// would have the list opened for each.
    private static let readingInterval = Duration.milliseconds(500)
    /// How long nothing may be heard before the list is looked at anyway.
    static let longestSilence = Duration.seconds(10)
    /// How often all may be done and read to its end without a result that is still missing.
    private static let maximumFruitless = 2
    /// How often a result is asked for that is said to be there and is not.
    private static let maximumFetches = 5
    /// How many stragglers are fetched at once.
    private static let width = 8

    /// Returns once every wanted row has its result.
    func collect() async throws {
        var patience = WaitPatience(isKnown: true)
        var lastSuccess = elapsed()
        var fruitless = 0
        while rows.collected < rows.wanted {
            let begin = elapsed()
            let before = rows.collected
            do {
                try await read()
                try results.flush()
                try await fetchStragglers()
                patience.answered(held: true)
                lastSuccess = elapsed()
                let isOver = rows.collected == before ? try await isOver() : false
                fruitless = isOver ? fruitless + 1 : 0
            } catch  where !Task.isCancelled && patience.bears(error) {
                if rows.collected > before {
                    patience.answered(held: true)
                    lastSuccess = elapsed()
                }
                try endure(error, since: lastSuccess)
                hasNews = true
            }
            try results.flush()
            if rows.collected >= rows.wanted { return }
            if let pause = patience.pause { try await clock.sleep(for: pause) }
            if fruitless == Self.maximumFruitless {
                throw UnexpectedAnswer(
                    message: "group \(group) has ended, but \(rows.wanted - rows.collected) rows have no result in it")
            }
            try await awaitNews()
            let rest = begin + Self.readingInterval - elapsed()
            if blockingRow != nil || !options.isOrdered, rest > .zero { try await clock.sleep(for: rest) }
        }
    }

    /// Whether everything is submitted and has been read, and the group says that nothing goes on.
    private func isOver() async throws -> Bool {
        guard blockingRow == nil, stragglers.isEmpty, !hasNews, rows.accepted >= rows.wanted else { return false }
        guard let group = try? await client.group(group), !group.status.isActive else { return false }
        try await lookForStragglers()
        return stragglers.isEmpty
    }

    private func awaitNews() async throws {
        let start = elapsed()
        var pause = Duration.milliseconds(5)
        while !hasNews, stragglers.isEmpty, elapsed() - start < Self.longestSilence {
            try await clock.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(100))
        }
        // Nobody tells of the end of runs that were passed.
        guard stragglers.isEmpty, rows.hasPassed else { return }
        if isPolled {
            isPolled = false
        } else if hasNews {
            patienceForNews = Self.longestSilence
            return
        } else if lookedAt.map({ elapsed() - $0 < patienceForNews }) ?? false {
            return
        } else {
            // With events at hand there is little to find, in what may be a long list.
            patienceForNews = min(patienceForNews * 2, .seconds(300))
        }
        lookedAt = elapsed()
        try await lookForStragglers()
    }

    /// Reads on in the list of runs.
    private func read() async throws {
        hasNews = false
        blockingRow = nil
        for try await message in try await client.groupRuns(
            group, GroupRunsQuery(after: frontier, includesOutput: true))
        {
            let event = try BatchEvent(message, of: group)
            switch event.kind {
            case .run(let run):
                if let row = row(of: run), try !take(run, row, message) { return }
                frontier = event.id ?? frontier
            // A run that can't be listed may be another time; one that has no row by then ends the batch.
            case .fault, .status, .other:
                break
            }
        }
    }

    /// Keeps the result of a run; false if it has to be waited for before reading on.
    private func take(_ run: BatchEvent.Run, _ row: Int, _ message: ServerSentEvent) throws -> Bool {
        rows.accept(row)
        if rows.isCollected(row) { return true }
        if run.isCompleted, JSONText(message.bytes[...]).opening(of: "output") != UInt8(ascii: "{") {
            addStraggler(row, run.id)
            return true
        }
        if !run.isActive {
            try keep(row, isCompleted: run.isCompleted, message.bytes)
            return true
        }
        endOfCalm.finish()
        // Its end may have been told before the list knows of it.
        let hasEnded = rows.isEnded(row)
        if options.isOrdered {
            blockingRow = row
            hasNews = hasNews || hasEnded
            return false
        }
        rows.pass(row)
        if hasEnded { addStraggler(row, run.id) }
        return true
    }

    private func keep(_ row: Int, isCompleted: Bool, _ event: [UInt8]) throws {
        if rows.isCollected(row) { return }
        let place = try results.append(Self.line(event))
        rows.end(row, isCompleted: isCompleted)
        rows.collect(row, at: place)
        report()
        try collected(row)
    }

    /// An event as one line of UTF-8: in JSON a line break can only be layout.
    private static func line(_ event: [UInt8]) -> [UInt8] {
        let isUTF8 = event.withUnsafeBufferPointer(\.isUTF8)
        let line = isUTF8 ? event : Array(String(decoding: event, as: UTF8.self).utf8)
        return line[...].place(of: 0x0A) == nil ? line : line.map { $0 == 0x0A ? 0x20 : $0 }
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

    /// Fetches the result of one run. One that goes on having none keeps its place as a failure.
    private func fetch(_ id: String, _ row: Int) async throws {
        var pause = Duration.seconds(1)
        for attempt in 1...Self.maximumFetches {
            switch try await client.result(id, timeout: 1) {
            case .finished(let result):
                return try keep(row, isCompleted: true, Self.naming(row, result.json).bytes())
            case .ended(let run):
                return try keep(row, isCompleted: false, Self.naming(row, ["run": run.json]).bytes())
            case .withoutResult, .stillActive:
                let run = try await client.run(id)
                if !run.isActive, run.status != .completed || attempt == Self.maximumFetches {
                    return try keep(row, isCompleted: false, Self.naming(row, ["run": run.json]).bytes())
                }
            }
            try await clock.sleep(for: pause)
            pause *= 2
        }
        throw UnexpectedAnswer(message: "run \(id) was said to have ended and goes on")
    }

    /// A result that says which row it is for, as it must when it is read back.
    private static func naming(_ row: Int, _ result: JSONValue) -> JSONValue {
        guard var object = result.object, var run = object["run"]?.object else { return result }
        if TaskRun(.object(run)).flatMap(BatchRequest.row) == row { return result }
        var metadata = run["metadata"]?.object ?? [:]
        metadata[BatchRequest.rowKey] = .string(String(row + 1))
        run["metadata"] = .object(metadata)
        object["run"] = .object(run)
        return .object(object)
    }
}
