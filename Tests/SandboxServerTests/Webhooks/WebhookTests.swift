import FlyingFox
import FlyingSocks
import Foundation
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

@testable import SandboxServer

private typealias JSONValue = ParallelJSON.JSONValue

/// A server that remembers the webhooks that it gets and answers them with one status after the other.
private actor WebhookReceiver {
    private(set) var calls: [(headers: [String: String], body: [UInt8])] = []
    private var statuses: [Int]

    init(_ statuses: [Int]) { self.statuses = statuses }

    func answer(_ headers: [String: String], _ body: [UInt8]) -> HTTPResponse {
        calls.append((headers, body))
        let status = statuses.isEmpty ? 204 : statuses.removeFirst()
        return HTTPResponse(statusCode: HTTPStatusCode(status, phrase: "x"))
    }
}

@Suite(.timeLimit(.minutes(10))) struct WebhookTests {
    private func withReceiver(
        _ statuses: [Int] = [], _ body: (WebhookReceiver, _ url: String) async throws -> Void
    ) async throws {
        let receiver = WebhookReceiver(statuses)
        let handler = ClosureHTTPHandler { request in
            let headers = Dictionary(request.headers.map { ($0.key.rawValue.lowercased(), $0.value) }) { $1 }
            return await receiver.answer(headers, Array(try await request.bodyData))
        }
        let server = HTTPServer(address: try .inet(ip4: "127.0.0.1", port: 0), logger: .disabled, handler: handler)
        let serving = Task { try? await server.run() }
        defer { serving.cancel() }
        try await server.waitUntilListening(timeout: 600)
        guard case .ip4(_, let port)? = await server.listeningAddress else { throw SocketError.unsupportedAddress }
        try await body(receiver, "http://localhost:\(port)/hook?token=1")
    }

    private func run(_ url: String, _ members: String = "") -> String {
        #"{"input": "i", "processor": "lite", "webhook": {"url": "\#(url)", "event_types": ["task_run.status"]}\#(members)}"#
    }

    @Test(arguments: ["completed", "failed"])
    func `a webhook is told of the end of a run, signed`(status: String) async throws {
        try await withReceiver { receiver, url in
            try await withSandbox { client in
                let path = try await client.run(run(url, #", "metadata": {"sandbox_status": "\#(status)"}"#))
                try await poll("the webhook") { await receiver.calls.count == 1 }
                let (headers, body) = try #require(await receiver.calls.first)
                let payload = try JSONValue.parse(body)
                #expect(payload["type"] == "task_run.status")
                #expect(payload["data"] == (try await client.get(path).json))
                #expect(payload["data"]?["status"] == .string(status))
                #expect(headers["content-type"] == "application/json")
                let id = try #require(headers["webhook-id"])
                let time = try #require(headers["webhook-timestamp"].flatMap { Int($0) })
                #expect(abs(Double(time) - Date().timeIntervalSince1970) < 600)
                #expect(
                    headers["webhook-signature"]
                        == WebhookSignature.value(
                            secret: WebhookSignature.sandboxSecret, id: id, time: time, body: body))
            }
        }
    }

    @Test func `a webhook that fails is called again with the same id, and not for ever`() async throws {
        try await withReceiver([500, 302]) { receiver, url in
            try await withSandbox({ $0.webhookPause = .milliseconds(1) }) { client in
                _ = try await client.run(run(url))
                try await poll("three calls") { await receiver.calls.count == 3 }
            }
            #expect(Set(await receiver.calls.map { $0.headers["webhook-id"] }).count == 1)
        }
        try await withReceiver(Array(repeating: 500, count: 100)) { receiver, url in
            let sender = WebhookSender(firstPause: .milliseconds(1), log: nil)
            await sender.tell(of: RunRecord(try TaskRunRequest(.task(run(url)))))
            #expect(await receiver.calls.count == 5)
        }
    }

    @Test(arguments: [
        "https://127.0.0.1/", "http://192.0.2.1/", "http://localhost.example.com/", "http://[2001:db8::1]/",
    ])
    func `nothing leaves this machine`(url: String) async throws {
        #expect(!WebhookSender.isOnThisMachine(url))
    }

    @Test(arguments: ["http://127.0.0.1:1/", "http://127.9.9.9/x", "http://localhost/", "http://[::1]:8080/"])
    func `this machine is known by its names`(url: String) async throws {
        #expect(WebhookSender.isOnThisMachine(url))
    }

    @Test func `without event types nothing is sent`() throws {
        let request = try TaskRunRequest(
            .task(#"{"input": "i", "processor": "lite", "webhook": {"url": "http://127.0.0.1/"}}"#))
        #expect(request.webhookURL == nil)
    }

    @Test(arguments: [
        ("", "monitor.event.detected"), ("nothing", "monitor.execution.completed"),
        ("error", "monitor.execution.failed"),
    ])
    func `a webhook is told what came of each execution of a monitor`(outcome: String, type: String) async throws {
        let types = #"["monitor.event.detected","monitor.execution.completed","monitor.execution.failed"]"#
        try await withReceiver { receiver, url in
            try await withSandbox { client in
                let id = try await client.monitor(url, types, outcome)
                try await poll("the first call") { await receiver.calls.count == 1 }
                _ = try await client.send("POST", "/v1/monitors/\(id)/trigger")
                try await poll("the second call") { await receiver.calls.count == 2 }
                for call in await receiver.calls {
                    let payload = try JSONValue.parse(call.body)
                    #expect(payload["type"] == .string(type) && payload["data"]?["monitor_id"] == .string(id))
                    #expect(payload["data"]?["metadata"]?["sandbox_outcome"] == .string(outcome))
                    let event = payload["data"]?["event"]
                    switch outcome {
                    case "nothing":
                        #expect(event?["type"] == "completion")
                        #expect(event?["monitor_ts"]?.string?.hasPrefix("completed_20") == true)
                    case "error":
                        #expect(event?["type"] == "error" && event?["error"] == "Sandbox: scripted failure")
                        #expect(event?["id"]?.string?.hasPrefix("error_20") == true && event?["date"]?.string != nil)
                    default:
                        let groups = try await client.get("/v1/monitors/\(id)/events").json["events"]?.array ?? []
                        #expect(groups.contains { $0["event_group_id"] == event?["event_group_id"] })
                    }
                    #expect(call.headers["webhook-signature"]?.hasPrefix("v1,") == true)
                }
            }
        }
    }

    @Test func `a monitor's webhook gets nothing that it does not want`() async throws {
        try await withReceiver { receiver, url in
            try await withSandbox({ $0.delay = 0 }) { client in
                for types in ["[]", #"["monitor.execution.failed"]"#] { _ = try await client.monitor(url, types, "") }
                _ = try await client.monitor(url, #"["monitor.execution.completed"]"#, "nothing")
                try await poll("the only call") { await receiver.calls.count == 1 }
                // The executions before it have ended, too.
                let payload = try JSONValue.parse(await receiver.calls[0].body)
                #expect(payload["type"] == "monitor.execution.completed")
            }
            #expect(await receiver.calls.count == 1)
        }
    }

    @Test func `the two events of a first execution have one call`() throws {
        let settings = #"{"query":"q","include_backfill":true}"#
        let webhook = #"{"url":"http://127.0.0.1:1/","event_types":["monitor.event.detected"]}"#
        let body = #"{"type":"event_stream","frequency":"1d","settings":\#(settings),"webhook":\#(webhook)}"#
        var monitor = Monitor(try #require(try JSONValue.parse(body).object), watching: nil)
        monitor.begin(after: .zero)
        let events = monitor.advance()
        #expect(events.count == 2 && monitor.webhookCalls(for: events).count == 1)
    }

    // MARK: - Signatures

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000),
            "41edece42d63e8d9bf515a9ba6932e1c20cbc9f5a5d134645adb5db1b9737ea3"
        ),
    ])
    func `a hash is that of the standard`(text: String, digits: String) {
        let hash = SHA256.hash(Array(text.utf8))
        #expect(hash.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digits)
    }

    /// Made with another implementation of the rule of the API's documentation.
    @Test(arguments: [
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,2pUP5g6id5P64j52dlVLDQfgno98PcsyacY8rWmxsTo="),
        ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "v1,2pUP5g6id5P64j52dlVLDQfgno98PcsyacY8rWmxsTo="),
        ("my_plain-secret!", "v1,v7R6fLHEw/3BCVDDEkVKjQLjA0UGes2W2Dqc5apgbp4="),
    ])
    func `a signature is the one that the API's documentation describes`(secret: String, signature: String) {
        let body =
            #"{"timestamp":"2026-10-08T09:01:10.000000Z","type":"task_run.status","data":{"run_id":"#
            + #""trun_6eb64c73e4324b15af2a351bef6d0190","status":"completed","is_active":false,"warnings":null,"#
            + #""error":null,"processor":"base","metadata":{"row":"r-7"},"created_at":"2026-10-08T09:00:00.000000Z","#
            + #""modified_at":"2026-10-08T09:01:10.000000Z"}}"#
        let value = WebhookSignature.value(
            secret: secret, id: "whevent_abc123def456", time: 1_791_450_070, body: Array(body.utf8))
        #expect(value == signature)
    }

    @Test func `a webhook is told of the events of a FindAll run that it wants`() async throws {
        try await withReceiver { receiver, url in
            try await withSandbox { client in
                let types = #"["findall.candidate.matched","findall.run.completed"]"#
                let body =
                    #"{"objective":"o","entity_type":"e","match_conditions":[],"generator":"base","match_limit":5,"#
                    + #""webhook":{"url":"\#(url)","event_types":\#(types)}}"#
                let id = try await client.send("POST", "/v1beta/findall/runs", body).json["findall_id"]
                try await poll("the webhooks") { await receiver.calls.count == 6 }
                let payloads = try await receiver.calls.map { try JSONValue.parse($0.body) }
                #expect(payloads.allSatisfy { $0["data"]?["findall_id"] == id })
                #expect(payloads.count { $0["type"] == "findall.candidate.matched" } == 5)
                let end = try #require(payloads.first { $0["type"] == "findall.run.completed" })
                #expect(end["data"] == (try await client.get("/v1beta/findall/runs/\(id?.string ?? "")").json))
            }
        }
    }
}

extension SandboxClient {
    /// Makes a monitor whose executions have an outcome, and returns its id.
    fileprivate func monitor(_ url: String, _ types: String, _ outcome: String) async throws -> String {
        let body =
            #"{"type":"event_stream","frequency":"1d","settings":{"query":"q"},"metadata":{"sandbox_outcome":"\#(outcome)"},"#
            + #""webhook":{"url":"\#(url)","event_types":\#(types)}}"#
        return try await send("POST", "/v1/monitors", body).json["monitor_id"]?.string ?? ""
    }
}
