import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The support that tests of whole programs stand on.
@Suite(.timeLimit(.minutes(10))) struct ChildProcessTests {
    @Test func `a process gets its words, folder and environment and nothing else`() async throws {
        let directory = try TemporaryDirectory()
        let result = try await ChildProcess.run(
            "/usr/bin/env", environment: ["A": "1 2"], directory: directory.path)
        #expect(result.output == "A=1 2\n")
        let shell = try await ChildProcess.run(
            "/bin/sh", ["-c", "pwd; echo \"$1\" >&2; exit 7", "sh", "a b"], directory: directory.path)
        #expect(shell.exit == .code(7))
        #expect(shell.output == directory.path + "\n")
        #expect(shell.error == "a b\n")
    }

    @Test func `more than a pipe holds goes in and comes out`() async throws {
        let text = String(repeating: "0123456789abcde\n", count: 50_000)
        let result = try await ChildProcess.run("/bin/cat", input: .text(text))
        #expect(result.output == text)
        #expect(try await ChildProcess.run("/bin/cat", input: .closed).output == "")
    }

    @Test func `a live process is written to, read and signalled`() async throws {
        let child = try ChildProcess.start("/bin/cat")
        child.write("one\n")
        try await child.waitUntil(outputContains: "one\n")
        child.send(signal: SIGTERM)
        #expect(try await child.wait().exit == .signal(SIGTERM))
        child.send(signal: SIGTERM)

        let ending = try ChildProcess.start("/bin/cat")
        ending.closeInput()
        #expect(try await ending.wait().exit == .code(0))
        await #expect(throws: TimedOut.self) { try await ending.waitUntil(outputContains: "never") }
    }

    @Test func `a program that is not there is an error`() async {
        await #expect(throws: SystemCallFailed.self) { try await ChildProcess.run("/nonexistent/program") }
    }

    @Test func `a program on a pseudo-terminal has it for its own`() async throws {
        let pty = try PseudoTerminal(columns: 63, rows: 17)
        try pty.start(
            "/bin/sh", ["-c", "test -t 0 && stty size </dev/tty && read x && echo got:$x; exit 3"],
            environment: ["PATH": "/usr/bin:/bin"])
        try await pty.waitUntil(contains: "17 63")
        pty.send("hi\r")
        try await pty.waitUntil(contains: "got:hi")
        #expect(try await pty.wait() == .code(3))
    }

    @Test func `Ctrl-C on a pseudo-terminal interrupts`() async throws {
        let pty = try PseudoTerminal()
        try pty.start("/bin/cat")
        pty.send("x\r")
        try await pty.waitUntil(contains: "x\r\nx")
        pty.send("\u{3}")
        #expect(try await pty.wait() == .signal(SIGINT))
    }

    @Test func `a temporary directory is private and goes with all it holds`() async throws {
        let path: String
        do {
            let directory = try TemporaryDirectory()
            path = directory.path
            try directory.write("x", to: "file")
            _ = try await ChildProcess.run("/bin/mkdir", ["-p", directory.file("a/b")])
            _ = try await ChildProcess.run("/bin/ln", ["-s", "/bin", directory.file("a/link")])
            var info = stat()
            #expect(stat(path, &info) == 0)
            #expect(info.st_mode & 0o777 == 0o700)
            directory.remove()
        }
        #expect(access(path, F_OK) != 0)
        #expect(access("/bin/sh", F_OK) == 0)
    }
}
