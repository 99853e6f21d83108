import CSystem

// Without `@preconcurrency`, Swift rejects C's `environ`; nothing here changes the environment.
#if canImport(Glibc)
    @preconcurrency package import Glibc
#elseif canImport(Musl)
    @preconcurrency package import Musl
#else
    @preconcurrency package import Darwin
#endif

/// A program to start, without a shell (posix_spawnp(3)).
package struct ProgramLaunch: Sendable {
    /// The program, which is looked up in PATH unless it has a slash in it, and its arguments.
    package var words: [String]
    /// The entries of its environment, such as `LANG=C`; nil: exactly those of this process.
    package var environment: [String]?
    /// Entries added to these.
    package var added: [String] = []
    /// The folder it is started in; nil: that of this process.
    package var directory: String?
    /// The descriptors of this process that it gets, each under another number.
    package var descriptors: [(own: Int32, given: Int32)] = []
    /// Descriptors of this process that it must not get.
    package var closed: [Int32] = []
    /// Whether it is in a process group of its own, which signals from the terminal don't reach.
    package var leadsGroup = false

    package init(_ words: [String]) { self.words = words }

    /// Starts the program and returns its process id. Signals that this process blocks or ignores are as usual in it.
    package func start() throws(SystemError) -> pid_t {
        var process = pid_t()
        let code = spawn(&process)
        if code != 0 { throw SystemError(code: code) }
        return process
    }

    /// Waits for the end of a program; returns its status, as waitpid(2) has it.
    package static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }

    private func spawn(_ process: inout pid_t) -> Int32 {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            var actions: posix_spawn_file_actions_t?
        #else
            var attributes = posix_spawnattr_t()
            var actions = posix_spawn_file_actions_t()
        #endif
        guard posix_spawnattr_init(&attributes) == 0 else { return errno }
        defer { posix_spawnattr_destroy(&attributes) }
        guard posix_spawn_file_actions_init(&actions) == 0 else { return errno }
        defer { posix_spawn_file_actions_destroy(&actions) }
        var mask = sigset_t()
        sigemptyset(&mask)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGXFSZ, SIGINT] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = leadsGroup ? Int16(POSIX_SPAWN_SETPGROUP) : 0
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | group)
        for (own, given) in descriptors { posix_spawn_file_actions_adddup2(&actions, own, given) }
        for number in closed { posix_spawn_file_actions_addclose(&actions, number) }
        if let directory {
            let code = withUnsafeMutablePointer(to: &actions) { csystem_spawn_in($0, directory) }
            if code != 0 { return code }
        }
        let arguments = words.map { strdup($0) }
        let ownEntries = ((environment ?? []) + added).map { strdup($0) }
        defer { for copy in arguments + ownEntries { free(copy) } }
        var entries: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while environment == nil, let entry = next.pointee {
            entries.append(entry)
            next += 1
        }
        return posix_spawnp(&process, words[0], &actions, &attributes, arguments + [nil], entries + ownEntries + [nil])
    }
}
