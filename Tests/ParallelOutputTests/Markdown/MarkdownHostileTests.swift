import ParallelOutput
import ParallelSystem
import ParallelTerminal
import TestSupport
import Testing

/// Text that nobody wrote for a reader.
@Suite struct MarkdownHostileTests {
    private static let marks = [
        "*", "**", "_", "__", "~~", "`", "```", "\n", "\n\n", "\n    ", "  \n", "[", "]", "](", "[^", "]:", "![", "(",
        ")",
        "<", ">", "\n> ", "\n- ", "\n1. ", "\n# ", "\n===\n", "\n---\n", "|", "\n|-|-|\n", "\\", "&", "&#", ";", "\"",
        " ", "\t", "https://", "<br>", "é", "日", "\u{202E}", "\u{0}", "\u{1B}[31m", "\r",
    ]

    @Test(arguments: 0..<30) func `no word is lost, whatever stands between words`(_ seed: UInt64) {
        var numbers = SeededRandom(seed: seed)
        for _ in 0..<8 {
            var text = ""
            var words: [String] = []
            for number in 0..<Int.random(in: 1...25, using: &numbers) {
                words.append("w\(number)x")
                text += words[number]
                for _ in 0..<Int.random(in: 0...4, using: &numbers) {
                    text += Self.marks.randomElement(using: &numbers) ?? ""
                }
            }
            let document = Document(Markdown.blocks(text))
            let outline = Outline.of(document.blocks)
            for word in words { #expect(outline.contains(word), "\(word) of \(text.debugDescription)") }

            let columns = Int.random(in: 1...200, using: &numbers)
            let shown = TerminalRenderer.render(document, TerminalRenderer.Options(columns: columns))
            let control = shown.unicodeScalars.first { $0.value < 0x20 && $0 != "\n" || $0.value == 0x202E }
            #expect(control == nil, "\(text.debugDescription)")
            let page = HTMLRenderer.page(document, title: text)
            #expect(!page.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 0 })
            // What is written as Markdown is read as the same words.
            let again = Outline.of(markdown: MarkdownRenderer.render(document))
            for word in words { #expect(again.contains(word), "\(word) of \(text.debugDescription)") }
        }
    }

    @Test(arguments: 0..<20) func `random bytes do no harm`(_ seed: UInt64) {
        var numbers = SeededRandom(seed: seed)
        let bytes = (0..<2_000).map { _ in UInt8.random(in: 0...255, using: &numbers) }
        let document = Document([.markdown(String(decoding: bytes, as: UTF8.self))])
        let options = TerminalRenderer.Options(columns: 80, usesColor: true, usesHyperlinks: true)
        #expect(!TerminalRenderer.render(document, options).isEmpty)
        #expect(!HTMLRenderer.page(document, title: "").isEmpty)
    }

    /// Shapes for which a careless parser needs time that grows with the square of their length, or a stack without
    /// end. That these end is all that is asked; with such a parser they would not in an hour.
    @Test(arguments: [
        "*", "[", "![", "]", ">", "> ", "- ", "1. ", "*a ", "a* ", "**a*", "_a__", "[a](", "[a](<b", "[a](b \"c",
        "[a](b)", "[[a]](b)", "*[a](b)*", "` `` ``` ", "<a", "<https://a", "&a", "\\", "http://a(", "[a]: b\n",
        "a\n=\n",
        "> a\nb\n", "- a\n\n", "a  \n", "~~a", "|a", "a*b_c~~",
    ]) func `long repetitions are read in time`(_ part: String) {
        let text = String(repeating: part, count: 20_000)
        let document = Document([.markdown(text)])
        #expect(!TerminalRenderer.render(document, TerminalRenderer.Options(columns: 80)).isEmpty)
        #expect(!HTMLRenderer.page(document, title: "").isEmpty)
    }

    @Test func `a table with many columns and rows is read in time`() {
        let row = String(repeating: "|a", count: 2_000)
        let text = row + "\n" + String(repeating: "|-", count: 2_000) + "\n" + String(repeating: "|a|\n", count: 20_000)
        #expect(!HTMLRenderer.page(Document([.markdown(text)]), title: "").isEmpty)
    }

    @Test func `blocks and spans nest to a bound, and what is deeper is still shown`() {
        let quotes = String(repeating: "> ", count: 5_000) + "deep"
        let spans = String(repeating: "*a **b ", count: 5_000) + "deep" + String(repeating: "** *", count: 5_000)
        for text in [quotes, spans] {
            let shown = TerminalRenderer.render(
                Document([.markdown(text)]), TerminalRenderer.Options(columns: 60, usesColor: true))
            #expect(shown.contains("deep"))
        }
    }
}
