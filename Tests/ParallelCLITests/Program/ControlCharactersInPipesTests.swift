import ParallelHTTP
import TestSupport
import Testing

@testable import ParallelCLI

/// What people read never holds a control character of a server, also where it goes into a pipe or a redirected file;
/// what programs read keeps every byte.
struct ControlCharactersInPipesTests {
    /// ESC, BEL, a carriage return, NEL of C1, and a bidirectional override, as JSON.
    private static let hostile = #"a\u001b[2J\u0007b\rc\u009b31md\u202ee"#
    private static let scalars: [Unicode.Scalar] = ["\u{1B}", "\u{7}", "\r", "\u{9B}", "\u{202E}"]

    private static let result = """
        {"run":{"run_id":"r1","status":"completed","is_active":false,"processor":"base"},"output":{"type":"json",\
        "content":{"x \(hostile)":"\(hostile)"},"basis":[{"field":"x","reasoning":"\(hostile)","citations":\
        [{"url":"https://x.example/","title":"\(hostile)","excerpts":["\(hostile)"]}]}],"mcp_tool_calls":\
        [{"tool_call_id":"t","server_name":"\(hostile)","tool_name":"f","arguments":"\(hostile)","content":"\(hostile)"}]}}
        """
    private static let search = """
        {"search_id":"s","results":[{"url":"https://x.example/","title":"\(hostile)","publish_date":"\(hostile)",\
        "excerpts":["\(hostile)"]}]}
        """

    private static let commands: [(words: [String], exchange: ScriptedTransport.Exchange)] = [
        (["task", "result", "r1", "--basis"], .init(.get, "/v1/tasks/runs/r1/result", body: result)),
        (["task", "result", "r1", "--tool-calls"], .init(.get, "/v1/tasks/runs/r1/result", body: result)),
        (["search", "q"], .init(.post, "/v1/search", body: search)),
    ]

    @Test(arguments: [
        [], ["--format", "table"], ["--format", "text"], ["--format", "markdown"], ["--format", "tsv"],
    ])
    func `none is in what people read`(format: [String]) async {
        for command in Self.commands {
            // A document shows the question, too.
            let question =
                format.last == "markdown" && command.words.last == "--basis" ? [Answer.input(Self.result)] : []
            let run = await CommandRun(command.words + format, [command.exchange] + question)
            #expect(run.code == .success && !run.output.isEmpty, "\(command.words): \(run.errors)")
            for scalar in Self.scalars {
                #expect(!run.output.unicodeScalars.contains(scalar), "\(command.words) \(scalar.value)")
            }
        }
    }

    @Test func `JSON and CSV keep them`() async {
        let search = Self.commands[2]
        let csv = await CommandRun(search.words + ["--format", "csv"], [search.exchange])
        for scalar in Self.scalars { #expect(csv.output.unicodeScalars.contains(scalar), "\(scalar.value)") }
        for format in ["json", "jsonl"] {
            let json = await CommandRun(search.words + ["--format", format], [search.exchange])
            #expect(json.output.contains(Self.hostile))
        }
    }

    @Test(arguments: ["out.txt", "out.md", "out.tsv"])
    func `files keep them`(name: String) async throws {
        let directory = try TemporaryDirectory()
        let search = Self.commands[2]
        let run = await CommandRun(search.words + ["-o", name], [search.exchange], directory: directory.path)
        #expect(run.code == .success && run.output.isEmpty, "\(run.errors)")
        let text = try #require(Disk.text(directory.file(name)))
        for scalar in Self.scalars where name != "out.md" || scalar != "\r" {
            #expect(text.unicodeScalars.contains(scalar), "\(scalar.value)")
        }
    }

    @Test func `tabs and line feeds go on dividing cells and rows`() async {
        let search = Self.commands[2]
        let run = await CommandRun(search.words, [search.exchange])
        #expect(
            run.output
                == "https://x.example/\ta␛[2J␇b c\\u{9b}31md\\u{202e}e\ta␛[2J␇b c\\u{9b}31md\\u{202e}e\ta␛[2J␇b c\\u{9b}31md\\u{202e}e\n"
        )
    }
}
