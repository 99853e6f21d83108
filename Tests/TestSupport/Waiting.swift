#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What a test waited for did not happen.
package struct TimedOut: Error, CustomStringConvertible {
    package let description: String
}

/// Runs `body` on a thread of its own, since what tests wait for must not hold the threads that run async code.
func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
        static func run(_ body: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
            Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run()
            return nil
        }
    }
    let argument = Unmanaged.passRetained(Body(body)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    #if canImport(Darwin)
        var thread: pthread_t?
        let code = pthread_create(&thread, &attributes, { Body.run($0) }, argument)
    #else
        var thread = pthread_t()
        let code = pthread_create(&thread, &attributes, { $0.flatMap { Body.run($0) } }, argument)
    #endif
    precondition(code == 0, "no thread for a test: \(code)")
}

/// Asks again and again until `isTrue`, or throws with `state` after `seconds`.
func poll(
    _ awaited: String, seconds: Int, state: () -> String, isTrue: () throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while try !isTrue() {
        if ContinuousClock.now > deadline {
            throw TimedOut(description: "waited \(seconds) s for \(awaited)\n\(state())")
        }
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// The result of a call that blocks, made on a thread of its own.
package func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        startThread { continuation.resume(with: Result(catching: body)) }
    }
}
