// Without `@preconcurrency`, Swift rejects C's `environ`; nothing here changes the environment.
#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#else
    @preconcurrency import Darwin
#endif

/// The command of `parallel-sandbox run`. It shares stdin, stdout, stderr and the terminal with the sandbox.
struct ChildCommand {
    let words: [String]
    /// Variables set on top of the sandbox's own environment.
    let variables: [String: String]

    /// Starts the command, passes signals on and returns its exit code: 128 plus the number of the signal that killed
    /// it, 127 if there is no such command, 126 if it can't be executed.
    func run(restoring signals: SignalWait) throws -> Int32 {
        var process = pid_t()
        let code = try spawn(&process, mask: signals.originalMask)
        if code != 0 {
            StandardError.write("parallel-sandbox: cannot run '\(words[0])': \(String(cString: strerror(code)))")
            return code == ENOENT ? 127 : 126
        }
        while true {
            let signal = signals.next()
            if signal.number == SIGCHLD {
                var status: Int32 = 0
                if waitpid(process, &status, WNOHANG) == process { return Self.exitCode(of: status) }
            } else if signal.isFromProcess {
                // Signals from the terminal reach the command without help.
                kill(process, signal.number)
            }
        }
    }

    private func spawn(_ process: inout pid_t, mask: sigset_t) throws -> Int32 {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
        #else
            var attributes = posix_spawnattr_t()
        #endif
        guard posix_spawnattr_init(&attributes) == 0 else { throw SystemFailure("cannot start a process") }
        defer { posix_spawnattr_destroy(&attributes) }
        var mask = mask
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGCHLD] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))

        let arguments = words.map { strdup($0) }
        let added = variables.map { strdup("\($0.key)=\($0.value)") }
        defer { for copy in arguments + added { free(copy) } }
        return posix_spawnp(
            &process, words[0], nil, &attributes, arguments + [nil], inheritedEnvironment() + added + [nil])
    }

    /// Returns the exact entries of the sandbox's own environment, except the variables that are replaced.
    private func inheritedEnvironment() -> [UnsafeMutablePointer<CChar>?] {
        var entries: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let entry = next.pointee {
            if variables[String(String(cString: entry).prefix { $0 != "=" })] == nil { entries.append(entry) }
            next += 1
        }
        return entries
    }

    private static func exitCode(of status: Int32) -> Int32 {
        let signal = status & 0x7F
        return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
    }
}
