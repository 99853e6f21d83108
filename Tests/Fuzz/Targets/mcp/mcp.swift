import FuzzSupport
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import ParallelTerminal

@testable import ParallelMCP

/// Whatever a server answers, a command of `mcp` ends, with a code of the list, and shows nothing that steers a
/// terminal.
///
/// The input has parts with a line `---` between them: the command's name, then one answer after the other. The first
/// line of an answer holds its status, content type and session id; the rest is its body. A status with `!` behind it
/// means that the connection breaks after the body. When all answers are given, nobody answers any more.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var parts = parts(input(start, count))
    let command = parts.removeFirst()
    for part in parts {
        guard let json = try? JSONValue.parse(Array(part)) else { continue }
        for value in json.array ?? [json] { decode(value) }
    }
    let words: [String] =
        switch command.first {
        case UInt8(ascii: "c"): ["mcp", "call", url, "echo", "-a", "x=hi"]
        case UInt8(ascii: "r"): ["mcp", "resources", url]
        case UInt8(ascii: "p"): ["mcp", "prompts", url]
        case UInt8(ascii: "l"): ["mcp", "tools", url, "--json"]
        case UInt8(ascii: "s"): ["mcp", "tools", url]
        default: ["mcp", "test", url]
        }
    let server = Server(parts.map(Answer.init))
    _ = World(
        words, server, terminal: TerminalInfo(stdoutIsTerminal: true, noColor: true), temporaryDirectory: "/dev/null")
    require(server.requests < 1_000, "a few answers make no more than a few requests")
    return 0
}

private let url = "https://mcp.example/mcp"

/// A message that was read means the same when it is sent on.
private func decode(_ value: JSONValue) {
    guard let message = JSONRPCMessage(value) else { return }
    switch message {
    case .request(let id, _, _): _ = JSONRPCMessage.answer(to: id, .success([:])).bytes()
    case .notification(let method, let params): _ = MCPNotice(method: method, params: params)
    case .response(_, .failure(let fault)): _ = JSONRPCMessage.answer(to: nil, .failure(fault)).bytes()
    case .response: break
    }
}

private func parts(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
    let mark = Array("\n---\n".utf8)
    var parts: [ArraySlice<UInt8>] = []
    var start = 0
    var index = 0
    while index + mark.count <= bytes.count {
        if bytes[index] == 0x0A, bytes[index...].starts(with: mark) {
            parts.append(bytes[start..<index])
            index += mark.count
            start = index
        } else {
            index += 1
        }
    }
    return parts + [bytes[start...]]
}

private struct Answer: Sendable {
    var status = 200
    var headers = HTTPHeaders()
    var isBroken = false
    let body: [UInt8]

    init(_ part: ArraySlice<UInt8>) {
        let lines = part.split(separator: 0x0A, maxSplits: 1, omittingEmptySubsequences: false)
        body = lines.count > 1 ? Array(lines[1]) : []
        let words = lines[0].split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
        if let first = words.first {
            isBroken = first.hasSuffix("!")
            status = max(200, Int(isBroken ? String(first.dropLast()) : first) ?? 200)
        }
        // The header section is what libcurl lets through: no line ends and no NUL.
        for (name, value) in zip(["content-type", "mcp-session-id", "location"], words.dropFirst())
        where HTTPHeaders.isValidValue(value) {
            headers.add(name, value)
        }
    }
}

private final class Server: HTTPTransport {
    private let state: Lock<(rest: ArraySlice<Answer>, requests: Int)>
    var requests: Int { state.withLock { $0.requests } }

    init(_ answers: [Answer]) { state = Lock((answers[...], 0)) }

    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let answer = state.withLock { state in
            state.requests += 1
            return state.rest.popFirst()
        }
        guard let answer else { throw HTTPError(.connect, "nobody answers", mayHaveBeenSent: false) }
        return HTTPResponse(status: answer.status, headers: answer.headers, body: body(of: answer))
    }

    private func body(of answer: Answer) -> HTTPBody {
        guard answer.isBroken else { return HTTPBody(answer.body) }
        let (chunks, input) = AsyncThrowingStream<[UInt8], any Error>.makeStream()
        input.yield(answer.body)
        input.finish(throwing: HTTPError(.connectionLost, "the connection broke", mayHaveBeenSent: true))
        return HTTPBody(chunks: chunks)
    }
}
