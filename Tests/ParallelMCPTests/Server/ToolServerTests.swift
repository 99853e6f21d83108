import ParallelJSON
import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

/// A client of a `ToolServer` that sends lines and reads the answers.
private final class Host: Sendable {
    private let lines: AsyncStream<[UInt8]>
    private let toServer: AsyncStream<[UInt8]>.Continuation
    private let received = Lock<[JSONValue]>([])

    init() { (lines, toServer) = AsyncStream.makeStream() }

    var messages: [JSONValue] { received.withLock { $0 } }

    /// The answer to the request with this id; nil if there is none yet.
    func answer(to id: JSONValue) -> JSONValue? { messages.first { $0["id"] == id && $0["method"] == nil } }

    func write(_ text: String) { toServer.yield(Array(text.utf8)) }
    func end() { toServer.finish() }

    /// Runs a server with the tool `echo` until `work` has ended.
    func serve(
        clock: any Clock<Duration> = ManualClock(passing: .seconds(1)),
        call: @escaping ToolServer.Call = { _, arguments, _ in .init(arguments["text"]?.string ?? "") },
        _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let bytes = BlockingQueue<[UInt8]>()
        let schema: JSONValue = ["type": "object", "properties": ["text": ["type": "string"]], "required": ["text"]]
        let server = ToolServer(
            name: "test", version: "1.2.3", instructions: "Call echo.",
            tools: [["name": "echo", "inputSchema": schema]], clock: clock,
            write: { [received] line in
                let json = try JSONValue.parse(line)
                received.withLock { $0.append(json) }
            }, call: call)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [lines] in
                for await piece in lines { bytes.append(piece) }
                bytes.append([])
            }
            group.addTask { try await server.serve { bytes.takeAll(timeout: nil).flatMap(\.self) } }
            group.addTask { [self] in
                defer { end() }
                try await work()
            }
            try await group.waitForAll()
        }
    }
}

@Suite struct ToolServerTests {
    private static func call(_ id: String, _ text: String = "hello", meta: String = "") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"echo","arguments":{"text":"\#(text)"}\#(meta)}}"#
            + "\n"
    }

    @Test(arguments: ["0", #""0""#, #""a/b""#, "-7", "9007199254740993"])
    func `an answer has the id of its request, as it was written`(_ id: String) async throws {
        let host = Host()
        try await host.serve {
            host.write(Self.call(id))
            try await poll("the answer") { !host.messages.isEmpty }
        }
        #expect(host.messages.map { $0["id"]?.serialized() } == [id])
        #expect(host.messages[0]["result"]?["content"] == [["type": "text", "text": "hello"]])
        #expect(host.messages[0]["result"]?["resultType"] == nil)
    }

    @Test(arguments: [("2025-06-18", "2025-06-18"), ("2024-11-05", "2024-11-05"), ("1999-01-01", "2025-11-25")])
    func `the handshake agrees on the version asked for, or else on the newest`(
        _ asked: String, _ agreed: String
    ) async throws {
        let host = Host()
        try await host.serve {
            host.write(
                #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(asked)"}}"# + "\n")
            host.write(#"{"jsonrpc":"2.0","method":"notifications/initialized"}"# + "\n")
            try await poll("the answer") { !host.messages.isEmpty }
        }
        let result = host.messages[0]["result"]
        #expect(result?["protocolVersion"]?.string == agreed)
        #expect(result?["serverInfo"] == ["name": "test", "version": "1.2.3"])
        #expect(result?["capabilities"] == ["tools": [:]])
        #expect(host.messages.count == 1, "a notification is not answered")
    }

    @Test func `a client of the modern era finds out the version without a handshake`() async throws {
        let host = Host()
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}"#
        try await host.serve {
            host.write(#"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{\#(meta)}}"# + "\n")
            host.write(#"{"jsonrpc":"2.0","id":2,"method":"tools/list","params":{\#(meta)}}"# + "\n")
            host.write(Self.call("3", meta: ",\(meta)"))
            host.write(Self.call("4", meta: ",\(meta)").replacing("2026-07-28", with: "2027-01-01"))
            try await poll("the answers") { host.messages.count == 4 }
        }
        #expect(host.answer(to: 1)?["result"]?["supportedVersions"] == ["2026-07-28"])
        #expect(host.answer(to: 2)?["result"]?["tools"]?.array?.count == 1)
        for id in 1...3 {
            #expect(host.answer(to: .number(JSONNumber(id)))?["result"]?["resultType"] == "complete")
        }
        #expect(host.answer(to: 4)?["error"]?["code"] == -32022)
        #expect(host.answer(to: 4)?["error"]?["data"]?["supported"] == ["2026-07-28"])
    }

    @Test func `bad messages get an error, and the next one is answered all the same`() async throws {
        let host = Host()
        try await host.serve {
            host.write("not json\n\r\n[]\n{\"id\":5}\n")
            host.write(#"{"jsonrpc":"2.0","id":6,"method":"resources/list"}"# + "\n")
            host.write(#"{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"nothing"}}"# + "\n")
            host.write(
                #"{"jsonrpc":"2.0","id":8,"method":"tools/call","params":{"name":"echo","arguments":{}}}"# + "\n")
            // One message in two reads.
            host.write(String(Self.call("9").prefix(20)))
            host.write(String(Self.call("9").dropFirst(20)))
            try await poll("the answers") { host.messages.count == 7 }
        }
        let errors = host.messages.compactMap { $0["error"]?["code"]?.int }
        #expect(errors.sorted() == [-32700, -32602, -32601, -32600, -32600])
        #expect(host.answer(to: 8)?["result"]?["isError"] == true)
        #expect(host.answer(to: 9)?["result"]?["isError"] == false)
    }

    @Test func `a call that the client cancels is not answered, and its work is cancelled`() async throws {
        let host = Host()
        let ends = Lock(false)
        let clock = ManualClock(passing: .seconds(1))
        try await host.serve(clock: clock) { _, arguments, _ in
            guard arguments["text"]?.string == "long" else { return .init("short") }
            await withTaskCancellationHandler {
                try? await Task.sleep(for: .seconds(3600))
            } onCancel: {
                ends.withLock { $0 = true }
            }
            return .init("long")
        } _: {
            host.write(Self.call("1", "long"))
            host.write(Self.call("2"))
            try await poll("the short call") { host.answer(to: 2) != nil }
            host.write(#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"# + "\n")
            try await poll("the end of the work") { ends.withLock { $0 } }
        }
        #expect(host.messages.count == 1)
    }

    @Test func `progress goes to a client that asked for it, numbered in order`() async throws {
        let host = Host()
        try await host.serve { _, _, report in
            for step in ["one", "two", "three"] { report(step) }
            return .init("done")
        } _: {
            host.write(Self.call("1", meta: #","_meta":{"progressToken":"t-1"}"#))
            try await poll("the answer") { host.answer(to: 1) != nil }
            host.write(Self.call("2"))
            try await poll("the answer") { host.answer(to: 2) != nil }
        }
        let progress = host.messages.filter { $0["method"]?.string == "notifications/progress" }
        #expect(progress.map { $0["params"]?["message"]?.string } == ["one", "two", "three"])
        #expect(progress.map { $0["params"]?["progress"]?.int } == [1, 2, 3])
        #expect(progress.allSatisfy { $0["params"]?["progressToken"] == "t-1" })
        #expect(host.messages.firstIndex { $0["id"] == 1 } == 3, "the answer comes last")
    }

    @Test func `a call that takes long is said to be under way from time to time`() async throws {
        let host = Host()
        let clock = ManualClock(passing: .seconds(1))
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await host.serve(clock: clock) { _, _, _ in
            for await _ in ended {}
            return .init("done")
        } _: {
            host.write(Self.call("1", meta: #","_meta":{"progressToken":1}"#))
            try await clock.untilAsleep()
            clock.advance(by: .seconds(10))
            try await poll("the progress") { !host.messages.isEmpty }
            end.finish()
            try await poll("the answer") { host.answer(to: 1) != nil }
        }
        #expect(host.messages.first?["params"]?["message"]?.string == "still working, 10 s")
    }

    @Test func `two requests with one id at the same time: the second is refused`() async throws {
        let host = Host()
        let (ended, end) = AsyncStream<Void>.makeStream()
        try await host.serve(clock: ManualClock(passing: .seconds(1))) { _, _, _ in
            for await _ in ended {}
            return .init("done")
        } _: {
            host.write(Self.call("1") + Self.call("1"))
            try await poll("the refusal") { !host.messages.isEmpty }
            #expect(host.messages[0]["error"]?["code"] == -32600)
            end.finish()
            try await poll("the answer") { host.messages.count == 2 }
        }
        #expect(host.messages[1]["result"]?["content"] == [["type": "text", "text": "done"]])
    }
}
