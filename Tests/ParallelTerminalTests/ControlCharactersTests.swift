import ParallelTerminal
import Testing

struct ControlCharactersTests {
    @Test(arguments: [
        ("plain", "plain"),
        ("\u{1B}[31mred\u{1B}[0m", "␛[31mred␛[0m"),
        ("\u{1B}]0;title\u{7}", "␛]0;title␇"),
        ("\u{1B}]52;c;aGk=\u{1B}\\", "␛]52;c;aGk=␛\\"),
        ("\u{9B}31m", "\\u{9b}31m"),
        ("a\u{85}b\u{90}c", "a\\u{85}b\\u{90}c"),
        ("a\u{0}b\u{8}c\u{7F}", "a␀b␈c␡"),
        ("user\u{202E}gpj.exe", "user\\u{202e}gpj.exe"),
        ("\u{2066}a\u{2069}", "\\u{2066}a\\u{2069}"),
        ("pay\u{200B}pal", "pay\\u{200b}pal"),
        ("pay\u{200D}pal", "pay\\u{200d}pal"),
        ("pay\u{AD}pal", "pay\u{2010}pal"),
        ("\u{FEFF}a\u{2060}", "\\u{feff}a\\u{2060}"),
        ("a\u{200E}b", "a\\u{200e}b"),
        ("a\u{E0041}", "a\\u{e0041}"),
        ("a\u{3164}\u{115F}", "a\\u{3164}\\u{115f}"),
        ("🙂\u{FE01}\u{FE02}", "🙂\u{FE01}\\u{fe02}"),
        ("a\u{FFF9}b", "a\\u{fff9}b"),
        // What belongs to the text.
        ("naïve Ελλάδα Привет 日本語 한국어", "naïve Ελλάδα Привет 日本語 한국어"),
        ("👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 1️⃣ ☺︎ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 🇩🇪", "👨‍👩‍👧‍👦 🏳️‍🌈 ❤️‍🔥 1️⃣ ☺︎ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 👍🏽 🇩🇪"),
        ("می‌خواهم", "می‌خواهم"),
        ("क्‍ष", "क्‍ष"),
        ("שלום\u{200E} C++", "שלום\u{200E} C++"),
        ("葛\u{E0100}", "葛\u{E0100}"),
        ("", ""),
    ])
    func `control and invisible characters get a visible stand-in`(_ text: String, _ result: String) {
        #expect(ControlCharacters.neutralised(text) == result)
        #expect(ControlCharacters.neutralisedLines(text) == result)
    }

    @Test(arguments: [
        ("a\nb\tc", "a b c", "a\nb\tc"), ("a\r\nb", "a b", "a\nb"), ("a\rb", "a b", "a␍b"),
        ("ü\r\n\r\nb\r", "ü  b ", "ü\n\nb␍"),
        ("a\u{2028}b\u{2029}", "a b ", "a\nb\n"), ("a\u{B}\u{C}", "a␋␌", "a␋␌"),
    ])
    func `line breaks and tabs stay only where lines may`(_ text: String, _ single: String, _ lines: String) {
        #expect(ControlCharacters.neutralised(text) == single)
        #expect(ControlCharacters.neutralisedLines(text) == lines)
    }

    /// Appended one text to the other, this would take longer than a test is waited for.
    @Test(.timeLimit(.minutes(10))) func `very many signs are replaced at once`() {
        let count = 1_000_000
        let hidden = String(repeating: "\u{202E}", count: count)
        #expect(ControlCharacters.neutralised(hidden).utf8.count == count * 8)
        #expect(ControlCharacters.escaped(inJSON: hidden).utf8.count == count * 6)
    }

    @Test func `a separator in a cell begins no row on a terminal`() {
        #expect(
            ControlCharacters.neutralisedRows("a,\u{2028}b\u{2029}\r\n\"c\nd\"\t\u{1B}\n") == "a, b \n\"c\nd\"\t␛\n")
    }

    @Test func `nothing that steers a terminal gets through`() {
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let isControl = value < 0x20 || (0x7F..<0xA0).contains(value)
            let isBidi = (0x202A...0x202E).contains(value) || (0x2066...0x2069).contains(value)
            guard isControl || isBidi else { continue }
            for text in ["a\(scalar)b", "א\(scalar)ב", "🙂\(scalar)", "\(scalar)"] {
                #expect(
                    !ControlCharacters.neutralised(text).unicodeScalars.contains(scalar),
                    "U+\(String(value, radix: 16))")
            }
        }
    }

    @Test(arguments: [
        ("\u{200B}", #"\u200b"#), ("\u{FEFF}", #"\ufeff"#), ("\u{2028}", #"\u2028"#), ("\u{2029}", #"\u2029"#),
        ("\u{AD}", #"\u00ad"#), ("\u{E0041}", #"\udb40\udc41"#), ("\u{202E}", #"\u202e"#), ("\u{7F}", #"\u007f"#),
        ("\u{9B}", #"\u009b"#), ("é", "é"), ("e\u{301}", "e\u{301}"), ("日本", "日本"),
        ("👩\u{200D}🚀", "👩\u{200D}🚀"), ("می\u{200C}خ", "می\u{200C}خ"), ("\u{2764}\u{FE0F}", "\u{2764}\u{FE0F}"),
    ])
    func `JSON stays the same JSON, with escapes for what can't be seen`(_ text: String, _ shown: String) {
        let json = "{\n  \"a\(text)\": \"b\(text)c\"\n}\n"
        #expect(
            Array(ControlCharacters.escaped(inJSON: json).utf8)
                == Array("{\n  \"a\(shown)\": \"b\(shown)c\"\n}\n".utf8))
    }
}
