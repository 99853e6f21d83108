import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The program as a job of an interactive shell, which stops it, continues it and takes the terminal for itself.
@Suite(.limited, .enabled(if: access("/bin/bash", X_OK) == 0, "bash is not installed")) struct JobControlTests {
    private static let prompt = "What should be researched?"
    private static let controlZ = "\u{1A}"

    /// A shell that waits for commands, and changes no settings of the terminal to edit them.
    private func shell(_ session: Session, term: String = "xterm") async throws -> PseudoTerminal {
        let terminal = try PseudoTerminal()
        let environment = session.environment.merging(["TERM": term, "PS1": "ready> "]) { $1 }
        try terminal.start(
            "/bin/bash", ["--norc", "--noprofile", "--noediting", "-i"], environment: environment,
            directory: session.home.path)
        try await terminal.waitUntil(contains: "ready> ")
        return terminal
    }

    /// Sends the shell `command`, then asks it for its jobs until it tells of `state`.
    private func waitForJob(_ state: String, after command: String, on terminal: PseudoTerminal) async throws {
        // A shell may tell of a change as soon as the command is done.
        let position = terminal.position
        terminal.send(command + "\r")
        try await poll(state, seconds: 60, state: { terminal.output }) {
            if terminal.text(after: position).contains(state) { return true }
            // bash now and then misses that a job it has just continued is over, until it waits for a child again.
            terminal.send("/bin/sh -c :; jobs -l\r")
            usleep(200_000)
            return false
        }
    }

    /// Does `action` and returns what the terminal shows from then until `seconds` later.
    private func seen(for seconds: Double, on terminal: PseudoTerminal, after action: () -> Void) async throws -> String
    {
        let position = terminal.position
        action()
        try await Task.sleep(for: .seconds(seconds))
        return terminal.text(after: position)
    }

    @Test func `a job draws its progress in the foreground only`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let terminal = try await shell(session)
        let start = terminal.position
        terminal.send("parallel task run x > out &\r")
        try await poll("the wait", state: { terminal.output }) { server.requests.count >= 2 }
        try await Task.sleep(for: .milliseconds(500))
        let background = terminal.text(after: start)
        #expect(
            background.contains("created") && !background.contains("creating") && !background.contains("usually"),
            "\(background)")

        let first = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: "usually", after: first)
        terminal.send(Self.controlZ)
        try await terminal.waitUntil(contains: "Stopped", after: first)
        let again = try await seen(for: 1, on: terminal) { terminal.send("bg\r") }
        #expect(again.contains("parallel task run x > out &") && !again.contains("usually"), "\(again)")
        let second = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: "usually", after: second)
        gate.open()
        terminal.send("echo code=$?\r")
        try await terminal.waitUntil(contains: "code=0", after: second)
    }

    @Test(arguments: [
        ("xterm", "parallel task run"), ("dumb", "parallel task run"), ("xterm", "parallel task run - --dry-run"),
    ])
    func `reading the terminal from the background stops the job until it is in the foreground`(
        _ term: String, _ command: String
    ) async throws {
        let session = try Session("http://127.0.0.1:1")
        let terminal = try await shell(session, term: term)
        let before = terminal.modes
        try await waitForJob("Stopped (tty input)", after: "\(command) &", on: terminal)
        #expect(terminal.modes == before)
        try await waitForJob("Stopped (tty input)", after: "bg", on: terminal)
        let last = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: command, after: last)
        if command.hasSuffix(" run") {
            try await terminal.waitUntil(contains: Self.prompt, after: last)
            try await poll("the editor") { terminal.modes != before }
            terminal.send("\u{3}")
            try await terminal.waitUntil(contains: "interrupted; nothing was sent", after: last)
        } else {
            terminal.send("Why?\r\u{4}")
            try await terminal.waitUntil(contains: #""input": "Why?""#, after: last)
        }
        try await poll("the settings") { terminal.modes == before }
    }

    @Test func `a note from the background stops the job where the terminal says so`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try await shell(session)
        terminal.send("stty tostop\r")
        try await waitForJob("Stopped (tty output)", after: "parallel task run x > out &", on: terminal)
        #expect(!terminal.output.contains("created"))
        let position = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: "created", after: position)
        terminal.send("echo code=$?\r")
        try await terminal.waitUntil(contains: "code=0", after: position)
    }

    @Test func `a job that is told to end while it may not write ends, and says how to go on`() async throws {
        let session = try Session(try await RunningSandbox(delay: "60"))
        let terminal = try await shell(session)
        terminal.send("stty tostop\r")
        try await waitForJob("Stopped (tty output)", after: "parallel task run x > out &", on: terminal)
        // bash continues a stopped job that it sends SIGTERM.
        try await waitForJob("Exit 143", after: "kill -TERM %1", on: terminal)
        #expect(terminal.output.contains("parallel task result \(ChildProcess.Result.runID(in: terminal.output))"))
    }

    /// The text that is typed before a stop is kept by the program's own editor, and lost by the terminal's.
    @Test(arguments: [("xterm", "abcd"), ("dumb", "d")], [true, false])
    func `a stop at the question gives the terminal back, and the job goes on where it was`(
        _ row: (term: String, question: String), _ isByKey: Bool
    ) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let terminal = try await shell(session, term: row.term)
        let before = terminal.modes
        terminal.send("sh -c 'echo $$ > pid; exec parallel task run'\r")
        try await terminal.waitUntil(contains: Self.prompt)
        try await poll("the editor") { terminal.modes != before }
        // What the terminal's own editor holds when no key asked for the stop is the shell's.
        let typed = row.term == "dumb" && !isByKey ? "" : "abc"
        terminal.send(typed)
        try await terminal.waitUntil(contains: "\(Self.prompt) \(typed)")
        let position = terminal.position
        if isByKey {
            terminal.send(Self.controlZ)
        } else {
            let id = try #require(Int32((Disk.text(session.home.file("pid")) ?? "").filter(\.isNumber)))
            kill(id, SIGTSTP)
        }
        try await terminal.waitUntil(contains: "Stopped", after: position)
        try await terminal.waitUntil(contains: "ready> ", after: position)
        #expect(terminal.modes == before)
        let last = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: Self.prompt, after: last)
        try await poll("the editor") { terminal.modes != before }
        terminal.send("d\r")
        try await poll("the run", state: { terminal.output }) { !sandbox.creations.isEmpty }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == [row.question])
        try await poll("the settings") { terminal.modes == before }
    }

    @Test(arguments: [true, false])
    func `a job that is told to end while it is stopped at its question ends, and leaves the terminal alone`(
        _ isContinued: Bool
    ) async throws {
        let session = try Session("http://127.0.0.1:1")
        let terminal = try await shell(session)
        let before = terminal.modes
        terminal.send("parallel task run\r")
        try await terminal.waitUntil(contains: Self.prompt)
        try await poll("the editor") { terminal.modes != before }
        let position = terminal.position
        terminal.send(Self.controlZ)
        try await terminal.waitUntil(contains: "ready> ", after: position)
        if isContinued {
            try await waitForJob("Stopped (tty input)", after: "bg", on: terminal)
        }
        // By now the settings are other people's.
        terminal.send("stty ixany\r")
        try await poll("the change") { terminal.modes != before }
        let others = terminal.modes
        // bash continues a stopped job that it sends SIGTERM.
        try await waitForJob("Exit 143", after: "kill -TERM %1", on: terminal)
        #expect(terminal.modes == others)
    }

    // MARK: - The end of a terminal

    @Test(arguments: ["xterm", "dumb"])
    func `a terminal that goes away at a question ends the program as SIGHUP does`(_ term: String) async throws {
        let session = try Session("http://127.0.0.1:1")
        let terminal = try session.terminal("task", "run", adding: ["TERM": term])
        try await terminal.waitUntil(contains: Self.prompt)
        let exit = try await terminal.hangUp()
        #expect(exit == .code(129))
    }

    @Test func `a terminal that goes away ends a wait, and the run can be picked up`() async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let session = try Session(sandbox)
        let terminal = try session.terminal("task", "run", "x")
        try await terminal.waitUntil(contains: "created")
        #expect(try await terminal.hangUp() == .code(129))
        #expect(sandbox.creations.count == 1)
    }

    // MARK: - Width

    @Test func `a line that is redrawn fits the terminal as it is now, whatever COLUMNS says`() async throws {
        let session = try Session(try await RunningSandbox(delay: "20"))
        let terminal = try session.terminal(
            "task", "run", "x", "-p", "pro", columns: 60, adding: ["COLUMNS": "300"])
        try await terminal.waitUntil(contains: "Sandbox plan")
        terminal.resize(columns: 24, rows: 24)
        let position = terminal.position
        try await poll("lines of the new width") { terminal.text(after: position).drawnLines.count > 5 }
        let before = terminal.output.drawnLines
        // One line may have been under way.
        let after = terminal.text(after: position).drawnLines.dropFirst(2)
        #expect(before.contains { $0.displayWidth > 50 } && before.allSatisfy { $0.displayWidth < 60 }, "\(before)")
        #expect(!after.isEmpty && after.allSatisfy { $0.displayWidth < 24 }, "\(after)")
        terminal.send("\u{3}")
        _ = try await terminal.wait()
    }

    @Test(arguments: [1, 2, 5, 12, 19])
    func `a terminal may be as narrow as it likes`(_ columns: Int) async throws {
        let session = try Session(try await RunningSandbox(delay: "0.3"))
        for words in [
            ["task", "run", "日本", "--basis", "--field", "a=b", "--events"], ["search", "x"], ["mcp", "list"],
            ["help", "task", "run"],
        ] {
            let terminal = try session.terminal(words, columns: columns)
            #expect(try await terminal.wait() == .code(0), "\(words) \(terminal.output)")
        }
    }
}

extension PseudoTerminal {
    /// What was written after a `position`.
    fileprivate func text(after position: Int) -> String {
        String(decoding: output.utf8.dropFirst(position), as: UTF8.self)
    }
}

extension String {
    /// Every state of the line that is redrawn.
    fileprivate var drawnLines: [String] {
        replacing("\r\u{1B}[K", with: "\n").split(whereSeparator: \.isNewline).map(String.init)
            .filter { line in line.first.map { "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏".contains($0) } ?? false }
    }
}
