import ParallelJSON
import TestSupport
import Testing

@testable import ParallelCLI

/// What commands read from standard input, and what they leave alone.
struct StandardInputTests {
    private static let key = ["PARALLEL_API_KEY": ""]

    @Test(arguments: [
        (["task", "run", "-", "--context", "-"], "INPUT and --context"),
        (["task", "run", "-", "--api-key-file", "-"], "INPUT and --api-key-file"),
        (["task", "run", "q", "--context=-", "--output-schema", "-"], "--context and --output-schema"),
        (["task", "run", "--input-json", "-", "--fields-from", "-"], "--input-json and --fields-from"),
        (["task", "status", "-", "--api-key-file", "-"], "RUN_ID and --api-key-file"),
        (["batch", "run", "-", "--input-schema", "-"], "FILE and --input-schema"),
        (["batch", "suggest", "-", "--previous", "-"], "INTENT and --previous"),
        (["group", "add", "g1", "--api-key-file", "-"], "FILE and --api-key-file"),
        (["group", "add", "g1", "-", "--output-schema=-"], "FILE and --output-schema"),
        (["mcp", "call", "parallel-search", "web_search", "--args", "-", "--api-key-file", "-"], "--args"),
    ])
    func `a command reads standard input for one thing only`(words: [String], both: String) async {
        let run = await CommandRun(words, stdin: "x")
        #expect(run.code == .usage)
        let message = "only one of the inputs can be read from standard input, not "
        #expect(run.errors.contains(words[0] == "mcp" ? "error" : message + both), "\(run.errors)")
    }

    @Test func `the last value of a flag is the one that counts, and a file may stand beside one reader`() async {
        let words = ["task", "run", "q", "--context", "-", "--context", "@/etc/hostname", "--dry-run"]
        #expect(await CommandRun(words + ["--output-schema", "-"], stdin: #"{"type":"object"}"#).code == .usage)
        let output = await CommandRun(["task", "run", "-", "-o", "-", "--dry-run"], stdin: "why?")
        #expect(output.output.contains(#""input":"why?""#))
    }

    @Test func `a question in a pipe is asked, also when only its request is shown`() async {
        let run = await CommandRun(["task", "run", "--dry-run"], stdin: "What is a heat pump?\n")
        #expect(run.code == .success && run.output.contains(#""input":"What is a heat pump?""#), "\(run.errors)")
    }

    @Test(arguments: [("", "missing INPUT\n"), (" \n", "missing INPUT, and standard input is empty\n")])
    func `without a question and with nothing in the pipe, INPUT is missing`(stdin: String, message: String) async {
        let run = await CommandRun(["task", "run", "--dry-run"], stdin: stdin)
        #expect(run.code == .usage && run.errors.hasPrefix("error: \(message)"), "\(run.errors)")
    }

    @Test(arguments: [["--context", "-"], ["--api-key-file", "-"], ["--output-schema", "-"]])
    func `what is read for a flag is no question`(flag: [String]) async {
        let run = await CommandRun(["task", "run", "--dry-run"] + flag, stdin: "x")
        #expect(run.code == .usage && run.errors.hasPrefix("error: missing INPUT\n"), "\(run.errors)")
    }

    @Test func `with a question, standard input is left alone, and a note says so`() async throws {
        let words = ["task", "run", "why?", "--dry-run"]
        let note = "note: standard input was not read, as there is a question; --context - puts it under the question\n"
        let price = "nothing is sent; the run would be on processor base, about $0.01, 15 to 100 s\n"
        let run = await CommandRun(words, stdin: "more")
        #expect(run.output.contains(#""input":"why?""#) && run.errors.hasPrefix(note + price))
        let json = await CommandRun(["task", "run", "--input-json", "{}", "--dry-run"], stdin: "more")
        #expect(
            json.errors.hasPrefix("note: standard input was not read, as --input-json gives the input\n"),
            "\(json.errors)")
        let directory = try TemporaryDirectory()
        try directory.write("text", to: "notes")
        let text = await CommandRun(words + ["--context", "@notes"], stdin: "more", directory: directory.path)
        #expect(text.errors.hasPrefix("note: standard input was not read, as question and --context are given\n"))
        #expect(await CommandRun(words + ["-q"], stdin: "more").errors == "")
        #expect(await CommandRun(words).errors.hasPrefix(price))
    }

    @Test func `no key is read from a terminal, which would show it`() async {
        for words in [["task", "status", "trun_1"], ["mcp", "tools", "parallel-search"]] {
            let run = await CommandRun(words + ["--api-key-file", "-"], stdin: "k", terminal: .person)
            #expect(run.code == .usage && run.errors.contains("is a terminal, which would show the key\n  pipe it"))
        }
    }

    // MARK: - --context

    @Test func `a text stands under the question, without the line break at its end`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("a\nb\n", to: "text")
        let expected = #""input":"Sum\n\na\nb""#
        let words = ["task", "run", "Sum", "--dry-run", "--context"]
        #expect(await CommandRun(words + ["-"], stdin: "a\nb\n").output.contains(expected))
        #expect(await CommandRun(words + ["@text"], directory: directory.path).output.contains(expected))
        let curl = await CommandRun(["task", "run", "Sum", "--curl", "--context", "-"], stdin: "a\nb\n")
        #expect(curl.output.contains(#""input": "Sum\n\na\nb""#))
        let text = await CommandRun(
            ["task", "run", "--input-json", #""Sum""#, "--dry-run", "--context", "-"], stdin: "a\nb")
        #expect(text.output.contains(expected))
    }

    @Test(arguments: [
        (["q", "--context", "notes.txt"], "'notes.txt' is neither @FILE nor -"),
        (["q", "--context", "-"], "--context: standard input is empty"),
        (["q", "--context", "@none"], "--context: can't read"),
        (["--input-json", #"{"a":1}"#, "--context", "-"], "--input-json holds an object"),
    ])
    func `a context that can't be used is refused before anything is sent`(words: [String], message: String) async {
        let stdin = words.contains("--input-json") ? "x" : ""
        let run = await CommandRun(["task", "run"] + words, stdin: stdin)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }
}
