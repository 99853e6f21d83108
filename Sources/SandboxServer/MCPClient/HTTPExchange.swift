import FlyingSocks
import Foundation
import ParallelSystem

/// An HTTP/1.1 request and its response on a connection of its own. The body is read as it arrives.
///
/// Only plain `http`, because the sandbox has no TLS. Redirects are not followed, so headers go only to the URL of the
/// run.
struct HTTPExchange: Sendable {
    let status: Int
    /// The header fields, with names in lower case.
    let headers: [String: String]
    private let socket: AsyncSocket
    private var buffer: [UInt8]
    private var framing: Framing

    private enum Framing: Sendable {
        case length(Int)
        case chunk(left: Int)
        case untilClose
        case ended
    }

    /// The maximum sizes, in bytes, of the header section and of a collected body.
    private static let maximumHead = 64 * 1024
    private static let maximumBody = 16 * 1024 * 1024

    /// Sends the request and reads the response's header section. The caller must close the exchange.
    static func open(
        _ method: String, _ url: String, headers: [(name: String, value: String)], body: [UInt8]
    ) async throws -> HTTPExchange {
        let address = try HTTPAddress(url)
        let socket = try await connect(to: address)
        do {
            var head = "\(method) \(address.target) HTTP/1.1\r\nhost: \(address.authority)\r\nconnection: close\r\n"
            for header in headers { head += "\(header.name): \(header.value)\r\n" }
            if !body.isEmpty { head += "content-length: \(body.count)\r\n" }
            try await socket.write(Data(Array((head + "\r\n").utf8) + body))
            return try await HTTPExchange(readingFrom: socket)
        } catch {
            try? socket.close()
            throw error
        }
    }

    func close() { try? socket.close() }

    /// Returns the next bytes of the body; nil at its end.
    mutating func nextBytes() async throws -> [UInt8]? {
        switch framing {
        case .ended, .length(0):
            return nil
        case .length(let left):
            let bytes = try await take(upTo: left)
            framing = .length(left - bytes.count)
            return bytes
        case .chunk(0):
            let size = try await readLine().prefix { $0 != ";" && $0 != " " }
            guard let size = Int(size, radix: 16), size >= 0 else { throw MCPError("malformed chunk") }
            framing = size == 0 ? .ended : .chunk(left: size)
            return try await nextBytes()
        case .chunk(let left):
            let bytes = try await take(upTo: left)
            framing = .chunk(left: left - bytes.count)
            if bytes.count == left { _ = try await readLine() }
            return bytes
        case .untilClose:
            do {
                return try await take(upTo: .max)
            } catch SocketError.disconnected {
                framing = .ended
                return nil
            }
        }
    }

    mutating func collectBody() async throws -> [UInt8] {
        var body: [UInt8] = []
        while let bytes = try await nextBytes() {
            body += bytes
            if body.count > Self.maximumBody { throw MCPError("an answer of more than \(Self.maximumBody) bytes") }
        }
        return body
    }

    // MARK: - Reading

    private init(readingFrom socket: AsyncSocket) async throws {
        self.socket = socket
        var head: [UInt8] = []
        let end = Array("\r\n\r\n".utf8)
        var boundary: Range<Int>?
        while boundary == nil {
            head += try await socket.read(atMost: 4096)
            boundary = head.firstRange(of: end)
            if boundary == nil, head.count > Self.maximumHead {
                throw MCPError("a head of more than \(Self.maximumHead) bytes")
            }
        }
        let bodyStart = boundary?.upperBound ?? head.count
        buffer = Array(head[bodyStart...])
        let lines = String(decoding: head[..<bodyStart], as: UTF8.self).split(separator: "\r\n")
        let statusLine = lines.first?.split(separator: " ") ?? []
        guard statusLine.count >= 2, statusLine[0].begins(with: "HTTP/1."), let status = Int(statusLine[1]) else {
            throw MCPError("no HTTP answer")
        }
        self.status = status
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.place(of: ":") else { continue }
            let (name, value) = line.halves(around: colon)
            headers[name.asciiLowercased] = String(value.trimmed)
        }
        self.headers = headers
        if headers["transfer-encoding"]?.lowercased().contains("chunked") == true {
            framing = .chunk(left: 0)
        } else if status == 204 {
            framing = .ended
        } else if let length = headers["content-length"] {
            guard let length = Int(length), length >= 0 else { throw MCPError("malformed content-length") }
            framing = .length(length)
        } else {
            framing = .untilClose
        }
    }

    private mutating func take(upTo count: Int) async throws -> [UInt8] {
        if buffer.isEmpty { buffer = try await socket.read(atMost: 4096) }
        let bytes = Array(buffer.prefix(count))
        buffer.removeFirst(bytes.count)
        return bytes
    }

    private mutating func readLine() async throws -> String {
        var line: [UInt8] = []
        while line.last != UInt8(ascii: "\n") {
            line += try await take(upTo: 1)
            if line.count > 1024 { throw MCPError("malformed chunk") }
        }
        return String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func connect(to address: HTTPAddress) async throws -> AsyncSocket {
        var lastError: any Error = MCPError("no address for \(address.host)")
        for candidate in try await address.resolve() {
            let socket = try Socket(domain: Int32(candidate.family))
            do {
                let connection = try AsyncSocket(socket: socket, pool: try await .client)
                try await connection.connect(to: candidate)
                return connection
            } catch {
                try? socket.close()
                lastError = error
                try Task.checkCancellation()
            }
        }
        throw lastError
    }
}
