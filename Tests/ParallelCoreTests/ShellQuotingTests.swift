import ParallelCore
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

    @Test func `a shell reads every word back`() async throws {
        let words = [
            "", " ", "plain", "it's", "''", "'", "\"", "\\", "\\'", "$HOME", "$(id)", "`id`", "a\nb", "a\tb", "*", "~",
            "!!", "#x", "a;b", "a|b&c", "<>", "{a,b}", "[a]", "日本 🙂", "\u{1B}[31m", "-n", "a\\\nb", "'\n'", "=x", "%s",
        ]
        let command = "printf '%s\\0' " + words.map(ShellQuoting.quoted).joined(separator: " ")
        let result = try await ChildProcess.run("/bin/sh", ["-c", command])
        #expect(result.output == words.map { $0 + "\0" }.joined())
    }
}
