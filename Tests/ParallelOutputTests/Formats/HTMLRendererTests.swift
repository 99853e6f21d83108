import ParallelOutput
import Testing

@Suite struct HTMLRendererTests {
    private func body(_ blocks: Document.Block..., title: String = "T") -> String {
        let page = HTMLRenderer.page(Document(blocks), title: title)
        let start = page.range(of: "<main>\n")?.upperBound ?? page.startIndex
        return String(page[start..<(page.range(of: "</main>")?.lowerBound ?? page.endIndex)])
    }

    @Test func `a page forbids scripts and everything from elsewhere, and has none`() {
        let page = HTMLRenderer.page(
            Document([.markdown("![i](https://x.y/i.png) <script src=x></script>")]), title: "T")
        #expect(page.hasPrefix("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"))
        #expect(
            page.contains(
                #"content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'""#))
        for element in ["<script", "<img", "<link", "<iframe", "url(", "@import", " onload"] {
            #expect(!page.contains(element), "\(element)")
        }
    }

    @Test func `everything from elsewhere is escaped`() {
        let text = "<b onclick=\"x\">&'\u{1B}\u{202E}</b>"
        let shown = "&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;␛\\u{202e}&lt;/b&gt;"
        let page = HTMLRenderer.page(
            Document([
                .heading(1, [.text(text)]), .paragraph([.code(text), .citation(text), .mark(.status(text))]),
                .code(text, language: text), .fields([.init(text, [.paragraph([.text(text)])], note: [.text(text)])]),
                .fields([.init(text, [.rule])]),
                .table(Document.Table(columns: [.init(text)], rows: [[[.time(text, seconds: nil)]]])),
                .sources([.init(number: 1, title: text, url: text, excerpts: [text])]),
                .toolCalls(.init([.init(server: text, tool: text, arguments: text, answer: text, isError: true)])),
                .markdown(text),
            ]), title: text)
        #expect(!page.contains("<b "), "an element came through")
        #expect(page.components(of: shown) >= 19)
    }

    @Test func `only web addresses become links`() {
        let urls = ["javascript:alert(1)", "data:text/html,x", "https://a.b/\" onclick=\"x", "https://a.b/é'"]
        let shown = body(.paragraph(urls.map { .link([.text("l")], url: $0) }))
        #expect(
            shown == """
                <p dir="auto">l (javascript:alert(1))l (data:text/html,x)l (https://a.b/&quot; onclick=&quot;x)\
                <a href="https://a.b/%C3%A9%27" rel="noreferrer noopener">l</a></p>

                """)
    }

    @Test func `citations lead to the sources of the page, but not those of a text with its own`() {
        let shown = body(
            .paragraph([.citation("1"), .citation("2")]), .markdown("text [1]"),
            .sources([.init(number: 1, title: "A", url: "https://x.y", excerpts: ["said"])]))
        #expect(
            shown == """
                <p dir="auto"><a href="#source-1">[1]</a>[2]</p>
                <p dir="auto">text [1]</p>
                <ol class="sources">
                <li value="1" id="source-1">A<br><a href="https://x.y" rel="noreferrer noopener">https://x.y</a><blockquote>
                <p dir="auto">said</p>
                </blockquote>
                </li>
                </ol>

                """)
    }

    @Test func `where a page has several lists of sources, each citation leads to the next one`() {
        func answer(_ title: String) -> [Document.Block] {
            [
                .paragraph([.citation("1")]),
                .sources([.init(number: 1, title: title, url: "https://x.y", excerpts: [])]),
            ]
        }
        let page = HTMLRenderer.page(Document(answer("A") + answer("B") + [.paragraph([.citation("1")])]), title: "")
        for anchor in ["source-1", "source-1-1"] {
            #expect(page.ranges(of: "href=\"#\(anchor)\"").count == 1 && page.ranges(of: "id=\"\(anchor)\"").count == 1)
        }
    }

    @Test func `an answer stands below the headings of the page`() {
        let shown = body(.heading(1, [.text("Q")]), .heading(2, [.text("Answer")]), .markdown("# A\n## B"))
        #expect(
            shown == """
                <h1 dir="auto">Q</h1>
                <h2 dir="auto">Answer</h2>
                <h3 dir="auto">A</h3>
                <h4 dir="auto">B</h4>

                """)
    }

    @Test func `lists, tables, code and fields are elements of their own`() {
        let table = Document.Table(
            columns: [.init("ID", .identifier), .init("N", .number), .init("EMPTY")],
            rows: [[[.text("a")], [.text("1")]]])
        let shown = body(
            .markdown("- a\n- b\n\n3. c\n\n   d"), .table(table), .code("x < y", language: ""),
            .fields([
                .init("name", [.paragraph([.text("Intel")])], note: [.mark(.confidence("high"))]),
                .init("list", [.list(.init(items: [[.paragraph([.text("x")])]]))]),
            ]))
        #expect(
            shown == """
                <ul>
                <li dir="auto">a</li>
                <li dir="auto">b</li>
                </ul>
                <ol start="3">
                <li dir="auto"><p dir="auto">c</p>
                <p dir="auto">d</p>
                </li>
                </ol>
                <div class="table">
                <table>
                <thead>
                <tr><th>ID</th><th class="end">N</th></tr>
                </thead>
                <tbody>
                <tr><td data-label="ID" class="whole">a</td><td data-label="N" class="whole end">1</td></tr>
                </tbody>
                </table>
                </div>
                <pre dir="auto"><code>x &lt; y</code></pre>
                <dl>
                <dt dir="auto">name</dt><dd dir="auto">Intel <span class="note"><span class="good">● high</span></span></dd>
                </dl>
                <h2 dir="auto">list</h2>
                <div class="inside">
                <ul>
                <li dir="auto">x</li>
                </ul>
                </div>

                """)
    }

    @Test func `a tool call can be opened, and an error is seen before`() {
        let call = Document.ToolCalls.Call(server: "s", tool: "t", arguments: "{}", answer: "no", isError: true)
        #expect(
            body(.toolCalls(.init([call]))) == """
                <h2 dir="auto">MCP tool calls (1)</h2>
                <details>
                <summary>s › t <span class="bad">✗ error</span></summary>
                <p>Arguments</p>
                <pre><code>{}</code></pre>
                <p>Error</p>
                <pre><code>no</code></pre>
                </details>

                """)
    }

    private func table(_ columns: [Document.Column], _ rows: [[String]]) -> String {
        body(.table(.init(columns: columns, rows: rows.map { $0.map { [.text($0)] } })))
    }

    @Test func `dates, names and numbers are not broken, addresses may be anywhere`() {
        let url = "https://news.example/2024/01/15/acme-raises-a-round-of-one-and-a-half-million"
        let text = "a text that is long enough to be broken at its spaces"
        let shown = table(
            [.init("round"), .init("date"), .init("usd", .number), .init("url", .url), .init("note")],
            [["Series A", "2024-01-15", "1500000", url, text]])
        for cell in [
            #"<td data-label="round" dir="auto" class="whole">Series A"#,
            #"<td data-label="date" dir="auto" class="whole">2024-01-15"#,
            #"<td data-label="usd" class="whole end">1500000"#, #"<td data-label="url" class="long">https"#,
            #"<td data-label="note" dir="auto">a text"#,
        ] {
            #expect(shown.contains(cell), "\(cell)")
        }
        #expect(shown.contains("<table>"))
        let page = HTMLRenderer.page(Document(), title: "")
        #expect(page.contains("\n.whole{white-space:nowrap}td.long{overflow-wrap:anywhere;"))
        // On paper, too.
        #expect(!page.contains(".whole{white-space:normal}"))
    }

    @Test func `a table that is wider than the page has a block for each row`() {
        let id = "trun_0123456789abcdef0123456789abcdef"
        let columns = ["a", "b", "c"].map { Document.Column($0, .identifier) }
        #expect(table(columns, [[id, id, id]]).contains("<table class=\"stacked\">"))
        #expect(table(columns, [[id, id, "1"]]).contains("<table>"))
    }

    @Test func `a time is easy to read, and exact for programs`() {
        let times: [Document.Inline] = [
            .time("2026-11-29T10:00:48.872050Z", seconds: 1_795_946_448), .time("some day", seconds: nil),
        ]
        #expect(
            body(.paragraph(times)) == """
                <p dir="auto"><time datetime="2026-11-29T10:00:48.872050Z">2026-11-29 10:00:48 UTC</time>\
                <time>some day</time></p>

                """)
    }

    @Test func `tool calls are a section like the one in front of them`() {
        let shown = body(.heading(2, [.text("Sources")]), .toolCalls(.init([])))
        #expect(shown.contains("<h2 dir=\"auto\">MCP tool calls (0)</h2>"))
    }
}

extension String {
    /// How often `part` stands in the text.
    fileprivate func components(of part: String) -> Int {
        var count = 0
        var rest = self[...]
        while let found = rest.range(of: part) {
            count += 1
            rest = rest[found.upperBound...]
        }
        return count
    }

    fileprivate func range(of part: String) -> Range<Index>? { self[...].range(of: part) }
}

extension Substring {
    fileprivate func range(of part: String) -> Range<Index>? {
        firstRange(of: part)
    }
}
