import ParallelJSON
import TestSupport
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(10))) struct AccountTests {
    private static let core = #"{"input": "i", "processor": "core"}"#

    private func lot(_ count: Int) -> String {
        "{\"inputs\": [\(Array(repeating: Self.core, count: count).joined(separator: ","))]}"
    }

    @Test func `a run that the account can't pay is refused, and what runs have reserved counts`() async throws {
        try await withSandbox({
            $0.delay = 86_400
            $0.balance = 60
        }) { client in
            let answers = [
                try await client.create(Self.core), try await client.create(Self.core),
                try await client.create(Self.core),
            ]
            #expect(answers.map(\.status) == [202, 202, 402])
            #expect(answers[2].error == "Payment required: insufficient credit in account")
            // The 10 thousandths that are left still buy a smaller run.
            #expect(try await client.create(#"{"input": "i", "processor": "lite"}"#).status == 202)
        }
    }

    @Test func `completed runs are billed and failed ones are not`() async throws {
        try await withSandbox({ $0.balance = 50 }) { client in
            let failing = #"{"input": "i", "processor": "core", "metadata": {"sandbox_status": "failed"}}"#
            for _ in 0..<5 { _ = try await client.get(try await client.run(failing) + "/result") }
            for _ in 0..<2 { _ = try await client.get(try await client.run(Self.core) + "/result") }
            #expect(try await client.create(Self.core).status == 402)
        }
    }

    @Test func `a group is asked for the cost of the whole lot`() async throws {
        try await withSandbox({ $0.balance = 60 }) { client in
            let runs = try await client.group() + "/runs"
            #expect(try await client.send("POST", runs, lot(3)).status == 402)
            #expect(try await client.get(String(runs.dropLast(5))).json["status"]?["num_task_runs"] == 0)
            #expect(try await client.send("POST", runs, lot(2)).status == 200)
        }
    }

    @Test func `runs of accepted lots fail where the credit ends as they begin`() async throws {
        let store = RunStore(defaultDelay: 1, balance: 60)
        let group = await store.addGroup()
        try await store.addLots(3, of: Self.core, to: group)
        try await poll("four runs that fail") {
            await store.runs(ofGroup: group.id)?.count(where: { $0.status == .failed }) == 4
        }
        let runs = try #require(await store.runs(ofGroup: group.id))
        #expect(runs.map { $0.status == .failed } == [false, false, true, true, true, true])
        #expect(runs.last?.error?["message"] == "Insufficient credit in account")
    }
}

extension RunStore {
    /// Adds lots of two runs without a pause, so that none has begun and each lot finds the whole balance.
    fileprivate func addLots(_ count: Int, of body: String, to group: TaskGroup) throws {
        let request = try TaskRunRequest(.task(body))
        for _ in 0..<count { #expect(try add([request, request], toGroup: group.id) != nil) }
    }
}
