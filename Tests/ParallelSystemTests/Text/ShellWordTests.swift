import ParallelSystem
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

@Suite
struct ShellWordTests {
    private static let shells: [String] = ["/bin/sh", "/bin/bash", "/bin/dash"].filter { access($0, X_OK) == 0 }
    /// How many words each shell gets; `Scripts/shells` asks for more.
    private static let wordCount = getenv("PARALLEL_TEST_WORDS").flatMap { Int(String(cString: $0)) } ?? 2_000
    private static let batchSize = 500

    @Test(arguments: shells)
    func `a shell gives back any word that was quoted`(shell: String) async throws {
        for start in stride(from: 0, to: Self.wordCount, by: Self.batchSize) {
            let words = (start..<min(Self.wordCount, start + Self.batchSize)).map { _ in Self.randomWord() }
            let line = "printf '%s\\0' " + words.map(ShellQuoting.quoted).joined(separator: " ") + "\n"
            // What a byte is, and a character, differs by locale.
            let locale = start / Self.batchSize % 2 == 0 ? "C.UTF-8" : "C"
            let result = try await ChildProcess.run(
                shell, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": locale], input: .text(line))
            let given = result.outputBytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            let wrong = zip(words, given).first { word, given in !given.elementsEqual(word.utf8) }
            let batch = "\(locale), first wrong word: \(wrong.map { Array($0.0.utf8) } ?? [])"
            #expect(wrong == nil && given.count == words.count && result.error.isEmpty, "\(batch)")
        }
    }

    /// Up to a dozen pieces, most of which mean something to a shell; each may have a mark behind it that makes another
    /// character of it.
    private static func randomWord() -> String {
        var word = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...12) {
            word.append(contentsOf: (pieces.randomElement() ?? "").unicodeScalars)
            if Int.random(in: 0..<3) == 0 { word.append(contentsOf: (marks.randomElement() ?? "").unicodeScalars) }
        }
        return String(word)
    }

    private static let pieces: [String] = {
        // Everything in ASCII but NUL, which no word can hold.
        let ascii = (1..<0x80).map { String(Unicode.Scalar(UInt8($0))) }
        let meaningful = [
            "'", "'", "\"", "\\", "`", "$(", "${", "$'", "\n", "\r\n", "<<E", "'\\''", "''", "\\'", ";", "~",
        ]
        // Texts that look like broken UTF-8, or like what broken UTF-8 is shown as.
        let strange = [
            "\\xff", "\\303", "\u{FFFD}", "\u{85}", "\u{A0}", "\u{2028}", "\u{FEFF}", "\u{10FFFF}", "é", "🎉", "中",
        ]
        return ascii + meaningful + meaningful + strange
    }()
    private static let marks = ["\u{301}", "\u{200D}", "\u{FE0F}", "\u{20E3}", "\u{E0061}", "\u{1F3FB}"]
}
