import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(10))) struct ManPageTests {
    @Test(arguments: [
        ("a-b", "a\\-b"), ("\\n", "\\(rsn"), ("\"x\"", "\\(dqx\\(dq"), ("it's", "it\\(aqs"), ("`~^", "\\(ga\\(ti\\(ha"),
        ("…", "\\[u2026]"), ("😀", "\\[u1F600]"), ("two\nlines", "two lines"), ("{\"a\": [1]}", "{\\(dqa\\(dq: [1]}"),
    ])
    func `characters that roff gives a meaning are escaped`(text: String, escaped: String) {
        #expect(Roff.inline(text) == escaped)
    }

    @Test(arguments: [(".TH", "\\&.TH"), ("...", "\\&..."), ("'quoted'", "\\(aqquoted\\(aq"), ("a.b", "a.b")])
    func `no line is taken for a request`(text: String, escaped: String) {
        #expect(Roff.line(text) == escaped)
    }

    private static func pages(as program: String) -> [(name: String, text: String)] {
        [(program, ManPage(program: program, tree: .program).text)]
            + ManPage.branches(of: .program).map {
                ("\(program)-\($0)", ManPage(program: program, tree: .program, branch: $0).text)
            }
    }

    @Test func `the pages have every command once, with its flags and examples`() {
        let pages = Self.pages(as: "pll")
        for command in CommandTree.program.commands {
            let holding = pages.filter { $0.text.contains("\n.SS \"pll \(Roff.inline(command.name))\"\n") }
            #expect(holding.map(\.name) == [command.path.count == 1 ? "pll" : "pll-\(command.path[0])"])
            guard let page = holding.first?.text else { continue }
            for flag in command.ownFlags { #expect(page.contains("\n.B \"\(Roff.inline(flag.usage))\"\n")) }
            for example in command.examples { #expect(page.contains("\n\(Roff.line(example.line(as: "pll")))\n.EE")) }
        }
        for page in pages { #expect(!page.text.contains("parallel task"), "the program has another name") }
    }

    @Test func `the program's page lists all commands, and has the topics, exit codes and the names of the others`() {
        let page = ManPage(program: "pll", tree: .program).text
        for command in CommandTree.program.commands {
            #expect(page.contains("\n.B \"pll \(Roff.inline(command.name))\"\n"))
        }
        for flag in CommonFlags.all + BuiltInFlags.all { #expect(page.contains(".B \"\(Roff.inline(flag.usage))\"\n")) }
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "EXIT STATUS", "FORMATTING", "MCP"] {
            #expect(page.contains("\n.SH \(heading)\n") || page.contains("\n.SH \"\(heading)\"\n"))
        }
        for code in ExitCode.allCases { #expect(page.contains(".B \"\(code.rawValue)\"\n")) }
        for name in ["task", "batch", "mcp", "sandbox"] { #expect(page.contains("pll\\-\(name)(1)")) }
    }

    @Test func `help --man prints the program's page, and one of a group of commands`() async {
        let context = Context.documentation()
        #expect(await Run.run(["help", "--man"], context) == .success)
        #expect(context.streams.capturedOutput == ManPage(program: "parallel", tree: .program).text)
        let ofTasks = Context.documentation()
        #expect(await Run.run(["help", "--man", "task"], ofTasks) == .success)
        #expect(ofTasks.streams.capturedOutput == ManPage(program: "parallel", tree: .program, branch: "task").text)
    }

    @Test(arguments: [["search"], ["task", "run"], ["money"]])
    func `help --man names the pages that there are where there is none`(words: [String]) async {
        let context = Context.documentation()
        #expect(await Run.run(["help", "--man"] + words, context) == .usage)
        #expect(context.streams.capturedOutput == "")
        #expect(context.streams.capturedError.contains("there are pages of task, batch, group, "))
    }

    @Test(.enabled(if: Shells.path("groff") != nil, "groff is not installed"))
    func `groff renders the pages without a warning and keeps what they say`() async throws {
        let groff = try #require(Shells.path("groff"))
        var text = ""
        for page in Self.pages(as: "parallel") {
            let rendered = try await ChildProcess.run(
                groff, ["-man", "-ww", "-Tutf8", "-P-cbou"], environment: ["PATH": Shells.searchPath],
                input: .text(page.text))
            #expect(rendered.exit == .code(0))
            #expect(rendered.error == "")
            text += rendered.output
        }
        for line in CommandTree.program.commands.flatMap(\.examples).map(\.line) + HelpTextTests.topicLines {
            #expect(text.contains(line), "\(line)")
        }
        for flag in CommandTree.program.commands.flatMap(\.flags) {
            #expect(text.contains(flag.usage), "\(flag.usage)")
        }
    }
}

/// The programs of this machine that tests drive.
enum Shells {
    static let searchPath = "/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin"

    static func path(_ program: String) -> String? {
        searchPath.split(separator: ":").map { "\($0)/\(program)" }.first { access($0, X_OK) == 0 }
    }
}
