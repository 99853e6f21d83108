import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A TCP socket on 127.0.0.1: the one that accepts connections, or one connection. Somebody else closes it.
struct ServerSocket: Sendable {
    let number: Int32
    let poller: SocketPoller

    /// The client has closed the connection, is too slow, or the server stops.
    struct Ended: Error {}

    /// Opens a socket that accepts connections on `port`; 0 stands for any free one. Returns it with its port.
    static func listening(on port: Int) throws(SystemError) -> (number: Int32, port: Int) {
        #if canImport(Glibc)
            let kind = Int32(SOCK_STREAM.rawValue)
        #else
            let kind = SOCK_STREAM
        #endif
        let listener = socket(AF_INET, kind, 0)
        guard listener >= 0 else { throw SystemError(code: errno) }
        prepare(listener)
        // A port that was in use a moment ago is free, although the system keeps its old connections in mind.
        var on: Int32 = 1
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(listener, address, size) == 0 && listen(listener, 128) == 0
                    && getsockname(listener, address, &size) == 0
            }
        }
        guard isOpen else {
            let code = errno
            close(listener)
            throw SystemError(code: code)
        }
        return (listener, Int(UInt16(bigEndian: address.sin_port)))
    }

    private static func prepare(_ socket: Int32) {
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
    }

    /// Returns the next connection. Throws `Ended` once the server stops.
    func accepted() async throws(Ended) -> ServerSocket {
        while true {
            let socket = accept(number, nil, nil)
            let code = errno
            if socket >= 0 {
                Self.prepare(socket)
                var on: Int32 = 1
                setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
                #if canImport(Darwin)
                    setsockopt(socket, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
                #endif
                return ServerSocket(number: socket, poller: poller)
            }
            switch code {
            case EINTR, ECONNABORTED: continue
            case EAGAIN, EWOULDBLOCK:
                guard await poller.wait(for: POLLIN, on: number) else { throw Ended() }
            default:
                // There are too many descriptors, which changes when another connection ends.
                _ = await poller.wait(for: 0, on: number, until: .now + .milliseconds(100))
                if Task.isCancelled { throw Ended() }
            }
        }
    }

    /// Returns the next bytes, or an empty array if the client has sent all that it will send. Throws `Ended` at the
    /// deadline.
    func received(until deadline: ContinuousClock.Instant) async throws(Ended) -> [UInt8] {
        while true {
            var bytes = [UInt8](repeating: 0, count: 1 << 14)
            let count = recv(number, &bytes, bytes.count, 0)
            if count >= 0 { return Array(bytes[..<count]) }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                guard await poller.wait(for: POLLIN, on: number, until: deadline) else { throw Ended() }
            default: throw Ended()
            }
        }
    }

    /// Sends all of `bytes`. Throws `Ended` if the client is gone, or has taken nothing for a minute.
    func send(_ bytes: [UInt8]) async throws(Ended) {
        #if canImport(Darwin)
            let flags: Int32 = 0
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { sendBytes(number, $0, flags) }
            if count >= 0 {
                sent += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN, EWOULDBLOCK:
                guard await poller.wait(for: POLLOUT, on: number, until: .now + .seconds(60)) else { throw Ended() }
            default: throw Ended()
            }
        }
    }

    /// Waits until the client sends something or closes the connection; returns whether it has closed it. Returns false
    /// once the task is cancelled.
    func isClosedByClient() async -> Bool {
        guard await poller.wait(for: POLLIN, on: number) else { return false }
        var byte: UInt8 = 0
        return recv(number, &byte, 1, Int32(MSG_PEEK)) <= 0
    }

    /// Ends the connection so that the client still gets what was sent: closed with bytes unread, the system would
    /// discard it.
    func finish() async {
        shutdown(number, Int32(SHUT_WR))
        let deadline = ContinuousClock.now + .seconds(1)
        var count = 0
        while count < 1 << 20, let bytes = try? await received(until: deadline), !bytes.isEmpty { count += bytes.count }
    }
}

// Outside `ServerSocket`, because inside it `send` would mean its own function.

private func sendBytes(_ socket: Int32, _ bytes: UnsafeRawBufferPointer, _ flags: Int32) -> Int {
    send(socket, bytes.baseAddress, bytes.count, flags)
}
