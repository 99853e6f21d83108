import FlyingSocks
import Foundation
import ParallelJSON

@testable import SandboxServer

/// What a server answered, head and body taken apart; a connection closed without a byte has status 0.
struct Answer: Sendable {
    var status = 0
    var headers: [String: String] = [:]
    var body: [UInt8] = []

    var text: String { String(decoding: body, as: UTF8.self) }
    /// null where the body is no JSON.
    var json: JSONValue { (try? JSONValue.parse(body)) ?? nil }
    var error: String? { json["error"]?["message"]?.string }
    /// `loc` of each validation error, such as `body.metadata.k`, with its type.
    var errors: [String] {
        (json["error"]?["detail"]?["errors"]?.array ?? []).map { error in
            let path = (error["loc"]?.array ?? []).map { $0.string ?? $0.serialized() }.joined(separator: ".")
            return "\(path): \(error["type"]?.string ?? "")"
        }
    }

    /// The events of a chunked event stream, keep-alive comments as type `:`.
    var events: [(type: String, data: JSONValue)] {
        var rest = body[...]
        var text: [UInt8] = []
        while let end = rest.firstRange(of: Array("\r\n".utf8)),
            let size = Int(String(decoding: rest[..<end.lowerBound], as: UTF8.self), radix: 16), size > 0
        {
            let chunk = rest[end.upperBound...].prefix(size)
            text += chunk
            rest = rest[chunk.endIndex...].dropFirst(2)
        }
        return String(decoding: text, as: UTF8.self).components(separatedBy: "\n\n").filter { !$0.isEmpty }.map {
            block in
            if block.hasPrefix(":") { return (":", nil) }
            let lines = block.split(separator: "\n")
            let data = (try? JSONValue.parse(String(lines[1].dropFirst("data: ".count)))) ?? nil
            return (String(lines[0].dropFirst("event: ".count)), data)
        }
    }

    /// Whether a chunked body ended as it should.
    var isComplete: Bool { text.hasSuffix("0\r\n\r\n") }
}

/// A client of a few lines over a bare socket, so that no HTTP library hides what the server does.
struct SandboxClient: Sendable {
    let port: UInt16

    init(_ sandbox: Sandbox) throws { port = UInt16(sandbox.baseURL.split(separator: ":").last ?? "") ?? 0 }

    func send(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:], key: String? = "test"
    ) async throws -> Answer {
        var fields = headers
        fields["host"] = fields["host"] ?? "127.0.0.1:\(port)"
        fields["connection"] = "close"
        if let key { fields["x-api-key"] = key }
        if let body {
            fields["content-length"] = String(body.utf8.count)
            fields["content-type"] = fields["content-type"] ?? "application/json"
        }
        let head = fields.map { "\($0.key): \($0.value)\r\n" }.joined()
        return try await exchange(Array("\(method) \(path) HTTP/1.1\r\n\(head)\r\n\(body ?? "")".utf8))
    }

    func get(_ path: String) async throws -> Answer { try await send("GET", path) }

    func create(_ body: String, headers: [String: String] = [:]) async throws -> Answer {
        try await send("POST", "/v1/tasks/runs", body, headers: headers)
    }

    /// Creates a group and returns its path.
    func group() async throws -> String {
        "/v1/tasks/groups/\(try await send("POST", "/v1/tasks/groups", "{}").json["taskgroup_id"]?.string ?? "")"
    }

    /// Creates a run and returns its path.
    func run(_ body: String, headers: [String: String] = [:]) async throws -> String {
        "/v1/tasks/runs/\(try await create(body, headers: headers).json["run_id"]?.string ?? "")"
    }

    /// Sends `bytes` and reads until the server closes.
    private func exchange(_ bytes: [UInt8]) async throws -> Answer {
        let socket = try await AsyncSocket.connected(to: .inet(ip4: "127.0.0.1", port: port), timeout: 600)
        defer { try? socket.close() }
        try await socket.write(Data(bytes))
        var received: [UInt8] = []
        do {
            while true { received += try await socket.read(atMost: 4096) }
        } catch SocketError.disconnected {
        } catch SocketError.failed(_, let code, _) where code == ECONNRESET {
        }
        guard let end = received.firstRange(of: Array("\r\n\r\n".utf8)) else { return Answer() }
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var answer = Answer(
            status: Int(lines[0].split(separator: " ")[1]) ?? 0, body: Array(received[end.upperBound...]))
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces)
        }
        return answer
    }
}

/// Runs `body` against a sandbox of its own whose runs end at once, unless `configure` says otherwise.
func withSandbox<Value>(
    _ configure: (inout SandboxOptions) -> Void = { _ in }, _ body: (SandboxClient) async throws -> Value
) async throws -> Value {
    var options = SandboxOptions()
    options.delay = 0
    configure(&options)
    let sandbox = try await Sandbox.start(options)
    do {
        let value = try await body(SandboxClient(sandbox))
        await sandbox.stop()
        return value
    } catch {
        await sandbox.stop()
        throw error
    }
}

/// Runs `body` with a server that accepts connections and says nothing until it is stopped, which breaks them off.
func withSilentServer(_ body: (SilentServer) async throws -> Void) async throws {
    let server = try SilentServer()
    do {
        try await body(server)
        await server.stop()
    } catch {
        await server.stop()
        throw error
    }
}

actor SilentServer {
    nonisolated let url: String
    private var socket: Socket?

    init() throws {
        let socket = try Socket(domain: AF_INET)
        try socket.bind(to: .inet(ip4: "127.0.0.1", port: 0))
        try socket.listen()
        guard case .ip4(_, let port) = try socket.sockname() else { throw SocketError.unsupportedAddress }
        self.socket = socket
        url = "http://127.0.0.1:\(port)/"
    }

    func stop() {
        try? socket?.close()
        socket = nil
    }
}

/// Runs `body` with the path of a file that does not exist, in a directory that is removed afterwards.
func withTemporaryFile<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = NSTemporaryDirectory() + "sandbox-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: directory) }
    return try await body(directory + "/file")
}
