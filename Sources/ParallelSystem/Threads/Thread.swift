#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a new detached thread with a stack of 8 MiB, which deeply nested JSON needs. Returns false if the
/// system refuses a thread.
///
/// Signals are blocked in it: they belong to the main thread, and a SIGPIPE from a connection that just closed must not
/// end the program. Job-control signals are not blocked: where a terminal would stop the program, a thread that blocks
/// them gets EIO instead, or writes in spite of `stty tostop`.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    var blocked = sigset_t()
    var previous = sigset_t()
    sigfillset(&blocked)
    for number in [SIGTSTP, SIGTTIN, SIGTTOU] { sigdelset(&blocked, number) }
    // The new thread inherits the mask, so it can't take another signal even at its start.
    pthread_sigmask(SIG_SETMASK, &blocked, &previous)
    defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, 8 << 20)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(ThreadBody(body))
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, &attributes, { runThread($0) }, context.toOpaque())
    #else
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { $0.flatMap(runThread) }, context.toOpaque())
    #endif
    if code != 0 { context.release() }
    return code == 0
}

private func runThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
    Unmanaged<ThreadBody>.fromOpaque(context).takeRetainedValue().run()
    return nil
}
