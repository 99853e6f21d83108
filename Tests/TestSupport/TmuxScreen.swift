import ParallelSystem
package import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A terminal that shows what is written to it: a pane of tmux, whose screen a test compares as text.
///
/// Either a program runs in it, or the test itself edits on `openTerminal`.
package final class TmuxScreen: Sendable {
    private static let path: String? = {
        let places: [String] = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/opt/homebrew/bin/tmux"]
        return places.first { access($0, X_OK) == 0 }
    }()
    package static var isInstalled: Bool { path != nil }

    private let folder: TemporaryDirectory
    private let kept: (any Sendable)?
    private let socket: String

    /// Makes a terminal in which `command`, words of sh, runs with exactly `environment`.
    ///
    /// - Parameter kept: what must stay as long as the program may run, such as its folder.
    package init(
        columns: Int = 80, rows: Int = 12, command: String = "exec sleep 86400", environment: [String: String] = [:],
        directory: String = "/", keeping kept: (any Sendable)? = nil
    ) async throws {
        self.kept = kept
        folder = try TemporaryDirectory()
        socket = folder.file("socket")
        let settings = """
            set -g status off
            set -sg escape-time 0
            set -g remain-on-exit on
            set -g default-terminal screen
            """
        let file = try folder.write(settings, to: "tmux.conf")
        // A variable's value may hold anything, so a file has them.
        let exports = environment.map { "export \($0.key)=\(ShellQuoting.quoted($0.value))\n" }.joined()
        let script = try folder.write(
            "unset TMUX TMUX_PANE; cd \(ShellQuoting.quoted(directory))\n\(exports)\(command)\n", to: "command.sh")
        try await tmux(
            "-f", file, "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "/bin/sh \(script)")
    }

    deinit {
        guard let path = Self.path else { return }
        // Ends what runs in it, too.
        let launch = Launch(path: path, arguments: ["-S", socket, "kill-server"], environment: ["TERM": "screen"])
        let command = try? launch.start { _ in }
        for _ in 0..<2_000 where command?.exit == nil { usleep(5_000) }
    }

    @discardableResult
    private func tmux(_ words: String...) async throws -> String {
        let path = try #require(Self.path)
        let result = try await ChildProcess.run(
            path, ["-u", "-S", socket] + words,
            environment: ["LC_ALL": "C.UTF-8", "TERM": "screen", "PATH": "/usr/bin:/bin"])
        guard result.exit == .code(0) else { throw TimedOut(description: "tmux \(words): \(result)") }
        return result.output
    }

    /// Opens the terminal for the test itself, which has to close it.
    package func openTerminal() async throws -> Int32 {
        let name = try await tmux("display-message", "-p", "#{pane_tty}").split(separator: "\n").first.map(String.init)
        let descriptor = open(name ?? "", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemCallFailed(call: "open \(name ?? "")", code: errno) }
        return descriptor
    }

    /// Types `keys`, with the control characters that special keys send.
    package func send(_ keys: String) async throws {
        var rest = keys.unicodeScalars[...]
        while let first = rest.first {
            let run = rest.prefix { $0.isASCII == first.isASCII }
            rest = rest[run.endIndex...]
            if first.isASCII {
                // A command line may not be longer than so much.
                for piece in Array(run).chunks(of: 1_000) {
                    try await send(codes: piece.map { String($0.value, radix: 16) })
                }
            } else {
                try await tmux("send-keys", "-l", String(run))
            }
        }
    }

    private func send(codes: [String]) async throws {
        let path = try #require(Self.path)
        _ = try await ChildProcess.run(
            path, ["-S", socket, "send-keys", "-H"] + codes, environment: ["TERM": "screen"])
    }

    /// Pastes `text` as a terminal does: in brackets, if the program has asked for them.
    package func paste(_ text: String) async throws {
        try await tmux("load-buffer", try folder.write(text, to: "pasted"))
        try await tmux("paste-buffer", "-p", "-d")
    }

    package func resize(columns: Int, rows: Int = 12) async throws {
        try await tmux("resize-window", "-x", "\(columns)", "-y", "\(rows)")
    }

    /// The rows of the screen, without the spaces at their ends and the empty ones at the end.
    package func rows() async throws -> [String] {
        var rows = try await tmux("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false).map {
            String($0.reversed().drop { $0 == " " }.reversed())
        }
        while rows.last?.isEmpty == true { rows.removeLast() }
        return rows
    }

    /// The place of the cursor, counted from 0.
    package func cursor() async throws -> String {
        String(try await tmux("display-message", "-p", "#{cursor_y},#{cursor_x}").dropLast())
    }

    /// Waits until the screen shows exactly `rows`; records an issue with what it shows if it never does.
    package func expect(
        _ rows: [String], cursor: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        try await expect(sourceLocation: sourceLocation, cursor: cursor) { $0 == rows }
    }

    /// Waits until `isTrue` holds for the rows of the screen.
    package func expect(
        sourceLocation: SourceLocation = #_sourceLocation, cursor: String? = nil, seconds: Int = 30,
        _ isTrue: ([String]) -> Bool
    ) async throws {
        var (shown, place) = ([String](), "")
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            shown = try await rows()
            place = try await self.cursor()
            if isTrue(shown), cursor == nil || cursor == place { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record(
            "the screen shows:\n\(shown.joined(separator: "\n"))\ncursor \(place)", sourceLocation: sourceLocation)
        throw TimedOut(description: "waited \(seconds) s for a screen")
    }
}

extension Array {
    fileprivate func chunks(of size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
