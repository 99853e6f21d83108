import ParallelJSON
import TestSupport
import Testing

/// The program on a terminal: what is drawn, what is asked, and what must never get there.
@Suite(.limited) struct TerminalTests {
    private static let prompt = "What should be researched?"

    @Test func `JSON is indented on a terminal`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("task", "run", "x", "-q", "--json")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.hasPrefix("{\r\n  \"run\": {\r\n    \"run_id\": \"trun_"))
    }

    @Test func `progress is drawn on stderr while waiting and gone at the end`() async throws {
        let session = try Session(try await RunningSandbox(delay: "2"))
        let terminal = try session.terminal("task", "run", "x", "--metadata", "sandbox_output=Found.")
        try await terminal.waitUntil { $0.contains("⠙ 0:0") }
        #expect(try await terminal.wait() == .code(0))
        let lines = terminal.output.plainLines
        #expect(lines.first?.hasPrefix("run trun_") == true)
        #expect(lines.contains("Found."))
        // What is left of the drawn line was erased before the result came.
        #expect(terminal.output.contains("\r\u{1B}[KFound.") || terminal.output.contains("\r\u{1B}[2KFound."))
        #expect(!lines.contains { $0.contains("⠙ 0:0") })
        #expect(terminal.modes.echoes)
    }

    @Test(arguments: [["--quiet"], ["--verbose"]])
    func `no progress is drawn where it is not wanted`(_ words: [String]) async throws {
        let session = try Session(try await RunningSandbox(delay: "0.4"))
        let terminal = try session.terminal("task", "run", "x", words[0])
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.contains("0:00"))
    }

    @Test func `a dumb terminal gets no escape sequence at all`() async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal("task", "run", adding: ["TERM": "dumb"])
        try await terminal.waitUntil(contains: Self.prompt)
        terminal.send("x\r")
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.contains("\u{1B}"))
    }

    @Test func `events that are asked for stay as whole lines above the progress line`() async throws {
        let session = try Session(try await RunningSandbox(delay: "2"))
        let terminal = try session.terminal("task", "run", "x", "--events", columns: 30)
        try await terminal.waitUntil(contains: "Sandbox plan: look at")
        #expect(try await terminal.wait() == .code(0))
        let lines = terminal.output.plainLines
        #expect(lines.contains { $0.hasPrefix("plan: Sandbox plan: look at") && !$0.hasSuffix("…") }, "\(lines)")
    }

    @Test func `a pro run shows its events, how far it is and how long it usually takes, without being asked`()
        async throws
    {
        let session = try Session(try await RunningSandbox(delay: "3"))
        let words = ["task", "run", "x", "-p", "pro", "--no-pager"]
        let terminal = try session.terminal(words, columns: 140)
        try await terminal.waitUntil(contains: "queued [----------] · 0 sources · usually 2 to 10 min")
        try await terminal.waitUntil(contains: "running [####------]")
        try await terminal.waitUntil(contains: "Sandbox plan: look at")
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.plainLines.contains { $0.contains("plan: look at") || $0.contains("[##") })
        // In a pipe each event would be a line, so there it has to be asked for.
        #expect(try await !session.run(words).error.contains("plan"))
    }

    /// Waits until three pictures of the progress line were shown, whenever that is on a busy machine.
    private func waitForMotion(of status: String, on terminal: PseudoTerminal) async throws {
        for picture in ["⠋", "⠙", "⠹"] {
            try await terminal.waitUntil { screen in
                screen.split(separator: "\r").contains { $0.contains(picture) && $0.contains(status) }
            }
        }
    }

    @Test func `something moves while a run is created`() async throws {
        let slow = #"{"faults": [{"method": "POST", "action": "slow", "seconds": 2}]}"#
        let session = try Session(try await RunningSandbox(faults: slow))
        let terminal = try session.terminal("task", "run", "x", "--no-wait")
        try await waitForMotion(of: "creating the run", on: terminal)
        #expect(try await terminal.wait() == .code(0))
        #expect(!terminal.output.plainLines.contains { $0.contains("creating") })
    }

    @Test func `something moves while the group of a batch is created, and an interruption says that nothing was run`()
        async throws
    {
        let slow = #"{"faults": [{"path": "/v1/tasks/groups", "action": "slow", "seconds": 600}]}"#
        let session = try Session(try await RunningSandbox(faults: slow))
        try session.home.write("a\nx\n", to: "in.csv")
        let terminal = try session.terminal("batch", "run", "in.csv", "--field", "f=F")
        try await waitForMotion(of: "creating the group", on: terminal)
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130))
        #expect(terminal.output.plainLines.last == "error: interrupted before there was a group; nothing was run")
    }

    @Test func `something moves while runs are added to a group`() async throws {
        let slow = #"{"faults": [{"path": "/v1/tasks/groups/*/runs", "action": "slow", "seconds": 2}]}"#
        let session = try Session(try await RunningSandbox(faults: slow))
        try session.home.write(#"{"input":"x","processor":"lite"}"#, to: "runs.jsonl")
        let group = String(try await session.run("group", "create").output.dropLast())
        let terminal = try session.terminal("group", "add", group, "runs.jsonl")
        try await waitForMotion(of: "adding runs", on: terminal)
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.plainLines.first == "added 1 run, about $0.005")
    }

    @Test func `after a second Ctrl-C the shell's prompt has a line of its own`() async throws {
        let slow = #"{"faults": [{"path": "/v1/tasks/groups/*/runs", "action": "slow", "seconds": 600}]}"#
        let sandbox = try await RunningSandbox(faults: slow)
        let session = try Session(sandbox)
        try session.home.write("a\nx\n", to: "in.csv")
        let terminal = try session.terminal("batch", "run", "in.csv", "--field", "f=F")
        try await terminal.waitUntil(contains: "0/1")
        // The results are asked for at the same path, and before.
        try await poll("a request with rows") {
            sandbox.requests.contains { $0.method == "POST" && $0.path.hasSuffix("/runs") }
        }
        terminal.send("\u{3}")
        try await terminal.waitUntil(contains: "a second Ctrl-C ends at once")
        // Sooner, it would count as the same one.
        try await Task.sleep(for: .milliseconds(300))
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130))
        #expect(terminal.output.hasSuffix("\r\n"))
    }

    @Test func `several runs are counted as they end`() async throws {
        let session = try Session(try await RunningSandbox())
        var ids: [String] = []
        for delay in ["0", "4"] {
            let metadata = "sandbox_delay=\(delay)"
            ids.append(try await session.run("task", "run", "x", "--no-wait", "--metadata", metadata).runID)
        }
        let terminal = try session.terminal(["task", "result", "--format", "text"] + ids)
        try await terminal.waitUntil(contains: "waiting · 1/2")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.hasSuffix("/2\r\u{1B}[K"))
    }

    @Test func `a run that is picked up again shows its messages and how long it usually takes`() async throws {
        let sandbox = try await RunningSandbox(delay: "15")
        let session = try Session(sandbox)
        let run = try await session.run("task", "run", "-p", "pro", "--no-wait", "-q", "x")
        let terminal = try session.terminal(["task", "result", String(run.output.dropLast())], columns: 140)
        try await terminal.waitUntil(contains: "usually 2 to 10 min")
        try await terminal.waitUntil(contains: "Sandbox plan: look at")
    }

    @Test func `a pause before another attempt is told on a terminal, in a line that stays`() async throws {
        let faults = #"{"faults": [{"times": 1, "every": 2, "status": 429, "retry_after": 2}]}"#
        let session = try Session(try await RunningSandbox(faults: faults))
        let terminal = try session.terminal("search", "x", "--max-results", "1")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.plainLines.first == "rate limited, trying again in 2 s")
        #expect(!terminal.output.plainLines.contains { $0.contains("searching") })
        #expect(try await session.run("search", "x").error == "")
    }

    // MARK: - Pager

    /// Words that give an answer of sixty lines, and a pager `./pager` that keeps what it gets.
    private func longAnswer(_ session: Session) throws -> [String] {
        try session.home.write(
            "#!/bin/sh\necho \"$0 $*\" > arguments\ncat > shown\necho paged\n", to: "pager", mode: 0o755)
        let text = (1...60).map { "- \($0)" }.joined(separator: "\n")
        return ["task", "run", "x", "-q", "--metadata", "sandbox_output=\(text)"]
    }

    @Test func `an answer longer than the terminal goes through the pager, without a shell`() async throws {
        let session = try Session(try await RunningSandbox())
        let words = try longAnswer(session)
        let pager = ["PAGER": "false", "PARALLEL_PAGER": "./pager $(touch pwned) ; -x"]
        let terminal = try session.terminal(words, adding: pager)
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.plainLines.last == "paged")
        #expect(Disk.text(session.home.file("shown"))?.hasPrefix("• 1\n• 2\n") == true)
        #expect(Disk.text(session.home.file("arguments")) == "./pager $(touch pwned) ; -x\n")
        #expect(Disk.text(session.home.file("pwned")) == nil)
    }

    @Test(arguments: [["PAGER": "./no-such-pager"], ["PAGER": "false"], ["PAGER": ""], [:]] as [[String: String]])
    func `without a pager that can be used the answer is on the terminal`(_ variables: [String: String]) async throws {
        let session = try Session(try await RunningSandbox())
        let terminal = try session.terminal(try longAnswer(session), adding: variables)
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.plainLines.contains("• 60"))
    }

    @Test func `no pager is used where none is wanted, for short answers, formats and pipes`() async throws {
        let session = try Session(try await RunningSandbox())
        let words = try longAnswer(session)
        let short = ["task", "run", "x", "--metadata", "sandbox_output=short"]
        for words in [words + ["--no-pager"], words + ["--format", "text"], short] {
            let terminal = try session.terminal(words, adding: ["PAGER": "./pager"])
            #expect(try await terminal.wait() == .code(0))
        }
        var piped = session
        piped.environment["PAGER"] = "./pager"
        #expect(try await piped.run(words).output.contains("- 60\n"))
        #expect(Disk.text(session.home.file("shown")) == nil)
    }

    @Test func `Ctrl-C is the pager's as long as there is one`() async throws {
        let session = try Session(try await RunningSandbox())
        let words = try longAnswer(session)
        try session.home.write(
            "#!/bin/sh\ntrap 'echo caught; exit 0' INT\ncat > shown\necho ready\nsleep 60 & wait\n", to: "pager",
            mode: 0o755)
        let terminal = try session.terminal(words, adding: ["PAGER": "./pager"])
        try await terminal.waitUntil(contains: "ready")
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(0))
        #expect(terminal.output.plainLines.last?.hasSuffix("caught") == true)
    }

    // MARK: - Asking for the question

    @Test(arguments: [
        ("Why?\r", "Why?"), ("größer als 東京?\r", "größer als 東京?"), ("Whx\u{7F}y?\r", "Why?"),
        // Ctrl-A goes to the start of the line.
        ("hy?\u{1}W\r", "Why?"), ("\r  \rWhy?\r", "Why?"),
        // A paste of several lines is one input, and its line breaks send nothing.
        ("\u{1B}[200~one\ntwo\n\u{1B}[201~\r", "one\ntwo\n"),
    ])
    func `the question is asked for and edited`(_ keys: String, _ question: String) async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try Session(sandbox).terminal("task", "run", "-q", "--metadata", "sandbox_output=Found.")
        try await terminal.waitUntil(contains: Self.prompt)
        terminal.send(keys)
        #expect(try await terminal.wait() == .code(0))
        #expect(sandbox.creations.map { $0.body["input"]?.string } == [question])
        #expect(terminal.output.plainLines.contains("Found."))
        #expect(terminal.modes == (try PseudoTerminal().modes))
    }

    @Test(arguments: [
        ("\u{3}", Int32(130), "interrupted; nothing was sent"), ("\u{4}", 1, "no input was given; nothing was sent"),
        ("abc\u{3}", 130, "interrupted; nothing was sent"),
    ])
    func `leaving the question sends nothing and restores the terminal`(
        _ keys: String, _ code: Int32, _ message: String
    ) async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try Session(sandbox).terminal("task", "run")
        try await terminal.waitUntil(contains: Self.prompt)
        // The prompt is there a moment before keys go to the editor; until then Ctrl-C is a signal.
        try await poll("the editor") { !terminal.modes.echoes }
        terminal.send(keys)
        #expect(try await terminal.wait() == .code(code))
        #expect(terminal.output.withoutStyling.contains("error: \(message)"))
        #expect(sandbox.requests.isEmpty)
        #expect(terminal.modes == (try PseudoTerminal().modes))
    }

    @Test(arguments: [Int32(2), 15])
    func `a signal at the question restores the terminal`(_ signal: Int32) async throws {
        let sandbox = try await RunningSandbox()
        let terminal = try Session(sandbox).terminal("task", "run")
        try await terminal.waitUntil(contains: Self.prompt)
        terminal.send(signal: signal)
        #expect(try await terminal.wait() == .code(128 + signal))
        #expect(terminal.modes == (try PseudoTerminal().modes))
        #expect(sandbox.requests.isEmpty)
    }

    @Test func `without a key, the question is not asked for`() async throws {
        var session = try Session(try await RunningSandbox())
        session.environment["PARALLEL_API_KEY"] = nil
        let terminal = try session.terminal("task", "run")
        #expect(try await terminal.wait() == .code(3))
        #expect(!terminal.output.contains(Self.prompt))
    }

    @Test func `Ctrl-C while waiting says how to go on`() async throws {
        let session = try Session(try await RunningSandbox(delay: "60"))
        let terminal = try session.terminal("task", "run", "x")
        try await terminal.waitUntil(contains: " queued")
        terminal.send("\u{3}")
        #expect(try await terminal.wait() == .code(130))
        let id = ChildProcess.Result.runID(in: terminal.output)
        #expect(terminal.output.plainLines.contains("  pick it up again with: parallel task result \(id)"))
        #expect(terminal.modes.echoes)
    }

    // MARK: - Hostile text

    /// A title, a colour, a clipboard write, a C1 sequence, a bell, backspaces and a right-to-left override.
    private static let hostile =
        "\u{1B}]0;evil\u{7}\u{1B}[31mred\u{1B}]52;c;ZXZpbA==\u{7}\u{9B}31m\u{8}\u{8}\u{202E}x\u{7F}\u{0}\r"
    private static let harmful: [Character] = ["\u{7}", "\u{8}", "\u{9B}", "\u{202E}", "\u{7F}", "\u{0}"]

    /// The hostile text inside a JSON string.
    private static var escaped: String { String(JSONValue.string(hostile).serialized().dropFirst().dropLast()) }

    private func expectHarmless(_ terminal: PseudoTerminal) async throws {
        _ = try await terminal.wait()
        // What remains without our own styling is what others wrote.
        let rest = terminal.output.withoutStyling
        #expect(!rest.unicodeScalars.contains("\u{1B}"), "\(rest.debugDescription)")
        for character in Self.harmful { #expect(!rest.contains(character), "\(rest.debugDescription)") }
        #expect(!terminal.output.contains("\u{1B}[31mred"))
        // It was there, though.
        #expect(rest.contains("evil"), "\(rest.debugDescription)")
    }

    @Test(arguments: [
        ["task", "run", "x"], ["task", "run", "x", "--json"], ["task", "run", "x", "--format", "markdown"],
        ["task", "run", "x", "--format", "csv"], ["task", "run", "x", "--format", "text", "--basis"],
        ["task", "result", "trun_1", "trun_2"],
    ])
    func `control characters of a text reach no terminal`(_ words: [String]) async throws {
        let text = Self.escaped
        let server = try ScriptedAPI { request in
            if request.isCreation { return .ok(ScriptedAPI.run()) }
            let basis =
                #"[{"field":"output","reasoning":"\#(text)","confidence":"\#(text)","citations":[{"url":"https://\#(text)","title":"\#(text)","excerpts":["\#(text)"]}]}]"#
            let id = ["trun_1", "trun_2"].first { request.target.contains($0 + "/") } ?? ScriptedAPI.runID
            let output = #"{"type":"text","content":"\#(text)","basis":\#(basis)}"#
            return .ok(#"{"run":{"run_id":"\#(id)","status":"completed"},"output":\#(output)}"#)
        }
        try await expectHarmless(try Session(server).terminal(words))
    }

    @Test(arguments: [
        [], ["--json"], ["--format", "markdown"], ["--format", "csv"], ["--format", "text"], ["--basis"],
    ])
    func `control characters of fields, values and tool calls reach no terminal`(_ words: [String]) async throws {
        let text = Self.escaped
        let server = try ScriptedAPI { request in
            if request.isCreation { return .ok(ScriptedAPI.run()) }
            let call =
                #"{"tool_call_id":"1","server_name":"\#(text)","tool_name":"\#(text)","arguments":"\#(text)","content":"\#(text)","error":""}"#
            return .ok(
                ScriptedAPI.result(
                    #"{"type":"json","content":{"\#(text)":"\#(text)","list":["\#(text)"]},"basis":[],"mcp_tool_calls":[\#(call)]}"#
                ))
        }
        try await expectHarmless(try Session(server).terminal(["task", "run", "x"] + words))
    }

    @Test func `control characters of errors, statuses and warnings reach no terminal`() async throws {
        let text = Self.escaped
        let answers: [@Sendable (RawRequest) -> ScriptedAPI.Answer] = [
            { _ in .whole(418, body: Array(#"{"error":{"message":"\#(text)","ref_id":"\#(text)"}}"#.utf8)) },
            { _ in .whole(422, body: Array(#"{"detail":[{"loc":["\#(text)"],"msg":"\#(text)"}]}"#.utf8)) },
            { _ in .whole(404, body: Array(Self.hostile.utf8)) }, { _ in .ok(Self.hostile) },
            { _ in .ok(#"{"results":[],"warnings":[{"message":"\#(text)"}]}"#) },
            { _ in .whole(302, headers: [("location", "http://evil.example/\u{9B}31m")]) },
        ]
        for answer in answers {
            let server = try ScriptedAPI(answer)
            try await expectHarmless(try Session(server).terminal("search", "x"))
        }
        let failed = try ScriptedAPI { request in
            if request.isPoll { return .whole(404, body: Array(#"{"error":{"message":"no"}}"#.utf8)) }
            return .ok(
                #"{"run_id":"trun_1","status":"\#(text)","is_active":false,"error":{"message":"\#(text)","ref_id":"r"}}"#
            )
        }
        try await expectHarmless(try Session(failed).terminal("task", "result", "trun_1"))
        try await expectHarmless(try Session(failed).terminal("task", "status", "trun_1"))
    }

    @Test func `control characters of a header field reach no terminal`() async throws {
        let server = try ScriptedAPI { _ in
            .whole(200, headers: [("server", "evil\u{1B}[31mred\u{9B}31m")], body: Array(#"{"results":[]}"#.utf8))
        }
        try await expectHarmless(try Session(server).terminal("search", "x", "--verbose"))
    }

    @Test func `control characters of search results reach no terminal`() async throws {
        let text = Self.escaped
        let server = try ScriptedAPI { _ in
            .ok(
                #"{"results":[{"url":"https://\#(text)","title":"\#(text)","publish_date":"\#(text)","excerpts":["\#(text)"]}]}"#
            )
        }
        for format in ["table", "json", "markdown", "csv", "text"] {
            try await expectHarmless(try Session(server).terminal("search", "x", "--format", format))
        }
        try await expectHarmless(try Session(server).terminal("search", "x"))
    }

    @Test func `in a pipe text is harmless too, since it may end in a terminal, and a file has it as it is`()
        async throws
    {
        let server = try ScriptedAPI { request in
            .ok(request.isCreation ? ScriptedAPI.run() : ScriptedAPI.textResult(Self.escaped))
        }
        let session = try Session(server)
        let result = try await session.run("task", "run", "x")
        #expect(result.exit == .code(0) && result.output.contains("evil"), "\(result)")
        for character in Self.harmful + ["\u{1B}", "\r"] { #expect(!result.output.contains(character), "\(result)") }
        #expect(try await session.run("task", "run", "x", "-o", "out.txt").exit == .code(0))
        #expect(Disk.bytes(session.home.file("out.txt")) == Array(Self.hostile.utf8) + [0x0A])
    }
}
