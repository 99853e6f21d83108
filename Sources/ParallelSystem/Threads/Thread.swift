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

/// Runs `body` on a detached thread of its own with a stack of 8 MiB, which deeply nested JSON needs. False if the
/// system refuses.
///
/// Signals are blocked in it: they belong to the main thread, and a SIGPIPE from a connection that just closed must not
/// end the program. Those of job control are not: a terminal that would stop the program refuses a thread that blocks
/// them (EIO), or lets it write against `stty tostop`.
package func startThread(_ body: @escaping @Sendable () -> Void) -> Bool {
    var blocked = sigset_t()
    var previous = sigset_t()
    sigfillset(&blocked)
    for number in [SIGTSTP, SIGTTIN, SIGTTOU] { sigdelset(&blocked, number) }
    // The new thread inherits the mask, so there is no moment at which it could take another signal.
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
