import ParallelOutput
import ParallelTerminal
import TestSupport
import Testing

@Suite struct TerminalRendererTests {
    private static let answer = Document([
        .markdown(
            """
            # Intel

            Intel was **founded in 1968** by *Robert Noyce* and *Gordon Moore* ([Wikipedia](https://en.wikipedia.org/wiki/Intel)), see [1].

            ## Facts

            | Fact | Value | Source |
            |---|--:|---|
            | Employees | 124,800 | [Annual report](https://intel.example/annual) |
            | Name of its first product | 3101 | https://intel.example/3101 |

            - one item that is long enough to be wrapped at forty columns
              1. nested
            - two

            > said

            ```
            let x = 1
            ```
            """)
    ])

    private func render(
        _ document: Document, _ columns: Int, color: Bool = false, links: Bool = false
    ) -> String {
        TerminalRenderer.render(
            document,
            TerminalRenderer.Options(columns: columns, usesColor: color, usesHyperlinks: links, now: 1_000_000))
    }

    private func render(_ blocks: Document.Block..., columns: Int = 80, color: Bool = false) -> String {
        render(Document(blocks), columns, color: color)
    }

    @Test func `an answer is laid out for 80 columns`() {
        #expect(
            render(Self.answer, 80) == """
                Intel
                =====

                Intel was **founded in 1968** by *Robert Noyce* and *Gordon Moore* (Wikipedia
                ‹1›), see [1].

                Facts
                -----

                Fact                         Value  Source
                Employees                  124,800  Annual report ‹2›
                Name of its first product     3101  https://intel.example/3101

                • one item that is long enough to be wrapped at forty columns
                  1. nested
                • two

                │ said

                  let x = 1

                Links
                -----

                ‹1› https://en.wikipedia.org/wiki/Intel
                ‹2› https://intel.example/annual

                """)
    }

    @Test func `on 40 columns rows become blocks, and text is wrapped`() {
        #expect(
            render(Self.answer, 40) == """
                Intel
                =====

                Intel was **founded in 1968** by *Robert
                Noyce* and *Gordon Moore* (Wikipedia
                ‹1›), see [1].

                Facts
                -----

                Fact:   Employees
                Value:  124,800
                Source: Annual report ‹2›

                Fact:   Name of its first product
                Value:  3101
                Source: https://intel.example/3101

                • one item that is long enough to be
                  wrapped at forty columns
                  1. nested
                • two

                │ said

                  let x = 1

                Links
                -----

                ‹1› https://en.wikipedia.org/wiki/Intel
                ‹2› https://intel.example/annual

                """)
    }

    @Test func `on 120 columns a paragraph stands on one line`() {
        let text =
            "Intel was **founded in 1968** by *Robert Noyce* and *Gordon Moore* (Wikipedia ‹1›), see [1]."
        #expect(render(Self.answer, 120).split(separator: "\n").contains { $0 == text })
    }

    @Test func `emphasis, headings and links are written where the terminal has them`() {
        let document = Document([.markdown("# T\n\n**b** *i* `c` ~~s~~ [l](https://x.y) https://x.y/z [1]")])
        let link = "\u{1B}]8;;https://x.y\u{1B}\\\u{1B}[4ml\u{1B}[0m\u{1B}]8;;\u{1B}\\"
        let address = "\u{1B}]8;;https://x.y/z\u{1B}\\\u{1B}[4mhttps://x.y/z\u{1B}[0m\u{1B}]8;;\u{1B}\\"
        #expect(
            render(document, 80, color: true, links: true)
                == "\u{1B}[1;4mT\u{1B}[0m\n\n\u{1B}[1mb\u{1B}[0m \u{1B}[3mi\u{1B}[0m \u{1B}[36mc\u{1B}[0m "
                + "\u{1B}[9ms\u{1B}[0m \(link) \(address) \u{1B}[36m[1]\u{1B}[0m\n")
    }

    @Test(arguments: [
        "javascript:alert(1)", "file:///etc/passwd", "https://", "https://user@host/", "https://a\u{1B}]8;;b",
        "/relative",
    ]) func `what can't be followed safely is shown, not linked`(_ url: String) {
        let shown = render(Document([.paragraph([.link([.text("text")], url: url)])]), 80, color: true, links: true)
        #expect(!shown.contains("\u{1B}]"))
        #expect(shown.hasPrefix("text ("))
    }

    @Test(arguments: [
        ("bank.example", "https://evil.example"), ("https://bank.example", "https://notbank.example"),
        ("https:///bank.example", "https://evil.example"), ("localhost:80", "https://evil.example"),
        ("www.bank.example", "https://bank.example"), ("http://bank", "https://evilbank"),
    ]) func `a link whose text is another address shows where it leads`(_ text: String, _ url: String) {
        #expect(render(Document([.markdown("[\(text)](\(url))")]), 80, links: true).contains("(\(url))"))
    }

    @Test(arguments: [
        ("www.a.example", "https://www.a.example/b"), ("a.example", "https://www.a.example"),
        ("the page", "https://x.y"),
        ("https://A.example/x", "https://a.example/y"),
    ]) func `a link whose text is no other address shows the text alone`(_ text: String, _ url: String) {
        #expect(!render(Document([.markdown("[\(text)](\(url))")]), 80, links: true).contains("(\(url))"))
    }

    @Test func `control characters and overrides of direction are made visible`() {
        let text = "a\u{1B}[2Jb\u{202E}c\u{7}"
        let shown = render(
            .heading(1, [.text(text)]), .paragraph([.code(text), .strong([.text(text)])]), .code(text, language: text),
            .table(Document.Table(columns: [.init(text)], rows: [[[.text(text)]]])),
            .fields([.init(text, [.paragraph([.text(text)])], note: [.text(text)])]),
            .sources([.init(number: 1, title: text, url: text, excerpts: [text])]),
            .toolCalls(.init([.init(server: text, tool: text, arguments: text, answer: text, isError: true)])))
        #expect(!shown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E })
        #expect(shown.split(separator: "␛").count == 17)
    }

    @Test func `fields are aligned, and what is longer than a line stands below its name`() {
        let long = "A long description that does not fit on a line of forty columns."
        let nested = Document.Field(
            "ceo",
            [
                .fields([
                    .init(
                        "name", [.paragraph([.text("Lip-Bu Tan")])], note: [.mark(.confidence("low")), .text(" [2]")]),
                    .init("since", []),
                ])
            ])
        let shown = render(
            .fields([
                .init("name", [.paragraph([.text("Intel")])], note: [.mark(.confidence("high")), .text(" [1]")]),
                .init("founded", [.paragraph([.text("1968")])]),
                .init("about", [.paragraph([.text(long)])], note: [.mark(.confidence("medium"))]),
                .init("products", [.list(.init(items: [[.paragraph([.text("CPU")])], [.paragraph([.text("GPU")])]]))]),
                nested,
            ]), columns: 40)
        #expect(
            shown == """
                name:    Intel  ● high [1]
                founded: 1968

                about:  ◐ medium
                  A long description that does not fit
                  on a line of forty columns.

                products:
                  • CPU
                  • GPU

                ceo:
                  name:  Lip-Bu Tan  ○ low [2]
                  since: –

                """)
    }

    @Test func `identifiers, addresses and numbers are not broken, and empty columns are left out`() {
        let id = "trun_0123456789abcdef0123456789abcdef"
        let table = Document.Table(
            columns: [.init("RUN", .identifier), .init("EMPTY"), .init("COST", .number), .init("NOTE")],
            rows: [
                [[.text(id)], [], [.text("1,250")], [.text("some text that is longer than what is left of the line")]],
                [[.text("trun_1")], [.text(" ")], [.text("3")]],
            ])
        #expect(
            render(.table(table), columns: 70) == """
                RUN                                     COST  NOTE
                \(id)  1,250  some text that is longer
                                                              than what is left of the
                                                              line

                trun_1                                     3

                """)
        #expect(
            render(.table(table), columns: 50) == """
                RUN:  \(id)
                COST: 1,250
                NOTE: some text that is longer than what is left
                      of the line

                RUN:  trun_1
                COST: 3

                """)
        #expect(render(.table(table), columns: 20).contains(id))
    }

    @Test func `a table that would have to break words is a block for each row`() {
        let word = String(repeating: "x", count: 40)
        let table = Document.Table(columns: [.init("A"), .init("B")], rows: [[[.text(word)], [.text(word)]]])
        #expect(render(.table(table), columns: 70) == "A: \(word)\nB: \(word)\n")
    }

    @Test func `status and confidence have a sign and a colour`() {
        let marks: [Document.Inline] = [
            .mark(.status("completed")), .text(" "), .mark(.status("failed")), .text(" "), .mark(.status("new")),
            .text(" "), .mark(.confidence("high")),
        ]
        #expect(render(.paragraph(marks)) == "✓ completed ✗ failed new ● high\n")
        #expect(
            render(.paragraph(marks), color: true)
                == "\u{1B}[32m✓ completed\u{1B}[0m \u{1B}[31m✗ failed\u{1B}[0m new \u{1B}[32m● high\u{1B}[0m\n")
    }

    @Test func `times are short, and exact where they mean none`() {
        let line: [Document.Inline] = [
            .time("exact", seconds: 1_000_000 - 130), .text(", "), .time("soon", seconds: nil),
        ]
        #expect(render(.paragraph(line)) == "2 min ago, soon\n")
    }

    @Test func `sources have their numbers, titles, addresses and excerpts`() {
        let long = "https://example.com/" + String(repeating: "a", count: 60)
        #expect(
            render(
                .sources([
                    .init(
                        number: 1, title: "Title", url: "https://x.y",
                        excerpts: ["an excerpt that is wrapped like text"]),
                    .init(number: 12, url: long),
                ]), columns: 40) == """
                    [1] Title
                        https://x.y
                        “an excerpt that is wrapped like
                        text”
                    [12] \(long)

                    """)
    }

    @Test func `tool calls say what was asked and what came back, shortened where that is asked for`() {
        let trace = Document.ToolCalls(
            [
                .init(
                    server: "maps", tool: "find", arguments: #"{"q":"x","n":[1]}"#, answer: "one\ntwo\nthree\nfour",
                    isError: false),
                .init(server: "maps", tool: "find", arguments: "{}", answer: "denied", isError: true),
            ], lineLimit: 2)
        #expect(
            render(.toolCalls(trace)) == """
                MCP tool calls (2)
                1. maps › find
                   arguments:
                      q: x
                      n: [
                      … 2 more lines
                   response:
                      one
                      two
                      … 2 more lines

                2. maps › find
                   arguments: none
                   error: denied

                """)
    }

    @Test func `right-to-left cells are isolated, and wide characters keep columns in line`() {
        let table = Document.Table(
            columns: [.init("A"), .init("B")],
            rows: [[[.text("ירושלים")], [.text("x")]], [[.text("東京")], [.text("y")]]])
        #expect(render(.table(table)) == "A        B\n\u{2068}ירושלים\u{2069}  x\n東京     y\n")
    }

    @Test(arguments: [20, 40, 80, 200]) func `no line is wider than the terminal`(_ columns: Int) {
        var random = SeededRandom(seed: UInt64(columns))
        let parts = [
            "word ", "**bold** ", "日本語", "- ", "\n", "\n\n", "> ", "1. ", "`code` ", "[x](https://a.b) ", "# ",
            "|a|b|\n|-|-|\n|c|d e f|\n", "    ", "longerword", "e\u{301}", "👩‍👩‍👧",
        ]
        for _ in 0..<60 {
            let text = (0..<60).map { _ in parts.randomElement(using: &random) ?? "" }.joined()
            for line in render(Document([.markdown(text)]), columns).split(separator: "\n") {
                #expect(line.displayWidth <= columns, "\(line) of \(text.debugDescription)")
            }
        }
    }

    @Test func `without styles spans keep the marks of Markdown`() {
        let document = Document([.markdown("Regulation ~~F-gas ban~~ is **over**, *they* say `so`. ** **")])
        #expect(render(document, 80) == "Regulation ~~F-gas ban~~ is **over**, *they* say `so`. ** **\n")
        #expect(!render(document, 80, color: true).contains("~~"))
    }

    @Test func `a link to a source has its number, and only others are listed`() {
        let document = Document([
            .paragraph([
                .link([.text("A")], url: "https://a.b"), .text(" "), .link([.text("C")], url: "https://c.d"),
                .text(" "),
                .link([.citation("2")], url: "https://c.d"), .text(" "), .link([.citation("7")], url: "https://a.b"),
            ]), .sources([.init(number: 2, url: "https://a.b")]),
        ])
        #expect(
            render(document, 80) == """
                A [2] C ‹1› [2] ‹1› [7] [2]

                [2] https://a.b

                Links
                -----

                ‹1› https://c.d

                """)
        #expect(!render(document, 80, links: true).contains("Links"))
    }

    @Test func `on a narrow terminal two columns stay columns while they fit`() {
        let table = Document.Table(headings: ["name", "role"], rows: [["Ann", "head"], ["Bob", "hand"]])
        #expect(render(.table(table), columns: 40) == "name  role\nAnn   head\nBob   hand\n")
        #expect(render(.table(table), columns: 9) == "name: Ann\nrole:\n  head\n\nname: Bob\nrole:\n  hand\n")
    }

    @Test(arguments: [20, 40]) func `identifiers and addresses of a trace are not broken`(_ columns: Int) {
        let url = "https://crm.example/accounts/0123456789abcdef0123456789abcdef/renewals"
        let id = "acct_0123456789abcdef0123456789abcdef012345"
        let call = Document.ToolCalls.Call(
            server: "s", tool: "t", arguments: #"{"url":"\#(url)"}"#, answer: #"{"ids":["\#(id)"]}"#, isError: false)
        let shown = render(.toolCalls(.init([call])), columns: columns)
        #expect(shown.contains(url) && shown.contains("\"\(id)\""))
    }
}
