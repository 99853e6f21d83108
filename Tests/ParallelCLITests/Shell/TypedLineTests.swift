import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

struct TypedLineTests {
    private static let context = Context.test(ScriptedTransport([]), environment: ["HOME": "/h"])

    /// Returns the meaning of a line as text.
    private func meaning(_ line: String) -> String {
        switch TypedLine(line, .program, Self.context) {
        case .nothing: "nothing"
        case .question(let text): "question: \(text)"
        case .own(let words): "own: \(words)"
        case .command(let words): "command: \(words)"
        case .unclear(let question, let error): "unclear: \(question): \(error.message)"
        case .mistake(let error): "mistake: \(error.message)"
        }
    }

    @Test(arguments: [
        ("", "nothing"), ("   ", "nothing"), ("?", "mistake: a ? in front makes any line a question"),
        ("Who founded Intel?", "question: Who founded Intel?"),
        ("What's R&D > 1% | of GDP?", "question: What's R&D > 1% | of GDP?"),
        ("東京の人口は？", "question: 東京の人口は？"), ("\"quoted\" start", "question: \"quoted\" start"),
        (" task run x", "question: task run x"), ("?search x", "question: search x"), ("?? /help", "question: /help"),
        ("? @handle", "question:  @handle"), ("?-", "question:  -"), ("@file.txt", "question: @file.txt"),
        ("Compare AWS and GCP", "question: Compare AWS and GCP"), ("谁创立了Intel", "question: 谁创立了Intel"),
        ("Intel?", "question: Intel?"), ("x -- y -5", "question: x -- y -5"),
        ("one\\\ntwo\nthree", "question: one\ntwo\nthree"), ("- a list", "question: - a list"),
        // A command, with or without the program's name.
        ("task run 'a b' -p core", #"command: ["task", "run", "a b", "-p", "core"]"#),
        ("parallel task list", #"command: ["task", "list"]"#), ("help task run", #"command: ["help", "task", "run"]"#),
        ("task run x -o ~/y.md", #"command: ["task", "run", "x", "-o", "/h/y.md"]"#),
        ("--version", #"command: ["--version"]"#),
        ("task", #"command: ["task"]"#), ("task run x --help", #"command: ["task", "run", "x", "--help"]"#),
        ("search engines", #"command: ["search", "engines"]"#),
        // The shell's own.
        ("/processor core", #"own: ["/processor", "core"]"#), ("/save 'my file.md'", #"own: ["/save", "my file.md"]"#),
        ("exit", #"own: ["/quit"]"#), ("quit", #"own: ["/quit"]"#), ("parallel", #"own: ["/help"]"#),
        ("/save 'x", "mistake: a quotation mark is left open"),
    ])
    func `a line is a question, a command, or one of the shell`(_ line: String, _ expected: String) {
        #expect(meaning(line) == expected)
    }

    @Test(arguments: [
        ("search engines of Europe", "unexpected argument 'of'"),
        ("task force on climate", "unknown command 'task force'"),
        ("key figures of Intel", "unknown command 'key figures'"),
        ("search what's new", "a quotation mark is left open"),
        ("help me choose", "no help on 'me choose'"), ("taks", "unknown command 'taks'"),
        ("ls", "unknown command 'ls'"), ("ls -la", "unknown command 'ls'"), ("y", "unknown command 'y'"),
        ("tsk list", "unknown command 'tsk'"), ("Task list", "unknown command 'Task'"),
        ("serach foo bar", "unknown command 'serach'"), ("git commit now please", "unknown command 'git'"),
        ("exit now", "unknown command 'exit'"), ("export A_KEY=b", "unknown command 'export'"),
        ("parallell task list", "unknown command 'parallell'"), ("docker ps -a now", "unknown command 'docker'"),
        ("mpc call crm find x", "unknown command 'mpc'"), ("./x.sh foo", "unknown command './x.sh'"),
        ("$ parallel processors", "unknown command '$'"), ("n", "unknown command 'n'"),
        ("run it now with --processor core", "unknown command 'run'"), ("task list\nspend", "a command is one line"),
    ])
    func `where only the first word is a command, it is not clear what is meant`(_ line: String, _ message: String) {
        #expect(meaning(line) == "unclear: \(line): \(message)")
    }

    @Test(arguments: [
        ("task run x --procesor core", "unknown flag --procesor"), ("task status", "missing RUN_ID"),
        ("parallel search engines of Europe", "unexpected argument 'of'"), ("decide", nil),
        ("search x | head", "'|' is of a shell that runs programs, which this one is not"),
    ])
    func `what can only be a command is reported`(_ line: String, _ message: String?) {
        if let message {
            #expect(meaning(line) == "mistake: \(message)")
        } else {
            #expect(meaning(line).hasPrefix("mistake: "), "\(meaning(line))")
        }
    }

    @Test(arguments: [
        ("task run 'a", true), ("task run \"a\nb", true), ("parallel search 'x", true), ("/save 'x", true),
        ("What's this?", false), ("search what's new", false), (" task run 'a", false), ("? 'a", false),
        ("a question\\", true), ("a question\\\\", false), ("task run 'a'", false), ("", false), ("'quoted", false),
    ])
    func `Enter adds a line where the text can't be whole`(_ text: String, _ isUnfinished: Bool) {
        #expect(TypedLine.isUnfinished(text, .program, Self.context) == isUnfinished)
    }
}
