import ParallelAPI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport

@testable import ParallelMCP

/// A host with a bridge behind it: sends lines, and waits for those that come back.
final class BridgedHost: Sendable {
    private let input: AsyncStream<[UInt8]?>.Continuation
    private let written = Lock<[String]>([])
    private let events = Lock<[String]>([])
    private let task: Task<Void, Never>

    init(
        _ server: any HTTPTransport, clock: any Clock<Duration> = PatientClock(), limit: Duration? = .seconds(300),
        filter: ToolFilter = ToolFilter(allowed: nil, denied: []), credentials: (any CredentialSource)? = nil,
        secrets: KnownSecrets = KnownSecrets(), memory: EraCache? = nil
    ) throws {
        let url = "https://mcp.example/mcp"
        let endpoint = MCPEndpoint(
            MCPServer(name: "crm", url: .init(template: url, expanded: url), headers: [], allowedTools: nil),
            at: try HTTPURL(url), secrets: secrets)
        let (lines, input) = AsyncStream<[UInt8]?>.makeStream()
        self.input = input
        let bridge = MCPBridge(
            endpoint, transport: server, credentials: credentials, clock: clock, filter: filter, memory: memory,
            .init(
                limit: limit,
                write: { [written] line in
                    let text = String(decoding: line, as: UTF8.self)
                    precondition(text.hasSuffix("\n") && !text.dropLast().contains("\n"))
                    written.withLock { $0.append(String(text.dropLast())) }
                },
                describe: { ($0 as? MCPError)?.message ?? ($0 as? HTTPError)?.message ?? "\($0)" },
                log: { [events] event in events.withLock { $0.append(event) } }))
        task = Task { await bridge.run(lines) }
    }

    /// The lines that came so far.
    var lines: [String] { written.withLock { $0 } }
    var messages: [JSONValue] { lines.compactMap { try? JSONValue.parse($0) } }
    /// What the bridge took note of.
    var log: [String] { events.withLock { $0 } }

    func send(_ line: String?) { input.yield(line.map { Array($0.utf8) }) }

    /// Sends a request and returns its answer.
    func ask(_ line: String) async throws -> JSONValue {
        let id = try JSONValue.parse(line)["id"]
        let before = messages.count { $0["id"] == id && $0["method"] == nil }
        send(line)
        return try await answer(to: id ?? .null, number: before)
    }

    func answer(to id: JSONValue, number: Int = 0) async throws -> JSONValue {
        func answers() -> [JSONValue] { messages.filter { $0["id"] == id && $0["method"] == nil } }
        try await poll("an answer to \(id.serialized())", state: { self.lines.joined(separator: "\n") }) {
            answers().count > number
        }
        return answers()[number]
    }

    /// Waits until a line has come.
    func wait(for part: String) async throws {
        try await poll(part, state: { self.lines.joined(separator: "\n") }) {
            lines.contains { $0.contains(part) }
        }
    }

    /// The handshake of the legacy era.
    func begin() async throws {
        _ = try await ask(Self.initialize)
        send(Self.initialized)
    }

    /// Ends the input and waits for the end of the bridge.
    func end() async {
        input.finish()
        await task.value
    }

    /// Ends the bridge as a signal does.
    func interrupt() async {
        task.cancel()
        await task.value
    }

    static let initialize =
        #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2031-01-01","x":1.50}}"#
    static let initialized = #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#

    /// A request of the modern era.
    static func modern(_ id: String, _ method: String, _ params: String = "") -> String {
        let meta = #""_meta":{"io.modelcontextprotocol/protocolVersion":"2027-03-03"}"#
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params)\#(meta)}}"#
    }
}
