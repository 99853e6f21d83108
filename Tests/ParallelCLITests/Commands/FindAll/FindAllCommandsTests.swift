import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// The commands for a FindAll run that exists.
@Suite(.timeLimit(.minutes(10))) struct FindAllCommandsTests {
    // MARK: - Result

    @Test func `the result is printed once the run has ended`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1"],
            [
                FindAllAnswer.run(status: "running", reason: nil, active: true), FindAllAnswer.run(),
                FindAllAnswer.result(),
            ])
        #expect(run.code == .success && run.output == "Acme\thttps://acme.example/\tMakes chips.\tYes\t1.10\n")
        #expect(run.errors == "1 match among 2 candidates; the match limit was reached\n")
    }

    @Test func `JSON is what the API sent`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--json"], [FindAllAnswer.run(), FindAllAnswer.result()])
        #expect(run.output == FindAllAnswer.resultDocument() + "\n")
    }

    @Test func `a snapshot does not wait, and counts what there is`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--now", "--all-candidates", "--format", "csv"],
            [
                .init(
                    .get, FindAllAnswer.path("/result"),
                    body: #"{"run":\#(FindAllAnswer.document(status: "running", active: true)),"candidates":["#
                        + FindAllAnswer.matched + "," + FindAllAnswer.unmatched + "]}")
            ])
        #expect(
            run.output
                == "name,url,description,status,fab,staff\r\nAcme,https://acme.example/,Makes\tchips.,matched,Yes,1.10\r\n"
                + "Beta,beta.example,,unmatched,No,\r\n" || run.output.contains("Beta,beta.example,,unmatched,No,"))
        #expect(run.errors == "1 match among 2 candidates so far; the run is running\n")
    }

    @Test func `a flat result and one without figures are understood`() async {
        let flat =
            #"{"findall_id":"findall_1","status":{"status":"completed","is_active":false,"metrics":null},"candidates":[]}"#
        let run = await CommandRun(
            ["findall", "result", "findall_1"],
            [.init(.get, FindAllAnswer.path(), body: flat), .init(.get, FindAllAnswer.path("/result"), body: flat)])
        #expect(run.code == .success && run.output == "" && run.errors == "0 matches among 0 candidates\n")
    }

    @Test func `the basis has columns in a pipe`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--basis", "--format", "csv"],
            [FindAllAnswer.run(), FindAllAnswer.result()])
        #expect(
            run.output.hasPrefix(
                "name,url,description,fab,fab reasoning,fab sources,staff,staff reasoning,staff sources"))
        #expect(run.output.contains("Yes,Seen.,https://s.example,1.10,,"))
    }

    @Test func `people get each match with its fields`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--all-candidates"], [FindAllAnswer.run(), FindAllAnswer.result()],
            terminal: .screen)
        #expect(run.output.contains("Acme\n") && run.output.contains("https://acme.example/"), "\(run.output)")
        #expect(run.output.contains("status:") && run.output.contains("unmatched"))
        let page = await CommandRun(
            ["findall", "result", "findall_1", "--basis", "--format", "markdown"],
            [FindAllAnswer.run(), FindAllAnswer.result()])
        #expect(page.output.hasPrefix("# FindAll run findall_1\n") && page.output.contains("It has."), "\(page.output)")
    }

    @Test func `a failed run without a result says why`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--json"],
            [
                FindAllAnswer.run(status: "failed", reason: "error_occurred"),
                .init(.get, FindAllAnswer.path("/result"), status: 404, body: Answer.fault("none")),
            ])
        #expect(run.code == .runFailed && run.errors.contains("findall_1 failed: an error occurred"))
        #expect(run.output == FindAllAnswer.document(status: "failed", reason: "error_occurred") + "\n")
    }

    @Test func `a run that does not exist is not waited for`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1"],
            [.init(.get, FindAllAnswer.path(), status: 404, body: Answer.fault("not found"))])
        #expect(run.code == .refused && run.errors.hasPrefix("error: FindAll run findall_1: the API answered 404"))
    }

    @Test func `an answer about another run is refused`() async {
        let run = await CommandRun(
            ["findall", "result", "findall_1", "--now"],
            [.init(.get, FindAllAnswer.path("/result"), body: FindAllAnswer.resultDocument("findall_2"))])
        #expect(run.code == .unexpected && run.errors.contains("about FindAll run findall_2, not about findall_1"))
    }

    // MARK: - Status and schema

    @Test func `each run has a row`() async {
        let run = await CommandRun(
            ["findall", "status", "findall_1", "frun_2"],
            [FindAllAnswer.run(), FindAllAnswer.run("frun_2", status: "running", reason: nil, active: true)])
        #expect(
            run.output
                == "findall_1\tcompleted\tbase\t1\t2\tmatch_limit_met\t\t\nfrun_2\trunning\tbase\t1\t2\t\t\t\n")
    }

    @Test func `ids come from standard input, too`() async {
        let run = await CommandRun(
            ["findall", "status", "-", "--json"], [FindAllAnswer.run()],
            stdin: FindAllAnswer.resultDocument() + "\n")
        #expect(run.output == FindAllAnswer.document(status: "completed", reason: "match_limit_met") + "\n")
        let other = await CommandRun(["findall", "status", "-"], stdin: #"{"run_id":"x"}"#)
        #expect(other.errors.contains("line 1 has no findall_id"))
    }

    @Test func `the schema is shown field by field`() async {
        let run = await CommandRun(
            ["findall", "schema", "findall_1"],
            [FindAllAnswer.schema(enrichments: #"[{"processor":"core","output_schema":\#(FindAllAnswer.ceo)}]"#)])
        #expect(
            run.output == """
                objective\tChip makers
                entity_type\tcompanies
                condition fab\tOwns a fab
                enrichment on core\tceo
                generator\tbase
                match_limit\t10

                """)
        let json = await CommandRun(["findall", "ingest", "x", "--json"], [FindAllAnswer.ingested()])
        #expect(json.output == FindAllAnswer.schemaDocument(limit: "null") + "\n")
    }

    // MARK: - Events

    private static let events = """
        event: findall.status
        data: {"type":"findall.status","event_id":"s1","data":\(FindAllAnswer.document(status: "running", active: true))}

        event: findall.candidate.matched
        data: {"type":"findall.candidate.matched","event_id":"e2","timestamp":"t","data":\(FindAllAnswer.matched)}


        """

    @Test func `events go on behind the last candidate after a break, and no state comes twice`() async {
        let ended = FindAllAnswer.document(status: "completed", reason: "match_limit_met")
        let again = Self.events.prefix { $0 != "\n" }
        let rest = """
            data: {"type":"findall.status","event_id":"s1","data":\(FindAllAnswer.document(status: "running", active: true))}

            data: {"type":"findall.candidate.unmatched","event_id":"e3","data":\(FindAllAnswer.unmatched)}

            data: {"type":"findall.status","event_id":"s4","data":\(ended)}


            """
        let run = await CommandRun(
            ["findall", "events", "findall_1"],
            [
                .init(.get, FindAllAnswer.path("/events"), body: Self.events),
                FindAllAnswer.run(status: "running", reason: nil, active: true),
                .init(.get, FindAllAnswer.path("/events") + "?last_event_id=e2", body: rest),
            ])
        #expect(!again.isEmpty && run.code == .success, "\(run.errors)")
        #expect(
            run.output == """
                s1\tstatus\trunning  1 match among 2 candidates
                e2\tmatched\tAcme  https://acme.example/
                e3\tunmatched\tBeta  beta.example
                s4\tstatus\tcompleted  1 match among 2 candidates

                """)
    }

    @Test(arguments: ["--after", "--last-event-id"])
    func `events begin behind a given one`(flag: String) async {
        let run = await CommandRun(
            ["findall", "events", "findall_1", flag, "e9", "--json"],
            [
                .init(
                    .get, FindAllAnswer.path("/events") + "?last_event_id=e9",
                    body: "data: {\"type\":\"error\",\"error\":{\"message\":\"odd\"}}\n\n"),
                FindAllAnswer.run(),
            ])
        #expect(
            run.code == .success && run.output == "{\"type\":\"error\",\"error\":{\"message\":\"odd\"}}\n",
            "\(run.errors)")
    }

    @Test func `a stream that breaks off for good names the command that goes on`() async {
        let run = await CommandRun(
            ["findall", "events", "findall_1", "--json"],
            [
                .init(.get, FindAllAnswer.path("/events"), body: Self.events),
                .init(.get, FindAllAnswer.path(), status: 403, body: Answer.fault("no")),
            ])
        #expect(run.code == .refused)
        #expect(
            run.errors.hasSuffix("continue with: parallel findall events findall_1 --after=e2 --json\n"),
            "\(run.errors)")
    }

    // MARK: - Enrich and extend

    @Test func `an enrichment of an active run is priced for all the matches that may come`() async {
        let run = await CommandRun(
            ["findall", "enrich", "findall_1", "--enrich", "ceo=Name", "-p", "core"],
            [
                FindAllAnswer.run(status: "running", reason: nil, active: true), FindAllAnswer.schema(limit: "20"),
                FindAllAnswer.enriched,
            ])
        #expect(run.code == .success && run.output.hasPrefix("objective\tChip makers\n"))
        #expect(
            run.errors == """
                an enrichment of up to 20 matches on 'core': at most about $0.50
                the enrichment was added; wait for its values with: parallel findall result findall_1

                """)
        let body = String(decoding: run.requests.last?.body ?? [], as: UTF8.self)
        #expect(body == #"{"processor":"core","output_schema":\#(FindAllAnswer.ceo)}"#)
    }

    @Test(arguments: [
        ["--field", "ceo=Name"],
        [
            #"{"properties":{"ceo":{"type":"string","description":"Name"}},"required":["ceo"],"additionalProperties":false}"#
        ],
    ])
    func `an enrichment of an ended run is priced for its matches, however its fields are given`(words: [String]) async
    {
        let run = await CommandRun(
            ["findall", "enrich", "findall_1"] + words, [FindAllAnswer.run(matched: 3), FindAllAnswer.enriched])
        #expect(
            run.errors.hasPrefix("an enrichment of up to 3 matches on 'base': at most about $0.03\n"), "\(run.errors)")
        let body = String(decoding: run.requests.last?.body ?? [], as: UTF8.self)
        #expect((try? JSONValue.parse(body))?["output_schema"]?["json_schema"]?["type"] == "object")
    }

    @Test func `a lost enrichment is not sent again`() async {
        let run = await CommandRun(
            ["findall", "enrich", "findall_1", "--enrich", "ceo=Name"],
            [
                FindAllAnswer.run(),
                .init(
                    .post, FindAllAnswer.path("/enrich"),
                    failing: HTTPError(.connectionLost, "gone", mayHaveBeenSent: true)),
            ])
        #expect(run.code == .unreachable)
        #expect(run.errors.contains("see what the run has with: parallel findall schema findall_1\n"), "\(run.errors)")
    }

    @Test func `an extension costs its matches and their enrichments`() async {
        let run = await CommandRun(
            ["findall", "extend", "findall_1", "20"],
            [
                FindAllAnswer.schema(
                    generator: "core", enrichments: #"[{"processor":"core","output_schema":\#(FindAllAnswer.ceo)}]"#),
                .init(.post, FindAllAnswer.path("/extend"), body: FindAllAnswer.schemaDocument(limit: "30")),
            ])
        #expect(run.code == .success && run.output.hasSuffix("match_limit\t30\n"))
        #expect(run.errors.hasPrefix("up to 20 further matches on core: at most about $3.50\n"), "\(run.errors)")
        #expect(String(decoding: run.requests[1].body ?? [], as: UTF8.self) == #"{"additional_match_limit":20}"#)
    }

    @Test(arguments: [
        ("991", "10", "base", "would exceed 1,000"), ("5", "10", "preview", "a preview can't be extended"),
        ("500", "10", "pro", "above $10.00 (--confirm-above)"), ("5", "10", "newest", "its price is not known"),
    ])
    func `an extension that can't be, or is dear, is not sent`(
        count: String, limit: String, generator: String, words: String
    ) async {
        let run = await CommandRun(
            ["findall", "extend", "findall_1", count], [FindAllAnswer.schema(limit: limit, generator: generator)])
        #expect(run.code == .usage && run.errors.contains(words), "\(run.errors)")
    }

    @Test(arguments: [
        ["extend", "findall_1", "0"], ["extend", "findall_1", "1000"], ["extend", "a b", "5"], ["enrich", "findall_1"],
        ["entities", "cats", "x"], ["entities", "people", "x", "-n", "4"], ["result", "-"], ["cancel", "trun_1"],
        ["ingest", " "],
    ])
    func `bad words are refused`(words: [String]) async {
        let run = await CommandRun(["findall"] + words)
        #expect(run.code == .usage, "\(run.errors)")
    }

    @Test(arguments: [
        ["extend", "findall_1", "5"], ["enrich", "findall_1", "--enrich", "a=b"], ["cancel", "findall_1"],
        ["entities", "people", "x"], ["ingest", "x"],
    ])
    func `a dry run sends nothing`(words: [String]) async {
        let run = await CommandRun(["findall"] + words + ["--dry-run"], environment: ["PARALLEL_API_KEY": ""])
        #expect(run.code == .success && run.errors.hasPrefix("nothing is sent; "), "\(run.errors)")
        #expect(run.output.hasPrefix(#"{"method":"POST","url":"https://api.parallel.ai/v1beta/findall/"#))
    }

    // MARK: - Cancel and entities

    @Test func `a run is cancelled once, and its status shown`() async {
        let run = await CommandRun(
            ["findall", "cancel", "findall_1"],
            [
                .init(.post, FindAllAnswer.path("/cancel"), status: 204),
                FindAllAnswer.run(status: "cancelled", reason: "user_cancelled"),
            ])
        #expect(run.code == .success && run.output.hasPrefix("findall_1\tcancelled\tbase\t1\t2\tuser_cancelled\t"))
        #expect(run.requests[0].resend == .never && run.requests[0].body == nil)
        let late = await CommandRun(
            ["findall", "cancel", "findall_1"],
            [.init(.post, FindAllAnswer.path("/cancel"), status: 409, body: Answer.fault("has ended"))])
        #expect(late.code == .refused && late.errors.contains("409: has ended"))
    }

    @Test func `entities are listed with their price`() async {
        let run = await CommandRun(
            ["findall", "entities", "people", "x", "-n", "1000"],
            [
                .init(
                    .post, "/v1beta/findall/entity-search",
                    body: #"{"entity_set_id":"s","entities":[{"name":"A","url":"u","description":"d"}]}"#)
            ])
        #expect(run.output == "A\tu\td\n" && run.errors == "a search for up to 1,000 people: at most about $0.05\n")
        #expect(run.sentBody == #"{"entity_type":"people","objective":"x","match_limit":1000}"#)
    }
}
