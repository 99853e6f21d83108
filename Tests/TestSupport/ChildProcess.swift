import ParallelSystem
import ParallelTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A program that a test runs, with exactly the given environment.
///
/// Separate threads read its output while it runs, so that it never blocks at a full pipe. A process that outlives its
/// object is killed.
package final class ChildProcess: Sendable {
    package enum Input: Sendable {
        case bytes([UInt8])
        case text(String)
        /// At its end from the start.
        case closed
        /// The test's own stdin.
        case inherit
        /// Open: the test writes with `write` and closes it with `closeInput`.
        case open
    }

    /// How a process ended.
    package enum Exit: Sendable, Equatable {
        case code(Int32)
        case signal(Int32)
    }

    /// The end and the whole output of a process.
    package struct Result: Sendable, CustomStringConvertible {
        package let exit: Exit
        /// The time when the process ended, which may be earlier than when the test notices.
        package let endTime: ContinuousClock.Instant
        package let outputBytes: [UInt8]
        package let errorBytes: [UInt8]

        package var output: String { String(decoding: outputBytes, as: UTF8.self) }
        package var error: String { String(decoding: errorBytes, as: UTF8.self) }
        package var description: String { "\(exit)\n-- stdout\n\(output)\n-- stderr\n\(error)" }
    }

    /// Runs the program at `path` to its end.
    ///
    /// - Parameter seconds: the time after which the process is killed and `TimedOut` thrown: a guard against hanging,
    ///   not a performance check.
    package static func run(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Input = .closed,
        directory: String? = nil, seconds: Int = 60
    ) async throws -> Result {
        let child = try start(path, arguments, environment: environment, input: input, directory: directory)
        return try await child.wait(seconds: seconds)
    }

    /// Starts the program at `path` and returns at once.
    package static func start(
        _ path: String, _ arguments: [String] = [], environment: [String: String] = [:], input: Input = .open,
        directory: String? = nil
    ) throws -> ChildProcess {
        let (inputReader, inputWriter) = try FileDescriptor.pipe()
        let (outputReader, outputWriter) = try FileDescriptor.pipe()
        let (errorReader, errorWriter) = try FileDescriptor.pipe()
        let launch = Launch(path: path, arguments: arguments, environment: environment, directory: directory)
        let stdin = if case .inherit = input { Int32(0) } else { inputReader }
        defer { [inputReader, outputWriter, errorWriter].forEach { _ = close($0) } }
        do {
            let process = try launch.start { actions in
                posix_spawn_file_actions_adddup2(&actions, stdin, 0)
                posix_spawn_file_actions_adddup2(&actions, outputWriter, 1)
                posix_spawn_file_actions_adddup2(&actions, errorWriter, 2)
            }
            let child = ChildProcess(process, input: inputWriter, output: outputReader, error: errorReader)
            switch input {
            case .bytes(let bytes): child.feed(bytes)
            case .text(let text): child.feed(Array(text.utf8))
            case .closed, .inherit: child.closeInput()
            case .open: break
            }
            return child
        } catch {
            [inputWriter, outputReader, errorReader].forEach { _ = close($0) }
            throw error
        }
    }

    private let process: RunningProcess
    private let input: Lock<Int32?>
    private let outputCollector: Collector
    private let errorCollector: Collector

    private init(_ process: RunningProcess, input: Int32, output: Int32, error: Int32) {
        self.process = process
        self.input = Lock(input)
        outputCollector = Collector(draining: output)
        errorCollector = Collector(draining: error)
    }

    deinit {
        process.send(signal: SIGKILL)
        closeInput()
    }

    package var pid: Int32 { process.pid }

    /// The output on stdout so far.
    package var output: String { String(decoding: outputCollector.bytes, as: UTF8.self) }
    /// The output on stderr so far.
    package var error: String { String(decoding: errorCollector.bytes, as: UTF8.self) }

    /// Sends a signal to the process; does nothing if it has ended.
    package func send(signal: Int32) { process.send(signal: signal) }

    /// Writes to the process's stdin; blocks while the pipe is full. What it does not want to read is lost.
    package func write(_ text: String) { write(Array(text.utf8)) }

    /// Writes to the process's stdin; blocks while the pipe is full. What it does not want to read is lost.
    package func write(_ bytes: [UInt8]) {
        input.withLock { if let descriptor = $0 { FileDescriptor.feed(bytes, to: descriptor) } }
    }

    /// Ends the process's stdin.
    package func closeInput() {
        input.withLock { descriptor in
            if let open = descriptor { close(open) }
            descriptor = nil
        }
    }

    /// Waits until stdout contains `text`; throws if it never does.
    package func waitUntil(outputContains text: String, seconds: Int = 60) async throws {
        try await wait(for: text, in: outputCollector, seconds: seconds)
    }

    /// Waits until stderr contains `text`; throws if it never does.
    package func waitUntil(errorContains text: String, seconds: Int = 60) async throws {
        try await wait(for: text, in: errorCollector, seconds: seconds)
    }

    /// Waits until the process has ended and both its outputs are closed.
    package func wait(seconds: Int = 60) async throws -> Result {
        let (process, streams) = (process, [outputCollector, errorCollector])
        try await poll("the end of the process", seconds: seconds, state: { self.soFar }) {
            process.exit != nil && streams.allSatisfy(\.isAtEnd)
        }
        return Result(
            exit: process.exit ?? .code(-1), endTime: process.endTime ?? .now, outputBytes: outputCollector.bytes,
            errorBytes: errorCollector.bytes)
    }

    private var soFar: String { "-- stdout\n\(output)\n-- stderr\n\(error)" }

    private func wait(for text: String, in collector: Collector, seconds: Int) async throws {
        try await poll("\"\(text)\"", seconds: seconds, state: { self.soFar }) {
            if collector.contains(text) { return true }
            if collector.isAtEnd { throw TimedOut(description: "ended before \"\(text)\"\n\(self.soFar)") }
            return false
        }
    }

    /// Writes from a separate thread, because the process may wait for its own output to be read first.
    private func feed(_ bytes: [UInt8]) {
        let descriptor = input.withLock { input in
            defer { input = nil }
            return input
        }
        guard let descriptor else { return }
        onNewThread {
            FileDescriptor.feed(bytes, to: descriptor)
            close(descriptor)
        }
    }
}
