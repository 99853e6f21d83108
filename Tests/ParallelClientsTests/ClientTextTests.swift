import ParallelClients
import ParallelJSON
import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct ClientTextTests {
    private func file(_ id: String, _ text: String) throws -> ClientFile {
        let client = try #require(ClientCatalogue.client(named: id))
        return try ClientFile(client, .user, path: "/f", bytes: Array(text.utf8))
    }

    @Test(arguments: [
        ("codex", "mcp_servers = { a = { url = \"x\" } }\n", 1), ("codex", "x = 1\nmcp_servers.a.url = \"x\"\n", 2),
        ("codex", "[mcp_servers]\nwiki = { url = \"x\" }\n", 2), ("codex", "[[mcp_servers]]\nurl = \"x\"\n", 1),
        ("goose", "extensions: {a: {b: 1}}\n", 1), ("goose", "a: 1\nextensions: &x\n  a:\n    b: 1\n", 2),
        ("goose", "extensions: *x\n", 1), ("goose", "extensions:\n  - a: 1\n", 1),
        ("continue", "mcpServers:\n  a:\n    b: 1\n", 1),
    ])
    func `a file whose servers are written in another way is left alone, with the line`(
        id: String, text: String, line: Int
    ) throws {
        let error = #expect(throws: ClientError.self) { try file(id, text).setting("wiki", to: ["url": "u"]) }
        switch error {
        case .unchangeable(_, let problem): #expect(problem.line == line)
        case .unreadable(_, let reason): #expect(reason.contains("line \(line)"))
        default: Issue.record("\(String(describing: error))")
        }
    }

    @Test(arguments: [
        ("cursor", #"{"mcpServers": {}, "mcpServers": {}}"#), ("cursor", #"{"mcpServers": {"a": {}, "a": {}}}"#),
        ("cursor", #"{"mcpServers": [1]}"#), ("cursor", "[]"), ("cursor", #"{"a": 1 /* no */}"#),
        ("cursor", #"{"a": 1,}"#),
        ("codex", "[a]\n[a]\n"), ("codex", "a = 1\na = 2\n"), ("codex", "a = \"x\n"), ("codex", "a = 1 2\n"),
        ("codex", "a = [1 2]\n"), ("goose", "a: 1\na: 2\n"), ("goose", "a:\n\t- 1\n"), ("goose", "a: [1\n"),
        ("goose", "a: 1\n---\nb: 2\n"), ("goose", "a: 1\n  b: 2\n c: 3\n"), ("goose", "- a\n"),
        ("goose", "a: \"x\" y\n"),
    ])
    func `a file that means two things, or nothing, is refused`(id: String, text: String) {
        #expect(throws: ClientError.self) { try file(id, text) }
    }

    @Test(arguments: [
        ("a: 1\rb: 2\n", 5), ("a: x\u{85}b: 2\n", 5), ("a: x # \"\u{2028}b: 2\n", 9), ("a: \"x\u{2029}y\"\n", 6),
    ])
    func `a character that ends a line for some readers of YAML is refused with its place`(
        text: String, column: Int
    ) throws {
        let error = #expect(throws: ClientError.self) { try file("goose", "# c\n" + text) }
        guard case .unreadable(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasSuffix("at line 2, column \(column)"))
    }

    @Test func `empty lines that belong to a YAML text stay with it`() throws {
        let text = "a:\n  b: |+\n    x\n\n\n"
        let new = try file("goose", text).setting("wiki", to: ["uri": "u"])
        #expect(String(decoding: new, as: UTF8.self) == text + "extensions:\n  wiki:\n    uri: u\n")
        let inner = "extensions:\n  c:\n    d: >+\n      x\n\n"
        let added = try file("goose", inner).setting("wiki", to: ["uri": "u"])
        #expect(String(decoding: added, as: UTF8.self) == inner + "  wiki:\n    uri: u\n")
    }

    @Test(arguments: ["a: 1\nb: |\n  x", "a: 1\nb: >+\n  x", "extensions:\n  c:\n    d: |\n      x"])
    func `a text at the end of a YAML file that would get a line end is left alone`(text: String) throws {
        let error = #expect(throws: ClientError.self) { try file("goose", text).setting("wiki", to: ["uri": "u"]) }
        guard case .unchangeable(_, let problem)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(problem.line == (text.hasPrefix("a") ? 2 : 3))
        #expect(throws: Never.self) { try file("goose", text + "\n").setting("wiki", to: ["uri": "u"]) }
        // Where a '-' drops line ends, nothing changes.
        let stripped = String(text.map { "|>".contains($0) ? "|" : $0 == "+" ? "-" : $0 })
            .replacing("|\n", with: "|-\n")
        #expect(throws: Never.self) { try file("goose", stripped).setting("wiki", to: ["uri": "u"]) }
    }

    @Test func `a text in block style is read with its line ends`() throws {
        let text = "a: |\n  x\n  y\nb: |-\n  x\nc: |+\n  x\n\n\nd: |\ne: >\n  x\n\n# c\nf: |\n  z"
        let value = try file("goose", text).document
        #expect(value == ["a": "x\ny\n", "b": "x", "c": "x\n\n\n", "d": "", "e": "x\n", "f": "z"])
    }

    @Test func `an entry is added in front of the line that ends a YAML document`() throws {
        for text in ["--- # c\na: 1\n...\n", "a: 1\n...", "a: |+\n  x\n\n...\n# c\n"] {
            let new = String(decoding: try file("goose", text).setting("wiki", to: ["uri": "u"]), as: UTF8.self)
            #expect(new == text.replacing("...", with: "extensions:\n  wiki:\n    uri: u\n..."))
            #expect(try file("goose", new).document["a"] == file("goose", text).document["a"])
        }
    }

    @Test(arguments: [
        ("cursor", "{\n  \"mcpServers\": 1\n}", "'mcpServers' is a number, not a map at line 2, column 17"),
        ("openclaw", "{mcp: {\n    servers: []}, mcp: {servers: 'x'}}", "'mcp' stands twice at line 2, column 24"),
        ("amp", "{\"amp.mcpServers\": {\"a\": {},\n\t\"a\": {}}}", "'a' stands twice at line 2, column 7"),
        ("codex", "a = 1\nmcp_servers = 1\n", "'mcp_servers' is a number, not a map at line 2, column 1"),
        ("goose", "a: 1\nextensions: 5\n", "'extensions' is a number, not a map at line 2, column 1"),
        (
            "continue", "mcpServers:\n  - name: a\n  - name: a\n", "'a' stands twice at line 1, column 1"
        ),
        ("codex", "[a]\n  b = 1\n  b = 2\n", "'a.b' stands twice at line 3, column 3"),
        ("goose", "a:\n  b: 1\n  b: 2\n", "'b' stands twice at line 3, column 3"),
        ("goose", "a: 1\n...\n---\nb: 1\n", "a second document is not understood at line 3, column 1"),
        ("goose", "a: 1\n--- b\n", "a second document is not understood at line 2, column 1"),
        ("goose", "--- a\n", "only a comment may stand behind '---' here at line 1, column 5"),
        ("goose", "a: 1\n...\nb: 1\n", "a second document is not understood at line 3, column 1"),
    ])
    func `what a file must not hold is told with its place`(id: String, text: String, reason: String) throws {
        #expect(throws: ClientError.unreadable(path: "/f", reason)) { try file(id, text) }
    }

    @Test func `an alias needs its anchor`() throws {
        let text = "a: &x 1\nb: *x\nc: [*x, '*y', \"*z\"]\nd: {e: &f 1, g: *f}\nh:\n  <<: *x # c\n"
        #expect(try file("goose", text).document["c"]?.array?.count == 3)
    }

    @Test(arguments: [("crush", true), ("cursor", true), ("zed", false), ("codex", false)])
    func `a value that the client would expand is not written into its file`(id: String, isRefused: Bool) throws {
        let client = try #require(ClientCatalogue.client(named: id))
        let server = ServerDefinition(url: "https://x/", headers: [.init(name: "X-Key", value: "${T}")])
        for value in ["$(touch x)", "a$HOME", "{env:X}"] {
            let entry = { try ClientEntry(client, server, as: "x", embedding: ["T": value]) }
            if isRefused {
                #expect(throws: ClientObstacle.expanded("the header 'X-Key'")) { try entry() }
            } else {
                #expect(try entry().value.serialized().contains(value))
            }
        }
        let address = ServerDefinition(url: "https://x/?k=${T}")
        if isRefused {
            #expect(throws: ClientObstacle.expanded("the URL")) {
                try ClientEntry(client, address, as: "x", embedding: ["T": "$(touch x)"])
            }
        }
        #expect(try ClientEntry(client, server, as: "x", embedding: ["T": "plain"]).way == .http)
    }

    @Test(arguments: [
        (
            "cursor",
            #"{"mcpServers": {"x": {"env": {"A": "h1"}, "url": "https://u:h2@x/?k=h3", "args": ["$h4", "{h5}", "\\u0068\\u0036"]}}}"#
        ),
        ("codex", "[mcp_servers.x]\nurl = 'https://x/?k=h1'\nargs = [\"h2\", \"{h3}\"] # h4\nenv = { A = \"h5\" }\n"),
        (
            "goose",
            "extensions:\n  x:\n    uri: https://x/?k=h1\n    envs:\n      A: $h2\n      B: 'h3'\n    cmd: |\n      h4\n"
        ),
    ])
    func `a diff shows no value of another entry`(id: String, text: String) throws {
        let entry: JSONValue = ["url": "https://wiki.example/"]
        let old = try file(id, text)
        let new = try old.setting("wiki", to: entry)
        let lines = old.maskedDiff(to: new, showing: entry).joined(separator: "\n")
        #expect(lines.contains("https://wiki.example/"), "\(lines)")
        for secret in ["h1", "h2", "h3", "h4", "h5", "u0068"] { #expect(!lines.contains(secret), "\(lines)") }
        if id != "goose" { #expect(lines.contains("x/?k=***"), "\(lines)") }
        #expect(!old.maskedDiff(to: new, showing: nil).joined().contains("wiki.example"))
    }

    @Test func `a diff shows the whole of the own entry`() throws {
        let entry: JSONValue = ["headers": ["A": "Bearer ${T}, x", "B": "y"], "args": ["{a}", "b: c"]]
        for id in ["goose", "codex", "cursor"] {
            let old = try file(id, "")
            let lines = old.maskedDiff(to: try old.setting("wiki", to: entry), showing: entry)
            #expect(!lines.joined().contains("*"), "\(lines)")
        }
    }

    @Test(arguments: [
        (
            "cursor",
            #"""
            {"mcpServers": {"x": {"type": "http", "url": "https://x/mcp", "timeout": 30, "headers": {
              "A": "Bearer ${env:X_TOKEN}", "B": "hush", "C": 4711, "D": "http"},
              "disabled": false, "command": "npx", "args": ["-y", "hush", 4712], "note": "hush"}}}
            """#,
            ["\"https://x/mcp\"", "\"timeout\": 30", "\"Bearer ${env:X_TOKEN}\"", "\"npx\"", "\"disabled\": false"]
        ),
        (
            "codex",
            """
            [mcp_servers.x]
            url = "https://x/mcp/0123456789abcdef0123456789abcdef"
            bearer_token_env_var = "X_TOKEN"
            startup_timeout_sec = 20
            env_http_headers = { A = "Y_TOKEN", B = "hush" }
            http_headers = { C = "hush", D = 4711 }
            password = 4712

            """, ["\"https://x/mcp/***\"", "\"X_TOKEN\"", "= 20", "\"Y_TOKEN\""]
        ),
        (
            "codex", "[mcp_servers.x]\nbearer_token_env_var = \"hush\"\ncommand = \"K=hush npx\"\napi_key = 4711\n", []
        ),
        ("codex", "[mcp_servers.x]\nbearer_token_env_var = \"ghp_4711hushHush\"\nname = \"hush47114712\"\n", []),
        (
            "goose",
            """
            extensions:
              x:
                type: streamable_http
                uri: https://u:hush@x/mcp?k=hush
                envs: {A: 4711, B: hush}
                env_keys:
                  - X_TOKEN
                timeout: 300

            """, ["streamable_http", "https://***:***@x/mcp?k=***", "- X_TOKEN", "timeout: 300"]
        ),
    ])
    func `a diff shows what is no secret of another entry, and nothing else`(
        id: String, text: String, shown: [String]
    ) throws {
        let old = try file(id, text)
        let lines = old.maskedDiff(to: Array((text + "# x\n").utf8), showing: nil).joined(separator: "\n")
        let near = old.maskedDiff(to: [], showing: nil).joined(separator: "\n")
        for part in shown { #expect(near.contains(part), "\(near)") }
        for secret in ["hush", "4711", "4712", "0123456789abcdef"] {
            #expect(!(lines + near).contains(secret), "\(near)")
        }
        // "http" is a type here, and the value of a header there.
        if id == "cursor" { #expect(near.contains("\"type\": \"***\"") && near.contains("\"D\": \"***\"")) }
    }

    /// Each text is an error for the clients themselves, at the line and column that are told.
    @Test(arguments: [
        ("a = 01\n", "1, column 5"), ("a = abc\n", "1, column 5"), ("a = 1_\n", "1, column 5"),
        ("a = 2020-13-45\n", "1, column 5"), ("a = 1900-02-29\n", "1, column 5"), ("a = 2026-06-31\n", "1, column 5"),
        ("a = 2026-02-29\n", "1, column 5"),
        ("a = 2026-11-30T24:00:00Z\n", "1, column 5"), ("a = [2026-11-31 01:00:00]\n", "1, column 6"),
        ("a = 10:60:00\n", "1, column 5"), ("a = 2026-11-30T01:00:00+24:00\n", "1, column 5"),
        ("a = 1.\n", "1, column 5"), ("a = True\n", "1, column 5"), ("a = 2026-1-1\n", "1, column 5"),
        ("a = \"x\\ y\"\n", "1, column 8"), ("a = \"\"\"x\\ y\"\"\"\n", "1, column 11"),
        ("a = \"x\u{1}\"\n", "1, column 7"), ("# \u{7F}\n", "1, column 3"),
        ("a = 1\rb = 2\n", "1, column 6"), ("a = {b = 1, b = 2}\n", "1, column 15"), ("[a]\n[a]\n", "2"),
        ("[a]\n[[a]]\n", "2"), ("[[a]]\n[a]\n", "2"), ("[a.b]\n[[a]]\n", "2"), ("[a]\nb.c = 1\n[a.b]\n", "3"),
        ("a = {}\n[a.b]\n", "2"), ("a = {}\na.b = 1\n", "2"), ("a.b = 1\na.b.c = 1\n", "2"), ("a = 1\n[a]\n", "2"),
        ("[a.b]\n[a]\nb.c = 1\n", "3"), ("[a.b]\n[a]\nb = 1\n", "3"), ("[a]\n[a.b]\nc = 1\nc = 2\n", "4"),
    ])
    func `TOML that no reader takes is refused with its place`(text: String, place: String) {
        refuses("codex", text, at: place)
    }

    @Test(arguments: [
        ("a: b: c\n", "1, column 4"), ("a:  b:\n", "1, column 5"), ("a: - b\n", "1, column 4"),
        ("a:\n  - b: @c\n", "2, column 8"), ("a: `b`\n", "1, column 4"), ("a: }\n", "1, column 4"),
        ("a: *x\n", "1, column 4"), ("a: [*x]\n", "1"), ("a: *x\nb: &x 1\n", "1, column 4"),
        ("- *.py\n", "1, column 3"),
        ("a: |x\n  b\n", "1, column 4"), ("a:\n  b: 1\n\tc: 2\n", "3, column 1"), ("a:\n\tb: 1\n", "2, column 1"),
        ("a: \"\\q\"\n", "1"), ("a: \"C:\\dir\"\n", "1"), ("a: [b, @c]\n", "1"), ("a: {b: 1\n", "1"), ("a: 'b\n", "1"),
        ("a: x # c\n  y\n", "2"), ("a: \u{1}\n", "1, column 4"), ("a: 1\n b: 2\n", "2"), ("a:\n  b\n  c: 1\n", "3"),
        ("a:\tb\n", "1"), ("a: b\tc\n", "1, column 4"), ("a\tb: c\n", "1, column 1"), ("a: [b,\tc]\n", "1"),
        (": b\n", "1, column 1"),
        ("a: |\n    b\n  c\n", "3"), ("a:\n  *b: c\n", "2, column 3"),
        ("a:\n    b: 1\n  c: 2\n", "3"), ("a\n", "1, column 1"), ("a:1\n", "1, column 1"), ("a: 1\na: 2\n", "2"),
    ])
    func `YAML that no reader takes is refused with its place`(text: String, place: String) {
        refuses("goose", text, at: place)
    }

    private func refuses(_ id: String, _ text: String, at place: String) {
        let error = #expect(throws: ClientError.self) { try file(id, text) }
        guard case .unreadable(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.hasSuffix("at line \(place)") || reason.contains("at line \(place), "), "\(reason)")
    }

    @Test func `TOML with arrays of tables, dotted keys and every kind of value is read`() throws {
        let text = """
            i = [0, -1_000, +7, 0xFF_f, 0o17, 0b1_0, 1e5, -0.5E-2, inf, -nan, true]
            e = [2024-02-29, 2000-02-29, 2026-01-31, 2026-12-30, 2026-02-28, 1.00000e-5, -1.000e-5, 1.0e-10, 23:59:60]
            d = [2026-11-30 01:00:00.5+01:00, 2026-11-30t01:00:00Z, 2026-11-30, 01:30:00] # c
            [[a]]
            [a.b]
            c.d = 1
            c.e = 2
            [[a]]
            [a.b]
            c.d = 3
            [x.y.z]
            [x]
            k = 1
            [x.y]
            k = 2
            """
        let value = try file("codex", text).document
        #expect(value["d"]?.array?.first == "2026-11-30 01:00:00.5+01:00" && value["i"]?.array?.count == 11)
        #expect(value["x"] == ["y": ["z": [:], "k": 2], "k": 1])
    }

    @Test func `YAML in flow style, over several lines and behind its key is read`() throws {
        let text = """
            a: {b: [1, # one
                2], 'c': "d"}
            e:
              {f: g}
            h:
              some
              words # c
              # d
            i: x
              # only a comment
            j: "\\x41\\ttab"
            """
        let value = try file("goose", text).document
        #expect(value["a"] == ["b": [1, 2], "c": "d"] && value["e"] == ["f": "g"])
        #expect(value["h"] == "some words" && value["i"] == "x")
    }

    @Test(
        arguments: [
            ("amp", "{\n  \"a\": 1 // c  \n}\n"), ("amp", "{\n  \"a\": 1, // c \t\n}\n"),
            ("amp", "{\n  \"a\": 1 /* c */  \n}\n"),
            ("amp", "{ // c  \n}\n"), ("amp", "{\n  \"amp.mcpServers\": {\n    \"b\": {} // c  \n  } // d  \n}  \n"),
            ("amp", "{\"a\": 1}"), ("amp", "{}"), ("amp", "{\n  \"a\": 1,\n  // c  \n}\n"), ("openclaw", "{mcp: {}}\n"),
            ("openclaw", "{\n  // c\n}\n"), ("openclaw", "{\r\n  'mcp': {'x': 1} // c \r\n}\r\n"),
            ("cursor", "{\"mcpServers\": {}}\n"),
            ("goose", "a: 1\n"), ("goose", "a: 1"), ("goose", "a: 1\r\nb: 2"), ("goose", "# c\na:\n  b: 1\n\n\n# d\n"),
            ("goose", "extensions: {} # none\n"), ("continue", "name: x\n"), ("codex", "a = 1\n"),
            ("codex", "[mcp_servers]\n"),
        ], [false, true])
    func `what was made for entries goes with the last one, and nothing else does`(
        at: (id: String, text: String), takesOldestFirst: Bool
    ) throws {
        let client = try #require(ClientCatalogue.client(named: at.id))
        let old = try file(at.id, at.text)
        var now = old
        for name in ["one", "two"] {
            let entry = ClientEntry(client, bridgeTo: name, as: name, program: "/bin/parallel").value
            now = try file(at.id, String(decoding: try now.setting(name, to: entry), as: UTF8.self))
        }
        for name in takesOldestFirst ? ["one", "two"] : ["two", "one"] {
            let new = try now.setting(name, to: nil, madeKey: now.servers.count == 1 ? old.firstMissingKey : nil)
            now = try file(at.id, String(decoding: new, as: UTF8.self))
        }
        #expect(String(decoding: now.bytes ?? [], as: UTF8.self) == at.text)
    }

    @Test(arguments: [
        ("amp", "{\n  \"amp.mcpServers\": {\n    // mine\n    \"one\": {\"url\": \"u\"}\n  }\n}\n", "// mine"),
        ("goose", "extensions: # mine\n  one:\n    uri: u\n", "extensions: {} # mine\n"),
        ("goose", "extensions:\n  # mine\n  one:\n    uri: u\n", "# mine\n"),
        ("openclaw", "{\"mcp\": {\"x\": 1, \"servers\": {\"one\": {\"url\": \"u\"}}}}", "{\"mcp\": {\"x\": 1}}"),
    ])
    func `what else somebody has written there stays`(id: String, text: String, kept: String) throws {
        let new = String(decoding: try file(id, text).setting("one", to: nil, madeKey: 0), as: UTF8.self)
        #expect(new.contains(kept) && !new.contains("one"), "\(new)")
    }

    @Test func `TOML is read in all its forms`() throws {
        let text = """
            a.b = 'x' # c
            t = \"\"\"
            one \\
               two\"\"\"
            n = [1, # one
              { k = -2.5, "q r" = true, },
            ]
            d = 2026-11-30T01:00:00Z
            [x."y.z"]
            u = "\\u00e9\\t"
            [[l]]
            v = 1
            [[l]]
            v = 2
            """
        let value = try file("codex", text).document
        #expect(value["a"] == ["b": "x"] && value["t"] == "one two" && value["n"] == [1, ["k": -2.5, "q r": true]])
        #expect(value["d"] == "2026-11-30T01:00:00Z" && value["x"]?["y.z"]?["u"] == "é\t")
    }

    @Test func `YAML is read in the forms of configuration files`() throws {
        let text = """
            %YAML 1.2
            ---
            # c
            a: plain # comment
            'b c': "x: #y\\n"
            l:
            - one
            - k: 1
              m: [a, 'b', {c: ~}]
            s: |
              text: not a key
                more

              # text
            f: "over
              two"
            e:
            t: !tag x
            """
        let value = try file("goose", text).document
        #expect(value["a"] == "plain" && value["b c"] == "x: #y\n" && value["e"] == .null && value["t"] == .null)
        #expect(value["l"] == ["one", ["k": 1, "m": ["a", "b", ["c": .null]]]] && value["f"] == "over two")
    }

    @Test(arguments: [
        "", "\n", "# only a comment\n", "a = 1", "a = 1\n\n\n", "[mcp_servers.a]\nurl = \"x\"\n\n# end\n",
    ])
    func `a table is added to any TOML file and taken away again`(text: String) throws {
        let new = try file("codex", text).setting("wiki", to: ["url": "u"])
        let after = String(decoding: new, as: UTF8.self)
        #expect(after.contains("[mcp_servers.wiki]\nurl = \"u\""))
        #expect(try file("codex", after)["wiki"] == ["url": "u"])
        let removed = try file("codex", after).setting("wiki", to: nil)
        #expect(String(decoding: removed, as: UTF8.self) == (text.isEmpty ? "" : text))
    }

    @Test func `a table in the middle goes with the tables below it, and nothing else does`() throws {
        let text = "[mcp_servers.wiki]\nurl = \"u\" # x\n\n[mcp_servers.wiki.oauth]\nid = \"1\"\n\n# mine\n[b]\nc = 1\n"
        let removed = try file("codex", text).setting("wiki", to: nil)
        #expect(String(decoding: removed, as: UTF8.self) == "# mine\n[b]\nc = 1\n")
    }

    @Test(arguments: ["extensions: {}\n", "extensions:\n", "a: 1\nextensions: {} # none\nb: 2\n", "", "a: 1"])
    func `a map is made in any YAML file`(text: String) throws {
        let new = try file("goose", text).setting("wiki", to: ["uri": "u", "name": "yes", "n": "1: #"])
        let after = try file("goose", String(decoding: new, as: UTF8.self))
        #expect(after["wiki"] == ["uri": "u", "name": "yes", "n": "1: #"])
        #expect(try file("goose", String(decoding: after.setting("wiki", to: nil), as: UTF8.self)).servers.isEmpty)
    }

    @Test(arguments: [
        (
            "opencode",
            #"{"type": "local", "command": ["npx", "x"], "environment": {"T": "{env:T}"}, "enabled": false}"#,
            #"{"type":"stdio","command":"npx","args":["x"],"env":{"T":"${T}"},"disabled":true}"#
        ),
        (
            "cline", #"{"transport": {"type": "streamableHttp", "url": "https://x", "headers": {"A": "${env:B}"}}}"#,
            #"{"type":"http","url":"https://x","headers":{"A":"${B}"}}"#
        ),
        (
            "crush", #"{"url": "https://x", "headers": {"A": "Bearer $B-$"}}"#,
            #"{"type":"http","url":"https://x","headers":{"A":"Bearer ${B}-$"}}"#
        ),
        (
            "claude-code", #"{"url": "https://${H:-x}/", "headers": {"A": "$B"}}"#,
            #"{"type":"http","url":"https://${H:-x}/","headers":{"A":"$B"}}"#
        ),
        (
            "codex", #"{"url": "https://x", "env_http_headers": {"A": "B"}, "http_headers": {"C": "7"}}"#,
            #"{"type":"http","url":"https://x","headers":{"C":"7","A":"${B}"}}"#
        ),
        (
            "goose", #"{"type": "stdio", "cmd": "x", "args": ["y"], "envs": {"A": 1}}"#,
            #"{"type":"stdio","command":"x","args":["y"],"env":{"A":"1"}}"#
        ),
        (
            "codex", #"{"command": "x", "args": [1, false], "env": {"B": true}, "env_vars": ["A", "B"]}"#,
            #"{"type":"stdio","command":"x","args":["1","false"],"env":{"B":"true","A":"${A}"}}"#
        ),
    ])
    func `an entry is taken over in the registry's form`(id: String, entry: String, imported: String) throws {
        let client = try #require(ClientCatalogue.client(named: id))
        #expect(try ImportedEntry(JSONValue.parse(entry), from: client).value.serialized() == imported)
    }

    @Test(arguments: [
        (#"{"url": "https://x", "type": "sse"}"#, ImportedEntry.Refusal.sse), (#"{"name": "x"}"#, .unknownForm),
        (#"{"url": "https://x", "headers": {"A": "${input:k}"}}"#, .clientOnly(text: "${input:k}")),
        (
            #"{"url": "https://x", "bearer_token_env_var": 1}"#,
            .value(key: "bearer_token_env_var", "holds what is no name of a variable")
        ),
        (#"{"command": "x", "envFile": ".env"}"#, .clientOnly(text: "envFile")),
        (#"{"command": "/opt/parallel", "args": ["mcp", "proxy", "--via", "crm"]}"#, .bridge(to: "crm")),
    ])
    func `an entry that only the client can use is refused`(entry: String, refusal: ImportedEntry.Refusal) throws {
        let client = try #require(ClientCatalogue.client(named: "vscode"))
        #expect(throws: refusal) { try ImportedEntry(JSONValue.parse(entry), from: client) }
    }

    @Test(arguments: [
        ("zed", "Bearer ${T}", ClientObstacle.noVariables),
        ("cursor", "Bearer ${T:-x}", .literal("the header 'Authorization'")),
        ("cursor", "Bearer abc", .literal("the header 'Authorization'")), ("junie", "Bearer ${T}", .stdioOnly),
        ("codex", "Token ${T}", .form(header: "Authorization")),
    ])
    func `what a file can't hold safely is an obstacle`(id: String, value: String, obstacle: ClientObstacle) throws {
        let client = try #require(ClientCatalogue.client(named: id))
        let server = ServerDefinition(url: "https://x/", headers: [.init(name: "Authorization", value: value)])
        #expect(throws: obstacle) { try ClientEntry(client, server, as: "x") }
    }

    @Test func `a bundle is a ZIP with a manifest without secrets and a program that can be run`() throws {
        let server = ServerDefinition(
            url: "https://x.example/mcp", headers: [.init(name: "Authorization", value: "Bearer ${X_TOKEN}")])
        let manifest = try ClientBundle.manifest("x", server, arguments: ["mcp"], version: "1.0.0", platform: "linux")
        #expect(manifest["server"]?["mcp_config"]?["env"] == ["X_TOKEN": "${user_config.x_token}"])
        #expect(manifest["user_config"]?["x_token"]?["sensitive"] == true)
        let archive = ClientBundle.archive(manifest: manifest, program: Array("123456789".utf8))
        // The CRC-32 of these digits is the check value of the algorithm.
        #expect(archive.indices.contains { archive[$0...].starts(with: [0x26, 0x39, 0xF4, 0xCB]) })
        #expect(
            archive.starts(with: Array("PK\u{3}\u{4}".utf8))
                && archive.suffix(22).starts(with: Array("PK\u{5}\u{6}".utf8)))
    }
}
