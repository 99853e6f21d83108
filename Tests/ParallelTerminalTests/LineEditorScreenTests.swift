import ParallelSystem
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

/// What a person sees while typing a line: the screen of a terminal, compared as text.
///
/// Serialised because a program edits on one terminal at a time.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: TmuxScreen.isInstalled, "tmux is not installed"))
struct LineEditorScreenTests {
    /// Completes a few commands; a text is unfinished after a backslash.
    private static let assistance = LineAssistance { text in
        let word = text.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
        let candidates = commands.filter { $0.text.hasPrefix(word) }
        return LineCompletion(replaced: word.utf8.count, candidates: candidates)
    } isUnfinished: {
        $0.hasSuffix("\\")
    }

    private static let commands = [
        LineCompletion.Candidate(text: "task ", label: "task", summary: "Ask questions that take research"),
        LineCompletion.Candidate(text: "tables ", label: "tables", summary: "Look at 東京's tables\u{1B}[31m"),
        LineCompletion.Candidate(text: "東京 ", label: "東京", summary: "A town"),
    ]

    /// A line that is edited on a screen.
    private final class Editing: Sendable {
        let screen: TmuxScreen
        private let terminal: Int32
        private let line: Task<LineEditor.Result, any Error>

        init(
            columns: Int = 80, rows: Int = 12, above: [String] = [], history: [String] = [],
            assistance: LineAssistance? = LineEditorScreenTests.assistance
        ) async throws {
            let lines = above.map { "echo \($0)\n" }.joined()
            screen = try await TmuxScreen(columns: columns, rows: rows, command: lines + "exec sleep 86400")
            try await screen.expect(above)
            terminal = try await screen.openTerminal()
            let editor = LineEditor(input: terminal, output: terminal, terminalType: "screen")
            line = Task {
                try await onThread {
                    try editor.readLine(prompt: "ask> ", history: history, assistance: assistance)
                }
            }
            try await screen.expect(above + ["ask>"])
        }

        deinit { close(terminal) }

        /// The width of the terminal, as programs see it.
        var columns: Int {
            var size = winsize()
            _ = ioctl(terminal, UInt(TIOCGWINSZ), &size)
            return Int(size.ws_col)
        }

        func type(_ keys: String) async throws { try await screen.send(keys) }

        /// Ends the line and returns it.
        func end(_ keys: String = "\r") async throws -> LineEditor.Result {
            try await type(keys)
            return try await line.value
        }

        /// Ends a line that a failed test has left.
        func finished(_ body: (Editing) async throws -> Void) async throws {
            do {
                try await body(self)
            } catch {
                try? await type("\u{3}")
                _ = try? await line.value
                throw error
            }
        }
    }

    // MARK: - Completion

    @Test func `Tab completes a word, and lists what may follow`() async throws {
        try await Editing().finished { editing in
            try await editing.type("x ta\t")
            try await editing.screen.expect(
                [
                    "ask> x ta", "task    Ask questions that take research",
                    "tables  Look at 東京's tables␛[31m", "ask> x ta",
                ], cursor: "3,9")
            try await editing.type("s\t東\t!")
            try await editing.screen.expect { $0.last == "ask> x task 東京 !" }
            #expect(try await editing.end() == .line("x task 東京 !"))
        }
    }

    @Test func `in the middle of a line the list leaves the rest where it is`() async throws {
        try await Editing(columns: 40).finished { editing in
            try await editing.type("ta and more than one row of text that follows\u{1}\u{1B}[C\u{1B}[C\t")
            try await editing.screen.expect(
                [
                    "ask> ta and more than one row of text th", "at follows",
                    "task    Ask questions that take resear…", "tables  Look at 東京's tables␛[31m",
                    "ask> ta and more than one row of text th", "at follows",
                ], cursor: "4,7")
            #expect(try await editing.end("s\t\r") == .line("task  and more than one row of text that follows"))
        }
    }

    @Test func `a line without a completion stays as it is`() async throws {
        try await Editing().finished { editing in
            try await editing.type("nothing\t\t!")
            try await editing.screen.expect(["ask> nothing!"])
            #expect(try await editing.end("\u{3}") == .interrupted)
        }
    }

    @Test func `Ctrl-C after a list gives the line up`() async throws {
        try await Editing().finished { editing in
            try await editing.type("ta\t")
            try await editing.screen.expect { $0.count == 4 }
            #expect(try await editing.end("\u{3}") == .interrupted)
            try await editing.screen.expect(cursor: "4,0") { $0.last == "ask> ta^C" }
        }
    }

    // MARK: - Several lines

    @Test func `Return in an unfinished text begins a line, and arrows move among its lines`() async throws {
        try await Editing(history: ["old"]).finished { editing in
            try await editing.type("one \\\rtwo\u{1B}\rthree")
            try await editing.screen.expect(["ask> one \\", "two", "three"], cursor: "2,5")
            try await editing.type("\u{1B}[A!\u{1B}[A\u{1B}[A")
            try await editing.screen.expect(["ask> old"])
            try await editing.type("\u{1B}[B\u{1B}[A\u{1B}OA_\u{1B}OB_")
            try await editing.screen.expect(["ask> one _\\", "two!_", "three"], cursor: "1,5")
            #expect(try await editing.end() == .line("one _\\\ntwo!_\nthree"))
            try await editing.screen.expect(cursor: "3,0") { $0.count == 3 }
        }
    }

    @Test func `a paste of a few lines is edited as it is`() async throws {
        try await Editing().finished { editing in
            try await editing.screen.paste("one\n\ttwo 日本\nthree")
            try await editing.screen.expect(["ask> one", "        two 日本", "three"], cursor: "2,5")
            try await editing.type("\u{1}>")
            try await editing.screen.expect(["ask> >one", "        two 日本", "three"], cursor: "0,6")
            #expect(try await editing.end() == .line(">one\n\ttwo 日本\nthree"))
        }
    }

    @Test func `a paste of 200 lines is one text and takes one line of the screen`() async throws {
        let text = (1...200).map { "line \($0)" }.joined(separator: "\n")
        try await Editing(columns: 200).finished { editing in
            try await editing.type("about ")
            try await editing.screen.paste(text)
            let shown = "ask> about [200 lines: line 1 line 2 line 3 li…]"
            try await editing.screen.expect([shown])
            // A backspace removes the paste as a whole.
            try await editing.type("\u{7F}")
            try await editing.screen.expect(["ask> about"])
            try await editing.screen.paste(text)
            try await editing.screen.paste(text + "!")
            try await editing.screen.expect([shown + "[200 lines, 2: line 1 line 2 line 3 li…]"])
            #expect(try await editing.end() == .line("about " + text + text + "!"))
        }
    }

    @Test func `a text that gets higher than the screen is folded, so that the cursor is where it seems to be`()
        async throws
    {
        let lines = (1...14).map { "line \($0)" }
        try await Editing().finished { editing in
            try await editing.type(lines.joined(separator: "\u{1B}\r"))
            try await editing.screen.expect(
                ["ask> [9 lines: line 1 line 2 line 3 li…]"] + lines.suffix(5), cursor: "5,7")
            try await editing.type("\u{1B}[A\u{1B}[A!")
            try await editing.screen.expect { $0[3] == "line 12!" }
            #expect(try await editing.end() == .line(lines.joined(separator: "\n").replacing("12", with: "12!")))
        }
    }

    @Test func `a short paste into a long text is not folded`() async throws {
        let text = String(repeating: "word ", count: 200)
        try await Editing(rows: 24).finished { editing in
            try await editing.type(text)
            try await editing.screen.paste("pasted")
            try await editing.screen.expect { $0.last?.hasSuffix("word pasted") == true }
            #expect(try await editing.end() == .line(text + "pasted"))
        }
    }

    @Test func `a text that would not fit the screen is recalled as one line`() async throws {
        let text = (1...50).map { "line \($0)" }.joined(separator: "\n")
        try await Editing(history: ["short", text]).finished { editing in
            try await editing.type("\u{1B}[A")
            try await editing.screen.expect(["ask> [50 lines: line 1 line 2 line 3 li…]"])
            #expect(try await editing.end(" more\r") == .line(text + " more"))
        }
    }

    // MARK: - Keys

    @Test func `Ctrl-L clears the screen but for the line`() async throws {
        try await Editing().finished { editing in
            try await editing.type("ta\t")
            try await editing.screen.expect { $0.count == 4 }
            try await editing.type("\u{1B}[D\u{C}")
            try await editing.screen.expect(["ask> ta"], cursor: "0,6")
            #expect(try await editing.end() == .line("ta"))
        }
    }

    @Test func `Ctrl-R finds a line of the history`() async throws {
        try await Editing(history: ["about 東京", "about Paris", "other"]).finished { editing in
            try await editing.type("\u{12}abo")
            try await editing.screen.expect(["ask> about Paris", "bck:abo"])
            try await editing.type("\u{12}")
            try await editing.screen.expect(["ask> about 東京", "bck:abo"])
            try await editing.type("\u{1B}")
            try await editing.screen.expect(["ask> about 東京"])
            #expect(try await editing.end("\u{5}?\r") == .line("about 東京?"))
        }
    }

    @Test func `Ctrl-C during a search gives the line up`() async throws {
        try await Editing(history: ["about Paris"]).finished { editing in
            try await editing.type("\u{12}abo")
            try await editing.screen.expect(["ask> about Paris", "bck:abo"])
            #expect(try await editing.end("\u{3}") == .interrupted)
        }
    }

    @Test func `words are killed, yanked and skipped`() async throws {
        try await Editing().finished { editing in
            try await editing.type("one two three\u{1B}b\u{15}")
            try await editing.screen.expect(["ask> three"], cursor: "0,5")
            try await editing.type("\u{B}\u{19}!\u{1B}[1;3D\u{1B}[1;5D\u{1B}f?")
            try await editing.screen.expect(["ask> three?!"])
            #expect(try await editing.end() == .line("three?!"))
        }
    }

    // MARK: - The size of the terminal

    @Test func `the line is drawn anew when the terminal gets narrower and wider`() async throws {
        let text = (0..<10).map { "word\($0) " }.joined()
        // Where a line becomes two, tmux moves the first row out of sight.
        try await Editing(columns: 80, above: ["one", "two"]).finished { editing in
            try await editing.type(text + "\u{1B}b")
            try await editing.screen.expect(["one", "two", "ask> " + text.dropLast()], cursor: "2,59")
            try await resize(editing, to: 40)
            try await editing.screen.expect(
                ["two", "ask> word0 word1 word2 word3 word4 word5", " word6 word7 word8 word9"], cursor: "2,19")
            try await editing.type("\u{1}")
            try await editing.screen.expect(cursor: "1,5") { $0.count == 3 }
            try await resize(editing, to: 80)
            try await editing.screen.expect(cursor: "2,5") { $0.suffix(2) == ["two", "ask> " + text.dropLast()] }
            try await editing.type("\u{5}!")
            try await editing.screen.expect { $0.suffix(2) == ["two", "ask> " + text + "!"] }
            try await resize(editing, to: 30)
            try await editing.screen.expect {
                $0.suffix(3) == [
                    "ask> word0 word1 word2 word3 w", "ord4 word5 word6 word7 word8 w", "ord9 !",
                ]
            }
            #expect(try await editing.end() == .line(text + "!"))
        }
    }

    /// Resizes the terminal, and tells this program, which is not the one that runs in it.
    private func resize(_ editing: Editing, to columns: Int) async throws {
        try await editing.screen.resize(columns: columns)
        // tmux tells programs of a new size a moment after it has drawn anew itself.
        try await poll("the new size") { editing.columns == columns }
        kill(getpid(), SIGWINCH)
    }

    // MARK: - Characters

    struct Row: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let text: String
        let shown: String
        /// The columns of `shown`.
        let width: Int

        init(_ name: String, _ text: String, shown: String? = nil, width: Int) {
            (testDescription, self.text, self.shown, self.width) = (name, text, shown ?? text, width)
        }
    }

    @Test(arguments: [
        Row("East Asian", "東京の会社", width: 10),
        Row("right to left", "מי ייסד את אינטל", width: 16),
        Row("an emoji", "a🙂b", width: 4),
        // Characters without a width stay in the text; libedit doesn't draw them.
        Row("a joined emoji", "👩\u{200D}💻", shown: "👩💻", width: 4),
        Row("a combining accent", "e\u{301}a", shown: "ea", width: 2),
        Row("vowel signs", "שָׁלוֹם", shown: "שלום", width: 4),
    ])
    func `the cursor stays where the text is`(_ row: Row) async throws {
        try await Editing().finished { editing in
            try await editing.type("x\(row.text)yz")
            try await editing.screen.expect(["ask> x\(row.shown)yz"], cursor: "0,\(row.width + 8)")
            try await editing.type("\u{1}\u{1B}[C|\u{5}\u{7F}\u{1B}[D|")
            try await editing.screen.expect(["ask> x|\(row.shown)|y"], cursor: "0,\(row.width + 8)")
            #expect(try await editing.end() == .line("x|\(row.text)|y"))
        }
    }

    @Test func `a wide character that doesn't fit a row begins the next`() async throws {
        try await Editing(columns: 20).finished { editing in
            try await editing.type("123456789012日本日本")
            try await editing.screen.expect(["ask> 123456789012日", "本日本"], cursor: "1,6")
            try await editing.type("\u{1}0")
            try await editing.screen.expect(["ask> 0123456789012日", "本日本"], cursor: "0,6")
            try await editing.type("0")
            try await editing.screen.expect(["ask> 00123456789012", "日本日本"], cursor: "0,7")
            #expect(try await editing.end() == .line("00123456789012日本日本"))
        }
    }
}
