import ParallelSystem
import ParallelTerminal

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

#if canImport(Darwin)
    typealias SpawnActions = posix_spawn_file_actions_t?
    typealias SpawnAttributes = posix_spawnattr_t?
#else
    typealias SpawnActions = posix_spawn_file_actions_t
    typealias SpawnAttributes = posix_spawnattr_t
#endif

/// The parameters for starting a program with posix_spawn(3).
struct Launch {
    var path: String
    var arguments: [String]
    var environment: [String: String]
    var directory: String?
    /// Whether the process leads a session, so that the first terminal it opens becomes its controlling terminal.
    var leadsSession = false

    /// Starts the program with the descriptors that `configure` sets up; all of ours close on exec.
    func start(_ configure: (inout SpawnActions) -> Void) throws -> RunningProcess {
        #if canImport(Darwin)
            var actions: SpawnActions
            var attributes: SpawnAttributes
        #else
            var actions = SpawnActions()
            var attributes = SpawnAttributes()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }

        if let directory { try Self.addChangeOfDirectory(to: directory, in: &actions) }
        configure(&actions)
        // The program starts with no signal ignored or blocked, whatever the test runner does.
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        let flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(leadsSession ? flags | Self.setsid : flags))

        var words = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + variables).forEach { free($0) } }
        var pid: pid_t = 0
        let code = FileDescriptor.exclusively { posix_spawn(&pid, path, &actions, &attributes, &words, &variables) }
        guard code == 0 else { throw SystemCallFailed(call: "posix_spawn \(path)", code: code) }
        return RunningProcess(pid: pid)
    }

    #if canImport(Darwin)
        private static let setsid = Int32(POSIX_SPAWN_SETSID)
    #else
        // POSIX_SPAWN_SETSID, a GNU extension that Swift's Glibc module lacks; musl has the same value.
        private static let setsid: Int32 = 0x80
    #endif

    private static func addChangeOfDirectory(to directory: String, in actions: inout SpawnActions) throws {
        // Looked up at run time, because Swift's Glibc module lacks this too.
        typealias Function = @convention(c) (UnsafeMutablePointer<SpawnActions>, UnsafePointer<CChar>) -> Int32
        let name = "posix_spawn_file_actions_addchdir_np"
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), name) else { throw SystemCallFailed(call: name, code: ENOSYS) }
        let code = unsafeBitCast(symbol, to: Function.self)(&actions, directory)
        guard code == 0 else { throw SystemCallFailed(call: name, code: code) }
    }
}

/// A started process, with a thread that waits for its end.
final class RunningProcess: Sendable {
    let pid: pid_t
    private let state = Lock<(exit: ChildProcess.Exit, time: ContinuousClock.Instant)?>(nil)

    init(pid: pid_t) {
        self.pid = pid
        onNewThread { [state] in
            // WNOWAIT keeps the process's id in use until the lock is held, so that `send` never reaches another
            // process.
            var info = siginfo_t()
            while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            state.withLock { end in
                var status: Int32 = 0
                while waitpid(pid, &status, 0) < 0, errno == EINTR {}
                end = (status & 0x7F == 0 ? .code(status >> 8 & 0xFF) : .signal(status & 0x7F), .now)
            }
        }
    }

    /// How the process ended; nil while it runs.
    var exit: ChildProcess.Exit? { state.withLock { $0?.exit } }

    /// When the process ended; nil while it runs.
    var endTime: ContinuousClock.Instant? { state.withLock { $0?.time } }

    func send(signal: Int32) {
        state.withLock { if $0 == nil { kill(pid, signal) } }
    }
}
