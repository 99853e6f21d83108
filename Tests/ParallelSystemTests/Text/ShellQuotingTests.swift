import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ShellQuotingTests {
    @Test(arguments: ["plain", "a/b.c:d=e,f@g%h+i-j_k", "-o", "1"])
    func `a word without special characters stays as it is`(word: String) {
        #expect(ShellQuoting.quoted(word) == word)
    }

    @Test(arguments: [("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$x", "'$x'"), ("é", "'é'")])
    func `any other is quoted`(word: String, quoted: String) {
        #expect(ShellQuoting.quoted(word) == quoted)
    }

    @Test func `a word that looks like a flag comes behind those that are`() {
        #expect(ShellQuoting.operand("crm") == "crm" && ShellQuoting.operand("-n") == "-- -n")
        #expect(ShellQuoting.operand("a b", "url", flags: " --scope project") == "'a b' url --scope project")
        #expect(ShellQuoting.operand("--x", "url", flags: " --scope project") == "--scope project -- --x url")
    }

    /// Whatever a shell, `printf` or a terminal gives a meaning, alone and with what makes another character of it.
    private static let specials = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\r\nx0é\u{7F}\u{85}\u{2028}".unicodeScalars.map
    { String($0) }
    private static let marks = ["\u{301}", "\u{200D}", "\u{FE0F}", "\u{34F}", "\u{1F3FD}"]
    private static let words =
        [
            "", "plain", "it's", "''", "\\'", "$HOME", "$(id)", "`id`", "a\nb", "*", "!!", "a;b", "{a,b}", "日本 🙂",
            "\u{1B}[31m", "-n", "a\\\nb", "%s", "-\u{200D}", "%d\u{200D}", "\\101\u{200D}7", "me\u{301}",
            "\n", "\n\n\n", "a\n", "a\n\nb\n\n", "\u{200D}\n", "'\n", "a\r\n", "\n\u{301}",
        ]
        + specials.flatMap { special in
            marks.flatMap { mark in [special + mark, "a\(special)\(mark); : > pwned; \(special)\(mark)b"] }
        }

    @Test(arguments: ["/bin/sh", "/bin/dash", "/bin/bash", "/usr/bin/zsh"].filter { Disk.mode($0) != nil })
    func `a shell reads every word back, whatever stands behind its special characters`(shell: String) async throws {
        let folder = try TemporaryDirectory()
        let words = Self.words + Self.specials.map { $0 + "." } + Self.specials
        let command = "printf '%s\\0' " + words.map(ShellQuoting.quoted).joined(separator: " ")
        let result = try await ChildProcess.run(shell, ["-c", command], directory: folder.path)
        let expected = words.map { Array($0.utf8) + [0] }
        #expect(Array(result.output.utf8) == expected.flatMap(\.self))
        #expect(result.error.isEmpty && Disk.names(in: folder.path).isEmpty)
    }

    @Test(.enabled(if: Disk.mode("/usr/bin/fish") != nil))
    func `fish reads every word back, too`() async throws {
        let folder = try TemporaryDirectory()
        let words = (Self.words + ["\\'; : > pwned; '", "\\\\'; : > pwned; '", "x\\", "\\\\\\'; : > pwned; '\\"])
        let command = "printf '%s\\0' " + words.map(ShellQuoting.quoted).joined(separator: " ")
        let result = try await ChildProcess.run(
            "/usr/bin/fish", ["--no-config", "-c", command], environment: ["HOME": folder.path, "LC_ALL": "C.UTF-8"],
            directory: folder.path)
        let expected = words.map { Array($0.utf8) + [0] }
        #expect(Array(result.output.utf8) == expected.flatMap(\.self))
        #expect(result.error.isEmpty && !Disk.names(in: folder.path).contains("pwned"))
    }

    @Test func `what can be read stays readable`() {
        #expect(ShellQuoting.quoted("Zoë's “note” 日本.txt") == #"'Zoë'\''s “note” 日本.txt'"#)
        #expect(ShellQuoting.quoted("a\nb\n\n") == "\"$(printf 'a\\012b')\"'\n\n'")
        #expect(ShellQuoting.quoted("a'\u{FE0F}-b c") == #""$(printf 'a\047\357\270\217\055b c')""#)
    }
}
