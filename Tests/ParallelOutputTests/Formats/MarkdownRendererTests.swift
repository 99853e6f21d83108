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
                - **empty:**

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

                ### MCP tool calls (1)

                1. **s › t**

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
        "***",
        "```", "~~~", "[a]: b", "![a](b)", "| a |", "a_b_c", "https://x.y/z_a", "trailing \\", "<br>", "[1]", "[^a]: b",
    ]) func `text stays text, whatever Markdown would make of it`(_ text: String) {
        let markdown = MarkdownRenderer.render(Document([.paragraph([.text(text)])]))
        let outline = Outline.of(markdown: markdown)
        let expected = text.drop { $0 == " " }
        #expect(
            outline == "p[\(expected)]" || outline == "p[a(\(expected))[\(expected)]]", "\(markdown)")
    }
}
