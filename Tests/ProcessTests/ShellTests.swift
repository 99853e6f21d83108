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

/// `parallel shell` on a terminal.
@Suite(.limited) struct ShellTests {
    private static let prompt = "base $0.01 > "
    private static let next = "base $0.01 >> "

    private func shell(
        _ session: Session, _ words: String..., columns: Int = 80, adding variables: [String: String] = [:]
    ) async throws -> PseudoTerminal {
        let terminal = try session.terminal(["shell"] + words, columns: columns, adding: variables)
        try await ready(terminal, " > ", after: 0)
        return terminal
    }

    /// Waits for a prompt and, where there is an editor, until it takes the keys.
    private func ready(_ terminal: PseudoTerminal, _ prompt: String = prompt, after position: Int) async throws {
        try await terminal.waitUntil(contains: prompt, after: position)
        try await poll("the editor") { !terminal.modes.echoes }
    }

    /// Types a line and waits for the prompt behind what it does.
    private func type(_ line: String, on terminal: PseudoTerminal, until prompt: String) async throws -> String {
        let position = terminal.position
        terminal.send(line + "\r")
        func shown() -> String { String(decoding: terminal.output.utf8.dropFirst(position), as: UTF8.self) }
        // The line itself is shown behind the last prompt.
        try await poll(prompt, seconds: 60, state: { terminal.output }) {
            let text = shown()
            return text.firstIndex(of: "\r\n").map { text[$0...].contains(prompt) } ?? false
        }
        try await poll("the editor") { !terminal.modes.echoes }
        return shown()
    }

    private func leave(_ terminal: PseudoTerminal) async throws {
        terminal.send("\u{4}")
        #expect(try await terminal.wait() == .code(0), "\(terminal.output)")
        #expect(terminal.modes == (try PseudoTerminal().modes))
    }

    @Test(arguments: [80, 40])
    func `a question shows its progress and its answer, and the next one goes on from it`(_ columns: Int) async throws {
        let sandbox = try await RunningSandbox(delay: "0.5")
        let session = try Session(sandbox)
        let terminal = try await shell(session, columns: columns)
        let first = try await type("東京の人口は？ 👨‍👩‍👧", on: terminal, until: Self.next)
        #expect(first.contains("creating the run") && first.contains("Sandbox report"), "\(first)")
        _ = try await type("And of größer Ōsaka?", on: terminal, until: Self.next)
        _ = try await type("/new", on: terminal, until: Self.prompt)
        _ = try await type("task run -q --no-wait 'Something else'", on: terminal, until: Self.prompt)
        let sent = sandbox.creations.map(\.body)
        #expect(
            sent.map { $0["input"]?.string } == ["東京の人口は？ 👨‍👩‍👧", "And of größer Ōsaka?", "Something else"])
        let ids = sent.map { $0["previous_interaction_id"]?.string }
        #expect(ids[0] == nil && ids[1]?.hasPrefix("trun_") == true && ids[2] == nil)
        try await leave(terminal)
    }

    @Test func `what would read the lines that are typed next is refused, and nothing is sent`() async throws {
        let server = try ScriptedAPI { _ in .ok(ScriptedAPI.run()) }
        let session = try Session(server)
        _ = try await session.shell("mkfifo pipe")
        let terminal = try await shell(session, columns: 200)
        for line in [
            "task run @/dev/stdin", "task run @pipe", "batch run /dev/tty --field a=A", "task run @/dev/fd/0",
        ] {
            let told = try await type(line, on: terminal, until: Self.prompt)
            #expect(told.contains("a terminal or a pipe can't be read where lines are typed"), "\(told)")
        }
        for line in ["task run -", "batch run - --field a=A", "mcp proxy parallel-search", "mcp serve"] {
            let told = try await type(line, on: terminal, until: Self.prompt)
            #expect(told.contains("standard input is where the lines of this shell are typed"), "\(told)")
            #expect(!told.contains("reads JSON-RPC") && !told.contains("reading MCP"))
        }
        #expect(try await type("/cost", on: terminal, until: Self.prompt).contains("0 paid calls"))
        try await leave(terminal)
        #expect(server.requests.isEmpty)
    }

    // MARK: - Ctrl-C and other signals

    @Test func `Ctrl-C at the prompt gives a new one`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let terminal = try await shell(session)
        for keys in ["abc\u{3}", "\u{3}"] {
            let position = terminal.position
            terminal.send(keys)
            try await terminal.waitUntil(contains: "^C", after: position)
            try await poll("a new prompt", seconds: 60, state: { terminal.output }) {
                let text = String(decoding: terminal.output.utf8.dropFirst(position), as: UTF8.self)
                return text.firstRange(of: "^C").map { text[$0.upperBound...].contains(Self.prompt) } ?? false
            }
            try await poll("the editor") { !terminal.modes.echoes }
        }
        #expect(try await type("/cost", on: terminal, until: Self.prompt).contains("0 paid calls"))
        try await leave(terminal)
    }

    @Test func `Ctrl-C ends a wait and not the shell, and the run is picked up and gone on from`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI(completing: "Found.", after: gate)
        let session = try Session(server)
        let terminal = try await shell(session)
        for _ in 1...2 {
            let position = terminal.position
            terminal.send("Why?\r")
            try await terminal.waitUntil(contains: " queued", after: position)
            terminal.send("\u{3}")
            try await ready(terminal, after: position + 20)
        }
        let id = ScriptedAPI.runID
        #expect(terminal.output.plainLines.contains("  pick it up again with: parallel task result \(id)"))
        gate.open()
        #expect(try await type("parallel task result \(id)", on: terminal, until: Self.next).contains("Found."))
        _ = try await type("And?", on: terminal, until: Self.next)
        let sent = server.requests.filter(\.isCreation).map { String(decoding: $0.body, as: UTF8.self) }
        #expect(sent.map { $0.contains(id) } == [false, false, true], "\(sent)")
        try await leave(terminal)
    }

    @Test func `Ctrl-C while a run is created waits for its id, and more of them change nothing`() async throws {
        let gate = Gate()
        let server = try ScriptedAPI { _ in
            gate.waitUntilOpen()
            return .ok(ScriptedAPI.run())
        }
        let terminal = try await shell(try Session(server))
        let position = terminal.position
        terminal.send("Why?\r")
        try await poll("the request") { !server.requests.isEmpty }
        terminal.send("\u{3}")
        try await terminal.waitUntil(contains: "interrupted; waiting up to 5 s for the answer", after: position)
        usleep(300_000)
        terminal.send("\u{3}")
        usleep(100_000)
        gate.open()
        try await terminal.waitUntil(contains: "parallel task result \(ScriptedAPI.runID)", after: position)
        let end = terminal.position
        try await ready(terminal, after: end - 20)
        #expect(!terminal.output.contains("a second Ctrl-C"))
        try await leave(terminal)
        #expect(server.requests.count { $0.isCreation } == 1)
    }

    @Test func `Ctrl-C ends an answer that comes in pieces`() async throws {
        let server = try ScriptedAPI { request in
            guard request.target.contains("chat") else { return .ok("{}") }
            return .stalled(
                "HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\n\r\n"
                    + #"data: {"choices":[{"index":0,"delta":{"content":"It pumps heat "}}]}"# + "\n\n")
        }
        let terminal = try await shell(try Session(server), "--chat")
        let position = terminal.position
        terminal.send("What?\r")
        try await terminal.waitUntil(contains: "It pumps", after: position)
        terminal.send("\u{3}")
        try await terminal.waitUntil(contains: "interrupted", after: position)
        try await ready(terminal, "chat speed $0.005 > ", after: position + 30)
        try await leave(terminal)
    }

    @Test(arguments: ["\u{3}", "n\r", "\u{4}"])
    func `a question that costs more than is allowed unasked is asked about`(_ keys: String) async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try await shell(try Session(sandbox), "--", "--confirm-above", "0")
        let position = terminal.position
        terminal.send("Why?\r")
        try await terminal.waitUntil(contains: "[y/N]", after: position)
        try await poll("the editor") { !terminal.modes.echoes }
        terminal.send(keys)
        try await terminal.waitUntil(contains: "nothing was run", after: position)
        try await ready(terminal, after: terminal.position - 20)
        #expect(sandbox.creations.isEmpty)
        try await leave(terminal)
    }

    @Test func `SIGINT from elsewhere leaves the shell at its prompt`() async throws {
        let terminal = try await shell(try Session("http://127.0.0.1:1"))
        terminal.send(signal: SIGINT)
        usleep(300_000)
        let position = terminal.position
        terminal.send("/cost\r")
        try await terminal.waitUntil(contains: "0 paid calls", after: position)
        try await ready(terminal, after: position + 5)
        try await leave(terminal)
    }

    @Test(arguments: [true, false])
    func `SIGTERM ends the shell`(_ isWaiting: Bool) async throws {
        let sandbox = try await RunningSandbox(delay: "60")
        let terminal = try await shell(try Session(sandbox))
        if isWaiting {
            terminal.send("Why?\r")
            try await terminal.waitUntil(contains: " queued")
        }
        terminal.send(signal: SIGTERM)
        #expect(try await terminal.wait() == .code(143))
        #expect(terminal.output.contains("pick it up again with") == isWaiting)
        // What comes next has a line of its own.
        #expect(terminal.output.hasSuffix("\r\n"))
        #expect(terminal.modes == (try PseudoTerminal().modes))
    }

    @Test(.enabled(if: access("/bin/bash", X_OK) == 0, "bash is not installed"))
    func `a stop gives the terminal back, at the prompt and in a wait`() async throws {
        let sandbox = try await RunningSandbox(delay: "8")
        let session = try Session(sandbox)
        let terminal = try PseudoTerminal()
        try terminal.start(
            "/bin/bash", ["--norc", "--noprofile", "--noediting", "-i"],
            environment: session.environment.merging(["TERM": "xterm", "PS1": "ready> "]) { $1 },
            directory: session.home.path)
        try await terminal.waitUntil(contains: "ready> ")
        let before = terminal.modes
        terminal.send("parallel shell\r")
        try await ready(terminal, after: 0)
        terminal.send("Wh")
        for keys in ["y?", "\r"] {
            let position = terminal.position
            terminal.send("\u{1A}")
            try await terminal.waitUntil(contains: "ready> ", after: position)
            #expect(terminal.modes == before)
            let last = terminal.position
            terminal.send("fg\r")
            try await ready(terminal, "Wh", after: last)
            terminal.send(keys)
        }
        try await terminal.waitUntil(contains: " queued")
        let position = terminal.position
        terminal.send("\u{1A}")
        try await terminal.waitUntil(contains: "ready> ", after: position)
        let last = terminal.position
        terminal.send("fg\r")
        try await terminal.waitUntil(contains: "Sandbox report", after: last)
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["Why?"])
        try await ready(terminal, Self.next, after: last)
        let end = terminal.position
        terminal.send("\u{4}")
        try await terminal.waitUntil(contains: "ready> ", after: end)
        #expect(terminal.modes == before)
    }

    // MARK: - Lines

    @Test func `lines are recalled in the next session, but none with a key`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let first = try await shell(session, "--", "--dry-run")
        _ = try await type("/cost", on: first, until: Self.prompt)
        _ = try await type(Session.key, on: first, until: "[y/N] ")
        for line in ["", "/new"] { _ = try await type(line, on: first, until: Self.prompt) }
        try await leave(first)
        #expect(Disk.text("\(session.state.path)/parallel/history") == "\"/cost\"\n\"/new\"\n")
        let second = try await shell(session)
        let position = second.position
        second.send("\u{1B}[A\u{1B}[A\r")
        try await second.waitUntil(contains: "0 paid calls", after: position)
        try await ready(second, after: position + 5)
        try await leave(second)
    }

    @Test func `Tab completes, and a transcript is saved with its sources`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        // `parallel` alone on a terminal is the shell.
        let terminal = try session.terminal([])
        try await ready(terminal, after: 0)
        _ = try await type("Why?", on: terminal, until: Self.next)
        let position = terminal.position
        terminal.send("/sa\ttalk.html\r")
        try await terminal.waitUntil(contains: "1 answer saved in talk.html", after: position)
        let page = try #require(Disk.text(session.home.file("talk.html")))
        #expect(page.contains("Why?</h1>") && page.contains("https://sandbox.parallel.example/sources/"), "\(page)")
        try await ready(terminal, Self.next, after: position + 20)
        try await leave(terminal)
    }

    @Test func `a command goes on in the next line while a quotation mark is open`() async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try await shell(try Session(sandbox))
        terminal.send("task run -q --no-wait 'one\r")
        terminal.send("two'\r")
        try await poll("the run", state: { terminal.output }) { !sandbox.creations.isEmpty }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["one\ntwo"])
        try await ready(terminal, after: 40)
        try await leave(terminal)
    }

    @Test func `a dumb terminal gets no escape sequences`() async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let terminal = try session.terminal(["shell"], adding: ["TERM": "dumb"])
        try await terminal.waitUntil(contains: Self.prompt)
        terminal.send("Why?\r")
        try await terminal.waitUntil(contains: Self.next)
        terminal.send("\u{4}")
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.contains("\u{1B}") && terminal.output.contains("Sandbox report"), "\(terminal.output)")
    }

    @Test func `without colour nothing is coloured`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try await shell(session, adding: ["NO_COLOR": "1"])
        _ = try await type("Why?", on: terminal, until: Self.next)
        _ = try await type("task status", on: terminal, until: Self.next)
        _ = try await type("/help", on: terminal, until: Self.next)
        #expect(terminal.output.contains("missing RUN_ID"))
        #expect(terminal.output.firstMatch(of: /\u{1B}\[[0-9;]*m/) == nil, "\(terminal.output.debugDescription)")
        try await leave(terminal)
    }

    @Test func `with a provider the conversation is the provider's`() async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try await shell(try Session(sandbox), "--with", "openai")
        for question in ["One?", "Two?"] { _ = try await type(question, on: terminal, until: "openai $? >> ") }
        let sent = sandbox.requests.filter { $0.path == "/openai/v1/responses" }.map(\.body)
        #expect(sent.map { $0["input"]?.string } == ["One?", "Two?"])
        #expect(
            sent.first?["previous_response_id"] == nil && sent.last?["previous_response_id"]?.string != nil, "\(sent)")
        try await leave(terminal)
    }

    @Test func `in a pipe there is no shell, and the program alone prints its help`() async throws {
        let session = try Session("http://127.0.0.1:1")
        let shell = try await session.run("shell")
        #expect(shell.exit == .code(2) && shell.error.hasPrefix("error: the shell needs a terminal"), "\(shell)")
        let alone = try await session.run([])
        #expect(alone.exit == .code(2) && alone.error.contains("Usage: parallel"), "\(alone)")
    }
}
