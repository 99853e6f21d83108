import ParallelSystem

// Without `@preconcurrency`, Swift rejects C's `environ`; nothing here changes the environment.
#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#else
    @preconcurrency import Darwin
#endif

/// Programs of others that a command uses, such as a client's own command for its configuration.
enum OtherProgram {
    /// Runs a program without a shell and returns its exit code, or 128 plus the signal that ended it.
    ///
    /// It reads nothing, and what it prints goes to standard error. Throws `SystemError` if it can't be started.
    static func run(_ words: [String]) throws -> Int32 {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            var actions: posix_spawn_file_actions_t?
        #else
            var attributes = posix_spawnattr_t()
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // It must not inherit that this program blocks and ignores signals.
        var (mask, defaults) = (sigset_t(), sigset_t())
        sigemptyset(&mask)
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGXFSZ, SIGINT] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, 2, 1)
        let arguments = words.map { strdup($0) }
        defer { for copy in arguments { free(copy) } }
        var process = pid_t()
        let code = posix_spawn(&process, words[0], &actions, &attributes, arguments + [nil], environ)
        guard code == 0 else { throw SystemError(code: code) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
