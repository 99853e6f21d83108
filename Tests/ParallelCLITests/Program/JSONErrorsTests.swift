import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

@testable import ParallelCLI

/// Errors for programs: `--json-errors`, and the API's own JSON with `--json`.
struct JSONErrorsTests {
    private static let refusal =
        #"{"type":"error","error":{"ref_id":"r1","message":"no \u001b[2J credit","detail":{"left":0}}}"#

    private func refused(_ words: [String], status: Int = 402, terminal: TerminalInfo = TerminalInfo()) async
        -> CommandRun
    {
        await CommandRun(
            ["task", "run", "why?"] + words, [.init(.post, "/v1/tasks/runs", status: status, body: Self.refusal)],
            terminal: terminal)
    }

    @Test func `with --json the API's error goes to standard output as it came, and the words to standard error`()
        async
    {
        for words in [["--json"], ["--format", "jsonl"]] {
            let run = await refused(words)
            #expect(run.code == .refused && run.output == Self.refusal + "\n")
            #expect(run.errors.hasPrefix("error: the API answered 402: no ␛[2J credit (ref r1)\n"))
        }
        for words in [[], ["--format", "text"]] { #expect(await refused(words).output == "") }
    }

    @Test(arguments: [401, 403, 404, 422])
    func `an error that repeats the key has it masked on standard output too`(status: Int) async {
        let key = "own/key-0123456789"
        let body =
            #"{"detail":{"own/key-0123456789":["own%2Fkey-0123456789",1.50],"half":"\ud83d"},"error":{"message":"no own\/key-0123456789"}}"#
        for words in [["task", "run", "why?"], ["search", "why?"]] {
            let run = await CommandRun(
                words + ["--json"],
                [.init(.post, words[0] == "search" ? "/v1/search" : "/v1/tasks/runs", status: status, body: body)],
                environment: ["PARALLEL_API_KEY": key])
            #expect(
                run.output
                    == #"{"detail":{"***":["***",1.50],"half":"\ud83d"},"error":{"message":"no ***"}}"# + "\n")
            #expect(run.code != .success && !run.errors.contains("key-0123456789"))
        }
    }

    @Test func `an error is not written where the file of --output would be`() async throws {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(
            ["task", "run", "why?", "-o", "a.json"],
            [.init(.post, "/v1/tasks/runs", status: 402, body: Self.refusal)], directory: directory.path)
        #expect(run.code == .refused && run.output == "" && Disk.names(in: directory.path) == [])
    }

    @Test func `with --json-errors an error is one line of JSON with the exit code`() async throws {
        let run = await refused(["--json-errors"])
        let error = try JSONValue.parse(run.errors)["error"]
        #expect(run.errors.split(separator: "\n").count == 1 && run.output == "")
        #expect(error?["code"]?.int == 4)
        #expect(error?["message"]?.string == "the API answered 402: no ␛[2J credit (ref r1)")
        #expect(error?["hints"]?.array?.count == 3)
    }

    @Test(arguments: [
        (["--json-errors", "task", "rn"], "unknown command 'task rn'"),
        (["task", "run", "--nope", "--json-errors"], "unknown flag --nope"),
        (["task", "run", "--json-errors", "a", "b"], "unexpected argument 'b'"),
        (["task", "run", "q", "--no-json-errors", "--json-errors", "--timeout", "x"], "--timeout: 'x'"),
        (["task", "--json-errors"], "missing command"), (["--json-errors"], "--json-errors without a command"),
    ])
    func `usage errors are lines of JSON too, wherever the flag stands`(words: [String], message: String) async throws {
        let run = await CommandRun(words)
        let error = try JSONValue.parse(run.errors)["error"]
        #expect(run.code == .usage && error?["code"]?.int == 2)
        #expect(error?["message"]?.string?.contains(message) == true, "\(run.errors)")
    }

    @Test(arguments: [
        ["task", "run", "--json-errors", "--no-json-errors", "a", "b"],
        ["task", "run", "a", "b", "--", "--json-errors"],
    ])
    func `errors stay text where the flag is taken back or is no flag`(words: [String]) async {
        #expect(await CommandRun(words).errors.hasPrefix("error: unexpected argument"))
    }

    @Test func `each of several runs has its own line, and its own document`() async throws {
        let missing = #"{"type":"error","error":{"ref_id":"r","message":"not found"}}"#
        let words = ["task", "status", "trun_1", "trun_2", "--json", "--json-errors"]
        let run = await CommandRun(
            words,
            [
                .init(.get, "/v1/tasks/runs/trun_1", status: 404, body: missing),
                .init(.get, "/v1/tasks/runs/trun_2", status: 404, body: missing),
            ])
        #expect(run.code == .refused && run.output == "\(missing)\n\(missing)\n")
        let lines = try run.errors.split(separator: "\n").map { try JSONValue.parse(String($0)) }
        #expect(lines.compactMap { $0["error"]?["message"]?.string?.prefix(10) } == ["run trun_1", "run trun_2"])
    }
}
