import ParallelTerminal
import Testing

struct DisplayWidthTests {
    @Test(arguments: [
        ("", 0), ("abc", 3), ("naïve", 5), ("nai\u{308}ve", 5), ("日本語", 6), ("ｆｕｌｌ", 8), ("ﾊﾝｶｸ", 4), ("한국어", 6),
        ("\u{1112}\u{1161}\u{11AB}", 2), ("שלום", 4), ("שָׁלוֹם", 4), ("مرحبا", 5), ("हिन्दी", 4), ("ไทย", 3), ("กำ", 2),
        ("🙂", 2), ("👍🏽", 2), ("👨‍👩‍👧‍👦", 2), ("🇩🇪", 2), ("🇩🇪🇫🇷", 4), ("1️⃣", 2), ("❤️", 2), ("❤", 1), ("☺︎", 1),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2), ("🏳️‍🌈", 2), ("a\u{200B}b", 2), ("a\u{200D}b", 2), ("\u{2068}ab\u{2069}", 2), ("…", 1), ("·", 1),
        ("①", 1), ("─", 1), ("　", 2), ("\u{1F}", 0),
        ("a\u{7F}\u{80}\u{9B}\u{9F}b", 2), ("\u{A1}", 1),
    ])
    func `a text takes the columns that terminals give it`(_ text: String, _ width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test(arguments: [
        ("hello", 5, "hello"), ("hello", 4, "hel…"), ("hello", 1, "…"), ("hello", 0, ""), ("hello", -1, ""),
        ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 3, "👨‍👩‍👧‍👦…"),
        ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
        ("", 0, ""), ("🇩🇪🇫🇷", 2, "…"),
    ])
    func `truncating cuts between clusters`(_ text: String, _ columns: Int, _ result: String) {
        #expect(text.truncated(toWidth: columns) == result)
    }

    @Test func `padding counts columns`() {
        #expect("日本".padded(toWidth: 6) == "日本  ")
        #expect("日本語".padded(toWidth: 4) == "日本語")
    }
}
