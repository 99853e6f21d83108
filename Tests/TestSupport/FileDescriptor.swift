import ParallelSystem
import ParallelTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The error of a failed system call.
package struct SystemCallFailed: Error, CustomStringConvertible {
    let call: String
    let code: Int32
    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

/// Collects everything read from a descriptor, which it closes at the end.
final class Collector: Sendable {
    private let state = Lock<(bytes: [UInt8], isStopped: Bool, isAtEnd: Bool)>(([], false, false))

    init(draining descriptor: Int32) {
        onNewThread { [state] in
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while !state.withLock({ $0.isStopped }) {
                let count = read(descriptor, &buffer, buffer.count)
                if count > 0 {
                    state.withLock { $0.bytes += buffer[..<count] }
                } else if count == 0 || errno != EINTR {
                    // Reading a closed pseudo-terminal fails with EIO.
                    break
                }
            }
            close(descriptor)
            state.withLock { $0.isAtEnd = true }
        }
    }

    /// Stops collecting after the next bytes.
    func stop() { state.withLock { $0.isStopped = true } }

    var bytes: [UInt8] { state.withLock { $0.bytes } }
    var isAtEnd: Bool { state.withLock { $0.isAtEnd } }

    /// Whether the bytes of `text` were collected. Compares bytes, because a control sequence may separate a character
    /// from its combining marks.
    func contains(_ text: String, from start: Int = 0) -> Bool {
        let wanted = Array(text.utf8)
        return bytes.dropFirst(start).containsRun(wanted)
    }
}

extension Collection<UInt8> {
    func containsRun(_ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        var rest = self[...]
        while let start = rest.firstIndex(of: first) {
            rest = rest[start...]
            if rest.starts(with: wanted) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}

extension FileDescriptor {
    /// An Int rather than Void: ThreadSanitizer takes access to a Void for access to the field at the same address.
    private static let oneAtATime = Lock(0)

    /// Keeps descriptors from being created while a process starts, which would inherit those not yet marked
    /// close-on-exec.
    static func exclusively<Value>(_ body: () -> Value) -> Value {
        oneAtATime.withLock { _ in body() }
    }

    /// Creates a pipe that no process inherits by accident, however many tests start processes at once.
    package static func pipe() throws -> (reader: Int32, writer: Int32) {
        try pair("pipe", systemPipe)
    }

    /// Creates two descriptors that close on exec.
    static func pair(
        _ call: String, _ make: (UnsafeMutablePointer<Int32>) -> Int32
    ) throws -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        let code = exclusively {
            let code = make(&ends)
            ends.forEach { _ = fcntl($0, F_SETFD, FD_CLOEXEC) }
            return code
        }
        guard code == 0 else { throw SystemCallFailed(call: call, code: errno) }
        return (ends[0], ends[1])
    }

    /// Writes all of `bytes`, ignoring errors; a closed pipe raises no signal.
    static func feed(_ bytes: [UInt8], to descriptor: Int32) {
        _ = ignoresClosedPipes
        try? write(bytes, to: descriptor)
    }

    private static let ignoresClosedPipes: Void = { signal(SIGPIPE, SIG_IGN) }()
}

/// Outside `FileDescriptor`, because inside it `pipe` would mean its own function.
private func systemPipe(_ ends: UnsafeMutablePointer<Int32>) -> Int32 { pipe(ends) }
