import ParallelHTTP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ResumableEventStreamTests {
    private let clock = ManualClock(passing: .seconds(60))
    private let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)

    /// What becomes of a connection: its text, and how it ends; nil for one that can't be opened.
    private struct Script: Sendable {
        var text: String?
        var error: HTTPError?
    }

    /// Reads `scripts`, one after the other, until an event says `end`; gives what came, and from where each went on.
    private func read(
        _ scripts: [Script], byStreamIDs: Bool = true, maximumFailures: Int = 20
    ) async throws -> (events: [String], positions: [String?]) {
        let stream = ResumableEventStream(
            clock: clock, backoff: Backoff(first: .milliseconds(200), longest: .seconds(3)),
            maximumFailures: maximumFailures, goesByStreamIDs: byStreamIDs)
        var rest = scripts[...]
        var (events, positions): ([String], [String?]) = ([], [])
        return try await stream.follow { position in
            positions.append(position.lastEventID)
            guard let script = rest.popFirst() else { return .over((events, positions)) }
            guard let text = script.text else { throw script.error ?? lost }
            let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            continuation.yield(Array(text.utf8))
            continuation.finish(throwing: script.error)
            return .open(ServerSentEventStream(HTTPBody(chunks: chunks)))
        } receive: { event, position in
            events.append(event.data)
            if !byStreamIDs, event.data.hasPrefix("news") { position.noteNews() }
            return event.data == "end" ? (events, positions) : nil
        } end: { _ in
            nil
        } passes: { error, _ in
            (error as? HTTPError)?.isTransient == true
        }
    }

    @Test func `a stream that ends or breaks goes on behind its last event, with pauses that grow`() async throws {
        let (events, positions) = try await read([
            Script(text: "id: 1\ndata: a\n\n"), Script(text: "id: 2\ndata: b\n\nid: 3\n\n", error: lost),
            Script(text: ""), Script(error: lost), Script(text: "data: end\n\n"),
        ])
        #expect(events == ["a", "b", "end"])
        #expect(positions == [nil, "1", "3", "3", "3"])
        #expect(clock.sleeps == [.milliseconds(200), .milliseconds(200), .milliseconds(400), .milliseconds(800)])
    }

    @Test func `a server says when it wants to be asked again, but not at once`() async throws {
        _ = try await read([
            Script(text: "id: 1\nretry: 5000\n\n"), Script(text: ""), Script(text: "id: 2\nretry: 0\n\n"),
            Script(text: "data: end\n\n"),
        ])
        #expect(clock.sleeps == [.seconds(5), .seconds(5), .milliseconds(100)])
    }

    @Test func `where events have ids of their own, the stream's count for nothing`() async throws {
        let (_, positions) = try await read(
            [
                Script(text: "id: 1\nretry: 5000\ndata: a\n\n"), Script(text: "id: 2\ndata: news\n\n"),
                Script(text: ""), Script(text: "data: end\n\n"),
            ], byStreamIDs: false)
        #expect(positions == [nil, nil, nil, nil])
        #expect(clock.sleeps == [.milliseconds(200), .milliseconds(200), .milliseconds(400)])
    }

    @Test func `what does not pass ends the stream, and so do too many failures`() async {
        let refused = HTTPError(.tls, "no", mayHaveBeenSent: false)
        await #expect(throws: refused) { try await read([Script(text: "data: a\n\n"), Script(error: refused)]) }
        let failures = Array(repeating: Script(error: lost), count: 4)
        await #expect(throws: lost) { try await read(failures, maximumFailures: 3) }
        // After a connection that brought something new, they are counted anew.
        let news = Script(text: "id: 1\n\n")
        await #expect(throws: Never.self) {
            try await read(failures[..<3] + [news] + failures[..<2], maximumFailures: 3)
        }
    }

    @Test func `there may be nothing to read`() async throws {
        #expect(try await read([]).positions == [nil])
        #expect(clock.sleeps.isEmpty)
    }
}
