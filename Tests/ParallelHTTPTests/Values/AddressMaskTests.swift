import ParallelHTTP
import ParallelSystem
import Testing

@Suite struct AddressMaskTests {
    private static let mixed = "AbCdEfGhIjKlMnOp1234"
    private static let hex = "0123456789abcdef0123456789ABCDEF"
    private static let uuid = "123e4567-e89b-12d3-a456-426614174000"

    @Test(arguments: [
        ("https://h/p", "https://h/p"), ("https://h", "https://h"), ("https://h:8080/a/b/", "https://h:8080/a/b/"),
        ("https://[::1]:80/p", "https://[::1]:80/p"),
        // Query and fragment.
        ("https://h/p?key=abc&n=1", "https://h/p?key=***&n=***"), ("https://h/p?abc", "https://h/p?***"),
        ("https://h/p?a=&b", "https://h/p?a=&***"), ("https://h?a=1", "https://h?a=***"),
        ("https://h/p#token", "https://h/p#***"), ("https://h/p?a=b/c@d#e", "https://h/p?a=***@***#***"),
        ("https://h/p?\(mixed)=1", "https://h/p?***=***"),
        ("https://h/p?a\u{301}=b\u{301}&\u{301}c=d", "https://h/p?a\u{301}=***&\u{301}c=***"),
        // User information.
        ("https://user:pass@h/p", "https://***:***@h/p"), ("https://token@h/p", "https://***@h/p"),
        ("https://u:p@s@h/p", "https://***:***@***@h/p"), ("https://h/@scope/server", "https://h/@scope/server"),
        // No URLs, in which a password may end anywhere.
        ("user:pass@h", "***:***@h"), ("user:pass@h:3128/p", "***:***@h:3128/p"), ("user:pa/ss@h", "***:***@h"),
        ("https://user:pa/ss@h/p", "https://***:***@h/p"), ("https://user:p#ss@h", "https://***:***#***@h"),
        ("https://user:p?ss@h", "https://***:***?***@h"), ("https://user:pass", "https://user:***"),
        ("https//user:pass@h", "***:***@h"), ("user@\u{301}h:x@i", "***@***:***@i"), ("//u:p@h/x", "//***:***@h/x"),
        // Segments of the path.
        ("https://h/s/\(mixed)/mcp", "https://h/s/***/mcp"), ("https://h/sk-proj-a1b2/mcp", "https://h/***/mcp"),
        ("https://h/sk-region/eyJ/mcp", "https://h/sk-region/eyJ/mcp"), ("https://h/\(hex)", "https://h/***"),
        ("https://h/\(hex)0", "https://h/***"), ("https://h/a/\(uuid)/", "https://h/a/***/"),
        ("https://h/\(uuid)?x", "https://h/***?***"), ("https://h/AbCdEfGhIjKlMnOp12%333", "https://h/***"),
        ("https://h/AbCdEfGhIjKlMnOp123", "https://h/AbCdEfGhIjKlMnOp123"),
        ("https://h/abcdefghijklmnop1234", "https://h/abcdefghijklmnop1234"),
        ("https://h/AbCdEfGhIjKlMnOpQrSt", "https://h/AbCdEfGhIjKlMnOpQrSt"),
        ("https://h/0123456789abcdef0123456789abcde", "https://h/0123456789abcdef0123456789abcde"),
        ("https://h/123e4567-e89b-12d3-a456-42661417400", "https://h/123e4567-e89b-12d3-a456-42661417400"),
        ("https://h/caf%C3%A9-de-la-gare-du-nord", "https://h/caf%C3%A9-de-la-gare-du-nord"),
        (
            "https://h/v1/tasks/runs/trun_864d198c286fbddf9a3481d7cdf09bef/result?timeout=1",
            "https://h/v1/tasks/runs/trun_864d198c286fbddf9a3481d7cdf09bef/result?timeout=***"
        ),
        (mixed, "***"), ("", ""), ("?", "?"), ("@", "@"), ("://", "://"), ("https://", "https://"), ("//", "//"),
    ])
    func `an address hides what may be secret, and shows the rest`(address: String, shown: String) {
        #expect(AddressMask.masked(address) == shown)
        // What was masked already stays as it is.
        #expect(AddressMask.masked(shown) == shown)
    }

    @Test func `a command to type keeps the path, and values under names that are no secret stay`() {
        let address = "https://u:p@h/\(Self.uuid)/x?key=abc&timeout=3"
        let typed = AddressMask.masked([.text(address)], keepingPath: true)
        #expect(typed == "https://***:***@h/\(Self.uuid)/x?key=***&timeout=***")
        #expect(AddressMask.masked([.text(address)], showing: ["timeout"]).hasSuffix("/***/x?key=***&timeout=3"))
    }

    @Test func `references stay, and their defaults are not taken for parts of the address`() {
        let parts: [AddressMask.Part] = [
            .text("https://h/\(Self.mixed)"), .reference("${A:-@?}"), .text("/x?k="), .reference("${K}"), .text("y"),
        ]
        #expect(AddressMask.masked(parts) == "https://h/***${A:-@?}/x?k=${K}***")
        #expect(AddressMask.masked([.reference("${URL}"), .text("/x?k=y")]) == "${URL}/x?k=***")
        #expect(AddressMask.masked([.reference("${URL}"), .text("/@a/b")]) == "${URL}/@a/b")
        #expect(AddressMask.masked([.reference("${S}"), .text("://u:p@h/")]) == "${S}://***:***@h/")
    }

    @Test(arguments: [
        ("cannot reach https://h/p?k=v.", "cannot reach https://h/p?k=***."),
        ("see 'https://u:p@h/x', or (http://i/?a=b)", "see 'https://***:***@h/x', or (http://i/?a=***)"),
        (#"{"url":"https://h/?k=v","n":1}"#, #"{"url":"https://h/?k=***","n":1}"#),
        ("a https://h/\(uuid): gone", "a https://h/***: gone"), ("x=wss://u:p@h", "x=wss://***:***@h"),
        ("https://a/https://u:p@b/?k=v", "https://a/https://***:***@b/?k=***"),
        ("proxy user:pass@h:80 failed", "proxy ***:***@h:80 failed"),
        ("mail me@h or mailto:me@h", "mail me@h or mailto:me@h"),
        ("npm:@scope/x at 12:30", "npm:@scope/x at 12:30"),
        ("Route POST:/s/\(uuid)/mcp not found", "Route POST:/s/***/mcp not found"),
        ("run trun_864d198c286fbddf9a3481d7cdf09bef failed", "run trun_864d198c286fbddf9a3481d7cdf09bef failed"),
        ("a\u{301} https://h/\u{301}?k=v\u{301} \u{2028}x@y", "a\u{301} https://h/\u{301}?k=*** \u{2028}x@y"),
        // Queries without a URL, as servers repeat them.
        ("Cannot POST /mcp?api_key=sk-1 now", "Cannot POST /mcp?api_key=*** now"), ("h.example?k=v", "h.example?k=***"),
        ("h/mcp?a=b&k=v.", "h/mcp?a=***&k=***."), ("at /mcp?sk-1", "at /mcp?***"), ("and k=v b&k=v", "and k=v b&k=***"),
        ("https%3A%2F%2Fh%2F%3Fk%3Dv b%3fk%3Dv", "https%3A%2F%2Fh%2F*** b***"),
        ("why? because=x, AT&T, what?x yes/no? 5%", "why? because=x, AT&T, what?x yes/no? 5%"),
        // Queries that hold what ends other words.
        (#"URL: https://h/p?f={"a":1}&k=v, Headers: {}"#, "URL: https://h/p?f=***:***&k=***, Headers: {}"),
        (#"https://h/?q="x"&k=v"#, "https://h/?q=***&k=***"), ("https://h/?q=<x>&k=v", "https://h/?q=***&k=***"),
        ("https://h/?q=a`b&k=v", "https://h/?q=***&k=***"), ("https://h/?q=a b&k=v", "https://h/?q=*** b&k=***"),
        (#"/p?f={"k":"v"}, see"#, #"/p?f=***:***"}, see"#), (#"https://u:p"p@h/p"#, "https://***:***@h/p"),
        (#""https://h/?f={"a":1}&k=v""#, #""https://h/?f=***"a":1}&k=***""#),
        ("<https://h/?k=v>.", "<https://h/?k=***>."),
        ("<a>https://h/?k=v</a>", "<a>https://h/?k=***</a>"), (#""see https://h/?k=v""#, #""see https://h/?k=***""#),
        // Slashes escaped as in JSON.
        (#"{\"u\":\"https:\\/\\/h\\/p?k=v\"}"#, #"{\"u\":\"https://h/p?k=***"}"#),
        (#"https:\/\/u:p@h\/p"#, "https://***:***@h/p"),
        ("1/2 and/or", "1/2 and/or"), ("://", "://"), ("https://", "https://"), ("@", "@"), ("", ""),
        ("two\nlines\thttp://h/?a=b\n", "two\nlines\thttp://h/?a=***\n"),
        (
            "at https://h.example/mcp;key=s3cret-value-9;v=1?x=1 it failed",
            "at https://h.example/mcp;key=***;v=***?x=*** it failed"
        ),
        ("Authorization: Bearer sk-live-0123456789 was refused", "Authorization: Bearer *** was refused"),
        ("sent Basic dXNlcjpwYXNzd29yZDE= to it", "sent Basic *** to it"),
        (#"headers {"x-api-key": "abcd1234efgh"}"#, #"headers {"x-api-key": "***"}"#),
        ("api_key=abcd1234efgh is not valid", "api_key=*** is not valid"),
        (
            "the bearer token of route66-east: password: required",
            "the bearer token of route66-east: password: required"
        ),
    ])
    func `addresses within somebody else's text are masked`(text: String, shown: String) {
        #expect(AddressMask.maskingAddresses(in: text) == shown)
        #expect(AddressMask.maskingAddresses(in: shown) == shown)
    }

    @Test(arguments: [
        ":", "a://", "http://a", "a:b@", "%", "/", "-", "@a", "?a=", "https://u:p", "\"a?b=", "<h/?", "\\",
    ])
    func `a long text is masked in a time that grows with its length alone`(piece: String) {
        // Where it grew with the square of it, this would take minutes.
        let text = String(repeating: piece, count: 100_000 / piece.utf8.count)
        #expect(!AddressMask.maskingAddresses(in: text).isEmpty)
        #expect(!AddressMask.masked(text).isEmpty)
    }

    @Test func `what others may repeat of an address is known`() {
        let query = "key=a1b2%2Fc3d4&token-123&x=&lang=english&year=20250311"
        let found = Set(AddressMask.secrets(in: "https://us:p%41ss@h/s/AbCdEfGh0123456789Kl/p?\(query)"))
        #expect(
            found == [
                "us:p%41ss", "us:pAss", "p%41ss", "pAss", "AbCdEfGh0123456789Kl", "a1b2%2Fc3d4", "a1b2/c3d4",
                "token-123",
            ])
        #expect(AddressMask.secrets(in: "user:pass@h:3128").contains("pass"))
        #expect(AddressMask.secrets(in: "https://h/p").isEmpty)
    }

    @Test func `what a server said is cut without leaving half a secret or half an address`() {
        let secrets = KnownSecrets()
        secrets.hide("sec-1234567890")
        for length in 0..<40 {
            let text = String(repeating: "x", count: length) + " sec-1234567890 http://h/?k=vvvvvvvv " + "y"
            let shown = secrets.shownWords(of: text.utf8, limit: 30)
            #expect(shown.utf8.count <= 33 && !shown.contains("sec-") && !shown.contains("v"), "\(shown)")
        }
        #expect(secrets.shownWords(of: "é\u{301}".utf8, limit: 1) == "é…")
    }
}
