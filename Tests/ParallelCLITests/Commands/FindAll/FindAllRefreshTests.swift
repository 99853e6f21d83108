import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelSystem
import TestSupport
import Testing

/// The file of `--state`, and what `findall refresh` does with it.
@Suite(.timeLimit(.minutes(10))) struct FindAllRefreshTests {
    private static let words = [
        "findall", "run", "Chip makers", "--entity-type", "companies", "--condition", "fab=Owns a fab", "--state",
        "s.json",
    ]
    private static let end = [FindAllAnswer.run(), FindAllAnswer.result()]
    /// What is asked of the earlier run.
    private static let earlier = [FindAllAnswer.result(), FindAllAnswer.schema()]

    private func state(_ directory: TemporaryDirectory) throws -> JSONValue {
        // This refuses a file that others can read.
        try JSONValue.parse(UserFile.readPrivate(directory.path + "/s.json"))
    }

    private func create(
        _ flags: [String] = [], _ exchanges: [ScriptedTransport.Exchange] = [], in directory: TemporaryDirectory
    ) async -> CommandRun {
        await CommandRun(
            Self.words + flags, [FindAllAnswer.created()] + exchanges + Self.end, directory: directory.path)
    }

    private func next(_ id: String = "findall_2") -> [ScriptedTransport.Exchange] {
        [FindAllAnswer.created(id), FindAllAnswer.run(id), FindAllAnswer.result(id)]
    }

    private func body(_ run: CommandRun) -> JSONValue? {
        run.requests.first { $0.url.path == FindAllAnswer.runs }?.body.flatMap { try? JSONValue.parse($0) }
    }

    @Test func `the state keeps what the API does not tell, for its owner alone`() async throws {
        let directory = try TemporaryDirectory()
        let run = await create(["--metadata", "a=b", "--enrich", "ceo=Name"], [FindAllAnswer.enriched], in: directory)
        #expect(run.code == .success, "\(run.errors)")
        let json = try state(directory)
        #expect(json["findall_id"] == "findall_1" && json["creating_since"] == nil)
        #expect(json["request"]?.serialized() == #"{"metadata":{"a":"b"}}"#)
        #expect(json["enrichments"]?.serialized() == #"[{"processor":"base","output_schema":\#(FindAllAnswer.ceo)}]"#)
    }

    @Test func `a file that is there is not overwritten`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("mine", to: "s.json")
        let run = await CommandRun(Self.words, directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("s.json exists already"))
        #expect(run.errors.contains("parallel findall refresh --state=s.json"))
    }

    @Test func `a refresh excludes what was matched and adds the enrichments again`() async throws {
        let directory = try TemporaryDirectory()
        _ = await create(["--metadata", "a=b", "--enrich", "ceo=Name"], [FindAllAnswer.enriched], in: directory)
        let run = await CommandRun(
            ["findall", "refresh", "--state", "s.json"],
            Self.earlier + next() + [.init(.post, FindAllAnswer.path("/enrich", of: "findall_2"), body: "{}")],
            directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(
            body(run)?.serialized()
                == #"{"objective":"Chip makers","entity_type":"companies","match_conditions":\#(FindAllAnswer.conditions),"#
                + #""generator":"base","match_limit":10,"exclude_list":[{"name":"Acme","url":"https://acme.example/"}],"#
                + #""metadata":{"a":"b"}}"#)
        #expect(run.errors.hasPrefix("excluded: 0 of s.json and 1 of run findall_1\na run on base"), "\(run.errors)")
        let json = try state(directory)
        #expect(json["findall_id"] == "findall_2" && json["known"]?.array?.count == 1)
        #expect(json["enrichments"]?.array?.count == 1 && json["request"]?["metadata"]?["a"] == "b")
    }

    @Test func `what is known stays excluded, and what comes twice is told`() async throws {
        let directory = try TemporaryDirectory()
        _ = await create(in: directory)
        for id in ["findall_2", "findall_3"] {
            let before = id == "findall_2" ? "findall_1" : "findall_2"
            let run = await CommandRun(
                ["findall", "refresh", "--state", "s.json", "--exclude-all", "-n", "6"],
                [
                    FindAllAnswer.result(before),
                    .init(.get, FindAllAnswer.path("/schema", of: before), body: FindAllAnswer.schemaDocument()),
                ] + next(id), directory: directory.path)
            #expect(run.code == .success, "\(run.errors)")
            #expect(body(run)?["exclude_list"]?.array?.count == 2 && body(run)?["match_limit"] == 6)
            if id == "findall_3" {
                #expect(run.errors.hasPrefix("excluded: 2 of s.json and 0 of run findall_2; 2 known already\n"))
            }
        }
    }

    @Test func `too much to exclude fails before anything is created`() async throws {
        let directory = try TemporaryDirectory()
        let known = (1...10_000).map { #"{"name":"n\#($0)","url":"u"}"# }.joined(separator: ",")
        let text = #"{"version":1,"findall_id":"findall_1","known":[\#(known)]}"#
        try directory.write(text, to: "s.json")
        let run = await CommandRun(
            ["findall", "refresh", "--state", "s.json"], Self.earlier, directory: directory.path)
        #expect(run.code == .usage && run.errors.contains("there are 10,001 to exclude"), "\(run.errors)")
    }

    @Test func `a creation whose end is not known leaves a mark that the next one heeds`() async throws {
        let directory = try TemporaryDirectory()
        let lost = await CommandRun(
            Self.words,
            [.init(.post, FindAllAnswer.runs, failing: HTTPError(.connectionLost, "gone", mayHaveBeenSent: true))],
            directory: directory.path)
        #expect(lost.code == .unreachable)
        #expect(try state(directory)["creating_since"] == 1_700_000_000)
        let words = ["findall", "refresh", "--state", "s.json"]
        let unknown = await CommandRun(words, directory: directory.path)
        #expect(unknown.code == .usage && unknown.errors.contains("s.json has no run's id"))
        // The id was found elsewhere.
        let run = await CommandRun(words + ["findall_1"], Self.earlier + next(), directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(try state(directory)["creating_since"] == nil)
    }

    @Test func `a refresh whose end is not known keeps the run before it`() async throws {
        let directory = try TemporaryDirectory()
        _ = await create(in: directory)
        let words = ["findall", "refresh", "--state", "s.json"]
        let lost = await CommandRun(
            words,
            Self.earlier + [
                .init(.post, FindAllAnswer.runs, failing: HTTPError(.timeout, "late", mayHaveBeenSent: true))
            ],
            directory: directory.path)
        #expect(lost.errors.contains("a FindAll run may exist all the same"))
        let stopped = await CommandRun(words, directory: directory.path)
        #expect(
            stopped.code == .usage && stopped.errors.contains("a run was being created"), "\(stopped.errors)")
        let run = await CommandRun(
            words + ["--forget-unfinished"], Self.earlier + next(), directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(try state(directory)["findall_id"] == "findall_2")
    }

    @Test func `a refused creation leaves no mark`() async throws {
        let directory = try TemporaryDirectory()
        let refused = ScriptedTransport.Exchange(
            .post, FindAllAnswer.runs, status: 402, body: Answer.fault("no credit"))
        let first = await CommandRun(Self.words, [refused], directory: directory.path)
        #expect(first.code == .refused && !UserFile.exists(directory.path + "/s.json"))
        _ = await create(in: directory)
        let next = await CommandRun(
            ["findall", "refresh", "--state", "s.json"], Self.earlier + [refused], directory: directory.path)
        #expect(next.code == .refused)
        #expect(try state(directory)["findall_id"] == "findall_1")
        #expect(try state(directory)["creating_since"] == nil)
    }

    @Test func `without a state the schema says what is known`() async throws {
        let directory = try TemporaryDirectory()
        let enrichment =
            #"[{"processor":"core","output_schema":\#(FindAllAnswer.ceo),"mcp_servers":[{"name":"crm","url":"x"}]}]"#
        let run = await CommandRun(
            ["findall", "refresh", "findall_1", "--state", "s.json"],
            [FindAllAnswer.result(), FindAllAnswer.schema(enrichments: enrichment)] + next()
                + [.init(.post, FindAllAnswer.path("/enrich", of: "findall_2"), body: "{}")], directory: directory.path)
        #expect(run.code == .success, "\(run.errors)")
        #expect(run.errors.contains("warning: the API does not tell the secrets of MCP servers"))
        #expect(try state(directory)["enrichments"]?[0]?["processor"] == "core")
    }

    @Test func `MCP servers are kept as names`() async throws {
        let fixture = try RegistryFixture(
            user: #"{"mcpServers":{"crm":{"url":"https://crm.example/mcp","headers":{"Authorization":"Bearer ${T}"}}}}"#
        )
        let environment = ["T": "s3cret-token"]
        let run = await CommandRun(
            Self.words + ["--enrich", "ceo=Name", "--mcp", "crm", "--no-check"],
            [FindAllAnswer.created(), FindAllAnswer.enriched] + Self.end, environment: environment,
            directory: fixture.home)
        #expect(run.code == .success, "\(run.errors)")
        let json = try JSONValue.parse(UserFile.readPrivate(fixture.home + "/s.json"))
        #expect(json["enrichments"]?[0]?["mcp"] == ["crm"] && !json.serialized().contains("s3cret"))
        let again = await CommandRun(
            ["findall", "refresh", "--state", "s.json", "--no-check"],
            Self.earlier + next() + [.init(.post, FindAllAnswer.path("/enrich", of: "findall_2"), body: "{}")],
            environment: environment, directory: fixture.home)
        #expect(again.code == .success, "\(again.errors)")
        let sent = again.requests.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(sent.contains { $0.contains("Bearer s3cret-token") })
    }

    @Test func `a state that another program has changed meanwhile is left alone`() async throws {
        let directory = try TemporaryDirectory()
        _ = await create(in: directory)
        let path = directory.path + "/s.json"
        let run = await CommandRun(
            ["findall", "refresh", "--state", "s.json"],
            [
                FindAllAnswer.result(),
                .init(.get, FindAllAnswer.path("/schema")) { _ in
                    try directory.write("{}", to: "s.json")
                    return HTTPResponse(
                        status: 200, headers: HTTPHeaders(), body: HTTPBody(Array(FindAllAnswer.schemaDocument().utf8)))
                },
            ], directory: directory.path)
        #expect(run.code == .unexpected && run.errors.contains("changed by another program; no run was created"))
        #expect(try UserFile.readPrivate(path) == Array("{}".utf8))
    }

    @Test(arguments: [
        ("{", 0o600, "is no state of FindAll"), (#"{"version":2}"#, 0o600, "is no state of FindAll"),
        (#"{"version":1}"#, 0o600, "has no run's id"), (#"{"version":1}"#, 0o644, "others can read it"),
    ])
    func `another file is refused`(text: String, mode: UInt32, words: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write(text, to: "s.json", mode: mode)
        let run = await CommandRun(["findall", "refresh", "--state", "s.json"], directory: directory.path)
        #expect(run.code != .success && run.errors.contains(words), "\(run.errors)")
    }

    @Test func `a run that is active is not refreshed`() async throws {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(
            ["findall", "refresh", "findall_1", "--state", "s.json"],
            [
                .init(
                    .get, FindAllAnswer.path("/result"),
                    body: #"{"run":\#(FindAllAnswer.document(status: "running", active: true)),"candidates":[]}"#)
            ], directory: directory.path)
        #expect(run.code == .stillRunning && run.errors.contains("wait for it with: parallel findall result findall_1"))
    }

    @Test(arguments: [[], ["--state", "none.json"]])
    func `a state or an id is needed`(words: [String]) async throws {
        let directory = try TemporaryDirectory()
        let run = await CommandRun(["findall", "refresh"] + words, directory: directory.path)
        #expect(run.code == .usage)
    }

    @Test func `a dry run shows the new run and changes nothing`() async throws {
        let directory = try TemporaryDirectory()
        _ = await create(in: directory)
        let before = try state(directory)
        let run = await CommandRun(
            ["findall", "refresh", "--state", "s.json", "--dry-run"], Self.earlier, directory: directory.path)
        #expect(run.code == .success && run.output.contains(#""exclude_list":[{"name":"Acme""#), "\(run.errors)")
        #expect(try state(directory) == before)
    }
}
