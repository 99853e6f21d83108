import ParallelCLI
import ParallelHTTP
import ParallelJSON
import ParallelTerminal
import TestSupport
import Testing

/// What `task result` prints of one result, in every format, in a pipe and on a terminal.
@Suite(.timeLimit(.minutes(10))) struct ResultViewTests {
    private func show(
        _ words: String..., output: String, question: String? = nil, terminal: TerminalInfo = TerminalInfo(),
        sourceLocation: SourceLocation = #_sourceLocation
    ) async -> String {
        let run = await CommandRun(
            ["task", "result", "r1"] + words,
            [Answer.result(output: output)] + (question.map { [Answer.input($0)] } ?? []), terminal: terminal,
            sourceLocation: sourceLocation)
        #expect(run.code == .success && run.errors.isEmpty, sourceLocation: sourceLocation)
        return run.output
    }

    // MARK: - Text

    @Test(arguments: ["table", "text", "markdown"])
    func `text is printed as it is, but for control characters, which a file keeps`(format: String) async throws {
        let text = ##"{"type":"text","content":"# Title\n\n| a | b\t|\u001b[31m"}"##
        #expect(await show("--format", format, output: text) == "# Title\n\n| a | b\t|␛[31m\n")
        let directory = try TemporaryDirectory()
        let words = ["task", "result", "r1", "--format", format, "-o", "out"]
        #expect(
            await CommandRun(words, [Answer.result(output: text)], directory: directory.path).code == .success)
        #expect(Disk.text(directory.file("out")) == "# Title\n\n| a | b\t|\u{1B}[31m\n")
        let onTerminal = await show("--format", format, output: text, terminal: .screen)
        #expect(onTerminal.hasPrefix("# Title\n\n| a | b\t|") && !onTerminal.unicodeScalars.contains("\u{1B}"))
    }

    @Test func `text that ends with a line break gets no other, and no text nothing`() async {
        #expect(await show(output: #"{"type":"text","content":"a\n"}"#) == "a\n")
        #expect(await show(output: #"{"type":"text","content":""}"#) == "")
    }

    @Test func `text as CSV is one cell`() async {
        #expect(
            await show("--format", "csv", output: #"{"type":"text","content":"say \"hi\",\nthere"}"#)
                == "field,value,confidence,sources\noutput,\"say \"\"hi\"\",\nthere\",,\n")
    }

    // MARK: - JSON

    @Test func `structured output is a row per field`() async {
        #expect(
            await show(output: Answer.structured) == """
                company\tOpenAI\thigh\thttps://openai.com/about https://openai.com/
                people.0.name\tSam\tlow\thttps://x.example/a
                people.1.name\tGreg\t\t

                """)
    }

    @Test func `on a terminal structured output is laid out, with its sources numbered`() async {
        #expect(
            await show(output: Answer.structured, terminal: .screen) == """
                company: OpenAI  ● high [1][2]

                people:
                  name  confidence  sources
                  Sam   ○ low       [3]
                  Greg

                Sources
                -------

                [1] About
                    https://openai.com/about
                [2] https://openai.com/
                [3] https://x.example/a

                """)
        // Who asks for a table gets one.
        #expect(
            await show("--format", "table", output: Answer.structured, terminal: .screen) == """
                field          value   confidence  sources
                company        OpenAI  ● high      openai.com +1
                people.0.name  Sam     ○ low       x.example
                people.1.name  Greg

                """)
    }

    @Test func `long texts, nested objects and lists stand under their names`() async {
        let long = Array(repeating: "word", count: 14).joined(separator: " ")
        let output =
            #"{"type":"json","content":{"about":"\#(long)","in":{"a":1.10,"deep":{"b":"x\ny"}},"#
            + #""list":["one","two"],"mixed":[{"a":[1,{"b":2}]},[]],"none":null,"empty":{}},"#
            + #""basis":[{"field":"list.1","confidence":"medium"}]}"#
        #expect(
            await show(output: output, terminal: .screen) == """
                about:
                  word word word word word word word word word word word
                  word word word

                none:  –
                empty: –

                in:
                  a: 1.10

                  deep:
                    b:
                      x
                      y

                list:
                  • one
                  • two  ◐ medium

                mixed:
                  1. a:
                       1. 1

                       2. b: 2

                  2. –

                """)
    }

    @Test func `on a terminal Markdown is rendered, unless a format is asked for`() async {
        let output =
            ##"{"type":"text","content":"# Title\n\nSome **bold** [link](https://x.example/y) [1].","##
            + ##""basis":[{"field":"output","confidence":"high","citations":[{"url":"https://x.example/y"}]}]}"##
        #expect(
            await show(output: output, terminal: .screen) == """
                Title
                =====

                Some **bold** link [1] [1].

                Confidence: ● high

                Sources
                -------

                [1] https://x.example/y

                """)
        for words in [["--format", "text"], ["--format", "markdown"]] {
            let run = await CommandRun(
                ["task", "result", "r1"] + words, [Answer.result(output: output)], terminal: .screen)
            #expect(run.output == "# Title\n\nSome **bold** [link](https://x.example/y) [1].\n")
        }
        #expect(await show(output: output) == "# Title\n\nSome **bold** [link](https://x.example/y) [1].\n")
    }

    @Test func `null is a dash for people, in every place`() async {
        let output =
            #"{"type":"json","content":{"a":null,"rows":[{"n":1,"s":null,"l":[]},{"n":null,"s":"x"}],"l":[null]}}"#
        #expect(
            await show(output: output, terminal: .screen) == """
                a: –

                rows:
                  n  s  l
                  1  –  –
                  –  x  –

                l:
                  • –

                """)
        #expect(
            await show(
                output: output, terminal: TerminalInfo(stdoutIsTerminal: true, columns: 40, noColor: true)
            ).contains("rows:\n  n: 1\n  s: –\n  l: –\n\n  n: –\n  s: x\n  l: –\n"))
        let exchanges = [
            Answer.result(output: output), .init(.get, Answer.path() + "/input", body: #"{"input":"why?"}"#),
        ]
        let markdown = await CommandRun(["task", "result", "r1", "--format", "markdown"], exchanges).output
        #expect(
            markdown.hasSuffix(
                """

                - **a:** –

                ## rows

                | n | s | l |
                | --: | --- | --- |
                | 1 | – | – |
                | – | x | – |

                ## l

                - –

                """))
        let page = await CommandRun(["task", "result", "r1", "--format", "html"], exchanges).output
        #expect(page.contains("<dt dir=\"auto\">a</dt><dd dir=\"auto\">–</dd>"))
        #expect(page.contains("<td data-label=\"s\" dir=\"auto\" class=\"whole\">–</td>"))
        #expect(
            await show(output: output)
                == "a\t\t\t\nrows.0.n\t1\t\t\nrows.0.s\t\t\t\nrows.0.l\t\t\t\nrows.1.n\t\t\t\nrows.1.s\tx\t\t\nl\t\t\t\n"
        )
    }

    @Test func `the numbers of sources follow those of a list that the answer has of its own`() async {
        let output =
            ##"{"type":"text","content":"See [2] and [A](https://a.b).\n\n## References\n\n1. X\n2. Y","##
            + ##""basis":[{"field":"output","citations":[{"url":"https://a.b"},{"url":"https://c.d"}]}]}"##
        let shown = await show("--basis", output: output, terminal: .screen)
        #expect(shown.hasPrefix("See [2] and A [3].\n"))
        #expect(shown.hasSuffix("[3][4]\n\nSources\n-------\n\n[3] https://a.b\n[4] https://c.d\n"))
        #expect(
            await show("--basis", "--format", "markdown", output: output).hasSuffix(
                "## Sources\n\n3. <https://a.b>\n4. <https://c.d>\n"))
    }

    @Test func `in Markdown the answer does not go on with the question`() async {
        let run = await CommandRun(
            ["task", "result", "r1", "--format", "markdown"],
            [Answer.result(output: #"{"type":"json","content":{"a":1}}"#), Answer.input(#"{"b":2}"#)])
        #expect(run.output == "# 2\n\n## Question\n\n- **b:** 2\n\n## Answer\n\n- **a:** 1\n")
    }

    @Test func `a source that the answer lists itself has one number`() async {
        let output =
            ##"{"type":"text","content":"See [2].\n\n## Sources\n\n1. [X](https://x.y)\n2. [A](https://a.b)","##
            + ##""basis":[{"field":"output","citations":[{"url":"https://c.d"},{"url":"https://a.b"}]}]}"##
        let shown = await show("--basis", output: output, terminal: .screen)
        #expect(shown.hasPrefix("See [2].\n\nSources\n-------\n\n1. X ‹1›\n2. A [2]\n"))
        #expect(shown.contains("[3][2]\n\nSources\n-------\n\n[2] https://a.b\n[3] https://c.d\n\nLinks\n"))
    }

    @Test func `structured output as CSV, Markdown and text`() async {
        #expect(
            await show("--format", "csv", output: Answer.structured)
                == [
                    "field,value,confidence,sources",
                    "company,OpenAI,high,https://openai.com/about https://openai.com/",
                    "people.0.name,Sam,low,https://x.example/a", "people.1.name,Greg,,", "",
                ].joined(separator: "\n"))
        #expect(
            await show("--format", "markdown", output: #"{"type":"json","content":{"a":"x|y"}}"#, question: #""a?""#)
                == """
                # a?

                - **a:** x|y

                """)
        #expect(
            await show("--format", "text", output: Answer.structured)
                == "company: OpenAI\npeople.0.name: Sam\npeople.1.name: Greg\n")
    }

    @Test func `JSON is the API's document, indented for people`() async {
        let document = Answer.resultDocument(output: #"{"type":"json","content":{"n":1.10},"new":[1,2]}"#)
        let output = #"{"type":"json","content":{"n":1.10},"new":[1,2]}"#
        #expect(await show("--json", output: output) == document + "\n")
        #expect(await show("--format", "jsonl", output: output, terminal: .screen) == document + "\n")
        #expect(await show("--json", output: output, terminal: .screen).contains("\n      \"n\": 1.10\n"))
        // The last word counts, and --no-json takes it back.
        #expect(await show("--format", "csv", "--json", output: output) == document + "\n")
        #expect(await show("--json", "--no-json", output: output) == "n\t1.10\t\t\n")
    }

    @Test func `JSON can't act on a terminal`() async {
        let shown = await show(
            "--json", output: #"{"type":"text","content":"\u001b[31m\u009b31m\u202e"}"#, terminal: .screen)
        for scalar: Unicode.Scalar in ["\u{1B}", "\u{9B}", "\u{202E}"] {
            #expect(!shown.unicodeScalars.contains(scalar))
        }
    }

    // MARK: - Basis

    @Test func `the basis is two more columns in a pipe`() async {
        #expect(
            await show("--basis", output: Answer.structured)
                == [
                    "company", "OpenAI", "high", "https://openai.com/about https://openai.com/", "About page.",
                    "Based in San Francisco.\npeople.0.name", "Sam", "low", "https://x.example/a", "",
                    "Sam.\npeople.1.name", "Greg", "", "", "Both are listed.", "\n",
                ].joined(separator: "\t"))
        #expect(
            await show("--basis", "--format", "csv", output: Answer.structured).hasPrefix(
                "field,value,confidence,sources,reasoning,excerpts\n"))
    }

    @Test func `the basis is a text of its own under text, and a part of the document on a terminal`() async {
        let basis = """
            Basis of company (confidence high)
              About page.
              [1] About https://openai.com/about
                  “Based in San Francisco.”
              [2] https://openai.com/

            Basis of people
              Both are listed.

            Basis of people.0 (confidence low)
              [1] https://x.example/a
                  “Sam.”

            """
        #expect(
            await show("--basis", output: Answer.structured, terminal: .screen).hasSuffix(
                """
                  Greg

                Basis
                -----

                company:  About page.  ● high [1][2]
                people:   Both are listed.
                people.0: –  ○ low [3]

                Sources
                -------

                [1] About
                    https://openai.com/about
                    “Based in San Francisco.”
                [2] https://openai.com/
                [3] https://x.example/a
                    “Sam.”

                """))
        #expect(await show("--basis", "--format", "text", output: Answer.structured).hasSuffix("Greg\n\n" + basis))
        let text = #"{"type":"text","content":"42","basis":[{"field":"output","reasoning":"Adams.","citations":[]}]}"#
        #expect(await show("--basis", output: text) == "42\n\nBasis of output\n  Adams.\n")
        #expect(await show(output: text) == "42\n")
    }

    @Test func `reasoning is wrapped on a terminal only`() async {
        let long = Array(repeating: "word", count: 30).joined(separator: " ")
        let text = #"{"type":"text","content":"42","basis":[{"field":"output","reasoning":"\#(long)"}]}"#
        #expect(await show("--basis", output: text) == "42\n\nBasis of output\n  \(long)\n")
        let lines = await show("--basis", output: text, terminal: .screen).split(separator: "\n")
        #expect(lines.count == 7 && lines.allSatisfy { $0.count <= 60 })
    }

    // MARK: - Tool calls

    @Test func `tool calls are listed whole in a pipe`() async {
        #expect(
            await show(output: Answer.called) == """
                Seen.

                MCP tool calls (2)
                1. crm › find
                   arguments: {"q":1}
                   response: {"rows":[1,2,3,4,5,6,7,8]}
                2. web › search
                   arguments: {}
                   error: 500 from the server

                """)
    }

    @Test func `on a terminal tool calls are laid out, one argument to a line`() async {
        #expect(
            await show(output: Answer.called, terminal: .screen) == """
                Seen.

                MCP tool calls (2)
                1. crm › find
                   arguments:
                      q: 1
                   response:
                      {
                        "rows": [
                          1,
                          2,
                          3,
                          4,
                          5,
                          6,
                          7,
                          8
                        ]
                      }

                2. web › search
                   arguments: none
                   error: 500 from the server

                """)
    }

    /// The result of a run that made one call, which is given as values.
    private func called(_ server: String = "s", arguments: String, content: String) -> String {
        let call: JSONValue = [
            "server_name": .string(server), "tool_name": "t", "arguments": .string(arguments),
            "content": .string(content), "error": "",
        ]
        return JSONValue.object(["type": "text", "content": "Seen.", "mcp_tool_calls": .array([call])]).serialized()
    }

    @Test func `texts and nested JSON stand below their argument, long lines deeper than they began`() async {
        let words = Array(repeating: "word", count: 14).joined(separator: " ")
        let output = called(
            arguments: #"{"text":"one\nq: 2","long":"\#(words)","in":{"a":[true],"b":{}},"none":null}"#,
            content: #"{"deep":"\#(words)"}"#)
        #expect(
            await show(output: output, terminal: .screen).hasSuffix(
                """
                1. s › t
                   arguments:
                      text: one
                        q: 2
                      long: word word word word word word word word word
                        word word word word word
                      in: {
                        "a": [
                          true
                        ],
                        "b": {}
                      }
                      none: null
                   response:
                      {
                        "deep": "word word word word word word word word
                          word word word word word word"
                      }

                """))
    }

    @Test(arguments: [
        ("", "none"), ("{}", "none"), ("not JSON", "not JSON"), ("[1]", "\n      [\n        1\n      ]"),
        (#"{"a":"#, #"{"a":"#), ("\"x\"", "\"x\""),
    ])
    func `arguments that are no object are shown as they are`(arguments: String, shown: String) async {
        let trace = await show(output: called(arguments: arguments, content: ""), terminal: .screen)
        let separator = shown.hasPrefix("\n") ? "" : " "
        #expect(trace.hasSuffix("   arguments:\(separator)\(shown)\n   response: empty\n"))
    }

    @Test func `a long answer of a tool is cut on a terminal, with the command that shows all of it`() async {
        let content = (1...14).map { "line \($0)" }.joined(separator: "\n")
        let output = called(arguments: "{}", content: content)
        let shown = await show(output: output, terminal: .screen)
        #expect(
            shown.hasSuffix(
                "      line 12\n      … 2 more lines\n\nIn full: parallel task result r1 --tool-calls\n"))
        // One line more is not worth a line that says so.
        let almost = (1...13).map { "line \($0)" }.joined(separator: "\n")
        #expect(await show(output: called(arguments: "{}", content: almost), terminal: .screen).hasSuffix("line 13\n"))
        #expect(await show(output: output).hasSuffix("line 14\n"))
        #expect(await show("--tool-calls", output: output, terminal: .screen).hasSuffix("line 14\n"))
    }

    @Test func `in a pipe JSON is one line, and no text can pass for a part of the trace`() async {
        let output = called(
            "s\n9. x", arguments: "{\n  \"q\": 1.10\n}", content: "one\n2. evil › tool\r\n   error: none")
        #expect(
            await show(output: output) == """
                Seen.

                MCP tool calls (1)
                1. s
                      9. x › t
                   arguments: {"q":1.10}
                   response: one
                      2. evil › tool
                         error: none

                """)
    }

    @Test func `in Markdown tool calls are a list with blocks of code`() async {
        #expect(await show("--format", "markdown", output: Answer.called) == "Seen.\n\n" + Answer.calledMarkdown)
    }

    @Test(arguments: ["csv", "json", "jsonl"])
    func `tool calls don't disturb data`(format: String) async {
        #expect(!(await show("--format", format, output: Answer.called)).contains("MCP tool calls"))
    }

    // MARK: - Terminal

    @Test func `a terminal gets colour, and nobody else`() async {
        var terminal = TerminalInfo.screen
        terminal.noColor = false
        #expect(await show(output: Answer.structured, terminal: terminal).hasPrefix("\u{1B}[1mcompany:\u{1B}[0m"))
        #expect(!(await show(output: Answer.structured)).contains("\u{1B}"))
        #expect(!(await show("--color=never", output: Answer.structured, terminal: terminal)).contains("\u{1B}"))
        #expect(
            await show("--color=always", "--basis", "--format=text", output: Answer.structured).contains("\u{1B}[1m"))
    }

    @Test func `text from the network can't control a terminal`() async {
        let evil = #"\u001b]0;x\u0007\u009b31m\u202e"#
        let output =
            #"{"type":"json","content":{"\#(evil)k":"\#(evil)v"},"basis":[{"field":"\#(evil)","reasoning":"\#(evil)","#
            + #""confidence":"\#(evil)","citations":[{"url":"\#(evil)","title":"\#(evil)","excerpts":["\#(evil)"]}]}],"#
            + #""mcp_tool_calls":[{"server_name":"\#(evil)","tool_name":"\#(evil)","arguments":"\#(evil)","#
            + #""content":"{\"\#(evil)\":1}"},{"server_name":"a","tool_name":"b","error":"\#(evil)"}]}"#
        for format in ["table", "text", "csv", "markdown"] {
            let shown = await show(
                "--basis", "--format", format, output: output,
                question: format == "markdown" ? #"{"\#(evil)":"\#(evil)"}"# : nil, terminal: .screen)
            for scalar: Unicode.Scalar in ["\u{1B}", "\u{7}", "\u{9B}", "\u{202E}"] {
                #expect(!shown.unicodeScalars.contains(scalar))
            }
        }
    }
}
