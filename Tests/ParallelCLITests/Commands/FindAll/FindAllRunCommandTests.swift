import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct FindAllRunCommandTests {
    /// The flags with which the API is not asked what the objective means.
    private static let given = ["--entity-type", "companies", "--condition", "fab=Owns a fab"]
    private static let words = ["findall", "run", "Chip makers"] + given
    private static let row = "Acme\thttps://acme.example/\tMakes chips.\tYes\t1.10\n"
    private static let end = [FindAllAnswer.run(), FindAllAnswer.result()]

    private static func body(_ more: String = "", limit: Int = 10, generator: String = "base") -> String {
        #"{"objective":"Chip makers","entity_type":"companies","match_conditions":\#(FindAllAnswer.conditions),"#
            + #""generator":"\#(generator)","match_limit":\#(limit)\#(more)}"#
    }

    private func bodies(_ run: CommandRun) -> [String] {
        run.requests.filter { $0.method == .post }.map { String(decoding: $0.body ?? [], as: UTF8.self) }
    }

    @Test func `the conditions are read, shown, and found`() async {
        let run = await CommandRun(
            ["findall", "run", "Chip makers"], [FindAllAnswer.ingested(), FindAllAnswer.created()] + Self.end)
        #expect(run.code == .success && run.output == Self.row, "\(run.errors)")
        #expect(
            run.errors == """
                entity_type: companies
                condition fab: Owns a fab
                a run on base with up to 10 matches: at most about $0.55
                FindAll run findall_1 created
                1 match among 2 candidates; the match limit was reached

                """)
        #expect(bodies(run) == [#"{"objective":"Chip makers"}"#, Self.body()])
        #expect(run.requests[1].resend == .never)
    }

    @Test func `given conditions need no reading`() async {
        let run = await CommandRun(
            Self.words + ["-g", "core", "-n", "6", "--metadata", "a=b", "--memory-scope-key", "m"],
            [FindAllAnswer.created()] + Self.end)
        #expect(run.code == .success)
        #expect(
            bodies(run) == [Self.body(#","metadata":{"a":"b"},"memory_scope_key":"m""#, limit: 6, generator: "core")])
        #expect(run.errors.hasPrefix("a run on core with up to 6 matches: at most about $2.90\n"))
    }

    @Test(arguments: [
        ([], #"["findall.run.completed","findall.run.cancelled","findall.run.failed"]"#),
        (["--webhook-event", "findall.candidate.matched"], #"["findall.candidate.matched"]"#),
    ])
    func `a webhook is called on the end, or on what is asked for`(flags: [String], events: String) async {
        let run = await CommandRun(
            Self.words + ["--webhook", "https://x.example/h"] + flags, [FindAllAnswer.created()] + Self.end)
        #expect(bodies(run) == [Self.body(#","webhook":{"url":"https://x.example/h","event_types":\#(events)}"#)])
    }

    @Test func `enrichments are added before the wait`() async {
        let run = await CommandRun(
            Self.words + ["--enrich", "ceo=Name"], [FindAllAnswer.created(), FindAllAnswer.enriched] + Self.end)
        #expect(run.code == .success, "\(run.errors)")
        #expect(bodies(run) == [Self.body(), #"{"processor":"base","output_schema":\#(FindAllAnswer.ceo)}"#])
        #expect(run.errors.hasPrefix("a run on base with up to 10 matches, enriched on 'base': at most about $0.65\n"))
        #expect(run.requests[1].resend == .never)
    }

    @Test func `what the API suggests is only added if it is wanted`() async {
        let suggested = #"[{"processor":"core","output_schema":\#(FindAllAnswer.ceo)}]"#
        let told = await CommandRun(
            ["findall", "run", "x"],
            [FindAllAnswer.ingested(enrichments: suggested), FindAllAnswer.created()] + Self.end)
        #expect(told.errors.contains("the API suggests 1 enrichment; --enrich-suggested adds it\n"))
        let added = await CommandRun(
            ["findall", "run", "x", "--enrich-suggested"],
            [FindAllAnswer.ingested(enrichments: suggested), FindAllAnswer.created(), FindAllAnswer.enriched] + Self.end
        )
        #expect(bodies(added).last == #"{"processor":"core","output_schema":\#(FindAllAnswer.ceo)}"#)
    }

    @Test func `if an enrichment can't be added, the run is named and goes on`() async {
        let run = await CommandRun(
            Self.words + ["--enrich", "ceo=Name", "-p", "core"],
            [
                FindAllAnswer.created(),
                .init(
                    .post, FindAllAnswer.path("/enrich"), status: 422,
                    body: #"{"detail":[{"loc":["body"],"msg":"no"}]}"#),
            ])
        #expect(run.code == .refused && run.output == "")
        #expect(
            run.errors.hasSuffix(
                """
                  body: no
                  FindAll run findall_1 exists and goes on; 1 enrichment may be missing
                  add one with: parallel findall enrich findall_1 --enrich=ceo=Name --enrich-processor=core
                  pick it up again with: parallel findall result findall_1

                """), "\(run.errors)")
    }

    @Test func `a dry run prints all requests and needs no key`() async throws {
        let run = await CommandRun(
            Self.words + ["--enrich", "ceo=Name", "--dry-run", "--webhook", "https://x.example/h?token=s3cret"],
            environment: ["PARALLEL_API_KEY": ""])
        let lines = run.output.split(separator: "\n").map { try? JSONValue.parse(String($0)) }
        #expect(run.code == .success && lines.count == 2, "\(run.errors)")
        #expect(lines[0]?["body"]?["match_limit"] == 10 && !run.output.contains("s3cret"))
        #expect(lines[1]?["url"]?.string?.hasSuffix("/runs/FINDALL_ID/enrich") == true)
        #expect(
            run.errors.hasPrefix(
                "nothing is sent; it would be a run on base with up to 10 matches, enriched on 'base': at most about $0.65\n"
                    + "it would go to ")
                && run.errors.split(separator: "\n").count { $0.hasPrefix("it would go to ") } == 1
        )
        let read = await CommandRun(["findall", "run", "x", "--curl"], environment: ["PARALLEL_API_KEY": ""])
        #expect(read.output.contains("/v1beta/findall/ingest") && read.output.contains("$PARALLEL_API_KEY"))
    }

    @Test func `a dear run is refused without a terminal and without asking`() async {
        let run = await CommandRun(["findall", "run", "x", "-n", "1000", "-g", "pro"], [FindAllAnswer.ingested()])
        #expect(run.code == .usage && run.requests.count == 1)
        #expect(run.errors.contains("at most about $1,010.00; above $10.00 (--confirm-above)"))
        #expect(run.errors.contains("no run was created"))
    }

    @Test(arguments: [(LineEditor.Result.line("y"), ExitCode.success), (.line("n"), .unexpected)])
    func `a dear run is asked about`(answer: LineEditor.Result, code: ExitCode) async {
        let run = await CommandRun(
            Self.words + ["-g", "pro", "--format", "tsv"],
            code == .success ? [FindAllAnswer.created()] + Self.end : [], terminal: .person, answers: [answer])
        #expect(run.code == code)
        #expect(run.prompts == ["a run on pro with up to 10 matches: at most about $20.00. Go ahead? [y/N] "])
    }

    @Test func `a ceiling holds, also where a price is not known`() async {
        let dear = await CommandRun(Self.words + ["--max-cost", "0.50"])
        #expect(dear.code == .usage && dear.errors.contains("above --max-cost $0.50; no run was created"))
        let unknown = await CommandRun(Self.words + ["--max-cost", "5", "--enrich", "a=b", "-p", "newest"])
        #expect(unknown.code == .usage && unknown.errors.contains("--max-cost can't be kept"))
    }

    @Test func `without waiting the id is printed`() async {
        let run = await CommandRun(Self.words + ["--no-wait"], [FindAllAnswer.created()])
        #expect(run.code == .success && run.output == "findall_1\n")
        let json = await CommandRun(Self.words + ["--no-wait", "--json"], [FindAllAnswer.created()])
        #expect(json.output == FindAllAnswer.document(status: "queued", active: true, matched: 0) + "\n")
    }

    @Test func `a lost answer is not sent again, and says that a run may exist`() async {
        let run = await CommandRun(
            Self.words,
            [.init(.post, FindAllAnswer.runs, failing: HTTPError(.connectionLost, "gone", mayHaveBeenSent: true))])
        #expect(run.code == .unreachable && run.requests.count == 1)
        #expect(run.errors.contains("a FindAll run may exist all the same; it was not sent again"))
    }

    @Test func `a run that an error names is said to exist`() async {
        let run = await CommandRun(
            Self.words, [.init(.post, FindAllAnswer.runs, status: 500, body: #"{"findall_id":"findall_7","x":1}"#)])
        #expect(run.errors.contains("FindAll run findall_7 exists all the same\n"))
        #expect(run.errors.contains("pick it up again with: parallel findall result findall_7\n"))
    }

    @Test(arguments: [
        ("low_match_rate", "it stopped because too few candidates matched\nother conditions or a larger generator"),
        ("candidates_exhausted", "there were no further candidates"), ("timeout", "it ran out of time"),
        ("new_reason", "new_reason"),
    ])
    func `a run that has searched enough is a success`(reason: String, words: String) async {
        let run = await CommandRun(
            Self.words,
            [FindAllAnswer.created(), FindAllAnswer.run(reason: reason), FindAllAnswer.result(reason: reason)])
        #expect(run.code == .success && run.errors.contains(words) && run.output == Self.row)
    }

    @Test(arguments: [
        ("failed", "error_occurred", "FindAll run findall_1 failed: an error occurred"),
        ("cancelled", "user_cancelled", "FindAll run findall_1 cancelled\n"),
        ("completed", "insufficient_funds", "FindAll run findall_1 completed: the account ran out of credit"),
    ])
    func `what a run has found before it failed is printed`(status: String, reason: String, words: String) async {
        let run = await CommandRun(
            Self.words,
            [
                FindAllAnswer.created(), FindAllAnswer.run(status: status, reason: reason),
                FindAllAnswer.result(status: status, reason: reason),
            ])
        #expect(run.code == .runFailed && run.errors.contains(words) && run.output == Self.row, "\(run.errors)")
    }

    @Test func `the end of the wait names the command that goes on`() async {
        let clock = ManualClock()
        let run = await CommandRun(
            Self.words + ["--timeout", "5m", "--basis"],
            [FindAllAnswer.created(), .unanswered(.get, FindAllAnswer.path(), passing: .seconds(301), on: clock)],
            clock: clock)
        #expect(run.code == .stillRunning)
        #expect(
            run.errors.hasSuffix("pick it up again with: parallel findall result findall_1 --basis\n"), "\(run.errors)")
    }

    @Test(arguments: [
        (["--entity-type", "x"], "--entity-type and --condition go together"),
        (["--condition", "a=b"], "--entity-type and --condition go together"),
        (["--condition", "a"], "'a' is not NAME=DESCRIPTION"), (["-n", "4"], "a run takes 5 to 1,000"),
        (["-g", "preview", "-n", "11"], "a preview takes 5 to 10"), (["-g", "cores"], "did you mean 'core'?"),
        (["--webhook-event", "findall.run.failed"], "--webhook-event goes with --webhook"),
        (["--webhook", "https://x.example", "--webhook-event", "x"], "'x' is none of"),
        (["--mcp", "crm"], "--mcp goes with --enrich"),
        (["--enrich", "a=b", "--enrich-schema", "{}"], "exclude each other"),
        (["--enrich", "a"], "has no '='"), (["--exclude", "nowhere.csv"], "--exclude: can't read"),
        (["--exclude", #"[{"name":"x"}]"#], "element 1 has no name and url"), (["--exclude", "[1"], "is not JSON"),
        (["--enrich-schema", #""text""#], "takes a JSON Schema"),
    ])
    func `bad input is refused before anything is sent`(flags: [String], words: String) async {
        let run = await CommandRun(["findall", "run", "x"] + flags)
        #expect(run.code == .usage && run.errors.contains(words), "\(run.errors)")
    }

    @Test func `an objective without conditions creates nothing`() async {
        let run = await CommandRun(
            ["findall", "run", "x"],
            [
                .init(
                    .post, "/v1beta/findall/ingest", body: #"{"objective":"x","entity_type":"y","match_conditions":[]}"#
                )
            ])
        #expect(run.code == .unexpected && run.errors.contains("no run was created"))
    }

    @Test func `an empty objective is refused`() async {
        let run = await CommandRun(["findall", "run", "-"], stdin: " \n")
        #expect(run.code == .usage && run.errors.contains("OBJECTIVE: standard input is empty"))
    }

    // MARK: - What is excluded

    @Test(arguments: [
        "name,url\nAcme,https://a.example/\n\nAcme , https://a.example\nBeta,b.example\n",
        "url;x;Name\nhttps://a.example/;1;Acme\nhttps://a.example//;;Acme\nb.example;;Beta\n",
        #"[{"name":"Acme","url":"https://a.example/"},{"name":" Acme","url":"https://a.example"},{"name":"Beta","url":"b.example","x":1}]"#,
        "{\"name\":\"Acme\",\"url\":\"https://a.example/\"}\n{\"name\":\"Acme\",\"url\":\"https://a.example\"}\n{\"name\":\"Beta\",\"url\":\"b.example\"}\n",
    ])
    func `rows of each form are excluded, each once`(text: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "known")
        let run = await CommandRun(
            Self.words + ["--exclude", "known", "--dry-run"], directory: directory.path)
        let list = try JSONValue.parse(run.output)["body"]?["exclude_list"]?.serialized()
        #expect(
            list == #"[{"name":"Acme","url":"https://a.example/"},{"name":"Beta","url":"b.example"}]"#, "\(run.errors)")
        #expect(run.errors.contains("--exclude: 1 row left out"))
    }

    @Test func `the matches of an earlier result are excluded`() async throws {
        let run = await CommandRun(
            Self.words + ["--exclude", "-", "--dry-run"], stdin: FindAllAnswer.resultDocument())
        let list = try JSONValue.parse(run.output)["body"]?["exclude_list"]?.serialized()
        #expect(list == #"[{"name":"Acme","url":"https://acme.example/"}]"#)
    }

    @Test func `more than the API takes are not cut`() async {
        let rows = (0...10_000).map { "n\($0),u\n" }.joined()
        let run = await CommandRun(Self.words + ["--exclude", "-"], stdin: "name,url\n" + rows)
        #expect(run.code == .usage && run.errors.contains("there are 10,001 to exclude"))
        let twice = await CommandRun(
            Self.words + ["--exclude", "-", "--dry-run"],
            stdin: "name,url\n" + rows.dropLast("n10000,u\n".count) + "n1,u/\n")
        #expect(twice.code == .success && twice.errors.contains("1 row left out"))
    }
}
