import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Programs of the machine that some tests need, to be asked for by `.enabled(if:)`.
enum Tools {
    static func has(_ program: String) -> Bool {
        ["/usr/local/bin", "/usr/bin", "/bin"].contains { access("\($0)/\(program)", X_OK) == 0 }
    }

    /// Whether the programs are built with the thread sanitizer, whose runtime starts a thread and writes a file before
    /// `main` (`Scripts/test --sanitize thread` says so).
    static let sanitizesThreads = getenv("TESTED_SANITIZER").map { String(cString: $0) } == "thread"

    private static let environment = ["PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]

    /// Whether a shell may mount what it likes for itself alone, with `unshare -rm sh -c`.
    static func mayMount() async -> Bool {
        let result = try? await ChildProcess.run(
            "/bin/sh", ["-c", "exec unshare -rm sh -c 'mount -t tmpfs none /mnt && mount --bind /tmp /mnt'"],
            environment: environment)
        return result?.exit == .code(0)
    }

    /// Puts the program that follows into the hands of a user without rights, as only root may.
    static let nobody = "setpriv --reuid 12345 --regid 12345 --clear-groups"

    /// Whether a user without rights may run the built programs.
    static func mayBecomeNobody() async -> Bool {
        let result = try? await ChildProcess.run(
            "/bin/sh", ["-c", "exec \(nobody) \(Program.parallel) --version"], environment: environment)
        return result?.exit == .code(0)
    }

    /// Whether system calls can be watched.
    static func mayTrace() async -> Bool {
        guard has("strace") else { return false }
        let result = try? await ChildProcess.run(
            "/bin/sh", ["-c", "exec strace -o /dev/null true"], environment: environment)
        return result?.exit == .code(0)
    }
}
