import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A connection to a port of this machine that sends and reads bytes as they are. Its calls block, so they belong on
/// a thread (`onThread`).
package final class RawClient: Sendable {
    private let socket: Int32

    package init(port: Int) throws {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        socket = Self.open(kind)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if code != 0 { throw RawServerError(code: errno) }
        // No test waits for ever.
        var limit = timeval()
        limit.tv_sec = 60
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func open(_ kind: Int32) -> Int32 {
        let number = openSocket(AF_INET, kind, 0)
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        return number
    }

    deinit { close(socket) }

    /// Sends all of `text`; does nothing more if the server is gone.
    package func send(_ text: String) {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { sendBytes(socket, $0, flags) }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until what came ends with `ending`, or to the end of the connection.
    package func read(until ending: String? = nil) -> String {
        var bytes: [UInt8] = []
        while true {
            if let ending, bytes.suffix(ending.utf8.count).elementsEqual(ending.utf8) { break }
            var chunk = [UInt8](repeating: 0, count: 1 << 14)
            let count = recv(socket, &chunk, chunk.count, 0)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Sends a request and returns all that comes until the server closes the connection.
    package static func answer(to request: String, port: Int) async throws -> String {
        try await onThread {
            let client = try RawClient(port: port)
            client.send(request)
            return client.read()
        }
    }
}

private func sendBytes(_ socket: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
    send(socket, bytes.baseAddress, bytes.count, flags)
}

/// Outside `RawClient`, because inside it `socket` would mean its own property.
private func openSocket(_ domain: Int32, _ kind: Int32, _ number: Int32) -> Int32 { socket(domain, kind, number) }
