import ParallelTerminal
import Testing

struct TextWrapTests {
    @Test(arguments: [
        ("one two three", 7, ["one two", "three"]),
        ("one two three", 80, ["one two three"]),
        ("one two three", 3, ["one", "two", "thr", "ee"]),
        ("one  two", 4, ["one", "two"]),
        ("one two   ", 7, ["one two"]),
        ("a\n\nb", 5, ["a", "", "b"]),
        ("  indented text here", 10, ["  indented", "text here"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("ab cdefghij", 4, ["ab", "cdef", "ghij"]),
        ("日本語の文章", 5, ["日本", "語の", "文章"]),
        ("use 日本語 now", 7, ["use 日", "本語", "now"]),
        ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 4, ["👨‍👩‍👧‍👦👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"]),
        ("a\tb", 80, ["a    b"]),
        ("", 10, [""]),
        ("日本", 1, ["日", "本"]),
        ("ab", 0, ["a", "b"]),
    ])
    func `text breaks at words and fits the width`(_ text: String, _ columns: Int, _ lines: [String]) {
        #expect(TextWrap.lines(text, columns: columns) == lines)
    }

    @Test func `the indent counts and starts every line that is not empty`() {
        #expect(TextWrap.wrap("one two\n\nthree", columns: 6, indent: "  ") == "  one\n  two\n\n  thre\n  e")
    }

    @Test(arguments: 2...40)
    func `no line is wider than asked`(_ columns: Int) {
        let text =
            "The quick 日本語 fox — 👨‍👩‍👧‍👦 jumps over   naïve donaudampfschifffahrtsgesellschaft.\n    Zweite Zeile שלום עולם"
        let lines = TextWrap.lines(text, columns: columns)
        #expect(lines.allSatisfy { $0.displayWidth <= columns })
        let visible = { (text: String) in text.filter { !$0.isWhitespace } }
        #expect(visible(lines.joined()) == visible(text))
    }

    @Test(arguments: [
        "https://x.example/a", "trun_0123456789abcdef", "\"https://x.example/a?b=c\",", "DE-2024-0193-HYDRONIC",
        "a_b_c_d_e_f",
    ]) func `identifiers and addresses are not broken`(_ word: String) {
        #expect(TextWrap.lines("one \(word) two", columns: 8) == ["one", word, "two"])
    }

    private static let long = String(repeating: "a_", count: 1_001)

    @Test(arguments: [
        "donaudampfschiff", "{\"a\":123,\"b\":4}", "https://ä.example/", "a12-b-c-d-e", ",,,,,,,,,,,,", long,
    ]) func `other words are cut where a line ends`(_ word: String) {
        #expect(TextWrap.lines(word, columns: 8).allSatisfy { $0.displayWidth <= 8 })
    }
}
