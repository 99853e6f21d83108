package import ParallelJSON
import ParallelSystem

/// An MCP server with tools, over lines of JSON on two streams (the stdio transport), in both eras of the protocol.
///
/// Requests are answered side by side, each exactly once, with the id as it came. A call that the client cancels is not
/// answered (MCP, cancellation).
package struct ToolServer: Sendable {
    /// What a tool answers, for a model to read.
    package struct Answer: Sendable {
        package var text: String
        /// Whether the tool failed; the text then says why.
        package var isFailure: Bool

        package init(_ text: String, isFailure: Bool = false) {
            self.text = text
            self.isFailure = isFailure
        }
    }

    /// Calls a tool, which may report its progress in words while it works.
    package typealias Call =
        @Sendable (
            _ tool: String, _ arguments: JSONObject, _ report: @escaping @Sendable (String) -> Void
        ) async throws -> Answer

    private let info: JSONValue
    private let instructions: String
    /// The tools as `tools/list` returns them.
    private let tools: [JSONValue]
    private let clock: any Clock<Duration>
    private let write: @Sendable (String) throws -> Void
    private let call: Call
    /// The calls under way, by their ids as JSON.
    private let calls = Lock<[String: AsyncStream<Void>.Continuation]>([:])

    /// The interval at which a client that asked for progress hears that a call is still under way. Clients end calls
    /// of which they hear nothing.
    private static let heartbeat = Duration.seconds(10)
    /// The maximum length of a message, in bytes.
    private static let maximumLine = 16 << 20

    /// - Parameter write: writes a line, at once and whole.
    package init(
        name: String, version: String, instructions: String, tools: [JSONValue], clock: any Clock<Duration>,
        write: @escaping @Sendable (String) throws -> Void, call: @escaping Call
    ) {
        info = ["name": .string(name), "version": .string(version)]
        self.instructions = instructions
        self.tools = tools
        self.clock = clock
        self.write = write
        self.call = call
    }

    /// Answers messages until `read`, which blocks, returns no more bytes. Calls that are under way then have a moment
    /// to end before they are cancelled. Throws what `read` and `write` throw.
    package func serve(_ read: @escaping @Sendable () throws -> [UInt8]) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            var splitter = LineSplitter(limit: Self.maximumLine)
            while true {
                let bytes = try await onOwnThread(read)
                for line in bytes.isEmpty ? [splitter.finish() ?? []] : splitter.feed(bytes) {
                    guard let line else {
                        try refuse(.null, -32600, "a message has more than \(Self.maximumLine) bytes")
                        continue
                    }
                    if let message = try received(line) { group.addTask { try await answer(message) } }
                }
                if bytes.isEmpty { return await finish() }
            }
        }
    }

    /// Waits until every request is answered, for a second at most.
    private func finish() async {
        for _ in 0..<100 where calls.withLock({ !$0.isEmpty }) { try? await clock.sleep(for: .milliseconds(10)) }
    }

    // MARK: - Messages

    private struct Request: Sendable {
        let id: JSONValue
        let method: String
        let params: JSONValue?
        /// Ends a call that the client cancels.
        let cancellation: AsyncStream<Void>

        /// The revision that the request names, as every one of the modern era does.
        var version: String? { params?["_meta"]?[MetaKey.protocolVersion]?.string }
    }

    /// Returns the request in a line; nil for a message without an answer.
    private func received(_ line: [UInt8]) throws -> Request? {
        if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { return nil }
        guard let json = try? JSONValue.parse(line) else {
            try refuse(.null, -32700, "the line is not JSON")
            return nil
        }
        switch JSONRPCMessage(json) {
        case .request(let id, let method, let params):
            let (cancellation, cancel) = AsyncStream<Void>.makeStream()
            let isNew = calls.withLock { calls in
                guard calls[id.serialized()] == nil else { return false }
                calls[id.serialized()] = cancel
                return true
            }
            guard isNew else {
                try refuse(id, -32600, "a request with this id is under way")
                return nil
            }
            return Request(id: id, method: method, params: params, cancellation: cancellation)
        case .notification("notifications/cancelled", let params):
            if let id = params?["requestId"] { calls.withLock { $0[id.serialized()] }?.finish() }
            return nil
        case .notification, .response: return nil
        case nil:
            try refuse(json["id"] ?? .null, -32600, "the message is no request of JSON-RPC 2.0")
            return nil
        }
    }

    private func refuse(_ id: JSONValue, _ code: Int, _ message: String) throws {
        try send(JSONRPCMessage.answer(to: id, .failure(.init(code: code, message: message, data: nil))))
    }

    private func send(_ message: JSONValue) throws { try write(message.serialized() + "\n") }

    private func answer(_ request: Request) async throws {
        defer { calls.withLock { $0[request.id.serialized()] = nil } }
        let result: Result<JSONValue, JSONRPCMessage.ErrorObject>
        do {
            guard let members = try await members(of: request) else { return }
            result = .success(.object(members))
        } catch let error as JSONRPCMessage.ErrorObject {
            result = .failure(error)
        }
        var message = JSONRPCMessage.answer(to: request.id, result)
        if case .failure(let error) = result, let data = error.data, var object = message.object {
            object["error"] = ["code": error.givenCode ?? .null, "message": .string(error.message), "data": data]
            message = .object(object)
        }
        try send(message)
    }

    /// Returns the members of the result; nil for a call that was cancelled. Throws an `ErrorObject`.
    private func members(of request: Request) async throws -> JSONObject? {
        if let version = request.version, version != MCPVersion.modern {
            throw JSONRPCMessage.ErrorObject(
                code: MCPErrorCode.unsupportedVersion, message: "unsupported protocol version",
                data: ["supported": [.string(MCPVersion.modern)], "requested": .string(version)])
        }
        var members: JSONObject
        var isCacheable = false
        switch request.method {
        case "initialize":
            let asked = request.params?["protocolVersion"]?.string ?? ""
            members = ["protocolVersion": .string(MCPVersion.legacy.first { $0 == asked } ?? MCPVersion.legacy[0])]
            for member in description { members[member.key] = member.value }
            members["serverInfo"] = info
            return members
        case "server/discover":
            members = description
            members["supportedVersions"] = [.string(MCPVersion.modern)]
            isCacheable = true
        case "ping": members = [:]
        case "tools/list":
            members = ["tools": .array(tools)]
            isCacheable = true
        case "tools/call":
            guard let answer = try await called(request) else { return nil }
            members = [
                "content": [["type": "text", "text": .string(answer.text)]], "isError": .bool(answer.isFailure),
            ]
        default:
            throw JSONRPCMessage.ErrorObject(
                code: MCPErrorCode.methodNotFound, message: "unknown method '\(request.method.shortened(to: 100))'",
                data: nil)
        }
        guard request.version != nil || request.method == "server/discover" else { return members }
        members["resultType"] = "complete"
        if isCacheable {
            members["ttlMs"] = 0
            members["cacheScope"] = "private"
        }
        members["_meta"] = [MetaKey.serverInfo: info]
        return members
    }

    private var description: JSONObject {
        ["capabilities": ["tools": [:]], "instructions": .string(instructions)]
    }

    // MARK: - Calls

    /// Returns the answer of the tool; nil if the client has cancelled the call. Throws an `ErrorObject` for an unknown
    /// tool.
    private func called(_ request: Request) async throws -> Answer? {
        let name = request.params?["name"]?.string ?? ""
        guard let tool = tools.first(where: { $0["name"]?.string == name }) else {
            throw JSONRPCMessage.ErrorObject(
                code: MCPErrorCode.invalidParams, message: "unknown tool '\(name.shortened(to: 100))'", data: nil)
        }
        let given = request.params?["arguments"] ?? .null
        let arguments = given.isNull ? [:] : given
        let mismatches = SchemaCheck.mismatches(of: arguments, with: tool["inputSchema"] ?? [:])
        guard mismatches.isEmpty, let object = arguments.object else {
            return Answer(
                "the arguments don't fit the tool: \((mismatches.first ?? "no object").shortened(to: 300))",
                isFailure: true)
        }
        let (messages, progress) = AsyncStream<String>.makeStream()
        let token = request.params?["_meta"]?["progressToken"] ?? .null
        async let reporting: Void = report(messages, to: token)
        let result = try await ended(request, name, object) { progress.yield($0) }
        progress.finish()
        try await reporting
        return result
    }

    /// Sends the progress of a call to a client that asked for it.
    private func report(_ messages: AsyncStream<String>, to token: JSONValue) async throws {
        var count = 0
        for await message in messages where !token.isNull {
            count += 1
            let params: JSONObject = [
                "progressToken": token, "progress": .number(JSONNumber(count)), "message": .string(message),
            ]
            try send(JSONRPCMessage.notification("notifications/progress", params))
        }
    }

    /// Calls the tool, and returns its answer; nil if the client has cancelled the call.
    private func ended(
        _ request: Request, _ tool: String, _ arguments: JSONObject, _ report: @escaping @Sendable (String) -> Void
    ) async throws -> Answer? {
        return try await withThrowingTaskGroup(of: Answer?.self) { group in
            defer { group.cancelAll() }
            group.addTask {
                async let _: Void = beat(report)
                return try await call(tool, arguments, report)
            }
            group.addTask {
                for await _ in request.cancellation {}
                return nil
            }
            return try await group.next() ?? nil
        }
    }

    /// Reports from time to time that a call is still under way, until the task is cancelled.
    private func beat(_ report: @Sendable (String) -> Void) async {
        var time = Duration.zero
        while true {
            do { try await clock.sleep(for: Self.heartbeat) } catch { return }
            time += Self.heartbeat
            report("still working, \(time.components.seconds) s")
        }
    }
}
