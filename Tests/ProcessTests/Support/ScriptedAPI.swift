import ParallelSystem
import TestSupport

/// The API played by a script, for answers that the sandbox would not give.
final class ScriptedAPI: Sendable {
    enum Answer: Sendable {
        /// A status, header fields and a body, with the length that they have.
        case whole(Int, headers: [(String, String)] = [], body: [UInt8] = [])
        /// Bytes as they are, then the end of the connection.
        case bytes([UInt8])
        /// Bytes as they are, then nothing until the client goes.
        case stalled(String)
        /// A head, then the same text again and again until the client goes.
        case endless(head: String, repeating: String)

        static func ok(_ json: String) -> Answer {
            whole(200, headers: [("content-type", "application/json")], body: Array(json.utf8))
        }
        static func text(_ text: String) -> Answer { bytes(Array(text.utf8)) }

    }

    private let server: RawServer
    private let seen = Lock<[RawRequest]>([])
    private let stalls = Counter()

    /// Answers every request with what `answer` says to it.
    init(_ answer: @escaping @Sendable (RawRequest) -> Answer) throws {
        server = try RawServer { [seen, stalls] connection in
            while let request = connection.readRequest() {
                seen.withLock { $0.append(request) }
                switch answer(request) {
                case .whole(let status, let headers, let body):
                    let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
                    let head = "HTTP/1.1 \(status) X\r\n\(fields)content-length: \(body.count)\r\n\r\n"
                    guard connection.write(Array(head.utf8) + body) else { return }
                case .bytes(let bytes):
                    connection.write(bytes)
                    return
                case .stalled(let text):
                    connection.write(text)
                    stalls.increment()
                    return connection.waitForClose()
                case .endless(let head, let text):
                    connection.write(head)
                    let chunk = Array(String(repeating: text, count: 100).utf8)
                    while connection.write(chunk) {}
                    return
                }
            }
        }
    }

    /// A run that completes once `gate` is open, with a text that goes into JSON as it is.
    convenience init(completing text: String, after gate: Gate) throws {
        try self.init { request in
            if request.isCreation { return .ok(ScriptedAPI.run()) }
            gate.waitUntilOpen()
            return .ok(ScriptedAPI.textResult(text))
        }
    }

    deinit { server.stop() }

    /// Refuses connections from now on.
    func stop() { server.stop() }

    var baseURL: String { server.baseURL }
    /// Every request so far.
    var requests: [RawRequest] { seen.withLock { $0 } }

    /// How many answers stall by now.
    var stallCount: Int { stalls.count }

    static let runID = "trun_00000000000000000000000000000001"

    /// A run as the API gives it.
    static func run(_ status: String = "queued") -> String {
        let isActive = status == "queued" || status == "running"
        return #"{"run_id":"\#(runID)","status":"\#(status)","is_active":\#(isActive),"processor":"base"}"#
    }

    /// A result with `output`, which is JSON.
    static func result(_ output: String) -> String { #"{"run":\#(run("completed")),"output":\#(output)}"# }

    /// The result of a run that found `text`, which goes into JSON as it is.
    static func textResult(_ text: String) -> String {
        result(#"{"type":"text","content":"\#(text)","basis":[]}"#)
    }
}

extension RawRequest {
    var isCreation: Bool { method == "POST" && target == "/v1/tasks/runs" }
    var isPoll: Bool { target.contains("/result") }
}
