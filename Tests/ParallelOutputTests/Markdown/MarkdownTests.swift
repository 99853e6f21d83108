import ParallelOutput
import Testing

@Suite struct MarkdownTests {
    struct Example: Sendable, CustomTestStringConvertible {
        let markdown: String
        let outline: String
        var testDescription: String { markdown }

        init(_ markdown: String, _ outline: String) { (self.markdown, self.outline) = (markdown, outline) }
    }

    static let blocks = [
        Example("", ""),
        Example("one\ntwo\n\nthree", "p[one two] p[three]"),
        Example("one\r\ntwo\rthree", "p[one two three]"),
        Example("  spaces  \n   in front", "p[spacesbrin front]"),
        // Headings
        Example("# A\n## B ##\n###### C", "h1[A] h2[B] h6[C]"),
        Example("#no heading\n####### nor this", "p[#no heading ####### nor this]"),
        Example("# with a #hash", "h1[with a #hash]"),
        Example("#", "h1[]"),
        Example("Title\nof two\n=====\nSub\n---", "h1[Title of two] h2[Sub]"),
        // Rules
        Example("---\n***\n_ _ _", "rule rule rule"),
        Example("--\n+++", "p[-- +++]"),
        // Code
        Example("```swift\nlet a = 1\n\n  b\n```\nafter", "code(swift)[let a = 1\n\n  b] p[after]"),
        Example("~~~\n```\n~~~~", "code[```]"),
        Example("```\nnever closed", "code[never closed]"),
        Example("``` a`b\nc", "p[``` a`b c]"),
        Example("    code\n\n      more\n\ntext", "code[code\n\n  more] p[text]"),
        Example("text\n    no code", "p[text no code]"),
        Example("\tcode", "code[code]"),
        // Quotes
        Example("> a\nlazy\n\nb", "quote[p[a lazy]] p[b]"),
        Example(">a\n>> b", "quote[p[a] quote[p[b]]]"),
        Example("> # T\n> - x", "quote[h1[T] ul[li[p[x]]]]"),
        Example("> a\n- b", "quote[p[a]] ul[li[p[b]]]"),
        Example("> ```\ntext", "quote[code[]] p[text]"),
        // Lists
        Example("- a\n- b", "ul[li[p[a]] li[p[b]]]"),
        Example("- a\n\n- b", "ul~[li[p[a]] li[p[b]]]"),
        Example("- a\n  - b\n    - c\n- d", "ul[li[p[a] ul[li[p[b] ul[li[p[c]]]]]] li[p[d]]]"),
        Example("- a\n\n  b", "ul~[li[p[a] p[b]]]"),
        Example("3. a\n4. b", "ol3[li[p[a]] li[p[b]]]"),
        Example("1) a\n1. b", "ol1[li[p[a]]] ol1[li[p[b]]]"),
        Example("- a\n* b", "ul[li[p[a]]] ul[li[p[b]]]"),
        Example("text\n- item", "p[text] ul[li[p[item]]]"),
        Example("in the year\n1968. It began", "p[in the year 1968. It began]"),
        Example("a minus\n-\nb", "h2[a minus] p[b]"),
        Example("-not an item\n1.nor this", "p[-not an item 1.nor this]"),
        Example("-\n\n  a", "ul[li[]] p[a]"),
        Example("- a\n\n      code", "ul~[li[p[a] code[code]]]"),
        Example("1234567890. a", "p[1234567890. a]"),
        Example("- - a", "ul[li[ul[li[p[a]]]]]"),
        // Tables
        Example("| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 |\n\nend", "table[a | b / 1 | 2 / 3] p[end]"),
        Example("a|b\n-|-\nc|d", "table[a | b / c | d]"),
        Example("| a |\n|---|\n| x \\| `y\\|z` |", "table[a / x | code[y|z]]"),
        Example("| a | b |\n|---|---|\n| 1 | 2 | 3 |", "table[a | b / 1 | 2 | 3]"),
        Example("a | b\n--- | --- | ---", "p[a | b --- | --- | ---]"),
        Example("text\n| a |\n|---|\n| b |\nmore", "p[text] table[a / b] p[more]"),
        Example("| a |\n|---|\n| x<br>y |", "table[a / xbry]"),
    ]

    @Test(arguments: blocks) func `blocks are those of CommonMark and GitHub's tables`(_ example: Example) {
        #expect(Outline.of(markdown: example.markdown) == example.outline)
    }

    static let spans = [
        // Emphasis
        Example("*a* **b** ***c*** _d_ __e__", "em[a] strong[b] em[strong[c]] em[d] strong[e]"),
        Example("a * b * c", "a * b * c"),
        Example("snake_case_name and 2*3*4", "snake_case_name and 2em[3]4"),
        Example("**bold *in* bold**", "strong[bold em[in] bold]"),
        Example("*a **b** c*", "em[a strong[b] c]"),
        Example("**not closed", "**not closed"),
        Example("*a _b* c_", "em[a _b] c_"),
        Example("foo***bar***baz", "fooem[strong[bar]]baz"),
        Example("**a*", "*em[a]"),
        Example("*(*a*)*", "em[(em[a])]"),
        Example("\"*quoted*\"", "\"em[quoted]\""),
        Example("~~gone~~ ~5 to ~6", "s[gone] ~5 to ~6"),
        // Code
        Example("`a` ``b`c`` `` ` ``", "code[a] code[b`c] code[`]"),
        Example("`a *b* \\`", "code[a *b* \\]"),
        Example("`not closed", "`not closed"),
        Example("``a` b", "``a` b"),
        Example("*a `b*`", "*a code[b*]"),
        // Escapes and entities
        Example("\\*a\\* \\[b] \\a", "*a* [b] \\a"),
        Example("&amp; &lt;b&gt; &#65;&#x42; &nbsp;&hellip; &unknown; &#0; &", "& <b> AB \u{A0}… &unknown; \u{FFFD} &"),
        Example("&#x110000;", "\u{FFFD}"),
        // Breaks
        Example("a  \nb\\\nc\nd<br/>e", "abrbbrc dbre"),
        // Links
        Example("[a](https://x.y)", "a(https://x.y)[a]"),
        Example("[a *b*](<https://x.y/a b> \"T\")", "a(https://x.y/a b)[a em[b]] (T)"),
        Example("[a](/x(y)z)", "a(/x(y)z)[a]"),
        Example("[a]( )", "a()[a]"),
        Example("![alt](https://x.y/i.png)", "a(https://x.y/i.png)[alt]"),
        Example("[![alt](i)](https://x.y)", "a(https://x.y)[alt (i)]"),
        Example("[a [b](u) c](v)", "[a a(u)[b] c](v)"),
        Example("[a](b c)", "[a](b c)"),
        Example("[a] (b)", "[a] (b)"),
        Example("*[a*](b)", "*a(b)[a*]"),
        Example("[](https://x.y)", "a(https://x.y)[https://x.y]"),
        Example("<https://x.y/z> <not a link> <b>", "a(https://x.y/z)[https://x.y/z] <not a link> <b>"),
        Example(
            "see https://x.y/a_b_c. And (https://x.y/(z)).",
            "see a(https://x.y/a_b_c)[https://x.y/a_b_c]. And (a(https://x.y/(z))[https://x.y/(z)])."),
        Example("**https://x.y** xhttps://x.y https://", "strong[a(https://x.y)[https://x.y]] xhttps://x.y https://"),
        Example("見よhttps://x.y/z。次", "見よa(https://x.y/z)[https://x.y/z]。次"),
        // Citations
        Example("true [1][2], [3, 4] and [^note].", "true cite[1]cite[2], cite[3, 4] and cite[^note]."),
        Example("cited[1](https://x.y) [[2]](https://z)", "citeda(https://x.y)[cite[1]] a(https://z)[cite[2]]"),
        Example("[x] [ ] [1a]", "[x] [ ] [1a]"),
        Example("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ]

    @Test(arguments: spans) func `spans are those of CommonMark, with citations`(_ example: Example) {
        #expect(Outline.of(markdown: example.markdown) == "p[\(example.outline)]")
    }

    static let definitions = [
        Example("[a][x] [X] [b][]\n\n[x]: https://x.y 'T'\n[b]: <z>", "p[a(https://x.y)[a] a(https://x.y)[X] a(z)[b]]"),
        Example("[x]: https://x.y T", "p[[x]: a(https://x.y)[https://x.y] T]"),
        Example("[nobody]: https://x.y", "p[[nobody]: https://x.y ]"),
        Example("[x]: a\n[x]: b\n\n[x]", "p[a(a)[x]] p[[x]: b ]"),
        Example("[x][a 2]\n\n[a 2]: b\n\n[a]: c\n\n[a]: d", "p[a(b)[x]] p[[a]: c ] p[[a]: d ]"),
        Example(
            "Fact [1].\n\n[1]: https://x.y \"T\"\n\n[2]: https://z",
            "p[Fact a(https://x.y)[cite[1]].] sources[1 T https://x.y; 2  https://z]"),
        Example("a[^1]\n\n[^1]: note one\n[^2]: note two", "p[acite[^1]] p[cite[^1]: note one] p[cite[^2]: note two]"),
        Example("[1] One.\n[2] Two.", "p[cite[1] One.brcite[2] Two.]"),
        Example("text\n[1] goes on", "p[text cite[1] goes on]"),
        Example("[a]: b\n===", "p[===] p[[a]: b ]"),
    ]

    @Test(arguments: definitions) func `definitions make links, and those with numbers a list of sources`(
        _ example: Example
    ) {
        #expect(Outline.of(markdown: example.markdown) == example.outline)
    }

    @Test func `columns have the alignment of the line below the headings`() {
        guard case .table(let table) = Markdown.blocks("|a|b|c|d|\n|-|:-|:-:|-:|").first else {
            return #expect(Bool(false), "no table")
        }
        #expect(table.columns.map(\.alignment) == [.leading, .leading, .center, .trailing])
    }
}
