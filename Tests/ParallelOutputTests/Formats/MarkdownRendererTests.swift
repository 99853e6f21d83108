import ParallelOutput
import TestSupport
import Testing

@Suite struct MarkdownRendererTests {
    @Test func `a structured result is a document`() {
        let document = Document([
            .heading(1, [.text("Intel")]),
            .fields([
                .init(
                    "name", [.paragraph([.text("Intel")])],
                    note: [.mark(.confidence("high")), .text(" "), .citation("1")]),
                .init("empty", []),
                .init("about", [.paragraph([.text("Two")]), .paragraph([.text("paragraphs")])]),
                .init("people", [.fields([.init("ceo", [.list(.init(items: [[.paragraph([.text("x")])]]))])])]),
            ]),
            .heading(2, [.text("Sources")]),
            .sources([.init(number: 1, title: "A (b)", url: "https://x.y/(z)", excerpts: ["said\n\nso"])]),
            .toolCalls(.init([.init(server: "s", tool: "t", arguments: "{}", answer: "```", isError: false)])),
        ])
        #expect(
            MarkdownRenderer.render(document) == """
                # Intel

                - **name:** Intel (high [1])
                - **empty:** –

                ## about

                Two

                paragraphs

                ## people

                ### ceo

                - x

                ## Sources

                1. [A (b)](https://x.y/%28z%29)

                   > said
                   >
                   > so

                ## MCP tool calls (1)

                1. **s › t**

                   Arguments:

                   ```json
                   {}
                   ```

                   Response:

                   ````
                   ```
                   ````

                """)
    }

    @Test func `Markdown is copied as it came`() {
        let text = "# A\n\n* b  \n  c\n\n[x]: y"
        #expect(MarkdownRenderer.render(Document([.markdown("\n" + text + "\n\n")])) == text + "\n")
    }

    @Test func `tables have no line breaks in their cells, and all of their columns`() {
        let table = Document.Table(
            columns: [.init("A|B"), .init("N", .number), .init("EMPTY")],
            rows: [[[.text("a"), .lineBreak, .code("x|y")], [.text("1")]]])
        #expect(
            MarkdownRenderer.render(Document([.table(table)]))
                == "| A\\|B | N | EMPTY |\n| --- | --: | --- |\n| a `x\\|y` | 1 |  |\n")
    }

    @Test(arguments: [
        "*a* _b_ `c` [d](e) <f> &amp; ~~g~~ \\h", "# a", "- a", "+ a", "1. a", "12) a", "> a", "    a", "===", "---",
        "***", "* * *", "~~a~~ ~b~", "~~~ a", "a ~~b~~",
        "```", "~~~", "#", "###### a", "+", "-", "- - -", "|---|---|", ":-:", "=", "&#65;", "a < b", "a <b", "AT&T",
        "a &",
        "1.", "123456789. a", "1234567890. a", "a:-b", "-a", "#a", "1.5", "=a", "[a]: b", "![a](b)", "| a |",
        "a_b_c", "https://x.y/z_a", "trailing \\", "<br>", "[1]", "[^a]: b",
    ]) func `text stays text, whatever Markdown would make of it`(_ text: String) {
        let markdown = MarkdownRenderer.render(Document([.paragraph([.text(text)])]))
        let outline = Outline.of(markdown: markdown)
        let expected = text.drop { $0 == " " }
        #expect(
            outline == "p[\(expected)]" || outline == "p[a(\(expected))[\(expected)]]", "\(markdown)")
    }

    @Test(arguments: [
        "37.42351", "-122.13612", "~500 ~x", "5 * 3", "100000000.5", "+49 30 1", "AT&T", "5 < 6", "#1", "=5", "1.5 - 2",
        "C#", "a & b;",
        "snake_case",
    ]) func `what Markdown reads as text gets no backslash`(_ text: String) {
        let document = Document([
            .paragraph([.text(text)]), .fields([.init(text, [.paragraph([.text("1. \(text)")])])]),
        ])
        #expect(MarkdownRenderer.render(document) == "\(text)\n\n- **\(text):** 1. \(text)\n")
    }

    @Test(arguments: ["# h #", "h ##", "C#"]) func `a heading keeps the number signs at its end`(_ text: String) {
        let rendered = MarkdownRenderer.render(Document([.heading(2, [.text(text)])]))
        #expect(Outline.of(markdown: rendered) == "h2[\(text)]")
    }

    @Test func `a text that begins with a line break begins no heading`() {
        #expect(MarkdownRenderer.render(Document([.paragraph([.text("\r\n # a")])])) == "\\# a\n")
    }

    @Test func `lists that follow each other stay apart`() {
        let item = [[Document.Block.paragraph([.text("a")])]]
        let bullets = Document.Block.list(.init(items: item))
        let numbers = Document.Block.list(.init(start: 1, items: item))
        let fields = Document.Block.fields([.init("b", [])])
        let sources = Document.Block.sources([.init(number: 2, url: "https://x.y")])
        let text = MarkdownRenderer.render(Document([bullets, bullets, fields, bullets, numbers, numbers, sources]))
        #expect(text == "- a\n\n* a\n\n- **b:** –\n\n* a\n\n1. a\n\n1) a\n\n2. <https://x.y>\n")
        #expect(
            Outline.of(markdown: text)
                == "ul[li[p[a]]] ul[li[p[a]]] ul[li[p[strong[b:] –]]] ul[li[p[a]]] ol1[li[p[a]]] ol1[li[p[a]]] "
                + "ol2[li[p[a(https://x.y)[https://x.y]]]]")
    }

    @Test func `a note stands in parentheses, whatever it is said about`() {
        let note: [Document.Inline] = [.mark(.confidence("low")), .text(" "), .citation("1")]
        let item: [Document.Block] = [.paragraph([.text("a")] + [.note(note)])]
        let fields: [Document.Field] = [
            .init("b", [.paragraph([.text("c")])], note: note), .init("d", [.list(.init(items: [item]))], note: note),
        ]
        #expect(
            MarkdownRenderer.render(Document([.fields(fields)]))
                == "- **b:** c (low [1])\n\n## d\n\n(low [1])\n\n- a (low [1])\n")
    }

    @Test func `a time is exact and easy to read`() {
        let times: [Document.Inline] = [
            .time("2026-11-29T10:00:48.872050Z", seconds: 1_795_946_448), .text(" "), .time("some day", seconds: nil),
        ]
        #expect(MarkdownRenderer.render(Document([.paragraph(times)])) == "2026-11-29 10:00:48 UTC some day\n")
    }
}
