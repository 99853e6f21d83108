import ParallelCore
import ParallelHTTP
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ParallelClientTests {
    @Test func `an id is sent as one segment of the path`() async throws {
        let answer = #"{"run_id":"r"}"#
        let transport = ScriptedTransport([.init(.get, "/v1/tasks/runs/a%3Fb%23c%252F..", body: answer)])
        let client = ParallelClient(
            transport: transport, settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
        #expect(try await client.run("a?b#c%2F..").id == "r")
    }
}
