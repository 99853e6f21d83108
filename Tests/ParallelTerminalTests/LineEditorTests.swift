import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// The editor on a pseudo-terminal, where a test is the person at the keys.
///
/// Serialised because a program edits on one terminal at a time.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct LineEditorTests {
    /// What the editor returns for `keys`, which are typed once the prompt is there.
    private func result(
        typing keys: String, prompt: String = "ask> ", term: String? = "xterm", history: [String] = [],
        assistance: LineAssistance? = nil, on pty: PseudoTerminal
    ) async throws -> LineEditor.Result {
        let editor = LineEditor(input: pty.terminal, output: pty.terminal, terminalType: term)
        let position = pty.position
        // Ends a line that would never end, so that a failure is not a hang.
        let rescue = Task {
            try await Task.sleep(for: .seconds(30))
            pty.send("\u{3}")
        }
        defer { rescue.cancel() }
        async let result = onThread {
            try editor.readLine(prompt: prompt, history: history, assistance: assistance)
        }
        try await pty.waitUntil(contains: prompt, after: position)
        pty.send(keys)
        return try await result
    }

    @Test func `while a person is asked, other work of the same thread goes on`() async throws {
        let pty = try PseudoTerminal()
        let work = try #require(WorkThread.start())
        let prompter = Prompter(LineEditor(input: pty.terminal, output: pty.terminal, terminalType: "xterm"))
        for (keys, line) in [("yes\r", "yes"), ("\u{1B}[A!\r", "yes!")] {
            let (hasSlept, position) = (Lock(false), pty.position)
            let answer = Task(executorPreference: work) { try await prompter.ask("ask> ") }
            // Lets a failed test end.
            defer { if !hasSlept.withLock({ $0 }) { pty.send("\r") } }
            try await pty.waitUntil(contains: "ask> ", after: position)
            Task(executorPreference: work) {
                try await work.clock.sleep(for: .milliseconds(1))
                hasSlept.withLock { $0 = true }
            }
            try await poll("the other work") { hasSlept.withLock { $0 } }
            pty.send(keys)
            #expect(try await answer.value == .line(line))
        }
    }

    struct Keys: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let keys: String
        let result: LineEditor.Result

        init(_ name: String, _ keys: String, _ result: LineEditor.Result) {
            (testDescription, self.keys, self.result) = (name, keys, result)
        }
    }

    @Test(arguments: [
        Keys("a line", "hello\r", .line("hello")),
        Keys("an empty line", "\r", .line("")),
        Keys("backspace", "helpp\u{7F}\u{7F}lo\r", .line("hello")),
        Keys("left and insert", "helo\u{1B}[D\u{1B}[Dl\r", .line("hello")),
        Keys("home and end", "ello\u{1B}[Hh\u{1B}[F!\r", .line("hello!")),
        Keys("delete", "hhello\u{1}\u{1B}[3~\r", .line("hello")),
        Keys("a word back", "hello wrld\u{17}world\r", .line("hello world")),
        Keys("UTF-8", "naïve 日本語 🙂\r", .line("naïve 日本語 🙂")),
        Keys("backspace after UTF-8", "日本x\u{7F}語\r", .line("日本語")),
        Keys("Ctrl-C on an empty line", "\u{3}", .interrupted),
        Keys("Ctrl-C after text", "hello\u{3}", .interrupted),
        Keys("Ctrl-C in the middle", "hello\u{1B}[D\u{1B}[D\u{3}", .interrupted),
        Keys("Ctrl-D on an empty line", "\u{4}", .endOfInput),
        Keys("Ctrl-D after text", "hello\u{4}\r", .line("hello")),
        Keys("a pasted line", "\u{1B}[200~hello\u{1B}[201~\r", .line("hello")),
        Keys("pasted lines", "\u{1B}[200~one\rtwo\r\nthree\nfour\u{1B}[201~\r", .line("one\ntwo\nthree\nfour")),
        Keys("pasted UTF-8", "\u{1B}[200~日本\rnaïve\u{1B}[201~!\r", .line("日本\nnaïve!")),
        Keys("pasted control characters", "\u{1B}[200~a\u{1B}[31mb\u{7}\tc\u{1B}[201~\r", .line("a[31mb\tc")),
        Keys("a paste into text", "ad\u{1B}[D\u{1B}[200~bc\u{1B}[201~e\r", .line("abced")),
        Keys("Ctrl-C in a paste without an end", "\u{1B}[200~abc\u{3}", .interrupted),
        Keys("an empty paste", "a\u{1B}[200~\u{1B}[201~b\r", .line("ab")),
        Keys(
            "a long paste", "\u{1B}[200~" + String(repeating: "0123456789", count: 200) + "\u{1B}[201~\r",
            .line(String(repeating: "0123456789", count: 200))),
    ])
    func `keys make a line`(_ row: Keys) async throws {
        let pty = try PseudoTerminal()
        let before = pty.modes
        let result = try await result(typing: row.keys, on: pty)
        #expect(result == row.result)
        #expect(pty.modes == before)
        try await pty.waitUntil(contains: "\u{1B}[?2004l")
    }

    @Test func `the up arrow recalls the newest line first`() async throws {
        let pty = try PseudoTerminal()
        let history = ["first", "zweite\nZeile ü"]
        #expect(try await result(typing: "\u{1B}[A\r", history: history, on: pty) == .line("zweite\nZeile ü"))
        #expect(try await result(typing: "\u{1B}[A\u{1B}[A\r", history: history, on: pty) == .line("first"))
    }

    @Test func `what follows a line stays for the next`() async throws {
        let pty = try PseudoTerminal()
        #expect(try await result(typing: "one\rtwo\r", on: pty) == .line("one"))
        #expect(try await result(typing: "", on: pty) == .line("two"))
    }

    @Test func `a prompt that is not ASCII is shown`() async throws {
        let pty = try PseudoTerminal()
        #expect(try await result(typing: "x\r", prompt: "Größe 日本› ", on: pty) == .line("x"))
    }

    @Test func `an interrupted line leaves the cursor below it`() async throws {
        let pty = try PseudoTerminal(columns: 20)
        let keys = String(repeating: "x", count: 50) + "\u{1}\u{3}"
        #expect(try await result(typing: keys, on: pty) == .interrupted)
        try await pty.waitUntil(contains: "^C")
        try await pty.waitUntil { $0.split(separator: "^C").last?.contains(where: \.isNewline) == true }
    }

    @Test(
        arguments: [
            Keys("a line", "naïve\r", .line("naïve")),
            Keys("backspace", "hellp\u{7F}o\r", .line("hello")),
            Keys("Ctrl-C", "hello\u{3}", .interrupted),
            Keys("Ctrl-D", "\u{4}", .endOfInput),
        ], ["dumb", nil])
    func `a terminal that knows no escape sequence gets none`(_ row: Keys, _ term: String?) async throws {
        let pty = try PseudoTerminal()
        let before = pty.modes
        let result = try await result(typing: row.keys, term: term, on: pty)
        #expect(result == row.result)
        #expect(pty.modes == before)
        #expect(!pty.output.contains("\u{1B}"))
    }

    private static let backslash = LineAssistance(complete: { _ in LineCompletion() }) { $0.hasSuffix("\\") }

    @Test(arguments: ["xterm", "dumb"])
    func `a text goes on until it is finished`(_ term: String) async throws {
        let pty = try PseudoTerminal()
        let result = try await result(
            typing: "one\\\rtwo\\\rthree\r", term: term, assistance: Self.backslash, on: pty)
        #expect(result == .line("one\\\ntwo\\\nthree"))
        // Each further line has a prompt.
        if term == "dumb" {
            try await pty.waitUntil {
                $0.split(separator: "> ", omittingEmptySubsequences: false).count == 4
            }
        }
    }

    @Test(arguments: [
        Keys("Ctrl-C", "one\\\rtwo\u{3}", .interrupted), Keys("Ctrl-D", "one\\\r\u{4}", .line("one\\")),
    ])
    func `a further line that is given up, on a terminal without an editor`(_ row: Keys) async throws {
        let pty = try PseudoTerminal()
        let result = try await result(typing: row.keys, term: "dumb", assistance: Self.backslash, on: pty)
        #expect(result == row.result)
    }

    @Test func `bytes that are no UTF-8 are left out`() async throws {
        let pty = try PseudoTerminal()
        let editor = LineEditor(input: pty.terminal, output: pty.terminal, terminalType: "xterm")
        async let result = onThread { try editor.readLine(prompt: "ask> ") }
        try await pty.waitUntil(contains: "ask> ")
        pty.send(bytes: [0x61, 0xFF, 0xC3, 0x62, 0xE6, 0x97, 0x63, 0xE6, 0x97, 0xA5] + Array("\u{1B}[200~".utf8))
        pty.send(bytes: [0x64, 0xC3, 0x28, 0x80] + Array("\u{1B}[201~\r".utf8))
        #expect(try await result == .line("abc日d("))
    }

    @Test func `a paste of half a megabyte is one text`() async throws {
        let pty = try PseudoTerminal()
        let text = String(repeating: "0123456789 äöü\r", count: 30_000)
        let result = try await result(typing: "\u{1B}[200~\(text)\u{1B}[201~\r", on: pty)
        #expect(result == .line(text.replacing("\r", with: "\n")))
        #expect(pty.output.contains("[30001 lines: 0123456789"))
    }

    @Test func `restoring from another thread ends raw mode`() async throws {
        let pty = try PseudoTerminal()
        let before = pty.modes
        let editor = LineEditor(input: pty.terminal, output: pty.terminal, terminalType: "xterm")
        async let result = onThread { try editor.readLine(prompt: "ask> ") }
        try await pty.waitUntil(contains: "ask> ")
        #expect(pty.modes != before)
        #expect(!pty.modes.sendsSignals)
        LineEditor.restoreTerminal()
        #expect(pty.modes == before)
        pty.send("\n")
        _ = try await result
    }

    @Test(arguments: [
        ("one\ntwo\n", [LineEditor.Result.line("one"), .line("two"), .endOfInput]),
        ("one\r\ntwo", [.line("one"), .line("two"), .endOfInput]),
        ("", [.endOfInput, .endOfInput]),
    ])
    func `input that is no terminal is read line by line`(_ text: String, _ results: [LineEditor.Result]) throws {
        let file = try InputFile(text)
        let editor = LineEditor(input: file.reader, output: file.sink, terminalType: "xterm")
        for result in results {
            #expect(try editor.readLine(prompt: "") == result)
        }
    }

    @Test func `a closed descriptor is a failure`() throws {
        let editor = LineEditor(input: -1, output: -1, terminalType: "xterm")
        #expect(throws: LineEditor.Failure.self) { try editor.readLine(prompt: "ask> ") }
    }
}
