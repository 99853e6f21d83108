// Without `@preconcurrency`, Swift rejects C's `environ`; nothing here changes the environment.
#if canImport(Glibc)
    @preconcurrency import Glibc
#elseif canImport(Musl)
    @preconcurrency import Musl
#else
    @preconcurrency import Darwin
#endif

/// Starts other programs, without a shell.
enum Launch {
    #if canImport(Darwin)
        typealias FileActions = posix_spawn_file_actions_t?
    #else
        typealias FileActions = posix_spawn_file_actions_t
    #endif

    /// Starts the program that `words` name, with its arguments and the environment of this one; nil if that fails.
    ///
    /// - Parameters:
    ///   - variable: a variable to add to its environment, as `NAME=VALUE`.
    ///   - redirect: says which descriptors it gets.
    static func start(
        _ words: [String], adding variable: String? = nil, redirect: (inout FileActions) -> Void
    ) -> pid_t? {
        #if canImport(Darwin)
            var attributes: posix_spawnattr_t?
            var actions: posix_spawn_file_actions_t?
        #else
            var attributes = posix_spawnattr_t()
            var actions = posix_spawn_file_actions_t()
        #endif
        guard posix_spawnattr_init(&attributes) == 0 else { return nil }
        defer { posix_spawnattr_destroy(&attributes) }
        guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The program must not inherit that this one blocks and ignores signals.
        var mask = sigset_t()
        sigemptyset(&mask)
        var defaults = sigset_t()
        sigemptyset(&defaults)
        for number in [SIGPIPE, SIGXFSZ, SIGINT] { sigaddset(&defaults, number) }
        posix_spawnattr_setsigmask(&attributes, &mask)
        posix_spawnattr_setsigdefault(&attributes, &defaults)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        redirect(&actions)

        var entries: [UnsafeMutablePointer<CChar>?] = []
        var next = environ
        while let entry = next.pointee {
            entries.append(entry)
            next += 1
        }
        let arguments = words.map { strdup($0) }
        let added = variable.map { strdup($0) }
        defer {
            for copy in arguments { free(copy) }
            if let added { free(added) }
        }
        if let added { entries.append(added) }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, &attributes, arguments + [nil], entries + [nil])
        return code == 0 ? process : nil
    }

    /// Waits for the end of a program; returns its status, as waitpid(2) has it.
    static func wait(for process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
