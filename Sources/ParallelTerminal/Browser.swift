import ParallelSystem

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program that opens addresses: `BROWSER`, or the system's.
package struct Browser: Sendable {
    /// The program and its arguments, split only at spaces and run without a shell.
    private let words: [String]

    /// Reads the browser from the environment; nil if there is none, as on a machine without a screen.
    package init?(environment: [String: String]) {
        // Of several browsers, with colons between, the first counts.
        let line = environment["BROWSER"]?.parts(between: ":").first { !$0.isBlank } ?? ""
        let given = line.parts(between: " ").filter { !$0.isEmpty }.map(String.init)
        #if canImport(Darwin)
            words = given.isEmpty ? ["open"] : given
        #else
            let hasScreen = ["DISPLAY", "WAYLAND_DISPLAY"].contains { environment[$0]?.isEmpty == false }
            words = given.isEmpty && hasScreen ? ["xdg-open"] : given
        #endif
        if words.isEmpty { return nil }
    }

    /// Opens an http or https address. Returns false if there is no such program, or it fails within a second; the
    /// browser may go on running.
    package func open(_ url: String) async -> Bool {
        guard url.begins(with: "https://") || url.begins(with: "http://") else { return false }
        // What it prints would mix with what this program prints.
        guard let nowhere = try? FileDescriptor(path: "/dev/null", flags: O_RDWR) else { return false }
        var launch = ProgramLaunch(words + [url])
        launch.descriptors = (0...2).map { (nowhere.number, $0) }
        guard let process = try? launch.start() else { return false }
        let ending = try? await onOwnThread { () -> Int32? in
            for _ in 0..<50 {
                var status: Int32 = 0
                if waitpid(process, &status, WNOHANG) == process { return status }
                usleep(20_000)
            }
            // Nobody waits for a browser that stays open; this thread removes it when it ends.
            _ = startThread { _ = ProgramLaunch.wait(for: process) }
            return nil
        }
        return (ending ?? nil ?? 0) == 0
    }
}
