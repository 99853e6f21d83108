import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ChatCommandTests {
    private static let path = "/v1beta/chat/completions"
    private static let whole =
        #"{"id":"","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"It pumps heat."}}],"#
        + #""basis":[{"field":"output","citations":[{"url":"https://a.example/x","title":"A"}]}],"n":1.10,"interaction_id":"trun_1"}"#
    private static let chunks = [
        #"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"It pumps "}}]}"#,
        #"{"choices":[{"index":0,"delta":{"content":"heat."}}]}"#,
        #"{"choices":[{"index":0,"delta":{}}],"basis":[{"field":"output","citations":[{"url":"https://a.example/x"}]}],"interaction_id":"trun_1"}"#,
    ]

    private static func stream(_ chunks: [String] = chunks, end: String = "data: [DONE]\n\n")
        -> ScriptedTransport.Exchange
    {
        .init(
            .post, path, headers: [("content-type", "text/event-stream")],
            body: chunks.map { "data: \($0)\n\n" }.joined() + end)
    }

    private func chat(
        _ words: [String], _ exchanges: [ScriptedTransport.Exchange] = [], stdin: String = "",
        terminal: TerminalInfo = TerminalInfo(), directory: String = "/nowhere",
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["chat"] + words, exchanges, stdin: stdin, terminal: terminal, directory: directory,
            sourceLocation: sourceLocation)
    }

    @Test(arguments: ["data: [DONE]\n\n", ""]) func `an answer is text, and its end needs no mark`(end: String) async {
        let run = await chat(["What is a heat pump?"], [Self.stream(end: end)])
        #expect(run.code == .success && run.output == "It pumps heat.\n")
        #expect(run.errors == "continue with --previous-interaction-id trun_1\n")
        #expect(
            run.sentBody
                == #"{"model":"speed","messages":[{"role":"user","content":"What is a heat pump?"}],"stream":true}"#)
    }

    @Test func `with --json the answer comes at once, as the API gives it`() async {
        let run = await chat(
            [
                "q", "--json", "-m", "core", "--system", "Be brief.", "--previous-interaction-id", "trun_0",
                "--json-schema", #"{"type":"object"}"#,
            ], [.init(.post, Self.path, body: Self.whole)])
        #expect(run.code == .success && run.output == Self.whole + "\n")
        #expect(
            run.sentBody
                == #"{"model":"core","messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"q"}],"#
                + #""stream":false,"response_format":{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}},"#
                + #""previous_interaction_id":"trun_0"}"#)
        #expect(run.requests.first?.timeouts.idle == .seconds(600))
    }

    @Test func `each part is a line of JSON lines`() async {
        let run = await chat(["q", "--format", "jsonl"], [Self.stream()])
        #expect(run.output == Self.chunks.joined(separator: "\n") + "\n")
    }

    @Test func `a person sees the sources below the answer`() async {
        let person = TerminalInfo(stdinIsTerminal: true, stdoutIsTerminal: true, stderrIsTerminal: true, columns: 80)
        for words in [["q", "-m", "lite"], ["q", "-m", "lite", "--no-stream"]] {
            let exchange = words.count == 3 ? Self.stream() : .init(.post, Self.path, body: Self.whole)
            let run = await chat(words, [exchange], terminal: person)
            #expect(run.output.contains("It pumps heat.\n\nSources\n-------\n\n[1] "), "\(run.output)")
            #expect(run.output.contains("a.example"), "\(run.output)")
        }
    }

    @Test func `a conversation is kept in a file that only its owner can read`() async throws {
        let folder = try TemporaryDirectory()
        let first = await chat(["one", "--history", "talk.json"], [Self.stream()], directory: folder.path)
        #expect(first.code == .success && Disk.mode(folder.file("talk.json")) == 0o600)
        let second = await chat(["two", "--history", "talk.json"], [Self.stream()], directory: folder.path)
        #expect(
            second.sentBody
                == #"{"model":"speed","messages":[{"role":"user","content":"one"},{"role":"assistant","content":"It pumps heat."},"#
                + #"{"role":"user","content":"two"}],"stream":true}"#)
        let nowhere = await chat(["q", "--history", "no/talk.json"], directory: folder.path)
        #expect(
            nowhere.code == .usage && nowhere.requests.isEmpty && nowhere.errors.contains("can't write no/talk.json"))
        try folder.write("{}", to: "broken.json")
        let broken = await chat(["q", "--history", "broken.json"], directory: folder.path)
        #expect(broken.code == .usage && broken.errors.contains("is no JSON array of messages"))
        #expect(Disk.text(folder.file("broken.json")) == "{}")
    }

    @Test func `a stream that ends without its end is no whole answer, and is not kept`() async throws {
        let folder = try TemporaryDirectory()
        let cut = Self.stream(Array(Self.chunks.prefix(2)), end: "")
        let run = await chat(["q", "--history", "talk.json"], [cut], directory: folder.path)
        #expect(run.code == .partial && run.output == "It pumps \n" && run.errors.contains("the answer broke off"))
        #expect(Disk.bytes(folder.file("talk.json")) == nil)
    }

    @Test func `a lost answer is not asked for again`() async {
        let lost = HTTPError(.connectionLost, "connection lost", mayHaveBeenSent: true)
        let run = await chat(["q"], [.init(.post, Self.path, failing: lost)])
        #expect(run.code == .unreachable && run.requests.count == 1)
        #expect(run.errors.hasSuffix("  the answer may cost all the same; it was not asked for again\n"))
    }

    @Test func `an answer that is none is an error`() async {
        let none = await chat(["q"], [Self.stream([])])
        #expect(none.code == .unexpected && none.errors.contains("the API's answer has no message"))
        let failed = await chat(["q"], [Self.stream([Self.chunks[1], #"{"error":{"message":"overloaded"}}"#])])
        #expect(failed.code == .runFailed && failed.output == "It pumps \n" && failed.errors.contains("overloaded"))
    }

    @Test func `a dry run tells the price`() async {
        let run = await chat(["q", "-m", "base", "--dry-run"])
        #expect(run.code == .success && run.errors.hasPrefix("nothing is sent; an answer of base costs $0.01\n"))
    }

    @Test(arguments: [
        ([], "missing PROMPT"), (["q", "-m", "pro"], "none of speed, lite, base, core"),
        (["q", "--format", "csv"], "can't be printed as csv"), (["q", "--json-schema", "{"], "--json-schema"),
        (["q", "--dry-run", "--curl"], "exclude each other"),
    ])
    func `a mistake is told before anything is sent`(words: [String], message: String) async {
        let run = await chat(words)
        #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
    }
}
