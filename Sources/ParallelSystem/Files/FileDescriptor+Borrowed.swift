#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Reads and writes of descriptors that somebody else closes, such as 0, 1 and 2, by their number.
///
/// They block, also on a descriptor that others have made non-blocking, and go on after signals.
extension FileDescriptor {
    /// Writes all of `bytes`. SIGPIPE must be ignored or blocked, else a closed pipe ends the process.
    package static func write(_ bytes: some Collection<UInt8>, to descriptor: Int32) throws(SystemError) {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0) }
            if count >= 0 {
                rest.removeFirst(count)
            } else {
                try retry(after: errno, on: descriptor, awaiting: POLLOUT)
            }
        }
    }

    /// Reads what is available, up to `count` bytes, and waits if there is nothing. Returns an empty array at the end
    /// of input.
    package static func read(upTo count: Int, from descriptor: Int32) throws(SystemError) -> [UInt8] {
        while true {
            var result = 0
            var code: Int32 = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                result = systemRead(descriptor, buffer)
                code = errno
                filled = max(0, result)
            }
            if result >= 0 { return bytes }
            try retry(after: code, on: descriptor, awaiting: POLLIN)
        }
    }

    /// Waits until `descriptor` is ready for `event` or has an error, or `interruption` is readable, for at most
    /// `milliseconds` (-1: without limit).
    package static func wait(
        for event: Int32, on descriptor: Int32, unless interruption: Int32, milliseconds: Int32 = -1
    ) -> (isReady: Bool, isInterrupted: Bool) {
        var requests = [
            pollfd(fd: descriptor, events: Int16(event), revents: 0),
            pollfd(fd: interruption, events: Int16(POLLIN), revents: 0),
        ]
        while poll(&requests, nfds_t(requests.count), milliseconds) < 0, errno == EINTR {}
        return (requests[0].revents != 0, requests[1].revents != 0)
    }

    private static func retry(after code: Int32, on descriptor: Int32, awaiting event: Int32) throws(SystemError) {
        switch code {
        case EINTR: return
        case EAGAIN, EWOULDBLOCK:
            var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            poll(&request, 1, -1)
        default: throw SystemError(code: code)
        }
    }
}

// Outside `FileDescriptor`, because inside it `read` and `write` would mean its own functions.

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    write(descriptor, bytes.baseAddress, bytes.count)
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    read(descriptor, buffer.baseAddress, buffer.count)
}
