import ParallelCLI
import ParallelHTTP
import ParallelTerminal
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct BatchSuggestCommandTests {
    private static let answer =
        #"{"input_schema":{"type":"object","properties":{"company_name":{"type":"string","description":"Name of the company"}}},"#
        + #""output_schema":{"type":"object","properties":{"ceo_name":{"type":"string","description":"Current CEO of the company"},"#
        + #""staff":{"type":"integer","description":"How many \u001b[31m work there"}}},"inputs":[],"#
        + #""title":"Find Company CEOs","warnings":[{"type":"unattainable_task","message":"hard"}],"n":1.10}"#

    private func suggest(
        _ words: [String] = ["Find the CEOs"], answer: String = answer, stdin: String = "",
        directory: String = "/nowhere",
        terminal: TerminalInfo = TerminalInfo(), sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CommandRun {
        await CommandRun(
            ["batch", "suggest"] + words,
            [
                .init(.post, "/v1beta/tasks/suggest", body: answer),
                .init(.post, "/v1beta/tasks/suggest-processor", body: #"{"recommended_processors":["pro","core"]}"#),
            ], stdin: stdin, terminal: terminal, directory: directory, sourceLocation: sourceLocation)
    }

    @Test func `both questions share two minutes`() async {
        let clock = ManualClock()
        let run = await CommandRun(
            ["batch", "suggest", "Find the CEOs"],
            [
                .init(.post, "/v1beta/tasks/suggest") { _ in
                    clock.advance(by: .seconds(50))
                    return HTTPResponse(status: 200, body: HTTPBody(Array(Self.answer.utf8)))
                },
                .init(.post, "/v1beta/tasks/suggest-processor", body: #"{"recommended_processors":["pro"]}"#),
            ], clock: clock)
        #expect(run.code == .success)
        #expect(run.requests.map(\.timeouts.total) == [.seconds(120), .seconds(70)])
    }

    @Test func `a suggestion is shown with the command that runs it`() async {
        let run = await suggest()
        #expect(run.code == .success && run.errors == "warning: hard\n")
        #expect(
            run.output == """
                Find Company CEOs

                input columns
                  company_name\tstring\tName of the company

                output fields
                  ceo_name\tstring\tCurrent CEO of the company
                  staff\tinteger\tHow many ␛[31m work there

                processor: pro, core

                run it with:
                  parallel batch run FILE -p pro --field 'ceo_name=Current CEO of the company' --field 'staff:integer=How many ␛[31m work there'

                """)
        #expect(run.sentBody == #"{"user_intent":"Find the CEOs"}"#)
        let schemas = Self.answer.split(separator: #","inputs""#)[0].dropFirst()
        let second = String(decoding: run.requests[1].body ?? [], as: UTF8.self)
        #expect(second.hasPrefix(#"{"task_spec":{\#(schemas.prefix(40))"#) && !second.contains("choose"))
    }

    @Test func `on a narrow terminal each field of a suggestion is a block with its indent`() async {
        let run = await suggest(terminal: TerminalInfo(stdoutIsTerminal: true, columns: 40, noColor: true))
        #expect(
            run.output.contains(
                """
                output fields:
                  ceo_name
                  string
                  Current CEO of the company

                  staff
                  integer
                  How many ␛[31m work there

                processor: pro, core

                """))
    }

    @Test func `a suggestion can't control the terminal`() async {
        let run = await suggest(terminal: TerminalInfo(stdoutIsTerminal: true, columns: 80, noColor: true))
        #expect(!run.output.contains("\u{1B}") && run.output.contains("ceo_name      ") == false)
    }

    @Test func `JSON is the API's suggestion with the processors behind it`() async {
        let run = await suggest(["Find the CEOs", "--json"])
        #expect(run.output == Self.answer.dropLast() + #","recommended_processors":["pro","core"]}"# + "\n")
    }

    @Test func `a suggestion is refined, and the processors are limited`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(#"{"title":"old"}"#, to: "old.json")
        let run = await suggest(
            ["-", "--previous", "old.json", "-p", "pro", "--processor=core"], stdin: "Find\n", directory: directory.path
        )
        #expect(run.sentBody == #"{"user_intent":"Find","previous_task":{"title":"old"}}"#)
        let second = String(decoding: run.requests[1].body ?? [], as: UTF8.self)
        #expect(second.hasSuffix(#","choose_processors_from":["pro","core"]}"#))
    }

    @Test(arguments: [
        #"{"a":{"type":["string","null"],"description":"A"}}"#, #"{"a":{"type":"string"}}"#,
        #"{"a":{"type":"string","description":"A","enum":["x"]}}"#, #"{"a=b":{"type":"string","description":"A"}}"#,
        #"{"a":{"type":"object","description":"A","properties":{}}}"#, #"{"a":{"description":"A"}}"#,
        #"{"a":{"type":"array","items":{"type":"object"},"description":"A"}}"#, "{}",
        #"{"it's":{"type":"string","description":" "}}"#,
    ])
    func `a suggestion that --field can't express is shown as a schema`(properties: String) async {
        let schema = #"{"type":"object","properties":\#(properties)}"#
        let run = await suggest(answer: #"{"output_schema":\#(schema)}"#)
        let quoted = schema.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#)
        #expect(run.output.hasSuffix("  parallel batch run FILE -p pro --output-schema '\(quoted)'\n"))
    }

    @Test func `simple properties are shown as --field`() async {
        let run = await suggest(
            answer: #"{"output_schema":{"properties":{"a:b":{"type":"string","description":"it's"},"#
                + #""l":{"type":"array","items":{"type":"number"},"description":"$(L)"}}}}"#)
        #expect(run.output.hasSuffix(#" --field 'a:b:string=it'\''s' --field 'l:number[]=$(L)'"# + "\n"))
    }

    @Test func `a field that is named like a flag stays one`() async {
        let run = await suggest(
            answer: #"{"output_schema":{"properties":{"--yes":{"type":"string","description":"A"}}}}"#)
        #expect(run.output.hasSuffix(" --field=--yes=A\n"))
    }

    @Test func `an answer without a schema makes no sense`() async {
        for body in ["[]", "{}", #"{"output_schema":"x"}"#] {
            let run = await CommandRun(
                ["batch", "suggest", "x"], [.init(.post, "/v1beta/tasks/suggest", body: body)])
            #expect(run.code == .unexpected)
            #expect(run.errors == "error: the API's answer is no suggestion: it has no output_schema\n")
        }
    }

    @Test func `bad input is refused before anything is sent`() async throws {
        let directory = try TemporaryDirectory()
        try directory.write("[]", to: "list.json")
        for (words, message) in [
            ([], "missing INTENT"), ([" "], "INTENT is empty"),
            (["@none"], "INTENT: can't read \(directory.file("none")): no such file"),
            (["x", "--previous", "none"], "--previous: can't read \(directory.file("none")): no such file"),
            (["-", "--previous", "-"], "only one of"),
            (["x", "--previous", "list.json"], "--previous: list.json is an array, not a suggestion"),
            (["x", "--format", "csv"], "a suggestion can't be printed as csv"), (["x", "-p", ""], "the name is empty"),
        ] {
            let run = await CommandRun(["batch", "suggest"] + words, directory: directory.path)
            #expect(run.code == .usage && run.errors.contains(message), "\(run.errors)")
        }
    }

    @Test func `a refusal is reported in the API's words`() async {
        let run = await CommandRun(
            ["batch", "suggest", "x"],
            [.init(.post, "/v1beta/tasks/suggest", status: 422, body: Answer.fault("no such thing"))])
        #expect(run.code == .refused && run.errors == "error: the API answered 422: no such thing (ref ref-1)\n")
    }
}
