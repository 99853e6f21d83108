import ParallelSystem
import ParallelTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A pseudo-terminal: a test types keys and reads what is written to the screen, including escape sequences.
///
/// Either a program runs on it, or the test itself uses the descriptor `terminal`.
package final class PseudoTerminal: Sendable {
    /// The program's side; closed with the object.
    package let terminal: Int32
    private let master: Int32
    private let path: String
    private let collector: Collector
    private let process = Lock<RunningProcess?>(nil)

    package init(columns: Int = 80, rows: Int = 24) throws {
        (master, terminal) = try FileDescriptor.pair("openpty") { openpty($0, $0 + 1, nil, nil, nil) }
        var name = [CChar](repeating: 0, count: 256)
        guard ttyname_r(terminal, &name, name.count) == 0 else {
            throw SystemCallFailed(call: "ttyname_r", code: errno)
        }
        path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        // Duplicated, because the collector closes its descriptor but keys still have to be written.
        let output = fcntl(master, F_DUPFD_CLOEXEC, 0)
        guard output >= 0 else { throw SystemCallFailed(call: "fcntl", code: errno) }
        collector = Collector(draining: output)
        resize(columns: columns, rows: rows)
    }

    deinit {
        process.withLock { $0?.send(signal: SIGKILL) }
        close(terminal)
        close(master)
    }

    package func resize(columns: Int, rows: Int) {
        var size = winsize(ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    /// Runs the program at `path` with this terminal as its three streams and its controlling terminal, and with
    /// exactly `environment`.
    ///
    /// `SWIFT_BACKTRACE` is added, because a crash on a terminal would wait for a key.
    package func start(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws {
        let environment = environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { given, _ in given }
        let launch = Launch(
            path: path, arguments: arguments, environment: environment, directory: directory, leadsSession: true)
        let started = try launch.start { actions in
            posix_spawn_file_actions_addopen(&actions, 0, self.path, O_RDWR, 0)
            posix_spawn_file_actions_adddup2(&actions, 0, 1)
            posix_spawn_file_actions_adddup2(&actions, 0, 2)
        }
        process.withLock { $0 = started }
    }

    /// Types `keys`, with the control characters that special keys send: `\r` for Return, `\u{3}` for Ctrl-C.
    package func send(_ keys: String) {
        FileDescriptor.feed(Array(keys.utf8), to: master)
    }

    /// Types bytes that may be no text.
    package func send(bytes: [UInt8]) {
        FileDescriptor.feed(bytes, to: master)
    }

    /// Sends a signal to the program.
    package func send(signal: Int32) {
        process.withLock { $0?.send(signal: signal) }
    }

    /// Everything written so far.
    package var output: String { String(decoding: collector.bytes, as: UTF8.self).replacing(Self.endMark, with: "") }

    /// A mark written after the program's output, which shows that all of the output has arrived.
    private static let endMark = "\u{1}the program has ended\u{2}"

    /// The number of bytes written so far: a position from which `waitUntil` can search.
    package var position: Int { collector.bytes.count }

    /// Waits until `text` was written, after `position` if given; throws if it never is.
    package func waitUntil(contains text: String, after position: Int = 0, seconds: Int = 60) async throws {
        try await poll("\"\(text)\"", seconds: seconds, state: { self.output }) {
            self.collector.contains(text, from: position)
        }
    }

    /// Waits until `isTrue` holds for everything written.
    package func waitUntil(seconds: Int = 60, _ isTrue: (String) -> Bool) async throws {
        try await poll("the screen", seconds: seconds, state: { self.output }) { isTrue(self.output) }
    }

    /// Waits until the program has ended and all of its output is in `output`.
    package func wait(seconds: Int = 60) async throws -> ChildProcess.Exit {
        let exit = try await exit(seconds: seconds)
        // A Ctrl-C that is typed as the program ends makes the system discard what is on its way to the screen, and the
        // mark with it, so the mark is written again.
        for _ in 1..<seconds {
            FileDescriptor.feed(Array(Self.endMark.utf8), to: terminal)
            if (try? await waitUntil(contains: Self.endMark, seconds: 1)) != nil { return exit }
        }
        throw TimedOut(description: "waited \(seconds) s for the end of what was written\n\(output)")
    }

    private func exit(seconds: Int) async throws -> ChildProcess.Exit {
        let process = process.withLock { $0 }
        try await poll("the end of the process", seconds: seconds, state: { self.output }) { process?.exit != nil }
        return process?.exit ?? .code(-1)
    }

    /// Closes the terminal's other side, as when a window is closed or a connection lost, and waits until the program
    /// has ended. Nothing can be typed or read afterwards.
    package func hangUp(seconds: Int = 60) async throws -> ChildProcess.Exit {
        collector.stop()
        // Wakes the collector, which is waiting for a byte.
        FileDescriptor.feed(Array(Self.endMark.utf8), to: terminal)
        try await poll("the last byte", seconds: seconds) { collector.isAtEnd }
        let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
        guard nothing >= 0 else { throw SystemCallFailed(call: "open /dev/null", code: errno) }
        // Keeps the descriptor's number in use until the object closes it.
        dup2(nothing, master)
        close(nothing)
        return try await exit(seconds: seconds)
    }

    /// The terminal's settings, for comparing before and after.
    package var modes: Modes {
        var modes = termios()
        tcgetattr(terminal, &modes)
        return Modes(
            input: modes.c_iflag, output: modes.c_oflag, local: modes.c_lflag,
            keys: withUnsafeBytes(of: modes.c_cc) { Array($0) })
    }

    package struct Modes: Equatable, Sendable {
        fileprivate let input: tcflag_t
        fileprivate let output: tcflag_t
        fileprivate let local: tcflag_t
        /// The special characters (`c_cc`).
        fileprivate let keys: [UInt8]

        package var echoes: Bool { local & tcflag_t(ECHO) != 0 }
        package var sendsSignals: Bool { local & tcflag_t(ISIG) != 0 }
    }
}
