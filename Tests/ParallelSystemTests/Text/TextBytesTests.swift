import ParallelSystem
import Testing

/// Text by its bytes: what follows a character, and how it is composed, makes no other character of it.
struct TextBytesTests {
    private static let marks = ["", "\u{301}", "\u{200D}", "\u{FE0F}"]

    private func bytes(_ parts: [some StringProtocol]) -> [[UInt8]] { parts.map { Array($0.utf8) } }

    @Test(arguments: marks)
    func `a separator is one whatever follows it`(_ mark: String) {
        #expect(bytes("a=\(mark)b=\(mark)".parts(between: "=")) == bytes(["a", "\(mark)b", mark]))
        #expect(bytes("a=\(mark)b=c".parts(between: "=", maxSplits: 1)) == bytes(["a", "\(mark)b=c"]))
        let text = "k:\(mark)v:\(mark)w"
        #expect(
            text.place(of: ":").map { bytes([text.halves(around: $0).0, text.halves(around: $0).1]) }
                == bytes(["k", "\(mark)v:\(mark)w"]))
        #expect(text.lastPlace(of: ":").map { bytes([text.halves(around: $0).1]) } == bytes(["\(mark)w"]))
        #expect("a\(mark)'\(mark)".has("'") && !"a\(mark)".has("'"))
    }

    @Test(arguments: marks)
    func `a beginning and an end are those of the bytes`(_ mark: String) {
        #expect("@\(mark)file".begins(with: "@"))
        #expect(Array("@\(mark)file".dropping(bytes: 1).utf8) == Array("\(mark)file".utf8))
        #expect("\(mark)a/\(mark)".ends(with: "/\(mark)") && "a/".ends(with: "/"))
        #expect("a".dropping(bytes: 2).isEmpty && "".dropping(bytes: 1).isEmpty)
        #expect(!"/".begins(with: "//") && !"/".ends(with: "//"))
    }

    @Test func `names that differ in normalisation alone are different`() {
        #expect("caf\u{E9}" == "cafe\u{301}")
        #expect(!"caf\u{E9}".isExactly("cafe\u{301}") && "caf\u{E9}".isExactly("caf\u{E9}"))
        #expect(!"caf\u{E9}".begins(with: "cafe\u{301}") && !"K".isExactly("\u{212A}"))
        let names = Set(["caf\u{E9}", "cafe\u{301}", "caf\u{E9}"].map { ExactText($0) })
        #expect(names.count == 2)
    }

    @Test func `only ASCII letters have a lower case`() {
        #expect(Array("X-\u{212A}Ey\u{C9}".asciiLowercased.utf8) == Array("x-\u{212A}ey\u{C9}".utf8))
    }

    @Test(arguments: [
        ("", [""]), ("a", ["a"]), ("a\nb\r\nc\rd\n", ["a", "b", "c", "d", ""]), ("\r\r\n\n", ["", "", "", ""]),
        ("a\u{2028}b\u{85}c\u{C}", ["a\u{2028}b\u{85}c\u{C}"]), ("\n\u{301}x\r\u{200D}", ["", "\u{301}x", "\u{200D}"]),
    ])
    func `lines end at LF, CR LF and CR alone`(_ text: String, _ lines: [String]) {
        #expect(bytes(text.lines) == bytes(lines))
    }

    @Test func `white space is that of scalars`() {
        #expect(" \t\u{A0}\n".isBlank && "".isBlank && !" \u{301}".isBlank)
        #expect(Array("\u{2003} \u{301}a b\r\n".trimmed.utf8) == Array("\u{301}a b".utf8))
        #expect("  ".trimmed.isEmpty)
    }

    @Test func `a character with a thousand marks is shortened like any text`() {
        let text = "a" + String(repeating: "\u{301}", count: 1000)
        #expect(text.shortened(to: 5).unicodeScalars.count == 6 && "abc".shortened(to: 3) == "abc")
    }
}
