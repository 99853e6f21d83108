import ParallelJSON
import TestSupport
import Testing

/// Text of questions, clones and web pages on its way to shells and into files. Each would make a file `pwned` if a
/// shell ran it: a quote with a combining mark behind it is another character for Swift, but none for a shell.
@Suite(.limited) struct TextAsCommandTests {
    private static let marks = ["\u{301}", "\u{200D}", "\u{FE0F}"]
    private static let questions =
        [
            "Summarise this: `\u{301}; : > pwned; `\u{301} and say who wrote it.\n",
            "Summarise this: $\u{200D}(: > pwned) and \\\u{200D}`: > pwned`\n",
        ]
        + marks.map { mark in
            let specials = "\\`$'\"\n;|&<>(){}#!*".unicodeScalars.map { "\($0)\(mark)" }.joined()
            return "\(specials) $\(mark){CRM_TOKEN} $(: > pwned)\(mark) \\\(mark)$(: > pwned)\nBODY\(mark)\nBODY\n"
        }

    /// Whether a shell ran what was text.
    private func isPwned(_ session: Session) -> Bool { Disk.names(in: session.home.path).contains("pwned") }

    private func bytes(_ text: String?) -> [UInt8]? { text.map { Array($0.utf8) } }

    // MARK: - --curl

    @Test(arguments: questions, ["/bin/sh", "/bin/bash"])
    func `a shell that runs the curl command sends the question and runs none of it`(
        _ question: String, _ shell: String
    ) async throws {
        let session = try Session(try await RunningSandbox())
        try session.home.write(
            #"{"mcpServers": {"crm": {"type": "http", "url": "https://crm.example.com/mcp", "headers": "#
                + #"{"Authorization": "Bearer ${CRM_TOKEN}"}}}}"#, to: "crm.json")
        try session.home.write(question, to: "q.txt")
        try session.home.write("#!/bin/sh\ncat > body.json\n", to: "curl", mode: 0o700)
        let command = "parallel task run --mcp-config crm.json @q.txt --curl | PATH=\"$PWD:$PATH\" \(shell)"
        let result = try await session.shell(command, adding: ["CRM_TOKEN": "t"])
        #expect(result.exit == .code(0) && !isPwned(session), "\(result)")
        let body = try JSONValue.parse(Disk.bytes(session.home.file("body.json")) ?? [])
        #expect(bytes(body["input"]?.string) == bytes(String(question.dropLast())))
        #expect(body["mcp_servers"]?[0]?["headers"]?["Authorization"] == "Bearer t")
    }

    // MARK: - Hints

    @Test(arguments: marks)
    func `a hint that quotes a name of a cloned file does what it says and no more`(_ mark: String) async throws {
        let session = try Session(try await RunningSandbox())
        let name = "x'\(mark); : > pwned; '\(mark)"
        let others = Self.marks.filter { $0 != mark }.map { "x'\($0); : > pwned; '\($0)" }
        let servers = ([name] + others).map { name -> (String, JSONValue) in
            (name, ["type": "http", "url": "https://mcp.example.com/mcp", "headers": ["X-Token": "${CASE_TOKEN}"]])
        }
        let file: JSONValue = ["mcpServers": .object(JSONObject(servers))]
        try session.home.write(file.serialized(.pretty), to: ".mcp.json")
        #expect(try await session.shell("git init -q .").exit == .code(0))

        let refused = try await session.run("mcp", "remove", name, "--scope", "user")
        #expect(refused.exit == .code(2), "\(refused)")
        let start = "remove it there: "
        let hint = refused.error.split(separator: "\n").first { $0.contains(start) }
        let command = try #require(hint.flatMap { line in line.firstRange(of: start).map { line[$0.upperBound...] } })
        let removed = try await session.shell(String(command))
        #expect(removed.exit == .code(0) && !isPwned(session), "\(removed)")
        let left = try JSONValue.parse(Disk.bytes(session.home.file(".mcp.json")) ?? [])["mcpServers"]?.object?.keys
        #expect(left.map { $0.map(bytes) } == others.map(bytes))
    }

    @Test(arguments: ["tools", "test"])
    func `header values of a cloned file take no quotation mark away from a command`(_ command: String) async throws {
        let server = try FakeMCPServer(token: "of nobody")
        let session = try Session("http://127.0.0.1:9", server)
        let file: JSONValue = [
            "mcpServers": [
                "crm": [
                    "type": "http", "url": .string("\(server.url)/aaaa';id>pwned;'"), "headers": ["X-A": "aaaa'\\'"],
                ]
            ]
        ]
        try session.home.write(file.serialized(), to: ".mcp.json")
        #expect(try await session.shell("git init -q .").exit == .code(0))
        let refused = try await session.run("mcp", command, "crm")
        let start = "give it others: "
        let hint = (refused.error + refused.output).split(separator: "\n").first { $0.contains(start) }
        let line = try #require(hint.flatMap { line in line.firstRange(of: start).map { line[$0.upperBound...] } })
        let added = try await session.shell(String(line))
        #expect(!isPwned(session), "\(line) \(added)")
        #expect(line.contains(#"'\''"#) && !line.contains("***"), "\(line)")
    }

    @Test func `a word that is a header's value stands whole in the command that goes on`() async throws {
        let session = try Session(try await RunningSandbox(delay: "30"))
        try session.home.write(
            #"{"mcpServers":{"crm":{"type":"http","url":"https://h.example/mcp","headers":"#
                + #"{"X-Team":"acme-corp","X-B":"result"}}}}"#, to: "crm.json")
        let result = try await session.run(
            "task", "run", "q", "--mcp-config", "crm.json", "-o", "acme-corp.md", "--timeout", "1")
        let id = ChildProcess.Result.runID(in: result.error)
        #expect(result.error.contains(": parallel task result \(id) -o acme-corp.md\n"), "\(result)")
    }

    @Test(arguments: marks)
    func `the command that goes on with a run writes the file that was named`(_ mark: String) async throws {
        let session = try Session(try await RunningSandbox())
        let name = "report'\(mark); : > pwned; '\(mark).txt"
        let result = try await session.run(
            "task", "run", "q", "--timeout", "200ms", "--metadata", "sandbox_delay=2", "--metadata",
            "sandbox_output=Found.", "-o", name)
        #expect(result.exit == .code(5), "\(result)")
        let resumed = try await session.shell(result.resumeCommand)
        #expect(resumed.exit == .code(0), "\(resumed)")
        #expect(Disk.names(in: session.home.path).map(bytes) == [bytes(name)])
        #expect(Disk.text(session.home.file(name)) == "Found.\n")
    }

    // MARK: - Tables

    @Test(arguments: ["csv", "markdown"])
    func `a page's title stays one cell of one record, and one value of a document`(_ format: String) async throws {
        let session = try Session(try await RunningSandbox())
        try session.home.write(
            "{\"title\": \"A\\\"\u{301},injected\\r\\nnew row,\\\"\u{301}\", \"bar\": \"a|\u{301}b\"}", to: "title.json"
        )
        let result = try await session.run(
            "task", "run", "-p", "pro", "--input-json", "@title.json", "--output-auto", "--metadata",
            "sandbox_output=@input", "--format", format)
        #expect(result.exit == .code(0), "\(result)")
        let expected =
            format == "csv"
            ? "\ntitle,\"A\"\"\u{301},injected\r\nnew row,\"\"\u{301}\","
            : "\n\nA\"\u{301},injected\\\nnew row,\"\u{301}\n"
        #expect(Array(result.output.utf8).firstRange(of: Array(expected.utf8)) != nil, "\(result.output)")
        let bar = format == "csv" ? "\nbar,a|\u{301}b," : "\n\n- **bar:** a|\u{301}b ("
        #expect(Array(result.output.utf8).firstRange(of: Array(bar.utf8)) != nil, "\(result.output)")
    }

    @Test func `cells of a batch come back as they were, whatever stands behind their quotes`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        let rows = [
            "\"say \"\"\u{301}hello\"\"\"", "\"a,\u{301}b\"", "\"two\n\u{301}lines\"", "\"c\r\n\u{301}d\"",
        ]
        try session.home.write("company,city\n\(rows[0]),\(rows[1])\n\(rows[2]),\(rows[3])\n", to: "cells.csv")
        let result = try await session.run(
            "batch", "run", "cells.csv", "-p", "lite", "--yes", "--metadata", "sandbox_output={\"x\":\"f\"}",
            "--field", "x=X", "-o", "o.csv")
        #expect(result.exit == .code(0), "\(result)")
        let expected = "company,city,x,error\n\(rows[0]),\(rows[1]),f,\n\(rows[2]),\(rows[3]),f,\n"
        #expect(Disk.bytes(session.home.file("o.csv")) == Array(expected.utf8))
        let sent = sandbox.requests.flatMap { $0.body["inputs"]?.array ?? [] }.compactMap { $0["input"] }
        #expect(
            sent == [
                ["company": "say \"\u{301}hello\"", "city": "a,\u{301}b"],
                ["company": "two\n\u{301}lines", "city": "c\r\n\u{301}d"],
            ])
    }

    @Test func `columns whose titles differ in normalisation alone are two`() async throws {
        let sandbox = try await RunningSandbox(delay: "0")
        let session = try Session(sandbox)
        try session.home.write("caf\u{E9},cafe\u{301}\none,two\n", to: "in.csv")
        try session.home.write("{\"caf\u{E9}\":\"one\",\"cafe\u{301}\":\"two\"}\n", to: "in.jsonl")
        for name in ["in.csv", "in.jsonl"] {
            let words = ["batch", "run", name, "--yes", "-q", "--metadata", "sandbox_output=x", "--output-text", "x"]
            let columns = try await session.run(words)
            #expect(columns.exit == .code(0) && columns.error.isEmpty, "\(columns)")
            #expect(
                bytes(columns.output) == bytes("{\"caf\u{E9}\":\"one\",\"cafe\u{301}\":\"two\",\"output\":\"x\"}\n"))
            let template = try await session.run(words + ["--template", "{caf\u{E9}} and {cafe\u{301}}"])
            #expect(template.exit == .code(0), "\(template)")
        }
        let sent = sandbox.requests.flatMap { $0.body["inputs"]?.array ?? [] }.compactMap { $0["input"] }
        let both: JSONValue = .object(["caf\u{E9}": "one", "cafe\u{301}": "two"])
        #expect(sent == [both, "one and two", both, "one and two"])
    }
}
