import TestSupport
import Testing

@testable import SandboxServer

@Suite(.timeLimit(.minutes(5))) struct DocumentsTests {
    /// The options as the help's lines begin, such as `--port N`.
    private static let options = HelpOutline(HelpText.usage).blocks.compactMap { block -> String? in
        guard case .entry(let term, _) = block, term.hasPrefix("-") else { return nil }
        return term
    }

    @Test func `an option is told from its text, also where it reaches as far as that`() {
        #expect(Self.options.contains("--rows-per-minute N"))
        #expect(Self.options.contains("-v, --verbose"))
        #expect(Self.options.contains("--rate-window SECONDS"))
        #expect(
            HelpOutline(HelpText.usage).blocks.contains(
                .entry(term: "--rate-window SECONDS", text: "count them over this time instead of a minute")))
    }

    @Test func `the manual page has every word of the help`() async throws {
        let page = ManPage.text(as: "parallel-sandbox")
        let rendered = try await ChildProcess.run(
            "/usr/bin/env", ["groff", "-man", "-ww", "-Tutf8", "-P-cbou"], environment: ["PATH": "/usr/bin:/bin"],
            input: .text(page))
        #expect(rendered.exit == .code(0))
        #expect(rendered.error == "")
        let words = { (text: String) in Set(text.lowercased().split(whereSeparator: \.isWhitespace)) }
        // Headings lose their colon, and the first words of the help are the page's name.
        let lost = words(HelpText.usage + HelpText.scenarios).subtracting(words(rendered.output))
        #expect(lost.filter { !$0.hasSuffix(":") } == [])
    }

    @Test func `the manual page has the name that the program is installed under`() {
        let page = ManPage.text(as: "parallel-web-sandbox")
        #expect(page.contains(#"parallel\-web\-sandbox serve"#))
        #expect(!page.contains(#"parallel\-sandbox"#))
        #expect(page.hasSuffix(".SH SEE ALSO\nparallel\\-web(1)\n"))
    }

    @Test(arguments: Completions.shells)
    func `a shell reads its script, which has every option`(shell: String) async throws {
        let script = Completions.script(for: shell, as: "pll-sandbox")
        for option in Self.options.flatMap({ $0.split(separator: " ").filter { $0.hasPrefix("--") } }) {
            #expect(script.contains(shell == "fish" ? "-l \(option.dropFirst(2)) " : option), "\(option)")
        }
        let read = try await ChildProcess.run(
            "/usr/bin/env", [shell, "-n"], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"], input: .text(script))
        #expect(read.exit == .code(0))
        #expect(read.error == "")
    }

    @Test func `zsh takes its script from a file and by source`() async throws {
        let script = Completions.script(for: "zsh", as: "pll-sandbox")
        let registered = try await ChildProcess.run(
            "/usr/bin/env", ["zsh", "-f", "-s"], environment: ["PATH": "/usr/local/bin:/usr/bin:/bin"],
            input: .text("autoload -U compinit; compinit -D -u\n\(script)\necho ${_comps[pll-sandbox]}\n"))
        #expect(registered.output == "_pll_sandbox\n" && registered.error == "", "\(registered)")
        #expect(script.hasPrefix("#compdef pll-sandbox\n"))
    }

    @Test(arguments: [
        (["se"], ["serve"]), (["serve", "--rea"], ["--ready-file"]), (["help", ""], ["scenarios"]),
        (["run", "--", "fals"], ["false"]),
    ])
    func `bash completes commands, options and the command to run`(words: [String], expected: [String]) async throws {
        let script = """
            \(Completions.script(for: "bash", as: "pll-sandbox"))
            COMP_WORDS=(pll-sandbox "$@"); COMP_CWORD=$#
            _pll_sandbox; printf '%s\\n' "${COMPREPLY[@]}" | sort -u
            """
        let completed = try await ChildProcess.run(
            "/usr/bin/env", ["bash", "-s", "--"] + words, environment: ["PATH": "/usr/bin:/bin"], input: .text(script))
        #expect(completed.error == "")
        #expect(completed.output.split(separator: "\n").map(String.init) == expected)
    }
}
