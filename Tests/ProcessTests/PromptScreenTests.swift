import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// Questions of the program on a terminal, compared as what the screen shows.
@Suite(.limited, .enabled(if: TmuxScreen.isInstalled, "tmux is not installed")) struct PromptScreenTests {
    private static let prompt = "What should be researched?"

    /// What is asked by several commands: words of sh, the question, and what stands on the screen after the keys.
    private static let questions: [(words: String, prompt: String)] = [
        ("task run", prompt), ("mcp add", "Name for the server:"),
        ("task run x --confirm-above 0", "[y/N]"),
    ]

    @Test(arguments: questions, [80, 40, 200])
    func `every question is edited, and given up with Ctrl-C`(_ row: (words: String, prompt: String), _ columns: Int)
        async throws
    {
        let sandbox = try await RunningSandbox()
        let screen = try await Session(sandbox).screen(row.words, columns: columns)
        try await screen.expect { $0.last?.hasSuffix(row.prompt) == true }
        try await screen.send("wrld\u{1}東京 \u{1B}[Co\u{5}!")
        try await screen.expect { $0.last?.hasSuffix("\(row.prompt) 東京 world!") == true }
        try await screen.send("\u{3}")
        try await screen.expect { $0.contains("code 130") && $0.last == "restored" }
        #expect(sandbox.creations.isEmpty)
    }

    @Test func `the address of an MCP server is asked for after its name, and neither is stored when it is given up`()
        async throws
    {
        let session = try Session("http://127.0.0.1:1")
        let screen = try await session.screen("mcp add")
        try await screen.expect(["Name for the server:"])
        try await screen.send("crn\u{7F}m\r")
        try await screen.expect(["Name for the server: crm", "Its URL:"])
        // The arrow up recalls the answer before.
        try await screen.send("\u{1B}[A")
        try await screen.expect(["Name for the server: crm", "Its URL: crm"])
        try await screen.send("\u{15}https://crm.example/mcp\u{3}")
        try await screen.expect { $0.contains("code 130") && $0.last == "restored" }
        #expect(try await session.run("mcp", "list", "--json").output.contains("crm") == false)
    }

    @Test func `the key of login is not shown while it is typed, or given up`() async throws {
        for (keys, code) in [("secret-key\u{3}", "code 130"), ("secret-key\r", "code 3")] {
            let server = try ScriptedAPI { _ in .whole(401, body: Array(#"{"error":{"message":"no"}}"#.utf8)) }
            let screen = try await Session(server).screen("login --with-key")
            try await screen.expect { $0.last == "API key:" }
            try await screen.send(keys)
            try await screen.expect { $0.contains(code) && $0.last == "restored" }
            #expect(try await !screen.rows().joined().contains("secret"))
        }
    }

    @Test func `a paste of 200 lines is one question, of which nothing is run`() async throws {
        let text = (1...200).map { "echo \($0) > pasted" }.joined(separator: "\n")
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let screen = try await session.screen("task run -q --metadata sandbox_output=Found.")
        try await screen.expect { $0 == [Self.prompt] }
        try await screen.paste(text + "\n")
        try await screen.expect([Self.prompt + " [201 lines: echo 1 > pasted echo 2 …]"])
        #expect(sandbox.requests.isEmpty)
        try await screen.send("\r")
        try await screen.expect { $0.contains("Found.") && $0.suffix(2) == ["code 0", "restored"] }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == [text + "\n"])
        #expect(Disk.text(session.home.file("pasted")) == nil)
    }

    @Test func `the question is drawn anew when the window changes its size`() async throws {
        let text = "Which companies in 東京 make chips, and who founded them?"
        let sandbox = try await RunningSandbox()
        // Where a line becomes two, tmux moves the first row out of sight.
        let screen = try await Session(sandbox).screen("task run -q", after: "echo one; echo two")
        try await screen.expect(["one", "two", Self.prompt])
        try await screen.send(text + "\u{1B}b")
        try await screen.expect(
            ["one", "two", Self.prompt + " Which companies in 東京 make chips, and who founded t", "hem?"], cursor: "2,79"
        )
        try await screen.resize(columns: 40, rows: 12)
        try await screen.expect {
            $0.suffix(3) == [Self.prompt + " Which compani", "es in 東京 make chips, and who founded t", "hem?"]
        }
        try await screen.resize(columns: 200, rows: 12)
        try await screen.expect { $0.suffix(2) == ["two", "\(Self.prompt) \(text)"] }
        try await screen.send("\u{5}!\r")
        try await screen.expect { $0.last == "restored" }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == [text + "!"])
    }

    @Test(.enabled(if: Disk.mode("/bin/bash") != nil, "bash is not installed"), arguments: [true, false])
    func `after a stop the question is there again, with what was typed`(_ isByKey: Bool) async throws {
        let sandbox = try await RunningSandbox()
        let session = try Session(sandbox)
        let screen = try await TmuxScreen(
            command: "PS1='ready> ' exec bash --norc --noprofile --noediting -i",
            environment: session.environment.merging(["TERM": "screen"]) { $1 }, directory: session.home.path)
        try await screen.expect { $0.last == "ready>" }
        try await screen.send("sh -c 'echo $$ > pid; exec parallel task run -q'\r")
        try await screen.expect { $0.last == Self.prompt }
        try await screen.send("about 東京\u{1B}[D")
        try await screen.expect { $0.last == "\(Self.prompt) about 東京" }
        if isByKey {
            try await screen.send("\u{1A}")
        } else {
            let id = try #require((Disk.text(session.home.file("pid")) ?? "").split(separator: "\n").first)
            _ = try await ChildProcess.run("/bin/sh", ["-c", "kill -TSTP \(id)"])
        }
        try await screen.expect { $0.contains { $0.contains("Stopped") } && $0.last == "ready>" }
        try await screen.resize(columns: 60)
        try await screen.send("fg\r")
        try await screen.expect { $0.last == "\(Self.prompt) about 東京" }
        try await screen.send("大\r")
        try await poll("the run") { !sandbox.creations.isEmpty }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["about 東大京"])
        try await screen.expect { $0.last == "ready>" }
    }

    @Test func `a terminal that knows no escape sequence edits with its own means`() async throws {
        let sandbox = try await RunningSandbox()
        let screen = try await Session(sandbox).screen(
            "task run -q --metadata sandbox_output=Found.", columns: 40, rows: 24,
            adding: ["TERM": "dumb", "NO_COLOR": "1"])
        try await screen.expect { $0 == [Self.prompt] }
        try await screen.send("whx\u{7F}y?\r")
        try await screen.expect {
            $0.prefix(2) == [Self.prompt + " why?", "Found."] && $0.suffix(2) == ["code 0", "restored"]
        }
        #expect(sandbox.creations.map { $0.body["input"]?.string } == ["why?"])
    }
}
