import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct GroupAddCommandTests {
    private static let path = "/v1/tasks/groups/g1/runs?refresh_status=false"
    private static let answer =
        #"{"status":{"num_task_runs":2},"run_ids":["trun_a","trun_b"],"run_cursor":null,"event_cursor":null}"#
    private static let two = #"[{"input":"a","processor":"core"},{"input":{"b":1.10},"processor":"base","x":null}]"#
    private static let uncertain = """
          the runs may have been added all the same; they were not sent again, since they would cost money twice
          see what the group has with: parallel group runs g1

        """

    private func add(
        _ input: String, _ words: String..., answering exchanges: [ScriptedTransport.Exchange] = [added],
        terminal: TerminalInfo = TerminalInfo(), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["group", "add", "g1"] + words, exchanges, stdin: input, terminal: terminal, sourceLocation: sourceLocation)
    }

    private static let added = ScriptedTransport.Exchange(.post, path, body: answer)

    @Test(arguments: [
        (two, #"{"inputs":\#(two)}"#),
        (
            "{\"input\":\"a\",\"processor\":\"core\"}\r\n\n {\"input\":\"b\",\"processor\":\"base\"}\n",
            #"{"inputs":[{"input":"a","processor":"core"},{"input":"b","processor":"base"}]}"#
        ),
        (
            #"{"default_task_spec":{"output_schema":"x"},"inputs":\#(two),"y":[1]}"#,
            #"{"default_task_spec":{"output_schema":"x"},"inputs":\#(two),"y":[1]}"#
        ),
    ])
    func `runs come as a body, an array or lines`(input: String, body: String) async {
        let run = await add(input)
        #expect(
            run.code == .success && run.output == "trun_a\ntrun_b\n" && run.errors == "added 2 runs, about $0.035\n")
        #expect(run.sentBody == body && run.requests[0].headers["parallel-beta"] == nil)
        #expect(run.requests[0].resend == .never)
    }

    @Test func `one run input needs no array`() async {
        let run = await add("{\n \"input\": \"a\",\n \"processor\": \"core\"\n}", "-")
        #expect(run.sentBody == #"{"inputs":[{"input":"a","processor":"core"}]}"#)
        #expect(run.errors == "warning: 1 runs were sent, and the answer has 2 ids\n")
    }

    @Test func `a file is read, and the answer kept as it is`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.two, to: "in.json")
        let run = await CommandRun(
            ["group", "add", "g1", "in.json", "--json", "--refresh-status"],
            [.init(.post, "/v1/tasks/groups/g1/runs?refresh_status=true", body: Self.answer)], directory: directory.path
        )
        #expect(run.code == .success && run.output == Self.answer + "\n")
    }

    @Test func `the processor and the shape fill what is missing`() async {
        let run = await add(
            #"[{"input":"a"},{"input":"b","processor":"pro"}]"#, "-p", "core", "--field", "ceo=Name of the CEO")
        let spec =
            #""default_task_spec":{"output_schema":{"type":"json","json_schema":{"type":"object","properties":"#
            + #"{"ceo":{"type":"string","description":"Name of the CEO"}},"required":["ceo"],"additionalProperties":false}}}"#
        #expect(
            run.sentBody
                == #"{"inputs":[{"input":"a","processor":"core"},{"input":"b","processor":"pro"}],\#(spec)}"#)
    }

    @Test func `data sources are named for the runs that name none, and paid calls are told`() async {
        let own = #"{"input":"b","processor":"pro","advanced_settings":{"data_sources":{"free":["chembl"]}}}"#
        let run = await add(
            #"[{"input":"a","advanced_settings":{"location":"us"}},\#(own)]"#, "-p", "core", "--data-source", "pubmed",
            "--paid-source", "carbonarc")
        let sources = #""data_sources":{"free":["pubmed"],"pay_per_use":["carbonarc"]}"#
        #expect(
            run.sentBody
                == #"{"inputs":[{"input":"a","advanced_settings":{"location":"us",\#(sources)},"processor":"core"},\#(own)]}"#
        )
        #expect(
            run.errors
                == "added 2 runs, about $0.125, plus calls of paid data sources at the provider's price\n")
    }

    @Test(arguments: [
        (#"{"input":"a","processor":"core-fast"}"#, "pubmed", "can't be had on 'core-fast'"),
        (#"{"input":"a","processor":"core"}"#, "carbonarc", "is paid for each call"),
        (
            #"{"input":"a","processor":"core","mcp_servers":[{"name":"pubmed","url":"https://x.example"}]}"#, "pubmed",
            "is the name of a data source and of an MCP server"
        ),
    ])
    func `data sources that a run can't have are refused with its place`(
        input: String, name: String, error: String
    ) async {
        let run = await add(input, "--data-source", name, answering: [])
        #expect(run.code == .usage && run.errors.contains(error), "\(run.errors)")
        #expect(run.errors.contains("standard input, run input 1: "), "\(run.errors)")
    }

    @Test func `the beta values that runs need are in the header`() async {
        let run = await add(
            #"""
            [{"input":"a","processor":"core","mcp_servers":[{"url":"https://x.example","name":"x"}]},
             {"input":"b","processor":"core","enable_events":true,"webhook":{"url":"https://y.example"}}]
            """#)
        #expect(
            run.requests[0].headers["parallel-beta"]
                == "mcp-server-2025-07-17,events-sse-2025-07-24,webhook-2025-08-12")
        let none = await add(
            #"""
            [{"input":"a","processor":"core","mcp_servers":[],"webhook":null,"enable_events":false},
             {"input":"b","processor":"core","mcp_servers":null}]
            """#)
        #expect(none.requests[0].headers["parallel-beta"] == nil)
    }

    @Test(arguments: [
        ("", "standard input holds no run inputs"), ("[]", "standard input holds no run inputs"),
        (#"{"inputs":[]}"#, "standard input holds no run inputs"),
        (#"{"inputs":{}}"#, "standard input: inputs is an object, not an array"),
        ("{", "standard input is not JSON: expected a member name in quotes at line 1, column 2"),
        (
            "{\"input\":\"a\",\"processor\":\"core\"}\n{\n",
            "standard input, line 2 is not JSON: expected a member name in quotes at column 2"
        ),
        (#"["a"]"#, "standard input, run input 1 is a string; each is an object such as"),
        (#"[{"input":"a","processor":"core"},{"processor":"core"}]"#, "standard input, run input 2 has no input"),
        (
            #"[{"input":7,"processor":"core"}]"#,
            "run input 1: the input is a number; the API takes an object or a string"
        ),
        (#"[{"input":"a"}]"#, "standard input, run input 1 has no processor"),
        (#"[{"input":"a","processor":""}]"#, "standard input, run input 1 has no processor"),
        (#"[{"input":"a","processor":7}]"#, "standard input, run input 1: the processor is a number, not a name"),
    ])
    func `input that is not a list of runs is not sent`(input: String, message: String) async {
        let run = await add(input, answering: [])
        #expect(run.code == .usage && run.output.isEmpty)
        #expect(run.errors.hasPrefix("error: ") && run.errors.contains(message))
    }

    @Test func `more than a request takes is the business of batch run`() async {
        let line = "{\"input\":\"a\",\"processor\":\"core\"}\n"
        let run = await add(String(repeating: line, count: 1_001), answering: [])
        #expect(run.code == .usage)
        #expect(
            run.errors.hasPrefix(
                "error: standard input holds 1001 run inputs; one request takes at most 1000\n"
                    + "  'parallel batch run' runs any number of rows\n"))
    }

    @Test func `flags that contradict the file or each other are refused`() async {
        let body = #"{"default_task_spec":{"output_schema":"x"},"inputs":\#(Self.two)}"#
        let run = await add(body, "--output-text", "x", answering: [])
        #expect(run.code == .usage && run.errors.contains("standard input has a default_task_spec already"))
        let both = await add(Self.two, "--output-text", "x", "--output-auto", answering: [])
        #expect(both.errors.contains("--output-text and --output-auto exclude each other"))
        let stdin = await add(Self.two, "--output-schema", "-", answering: [])
        #expect(stdin.errors.contains("only one of the inputs can be read from standard input"))
        let schema = await add(Self.two, "--output-schema", #"{"type":"array"}"#, answering: [])
        #expect(schema.code == .usage)
    }

    @Test func `a missing file is asked for where nobody pipes`() async {
        let run = await add("", answering: [], terminal: .person)
        #expect(run.code == .usage && run.errors.hasPrefix("error: missing FILE\n"))
        let absent = await add("", "none.json", answering: [])
        #expect(absent.code == .usage && absent.errors.hasPrefix("error: can't read none.json: "))
    }

    @Test(arguments: [HTTPError.Kind.connectionLost, .timeout, .truncated])
    func `a lost answer may have left runs, and nothing is sent again`(kind: HTTPError.Kind) async {
        let run = await add(
            Self.two,
            answering: [.init(.post, Self.path, failing: HTTPError(kind, "it broke", mayHaveBeenSent: true))])
        #expect(run.code == .unreachable && run.output.isEmpty && run.errors == "error: it broke\n" + Self.uncertain)
    }

    @Test func `an answer that makes no sense may have left runs`() async {
        for (status, body, code) in [(200, "{}", ExitCode.unexpected), (200, "<", .unexpected), (502, "", .refused)] {
            let run = await add(Self.two, answering: [.init(.post, Self.path, status: status, body: body)])
            #expect(run.code == code && run.errors.hasSuffix(Self.uncertain))
        }
    }

    @Test(arguments: [(503, "<html>"), (429, ""), (504, "<html>")])
    func `the page of a gateway may hide runs, and nothing is sent again`(status: Int, page: String) async {
        let run = await add(Self.two, answering: [.init(.post, Self.path, status: status, body: page)])
        #expect(run.code == .refused && run.errors.hasSuffix(Self.uncertain), "\(run.errors)")
    }

    @Test func `the API's own 503 adds nothing, and is tried again`() async {
        let busy = ScriptedTransport.Exchange(.post, Self.path, status: 503, body: Answer.fault("busy"))
        let run = await add(Self.two, answering: Array(repeating: busy, count: 5))
        #expect(run.code == .refused)
        #expect(run.errors == "error: the API answered 503: busy (ref ref-1)\n  nothing was added\n")
    }

    @Test(arguments: [
        (503, #"{"run_ids":["trun_7f"],"status":{}}"#), (500, "behind trun_7f"), (200, #"{"ids":["trun_7f"]}"#),
    ])
    func `an answer that names runs has added them, whatever else it says`(status: Int, body: String) async {
        let run = await add(Self.two, answering: [.init(.post, Self.path, status: status, body: body)])
        #expect(run.errors.contains("\n  runs were added all the same, such as trun_7f\n"), "\(run.errors)")
        #expect(run.errors.hasSuffix("see what the group has with: parallel group runs g1\n"), "\(run.errors)")
    }

    @Test func `a refusal adds nothing, and repeats no secret`() async {
        let input =
            #"[{"input":"a","processor":"core","mcp_servers":[{"url":"https://x.example","name":"x","#
            + #""headers":{"Authorization":"Bearer s3cret-token"}}]}]"#
        let run = await add(
            input, answering: [.init(.post, Self.path, status: 422, body: Answer.fault("bad Bearer s3cret-token"))])
        #expect(run.code == .refused)
        #expect(run.errors == "error: the API answered 422: bad Bearer *** (ref ref-1)\n")
    }

    @Test func `an interruption tells whether runs may have been added`() async {
        for (mayHaveBeenSent, hint) in [(true, Self.uncertain), (false, "  nothing was added\n")] {
            let cancelled = HTTPError(.cancelled, "cancelled", mayHaveBeenSent: mayHaveBeenSent)
            let run = await add(Self.two, answering: [.init(.post, Self.path, failing: cancelled)])
            #expect(run.code == .interrupted)
            #expect(run.errors == "error: interrupted while runs were being added\n" + hint)
        }
    }

    @Test func `a dry run shows the request without its secrets`() async {
        let input =
            #"[{"input":"a","mcp_servers":[{"url":"https://x.example/?k=s3cret","name":"x","#
            + #""headers":{"Authorization":"Bearer s3cret"}}],"webhook":{"url":"https://u:s3cret@y.example/"}}]"#
        let run = await CommandRun(
            ["group", "add", "g1", "-p", "core", "--dry-run"], [], stdin: input, environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .success && !run.output.contains("s3cret"))
        #expect(
            run.output
                == #"{"method":"POST","url":"https://api.parallel.ai/v1/tasks/groups/g1/runs?refresh_status=false","#
                + #""headers":{"accept":"application/json","content-type":"application/json","#
                + #""parallel-beta":"mcp-server-2025-07-17,webhook-2025-08-12"},"body":{"inputs":[{"input":"a","#
                + #""mcp_servers":[{"url":"https://x.example/?k=***","name":"x","headers":{"Authorization":"***"}}],"#
                + #""webhook":{"url":"https://***:***@y.example/"},"processor":"core"}]}}"# + "\n")
        let curl = await CommandRun(
            ["group", "add", "g1", "-p", "core", "--curl"], [], stdin: input, environment: ["PARALLEL_API_KEY": ""])
        #expect(curl.code == .success && !curl.output.contains("s3cret"))
        #expect(curl.errors == "warning: secrets in the body are not printed; fill them in by hand\n")
    }
}
