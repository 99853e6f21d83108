import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelAPI
@testable import ParallelSettings

@Suite(.timeLimit(.minutes(10))) struct ParallelClientTests {
    @Test func `an id is sent as one segment of the path`() async throws {
        let answer = ##"{"run_id":"a?b#c%2F.."}"##
        let transport = ScriptedTransport([.init(.get, "/v1/tasks/runs/a%3Fb%23c%252F..", body: answer)])
        let client = ParallelClient(
            transport: transport, settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
        #expect(try await client.run("a?b#c%2F..").id == "a?b#c%2F..")
    }

    // MARK: - Credentials

    private static let unauthorized = #"{"type":"error","error":{"ref_id":"r","message":"expired","detail":null}}"#

    @Test func `a creation that was refused for its credentials is sent again with other ones`()
        async throws
    {
        let transport = ScriptedTransport([
            .init(.post, "/v1/tasks/runs", status: 401, body: Self.unauthorized),
            .init(.post, "/v1/tasks/runs", status: 202, body: #"{"run_id":"r1","status":"queued"}"#),
        ])
        let client = ParallelClient(
            transport: transport, credentials: Login(), settings: try Settings(environment: [:]))
        #expect(try await client.createRun(TaskRunRequest(input: "x")).id == "r1")
        #expect(transport.requests.map { $0.headers["authorization"] } == ["Bearer 1", "Bearer 2"])
    }

    @Test func `a refusal that names a run is not sent again, whatever credentials there are`() async throws {
        let transport = ScriptedTransport([
            .init(.post, "/v1/tasks/runs", status: 401, body: #"{"run_id":"r1","status":"queued"}"#)
        ])
        let client = ParallelClient(
            transport: transport, credentials: Login(), settings: try Settings(environment: [:]))
        await #expect(throws: APIError.self) { try await client.createRun(TaskRunRequest(input: "x")) }
    }

    @Test func `credentials that are refused again are reported`() async throws {
        let refusal = ScriptedTransport.Exchange(.get, "/v1/tasks/runs/r1", status: 401, body: Self.unauthorized)
        let client = ParallelClient(
            transport: ScriptedTransport([refusal, refusal]), credentials: Login(),
            settings: try Settings(environment: [:]))
        let error = await #expect(throws: APIError.self) { try await client.run("r1") }
        #expect(error?.status == 401)
    }

    // MARK: - Answers about something else

    private func client(_ exchanges: ScriptedTransport.Exchange...) throws -> ParallelClient {
        ParallelClient(
            transport: ScriptedTransport(exchanges), settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
    }

    private static let other = "the API's answer is about run r2, not about r1"

    @Test func `an answer about another run than the one asked for is an error that names both`() async throws {
        let run = "/v1/tasks/runs/r1"
        let client = try client(
            .init(.get, run, body: #"{"run_id":"r2","status":"completed"}"#),
            .init(.get, run + "/result", body: #"{"run":{"run_id":"r2","status":"completed"},"output":{}}"#),
            .init(.get, run + "/result", body: #"{"run":{"run_id":"r2","status":"failed","is_active":false}}"#),
            .init(.get, run + "/input", body: #"{"input":"x","run_id":"r2"}"#))
        let calls: [() async throws -> Any] = [
            { try await client.run("r1") }, { try await client.result("r1", timeout: 1) },
            { try await client.result("r1", timeout: 1) }, { try await client.input("r1") },
        ]
        for call in calls {
            let error = await #expect(throws: UnexpectedAnswer.self) { _ = try await call() }
            #expect(error?.message == Self.other)
        }
    }

    @Test func `an answer about another group is an error, and so is an impossible number of runs`() async throws {
        let counts = ["-1", "4294967296", "9223372036854775807", "1e400", "0.5"]
        let bodies =
            [#"{"taskgroup_id":"g2","status":{}}"#]
            + counts.map { #"{"taskgroup_id":"g1","status":{"num_task_runs":\#($0)}}"# }
            + counts.map { #"{"taskgroup_id":"g1","status":{"task_run_status_counts":{"running":1,"failed":\#($0)}}}"# }
        for body in bodies {
            let client = try client(.init(.get, "/v1/tasks/groups/g1", body: body))
            await #expect(throws: UnexpectedAnswer.self) { try await client.group("g1") }
        }
        let fine = #"{"taskgroup_id":"g1","status":{"num_task_runs":3.0,"task_run_status_counts":{"running":null}}}"#
        #expect(try await client(.init(.get, "/v1/tasks/groups/g1", body: fine)).group("g1").status.runCount == 3)
    }

    // MARK: - Limits

    @Test func `a result may hold more than other answers, and an error less`() async throws {
        #expect(Endpoint.run("r1").maximumBodyBytes == 64 << 20)
        #expect(Endpoint.createRun.maximumBodyBytes == 64 << 20)
        #expect(Endpoint.result("r1", timeout: 1).maximumBodyBytes == 1 << 30)
        #expect(Endpoint.groupRuns("g1", GroupRunsQuery()).maximumBodyBytes == 64 << 20)
        #expect(Endpoint.groupRuns("g1", GroupRunsQuery(includesOutput: true)).maximumBodyBytes == 1 << 30)
        let transport = ScriptedTransport([.init(.get, "/v1/tasks/runs/r1/result", status: 408)])
        let client = ParallelClient(
            transport: transport, settings: try Settings(environment: ["PARALLEL_API_KEY": "k"]))
        _ = try await client.result("r1", timeout: 1)
        #expect(transport.requests.map(\.maximumBodyBytes) == [1 << 30])
    }

    @Test func `only the beginning of an endless error is read`() async throws {
        let client = try client(
            .init(.get, "/v1/tasks/runs/r1/events") { _ in
                let text = Array(String(repeating: "no ", count: 1 << 16).utf8)
                return HTTPResponse(status: 500, body: HTTPBody(chunks: AsyncThrowingStream { text }))
            })
        let error = await #expect(throws: APIError.self) { try await client.events("r1") }
        #expect(error?.status == 500 && error?.message.hasPrefix("no no no") == true)
        #expect(error?.message.unicodeScalars.count == 201)
    }
}

/// A login with a new token for each renewal.
private final class Login: CredentialSource {
    private let number = Lock(1)

    func authorized(_ request: HTTPRequest) async throws -> HTTPRequest {
        var request = request
        request.headers.set("authorization", "Bearer \(number.withLock { $0 })", secret: true)
        return request
    }

    func renew(after request: HTTPRequest, refusedBy response: HTTPResponse) async throws -> Bool {
        number.withLock { $0 += 1 }
        return true
    }
}
