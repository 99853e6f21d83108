import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// stdin, or the bytes that replace it in a test.
struct StandardInput {
    enum Source {
        /// `interruption` becomes readable when the program is to end; see `Streams.system`.
        case descriptor(Int32, interruption: Int32?)
        case bytes([UInt8])
    }

    /// How its one reader takes it.
    private enum Reader { case whole, inPieces, prompt }

    private var source: Source
    private var reader: Reader?

    init(source: Source) { self.source = source }

    /// See `Streams.inputHoldsData`.
    var holdsData: Bool {
        switch source {
        case .bytes(let bytes): !bytes.isEmpty
        case .descriptor(let descriptor, _): [S_IFREG, S_IFIFO, S_IFSOCK].contains(Self.status(of: descriptor).kind)
        }
    }

    /// See `Streams.hasUnreadInput`.
    var hasUnreadData: Bool {
        guard case .descriptor(let descriptor, _) = source else { return reader == nil && holdsData }
        let status = Self.status(of: descriptor)
        switch status.kind {
        case S_IFREG: return lseek(descriptor, 0, SEEK_CUR) < status.size
        case S_IFSOCK:
            var byte: UInt8 = 0
            return recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) > 0
        case S_IFIFO:
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            return poll(&request, 1, 0) > 0 && Int32(request.revents) & POLLIN != 0
        default: return false
        }
    }

    /// Whether the descriptor is that of a pipe.
    static func isPipe(_ descriptor: Int32) -> Bool { status(of: descriptor).kind == S_IFIFO }

    /// Returns the kind of file (`S_IFMT` of stat(2)) and its size; of a closed descriptor, none.
    private static func status(of descriptor: Int32) -> (kind: mode_t, size: off_t) {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? (status.st_mode & S_IFMT, status.st_size) : (0, 0)
    }

    /// Reads the next bytes for the reader that takes them piece by piece; see `Streams.read`.
    mutating func read() throws(StreamError) -> [UInt8] {
        try refuseIfTyped()
        if reader == .whole { throw .alreadyRead }
        reader = .inPieces
        return try next()
    }

    /// Reads all of it for the reader that takes it whole; see `Streams.readAll`.
    mutating func readAll(upTo limit: Int) throws(StreamError) -> [UInt8] {
        try refuseIfTyped()
        if reader != nil { throw .alreadyRead }
        reader = .whole
        var bytes: [UInt8] = []
        while true {
            let chunk = try next()
            if chunk.isEmpty { return bytes }
            bytes += chunk
            if bytes.count > limit { throw .tooLong(limit: limit) }
        }
    }

    /// See `Streams.leaveInputToPrompt`.
    mutating func leaveToPrompt() {
        reader = .prompt
        if case .descriptor = source { UserFile.leaveTerminalToPrompt() }
    }

    func refuseIfTyped() throws(StreamError) {
        if reader == .prompt { throw .typed }
    }

    /// Reads the next bytes, waiting if there are none; returns an empty array at the end.
    private mutating func next() throws(StreamError) -> [UInt8] {
        switch source {
        case .bytes(let bytes):
            source = .bytes([])
            return bytes
        case .descriptor(let descriptor, let interruption):
            let bytes: [UInt8]?
            do {
                bytes = try Self.read(descriptor, unless: interruption)
            } catch {
                throw error.code == EBADF ? .inputClosed : .unreadable(error.reason)
            }
            guard let bytes else { throw .interrupted }
            return bytes
        }
    }

    /// Reads the next bytes; returns nil if the program is to end.
    private static func read(_ descriptor: Int32, unless interruption: Int32?) throws(SystemError) -> [UInt8]? {
        if let interruption {
            func wait(_ milliseconds: Int32) -> (isReady: Bool, isInterrupted: Bool) {
                FileDescriptor.wait(for: POLLIN, on: descriptor, unless: interruption, milliseconds: milliseconds)
            }
            // Reading would stop a background job but waiting doesn't, so the wait is interrupted to check for it.
            let period: Int32 = isatty(descriptor) == 1 ? 200 : -1
            var state = (isReady: false, isInterrupted: false)
            while !state.isReady && !state.isInterrupted {
                try JobControl.awaitForeground(of: descriptor) { wait(0).isInterrupted }
                state = wait(period)
            }
            if state.isInterrupted { return nil }
        }
        return try FileDescriptor.read(upTo: 1 << 16, from: descriptor)
    }
}
