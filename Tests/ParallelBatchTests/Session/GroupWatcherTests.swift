import ParallelHTTP
import TestSupport
import Testing

@testable import ParallelAPI
@testable import ParallelBatch
@testable import ParallelSettings

@Suite(.timeLimit(.minutes(10))) struct GroupWatcherTests {
    private static let group = "/v1/tasks/groups/g1"

    private let clock = ManualClock(passing: .seconds(60))

    /// One connection to the events: each tells that the run of a row has ended. It breaks at its end, or is closed.
    private func connection(
        after cursor: Int? = nil, ended rows: [Int] = [], breaks: Bool = true
    ) -> ScriptedTransport.Exchange {
        .init(.get, Self.group + "/events" + (cursor.map { "?last_event_id=\($0)" } ?? "")) { _ in
            let (chunks, continuation) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
            for row in rows {
                let run = #"{"run_id":"r\#(row)","status":"completed","metadata":{"parallel_row":\#(row)}}"#
                let event = #"{"type":"task_run.state","event_id":"\#(row)","run":\#(run)}"#
                continuation.yield(Array("data: \(event)\n\n".utf8))
            }
            let lost = HTTPError(.connectionLost, "lost", mayHaveBeenSent: true)
            continuation.finish(throwing: breaks ? lost : nil)
            return HTTPResponse(status: 200, body: HTTPBody(chunks: chunks))
        }
    }

    /// Watches until an error ends it, and returns what the ledger knows then.
    private func watch(_ exchanges: [ScriptedTransport.Exchange]) async throws -> RowLedger {
        let transport = ScriptedTransport(exchanges)
        let settings = try Settings(environment: ["PARALLEL_API_KEY": "k"])
        let client = ParallelClient(transport: transport, settings: settings)
        let connection = GroupConnection(client: client, addingClient: client, clock: clock, now: { 0 })
        let ledger = RowLedger(RowStates(count: 3)) { _ in }
        ledger.didSeeActiveRun()
        let budget = RetryBudget(elapsed: connection.elapsed) { _ in }
        let lister = GroupLister(group: "g1", connection: connection, ledger: ledger, budget: budget)
        let watcher = GroupWatcher(group: "g1", connection: connection, ledger: ledger, lister: lister)
        let error = await #expect(throws: APIError.self) { try await watcher.watch() }
        #expect(error?.status == 401)
        return ledger
    }

    @Test func `a stream goes on after its last event, and the group is asked where none can be had`() async throws {
        let ledger = try await watch([
            connection(ended: [2]),
            // It broke after news: nobody is asked for more.
            connection(after: 2, ended: [2]),
            .init(.get, Self.group, body: #"{"taskgroup_id":"g1","status":{"num_task_runs":3}}"#),
            connection(after: 2, ended: [1], breaks: false),
            connection(after: 1, breaks: false),
            .init(.get, Self.group + "/events?last_event_id=1", status: 500),
            .init(.get, Self.group, status: 401),
        ])
        #expect(ledger.withRows { [$0.isEnded(0), $0.isEnded(1), $0.isEnded(2)] } == [true, true, false])
        #expect(ledger.news.endings == 2 && ledger.news.reasonsToLook == 1)
        // Pauses grow while there is no news.
        #expect(clock.sleeps == [100, 200, 100, 200, 400].map { Duration.milliseconds($0) })
    }

    @Test func `the news that no run is active makes the list worth reading and does not end the watch`() async throws {
        let status = #"{"type":"task_group_status","event_id":"9","status":{"is_active":false}}"#
        let ledger = try await watch([
            .init(.get, Self.group + "/events", body: "data: \(status)\n\n"),
            .init(.get, Self.group + "/events?last_event_id=9", status: 404),
            .init(.get, Self.group, status: 401),
        ])
        #expect(ledger.news.reasonsToLook == 1 && !ledger.takeLackOfEvents())
    }
}
