import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

struct LineCompleterTests {
    private let folder: TemporaryDirectory

    /// A home with a server, two runs, a group, a monitor, and some files.
    init() throws {
        folder = try TemporaryDirectory()
        for name in [".config/parallel", "parallel", "drafts"] { try Directory.create(folder.file(name)) }
        try folder.write(
            #"{"mcpServers": {"crm": {"url": "https://crm.example/mcp"}}}"#, to: ".config/parallel/mcp.json")
        let entries = [("run", "trun_1"), ("run", "trun_2"), ("group", "tgrp_1"), ("monitor", "monitor_1")]
        try folder.write(
            entries.enumerated().map { index, entry in
                #"{"key":"\#(index)","time":1,"command":"c","kind":"\#(entry.0)","id":"\#(entry.1)","words":"Why?"}"#
                    + "\n"
            }.joined(), to: "parallel/log.jsonl", mode: 0o600)
        for name in ["notes.txt", "my paper.txt", "my 'own' one", "drafts/x", "bad\u{1B}name", "größe.csv"] {
            try folder.write("", to: name)
        }
    }

    private func complete(_ text: String, _ session: ShellSession? = nil) -> LineCompletion {
        let context = Context.test(ScriptedTransport([]), environment: [:], directory: folder.path)
        return LineCompleter(session: session ?? ShellSession(.program, context.environment), context: context)
            .complete(text)
    }

    /// Returns the line with the only candidate in place; nil if there is not just one.
    private func completed(_ text: String) -> String? {
        let completion = complete(text)
        guard completion.candidates.count == 1 else { return nil }
        return String(decoding: text.utf8.dropLast(completion.replaced), as: UTF8.self) + completion.candidates[0].text
    }

    @Test func `at each place the shell offers what the completion scripts offer`() {
        for example in CompletionScriptTests.cases {
            // These are asked of the program, which the scripts' tests have another one for.
            let asked = ["mcp get", "--mcp", "config set", "--profile", "batch status @"]
            if asked.contains(where: example.line.contains) { continue }
            for line in [example.line, String(example.line.dropFirst("parallel ".count))] {
                if line.isEmpty { continue }
                var offered = Set(
                    complete(line).candidates.map { $0.text.hasSuffix(" ") ? String($0.text.dropLast()) : $0.text })
                let last = line.split(separator: " ", omittingEmptySubsequences: false).last ?? ""
                if last.hasPrefix("--"), let equals = last.firstIndex(of: "=") {
                    offered = Set(offered.map { String($0.dropFirst(last[...equals].count)) })
                }
                #expect(offered == example.offers, "\(line)")
            }
        }
    }

    @Test func `values of settings and places in the log are offered`() {
        #expect(complete("config set format js").candidates.map(\.label) == ["json", "jsonl"])
        #expect(complete("config set nothing ").candidates == [])
        #expect(completed("batch status @l") == "batch status @last ")
    }

    @Test func `the first word may be one of the shell, and a question is left alone`() {
        let first = complete("").candidates.map(\.label)
        #expect(first.contains("task") && first.contains("help") && first.contains("/help"))
        #expect(Set(complete("/").candidates.map(\.label)) == Set(ShellSession.commands.map(\.name)))
        for text in ["What is ", "Who t", "? ta", " ta", "tell me about ta"] {
            #expect(complete(text).candidates == [])
        }
    }

    @Test(arguments: [
        ("ta", "task "), ("task ru", "task run "), ("/proc", "/processor "),
        ("/processor ultra8x-", "/processor ultra8x-fast "),
        ("/mcp c", "/mcp crm "), ("/mcp crm parallel-s", "/mcp crm parallel-search "),
        ("/output rep", "/output report "),
        ("/with ant", "/with anthropic "), ("/flags --max-c", "/flags --max-cost "), ("/output --json-s", nil),
        ("/flags --format=csv --proc", "/flags --format=csv --processor "),
        ("/sources --after", "/sources --after-date "), ("/save no", "/save notes.txt "),
        ("mcp get c", "mcp get crm "), ("task run --mcp=c", "task run --mcp=crm "),
        ("task run @no", "task run @notes.txt "), ("task run -o dra", "task run -o drafts/"),
        ("task run -o drafts/", "task run -o drafts/x "),
        ("task run -o 'notes", "task run -o notes.txt "), ("task run -o my\\ p", "task run -o 'my paper.txt' "),
        ("task run -o 'my p", "task run -o 'my paper.txt' "),
        ("task run -o \"my '", #"task run -o 'my '\''own'\'' one' "#),
        ("task run --output=grö", "task run '--output=größe.csv' "), ("task run -o bad", nil),
        ("task result trun_2", "task result trun_2 "),
    ])
    func `one candidate stands as it is typed`(_ text: String, _ line: String?) {
        #expect(completed(text) == line)
    }

    @Test func `each value says what it is`() {
        #expect(complete("task result trun_1").candidates == [.init(text: "trun_1 ", label: "trun_1", summary: "Why?")])
        #expect(complete("/q").candidates.first?.summary == "Leave, as Ctrl-D does")
        #expect(complete("task run --ba").candidates.first?.summary.hasPrefix("Show reasoning") == true)
    }
}
