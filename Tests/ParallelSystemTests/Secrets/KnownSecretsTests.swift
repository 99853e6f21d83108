import ParallelSystem
import Testing

@Suite struct KnownSecretsTests {
    private func masked(_ text: String, _ hidden: String...) -> String {
        let secrets = KnownSecrets()
        hidden.forEach(secrets.hide)
        return secrets.masked(text)
    }

    @Test(arguments: [
        ("abcdefgh", "xabcdefghx abcdefgh", "x***x ***"), ("abcdefgh", "abcdefg", "abcdefg"),
        // Short ones are words, the shortest may be any word.
        ("test", "a test, tested; pretest test_x té test", "a ***, tested; pretest test_x té ***"),
        ("abcdefg", "abcdefg abcdefgh", "*** abcdefgh"), ("any", "any", "any"), ("t", "t", "t"), ("", "x", "x"),
        ("    ", "a    b", "a    b"),
        // Combining marks make no other text of what they stand behind.
        ("abcdefgh", "abcdefgh\u{301}", "***\u{301}"), ("abcdefgh\u{301}", "xabcdefgh\u{301}y", "x***y"),
        // Overlaps are hidden as a whole.
        ("abab12abab", "abab12abab12ababx", "***x"), ("aaaaaaaa", String(repeating: "a", count: 20) + "b", "***b"),
        // Forms in which others repeat a secret.
        ("a b/c+d=\u{E9}", "a%20b%2Fc%2Bd%3D%C3%A9", "***"), ("a b/c+d=\u{E9}", "a%20b%2fc%2bd%3d%c3%a9", "***"),
        ("ab\"cd\\ef/gh\t1", #"{"x":"ab\"cd\\ef/gh\t1"}"#, #"{"x":"***"}"#),
        ("ab/cd\u{E9}f\u{1F600}", #"ab\/cd\u00e9f\ud83d\ude00"#, "***"), ("ab/cd\u{E9}f1", #"ab/cd\u00e9f1"#, "***"),
        ("ab<cd>ef&g", #"ab\u003ccd\u003eef\u0026g"#, "***"), (" abcdefgh\n", "[abcdefgh]", "[***]"),
        // .NET, in both cases of its digits; Gson.
        ("k\"+&<>'`\u{E9}=/\\", #"k\u0022\u002B\u0026\u003C\u003E\u0027\u0060\u00E9=/\\"#, "***"),
        ("k\"+&<>'`\u{E9}=/\\", #"k\u0022\u002b\u0026\u003c\u003e\u0027\u0060\u00e9=/\\"#, "***"),
        ("ab+cd\u{1F600}/e", #"ab\u002Bcd\uD83D\uDE00/e ab+cd\uD83D\uDE00\/e"#, "*** ***"),
        ("ab<cd>ef=gh'", #"ab\u003ccd\u003eef\u003dgh\u0027 ab\u003Ccd\u003Eef=gh'"#, "*** ***"),
        ("a b/c+d=\u{E9}", "a%20b/c%2Bd%3D%C3%A9 a+b%2Fc%2Bd%3D%C3%A9 a%20b/c+d=%c3%a9", "*** *** ***"),
        ("ab&\"cd'<>", "ab&amp;\"cd'&lt;&gt; ab&amp;&quot;cd&#39;&lt;&gt; ab&amp;&#34;cd&#39;&lt;&gt;", "*** *** ***"),
        ("ab'cdefgh", "ab&#x27;cdefgh ab&#039;cdefgh ab&apos;cdefgh", "*** *** ***"),
        ("abcdefgh", "YWJjZGVmZ2g=", "***="), ("abcdefghi", "YWJjZGVmZ2hp", "***"),
        // Within a longer text, in which it does not begin with a digit of its own.
        ("abc-defgh1", "QmVhcmVyIGFiYy1kZWZnaDE= a2V5OiBhYmMtZGVmZ2gxeg==", "QmVhcmVyIG***E= a2V5OiB***eg=="),
        ("abc-defgh1", "6162632d646566676831 6162632D646566676831 abc%2Ddefgh1 abc%2ddefgh1", "*** *** *** ***"),
        ("?>?>?>~~", "Pz4/Pj8+fn4= Pz4_Pj8-fn4", "***= ***"),
        ("Bearer abcdefgh", "bearer: abcdefgh", "bearer: ***"),
        ("Bearer abcdefgh", "x Bearer abcdefgh", "x Bearer ***"),
        ("Basic dXNlcjpwYXNzd29yZDE=", "dXNlcjpwYXNzd29yZDE= user:password1 password1 user", "*** *** *** user"),
        ("Bearer ", "Bearer x", "Bearer x"), ("Basic !", "Basic !", "Basic !"), ("Bearer", "Bearer x", "Bearer x"),
        ("Key abcdefgh", "Key abcdefgh", "***"),
    ])
    func `a secret is hidden where it means itself`(secret: String, text: String, shown: String) {
        #expect(masked(text, secret) == shown)
    }

    @Test func `a secret that was cut before it came here is hidden too`() {
        for length in 4..<16 {
            let beginning = "0123456789abcdef".prefix(length)
            #expect(masked("x \(beginning)… y", "0123456789abcdef") == "x ***… y")
            #expect(masked("x \(beginning) y", "0123456789abcdef") == "x \(beginning) y")
        }
        #expect(masked("012…", "0123456789abcdef") == "012…")
    }

    @Test(arguments: ["“pass12”", "—pass12…", "（pass12）", "'pass12'"])
    func `a short secret is hidden between any signs`(text: String) {
        #expect(!masked(text, "pass12").contains("pass12"))
    }

    @Test(arguments: ["épass12", "pass12é", "xpass12", "pass123", "_pass12", "日pass12"])
    func `within a word a short secret is a part of it`(text: String) {
        #expect(masked(text, "pass12") == text)
    }

    @Test func `of short secrets that end alike the longest is hidden that is a word`() {
        #expect(masked("x -pass, y-pass, zpass, --pass", "pass", "-pass") == "x ***, y-***, zpass, -***")
    }

    @Test func `a secret that became the host of an address is hidden`() {
        #expect(masked("https://abcdef-123.evil.example/", "AbCdEf-123") == "https://***.evil.example/")
    }

    @Test func `secrets that overlap leave nothing of each other, whatever the order`() {
        for secrets in [["abcdefgh", "efghijkl", "abcdefghij"], ["efghijkl", "abcdefghij", "abcdefgh"]] {
            #expect(masked("-abcdefghijkl-abcdefghij-", secrets[0], secrets[1], secrets[2]) == "-***-***-")
        }
    }

    @Test func `a message is cut so that no beginning of a secret is left`() {
        let secrets = KnownSecrets()
        secrets.hide("0123456789abcdef")
        for length in 0..<60 {
            let text = String(repeating: "x", count: length) + "0123456789abcdef" + String(repeating: "y", count: 40)
            let shown = secrets.shortened(text, to: 30)
            #expect(!shown.contains("0") && shown.utf8.count <= 33 && shown.hasSuffix("…"), "\(shown)")
        }
        #expect(secrets.shortened("0123456789abcdef", to: 30) == "***")
        #expect(secrets.shortened("ab", to: 2) == "ab" && secrets.shortened("abc", to: 2) == "ab…")
        #expect(
            secrets.shortened("a\u{1F600}", to: 4) == "a…" && secrets.shortened("a\u{1F600}", to: 5) == "a\u{1F600}")
        #expect(secrets.shortened("", to: 0) == "" && secrets.shortened("é", to: 0) == "…")
    }

    @Test func `a long text is masked in a time that grows with its length alone`() {
        let text = String(repeating: "a", count: 200_000)
        // Where each place were tried anew, this would take hours.
        #expect(masked(text, String(repeating: "a", count: 50_000) + "b") == text)
        #expect(masked(text, String(repeating: "a", count: 50_000)) == "***")
    }

    @Test func `of a secret that is very long only itself is hidden, without its scheme`() {
        let secret = "/" + String(repeating: "a1", count: 5_000)
        #expect(masked("x \(secret) %2F\(secret.dropFirst())", secret) == "x *** %2F\(secret.dropFirst())")
        #expect(masked("x \(secret)", "Bearer \(secret)") == "x ***")
        let short = secret.prefix(4_000)
        #expect(masked("x \(short) %2F\(short.dropFirst())", String(short)) == "x *** ***")
    }

    @Test func `secrets beyond any number are hidden themselves, the first ones in every form`() {
        let secrets = KnownSecrets()
        secrets.hide("first/secret")
        for number in 0..<1_000 { secrets.hide(String(repeating: "\(number)/", count: 300)) }
        secrets.hide("last/secret")
        #expect(secrets.masked("first/secret first%2Fsecret") == "*** ***")
        #expect(secrets.masked("last/secret last%2Fsecret") == "*** last%2Fsecret")
    }

    @Test func `a secret that is learnt after others were hidden is hidden from then on`() {
        let secrets = KnownSecrets()
        #expect(secrets.masked("abcdefgh ijklmnop") == "abcdefgh ijklmnop")
        secrets.hide("abcdefgh")
        #expect(secrets.masked("abcdefgh ijklmnop") == "*** ijklmnop")
        secrets.hide("ijklmnop")
        #expect(secrets.masked("abcdefgh ijklmnop") == "*** ***")
        #expect(
            secrets.shortened("x ijklmnop", to: 5) == "x ***" && secrets.shortened("xyz ijklmnop", to: 5) == "xyz *…")
    }
}
