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

    @Test func `the page has every command with its flags, every topic and every exit code`() {
        let page = ManPage(program: "pll", tree: .program).text
        for command in CommandTree.program.commands {
            #expect(page.contains("\n.SS \"pll \(Roff.inline(command.name))\"\n"))
            for flag in command.ownFlags { #expect(page.contains("\n.B \"\(Roff.inline(flag.usage))\"\n")) }
            for example in command.examples { #expect(page.contains("\n\(Roff.line(example.line(as: "pll")))\n.EE")) }
        }
        for flag in CommonFlags.all + BuiltInFlags.all { #expect(page.contains(".B \"\(Roff.inline(flag.usage))\"\n")) }
        for heading in ["NAME", "SYNOPSIS", "DESCRIPTION", "ENVIRONMENT", "EXIT STATUS", "FORMATTING", "MCP"] {
            #expect(page.contains("\n.SH \(heading)\n") || page.contains("\n.SH \"\(heading)\"\n"))
        }
        for code in ExitCode.allCases { #expect(page.contains(".B \"\(code.rawValue)\"\n")) }
        #expect(!page.contains("parallel task"), "the program has another name")
    }

    @Test func `help --man prints it`() async {
        let context = Context.documentation()
        #expect(await Run.run(["help", "--man"], context) == .success)
        #expect(context.streams.capturedOutput == ManPage(program: "parallel", tree: .program).text)
    }

    @Test(.enabled(if: Shells.path("groff") != nil, "groff is not installed"))
    func `groff renders it without a warning and keeps what it says`() async throws {
        let groff = try #require(Shells.path("groff"))
        let rendered = try await ChildProcess.run(
            groff, ["-man", "-ww", "-Tutf8", "-P-cbou"], environment: ["PATH": Shells.searchPath],
            input: .text(ManPage(program: "parallel", tree: .program).text))
        #expect(rendered.exit == .code(0))
        #expect(rendered.error == "")
        let text = rendered.output
        for example in CommandTree.program.commands.flatMap(\.examples) {
            #expect(text.contains(example.line), "\(example.line)")
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
