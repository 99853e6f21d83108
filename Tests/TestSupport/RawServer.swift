package import ParallelHTTP
import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A server on 127.0.0.1 that runs a script for each connection, which may send malformed bytes or reset it.
///
/// Each connection has a thread, so scripts may block. The connection closes when its script returns.
package final class RawServer: Sendable {
    package let port: Int
    private let listener: Int32
    private let accepted = Lock(0)
    private let isStopped = Lock(false)

    /// - Parameter script: called for each connection, on a thread of its own.
    package init(_ script: @escaping @Sendable (RawConnection) -> Void) throws {
        let (listener, port) = try Self.listen()
        self.listener = listener
        self.port = port
        onNewThread { [accepted] in
            while true {
                let socket = accept(listener, nil, nil)
                // `stop` shuts the listener down, which makes accept fail.
                if socket < 0 { break }
                Self.closeInChildren(socket)
                let index = accepted.withLock { count in
                    defer { count += 1 }
                    return count
                }
                onNewThread {
                    let connection = RawConnection(socket, index)
                    script(connection)
                    connection.finish()
                }
            }
            close(listener)
        }
    }

    /// Refuses new connections from now on; open ones continue. Otherwise the server runs until the process ends.
    package func stop() {
        // In a second call, the descriptor's number could belong to another file.
        let wasStopped = isStopped.withLock { isStopped in
            defer { isStopped = true }
            return isStopped
        }
        if !wasStopped { shutdown(listener, Int32(SHUT_RDWR)) }
    }

    /// `http://127.0.0.1:port`, to which tests append a path.
    package var baseURL: String { "http://127.0.0.1:\(port)" }

    package func url(_ path: String = "/") throws -> HTTPURL { try HTTPURL(baseURL + path) }

    /// The number of connections that clients have opened.
    package var connectionCount: Int { accepted.withLock { $0 } }

    private static func listen() throws -> (socket: Int32, port: Int) {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let listener = socket(AF_INET, kind, 0)
        closeInChildren(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listenForConnections(listener)
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard listener >= 0, isOpen else { throw RawServerError(code: errno) }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    /// Marks a socket close-on-exec: a child process that inherited it would keep the connection open.
    private static func closeInChildren(_ socket: Int32) {
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
    }
}

/// Outside `RawServer`, because inside it `listen` would mean its own function.
private func listenForConnections(_ socket: Int32) -> Bool { listen(socket, 512) == 0 }

package struct RawServerError: Error {
    /// The value of errno.
    package let code: Int32
}

/// A request as a client sent it.
package struct RawRequest: Sendable {
    package var method: String
    package var target: String
    package var headers: HTTPHeaders
    package var body: [UInt8]
}

/// A connection that a script handles, used only on the script's thread.
package final class RawConnection {
    /// The connection's index; 0 for the server's first.
    package let index: Int
    private let socket: Int32
    private var buffer: [UInt8] = []
    private var isOpen = true

    fileprivate init(_ socket: Int32, _ index: Int) {
        self.socket = socket
        self.index = index
        var on: Int32 = 1
        setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        #if canImport(Darwin)
            setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
        #endif
    }

    /// Reads the next request with its body (by content-length); nil if the client has closed the connection.
    package func readRequest() -> RawRequest? {
        let blank = Array("\r\n\r\n".utf8)
        var searched = 0
        while true {
            if let start = (searched..<max(searched, buffer.count - 3)).first(where: {
                buffer[$0..<($0 + 4)].elementsEqual(blank)
            }) {
                return readRequest(headEnd: start)
            }
            searched = max(0, buffer.count - 3)
            guard fill() else { return nil }
        }
    }

    private func readRequest(headEnd: Int) -> RawRequest? {
        // In Swift, CR LF is one character.
        let lines = String(decoding: buffer[..<headEnd], as: UTF8.self).split(separator: "\r\n")
        let words = (lines.first ?? "").split(separator: " ").map(String.init)
        guard words.count == 3 else { return nil }
        var request = RawRequest(method: words[0], target: words[1], headers: HTTPHeaders(), body: [])
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            request.headers.add(String(parts[0]), String((parts.count > 1 ? parts[1] : "").drop { $0 == " " }))
        }
        let end = headEnd + 4 + (request.headers["content-length"].flatMap(Int.init) ?? 0)
        while buffer.count < end {
            guard fill() else { return nil }
        }
        request.body = Array(buffer[(headEnd + 4)..<end])
        buffer.removeFirst(end)
        return request
    }

    /// Sends `text` unchanged; returns false if the client is gone.
    @discardableResult package func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult package func write(_ bytes: [UInt8]) -> Bool {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { send(socket, $0.baseAddress, $0.count, flags) }
            if count <= 0 { return false }
            sent += count
        }
        return true
    }

    /// Sends a whole response with its content-length.
    @discardableResult package func respond(
        _ status: Int = 200, headers: [(String, String)] = [], body: String = ""
    ) -> Bool {
        let fields = headers.map { "\($0.0): \($0.1)\r\n" }.joined()
        return write("HTTP/1.1 \(status) X\r\n\(fields)content-length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Blocks until the client closes the connection; ignores what it sends before.
    package func waitForClose() {
        while fill() { buffer = [] }
    }

    /// Closes the connection in the normal way.
    package func finish() {
        // Ends the connection even if a process inherited it that was started just when it was accepted.
        if isOpen { shutdown(socket, Int32(SHUT_RDWR)) }
        closeSocket()
    }

    private func closeSocket() {
        guard isOpen else { return }
        isOpen = false
        close(socket)
    }

    /// Closes the connection with a TCP reset.
    package func reset() {
        // `struct linger`: on, for 0 seconds. In Swift its name belongs to the C module that was imported first.
        var option: [Int32] = [1, 0]
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &option, socklen_t(2 * MemoryLayout<Int32>.size))
        closeSocket()
    }

    private func fill() -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65536)
        let count = recv(socket, &chunk, chunk.count, 0)
        if count > 0 { buffer += chunk[..<count] }
        return count > 0
    }
}
