#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A running program that is talked to in lines. Its process group ends with it, so that nothing it started stays.
package final class ChildProgram: Sendable {
    /// How a program ended.
    package enum End: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// What comes from it.
    package enum Arrival: Sendable {
        /// A line on its standard output; nil for one that is too long.
        case line([UInt8]?)
        /// A line on its standard error.
        case note([UInt8])
        case endOfOutput
    }

    private let process: pid_t
    /// What goes to its standard input; nil closes it.
    private let input = BlockingQueue<[UInt8]?>()
    private let state = Lock<End?>(nil)
    /// Opened when it has ended, and its standard error has been read.
    package let ended = Latch()
    /// Gets a value when standard error has been read to its end.
    private let errorsEnd = BlockingQueue<Bool>()

    /// Starts a program; throws if there is none, or the system refuses.
    ///
    /// - Parameters:
    ///   - longestLine: the maximum length of a line, in bytes.
    ///   - receive: called on threads of its own.
    package init(
        _ launch: ProgramLaunch, longestLine: Int, receive: @escaping @Sendable (Arrival) -> Void
    ) throws(SystemError) {
        var ends: [(reader: Int32, writer: Int32)] = []
        for _ in 0..<3 {
            var pair: [Int32] = [-1, -1]
            guard pipe(&pair) == 0 else {
                let code = errno
                for end in ends { [end.reader, end.writer].forEach { _ = close($0) } }
                throw SystemError(code: code)
            }
            for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            ends.append((pair[0], pair[1]))
        }
        // What this process got from its parent, or opened for itself, is not for the program.
        for descriptor in 3..<1_024 as Range<Int32> { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var launch = launch
        launch.leadsGroup = true
        launch.descriptors = [(ends[0].reader, 0), (ends[1].writer, 1), (ends[2].writer, 2)]
        let (input, output, errors) = (ends[0].writer, ends[1].reader, ends[2].reader)
        let started = Result { [launch] () throws(SystemError) in try launch.start() }
        for end in [ends[0].reader, ends[1].writer, ends[2].writer] { _ = close(end) }
        guard case .success(let process) = started else {
            [input, output, errors].forEach { _ = close($0) }
            self.process = 0
            _ = try started.get()
            return
        }
        self.process = process
        let jobs: [@Sendable () -> Void] = [
            { [queue = self.input] in Self.feed(queue, to: input) },
            {
                Self.read(output, longestLine) { receive(.line($0)) }
                receive(.endOfOutput)
            },
            { [errorsEnd] in
                Self.read(errors, longestLine) { if let line = $0 { receive(.note(line)) } }
                errorsEnd.append(true)
            },
            { [self] in wait() },
        ]
        guard jobs.allSatisfy(startThread) else {
            kill(-process, SIGKILL)
            throw SystemError(code: EAGAIN)
        }
    }

    /// How it ended; nil while it runs.
    package var end: End? { state.withLock { $0 } }

    /// Sends a line, with its end. What it does not read is lost.
    package func send(_ line: [UInt8]) { input.append(line) }

    /// Ends its standard input after what was sent.
    package func closeInput() { input.append(nil) }

    /// Sends the program, and what it has started, SIGTERM, or SIGKILL; does nothing if it has ended.
    package func terminate(atOnce: Bool) {
        state.withLock { if $0 == nil { kill(-process, atOnce ? SIGKILL : SIGTERM) } }
    }

    private func wait() {
        // With WNOWAIT the process's id stays in use until the lock is held, so that no signal reaches another process.
        var info = siginfo_t()
        while waitid(P_PID, id_t(process), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        state.withLock { end in
            kill(-process, SIGTERM)
            let status = ProgramLaunch.wait(for: process)
            end = status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F)
        }
        input.append(nil)
        // What it said last explains its end. Something else may keep standard error open.
        _ = errorsEnd.takeAll(timeout: .milliseconds(500))
        ended.open()
    }

    private static func feed(_ queue: BlockingQueue<[UInt8]?>, to descriptor: Int32) {
        defer { close(descriptor) }
        while true {
            for line in queue.takeAll() {
                guard let line else { return }
                // A program that has closed its input may still answer.
                try? FileDescriptor.write(line, to: descriptor)
            }
        }
    }

    private static func read(_ descriptor: Int32, _ longestLine: Int, _ receive: ([UInt8]?) -> Void) {
        defer { close(descriptor) }
        var splitter = LineSplitter(limit: longestLine)
        while let bytes = try? FileDescriptor.read(upTo: 1 << 16, from: descriptor), !bytes.isEmpty {
            for line in splitter.feed(bytes) { receive(line) }
        }
        if let rest = splitter.finish() { receive(rest) }
    }
}
