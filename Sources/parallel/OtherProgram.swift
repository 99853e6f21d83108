import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Programs of others that a command uses, such as a client's own command for its configuration.
enum OtherProgram {
    /// Runs a program without a shell and returns its exit code, or 128 plus the signal that ended it.
    ///
    /// It reads nothing, and what it prints goes to standard error. Throws `SystemError` if it can't be started.
    static func run(_ words: [String]) throws -> Int32 {
        let nothing = try FileDescriptor(path: "/dev/null", flags: O_RDONLY)
        var launch = ProgramLaunch(words)
        launch.descriptors = [(nothing.number, 0), (2, 1)]
        let status = ProgramLaunch.wait(for: try launch.start())
        _ = consume nothing
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
