import ParallelMCP
import ParallelSystem
import TestSupport
import Testing

@testable import ParallelCLI

/// How errors and notes of the registry of MCP servers are told, word by word.
@Suite struct RegistryTextTests {
    private let context = Context.test(ScriptedTransport([]))

    @Test(
        arguments: [
            (.file(path: "./f", .missing), ["./f: no such file"]),
            (.file(path: "./f", .unreadable("it is a directory")), ["./f: it is a directory"]),
            (
                .file(path: "./f", .repeatedTable("mcpServers")),
                ["./f: 'mcpServers' stands twice", "remove one of the two"]
            ),
            (
                .file(path: "./f", .repeatedEntry("a")),
                ["./f: 'a' stands twice", "remove one of the two"]
            ),
            (
                .file(path: "./f", .empty),
                ["./f has no MCP servers", #"the format: {"mcpServers": {"NAME": {"url": "…"}}}"#]
            ),
            (
                .file(path: "./f", .nothingUsable(name: "fs", .disabled)),
                [
                    "./f has no MCP server that a task can use",
                    "MCP server 'fs' in ./f is left out: it is disabled",
                ]
            ),
            (
                .unknown(name: "docs", meant: nil, known: ["crm", "x"]),
                ["no MCP server is named 'docs'", "known names: crm, x"]
            ),
            (
                .unknown(name: "crn", meant: nil, known: ["crm", "x"]),
                ["no MCP server is named 'crn'", "did you mean 'crm'?"]
            ),
            (
                .unknown(name: "a.example/mcp", meant: "https://a.example/mcp", known: ["crm"]),
                ["no MCP server is named 'a.example/mcp'", "did you mean https://a.example/mcp?"]
            ),
            (
                .invalidName,
                ["a name has 1 to 64 letters, digits, '.', '_' or '-', and begins with a letter or digit"]
            ),
            (
                .missingURL(name: "a"),
                ["'a' needs a URL", "known without one: parallel, parallel-search, parallel-task"]
            ),
            (.cannotAdd(name: "a", .malformed("it is odd")), ["'a' can't be added: it is odd"]),
            (
                .cannotAdd(name: "a", .invalidURL(reason: "it is odd", meant: "https://a.example/m")),
                ["'a' can't be added: it is odd", "did you mean https://a.example/m?"]
            ),
            (
                .reservedName("parallel-task", url: "https://t/"),
                [
                    "'parallel-task' is the name of Parallel's own server at https://t/",
                    "choose another name, or --force to use this one",
                ]
            ),
            (.taken(name: "a", path: "./f"), ["'a' is in ./f already"]),
            (
                .different(name: "a", path: "./f"),
                ["'a' is in ./f already, with other settings", "--force replaces it"]
            ),
            (
                .literalSecret(name: "a", .header("X-K")),
                [
                    "'a' can't be added: the header 'X-K' holds a literal value, and the project's file is there to be "
                        + "shared",
                    "write ${VAR} in single quotes, or use --bearer-env VAR; --force stores it all the same",
                ]
            ),
            (.noPlace(.project), ["there is no project file, as the working directory is not known"]),
            (
                .noPlace(.user),
                [
                    "there is no place for your registry: neither XDG_CONFIG_HOME nor HOME is an absolute path",
                    "--scope project writes .mcp.json in the working tree",
                ]
            ),
            (
                .elsewhere(name: "crm", scope: .project, found: .user, path: "/u", .remove),
                [
                    "'crm' is not in the project registry but in /u",
                    "remove it there: parallel mcp remove crm --scope user",
                ]
            ),
            (
                .elsewhere(name: "-s", scope: .user, found: .project, path: "./f", .disable),
                [
                    "'-s' is not in the user registry but in ./f",
                    "disable it there: parallel mcp disable --scope project -- -s",
                ]
            ),
            (
                .elsewhere(name: "s", scope: .user, found: .project, path: "./f", .enable),
                [
                    "'s' is not in the user registry but in ./f",
                    "enable it there: parallel mcp enable s --scope project",
                ]
            ),
            (
                .builtIn(name: "parallel-search", scope: .project),
                [
                    "'parallel-search' is built in and not in the project registry",
                    "to switch it off: parallel mcp disable parallel-search",
                ]
            ),
            (.noObject(name: "odd", path: "./f", type: "a number"), ["'odd' in ./f is a number, not an object"]),
        ] as [(RegistryError, [String])])
    func `an error is reported with what to do about it`(error: RegistryError, lines: [String]) {
        #expect(told(error) == lines)
    }

    @Test(
        arguments: [
            (
                .stdio,
                [
                    "it is a program on this machine (stdio), which neither tasks nor models can call",
                    "only your own registry starts programs: parallel mcp add 'a b' --command 'PROGRAM ARGS'",
                ],
                "stdio (not usable in tasks)"
            ),
            (
                .sse,
                [
                    "its type is sse, and tasks call Streamable HTTP servers only",
                    "if the server also speaks Streamable HTTP, give its URL for that and the type http",
                ],
                "sse (not usable in tasks)"
            ),
            (.disabled, ["it is disabled", "to use it: parallel mcp enable 'a b' --scope project"], "disabled"),
            (.malformed("it is odd"), ["it is odd"], "invalid: it is odd"),
            (
                .unreadableReference(.url),
                ["the URL has a '${' that begins no reference", "write ${NAME} or ${NAME:-default}"],
                "invalid: the URL has a '${' that begins no reference"
            ),
            (
                .invalidURL(reason: "it is odd", meant: "http://localhost/"),
                ["it is odd", "did you mean http://localhost/?"], "invalid: it is odd"
            ),
            (.invalidURL(reason: "it is odd", meant: nil), ["it is odd"], "invalid: it is odd"),
            (
                .unset(variable: "T", .header("Authorization")),
                [
                    "the header 'Authorization' needs the variable T, which is not set or empty",
                    "set it: export T=…",
                ],
                "invalid: the header 'Authorization' needs the variable T, which is not set or empty"
            ),
            (
                .variableServer,
                [
                    "a variable decides which server it is, and only your own registry is trusted with that",
                    "there you may allow it: parallel mcp add 'a b' URL",
                ],
                "invalid: a variable decides which server it is, and only your own registry is trusted with that"
            ),
            (
                .sendsKey(url: "https://e/"),
                [
                    "it would send your Parallel API key to https://e/",
                    "in your own registry you may allow that: parallel mcp add 'a b' URL",
                ],
                "invalid: it would send your Parallel API key to https://e/"
            ),
            (
                .inTheClear(url: "http://e/"),
                [
                    "credentials would travel in the clear to http://e/",
                    "use https; http is allowed to this machine, or without headers",
                ],
                "invalid: credentials would travel in the clear to http://e/"
            ),
        ] as [(EntryError, [String], String)])
    func `an entry that can't be used is reported with its name, its file and what to do`(
        error: EntryError, lines: [String], summary: String
    ) {
        let expected = ["MCP server 'a b' in ./.mcp.json: \(lines[0])"] + lines.dropFirst()
        #expect(told(.unusable(name: "a b", .file(.project, path: "./.mcp.json"), error)) == expected)
        #expect(error.summary == summary)
    }

    @Test func `the command for one's own registry needs no scope, and a server of no registry has no file`() {
        let ownFile = RegistryEntry.Origin.file(.user, path: "/u")
        #expect(
            told(.unusable(name: "crm", ownFile, .disabled))
                == ["MCP server 'crm' in /u: it is disabled", "to use it: parallel mcp enable crm"])
        #expect(
            told(.unusable(name: "crm", .file(nil, path: "./f"), .disabled))
                == ["MCP server 'crm' in ./f: it is disabled"])
        #expect(told(.unusable(name: "crm", nil, .malformed("it is odd"))) == ["MCP server 'crm': it is odd"])
    }

    @Test(
        arguments: [
            (
                .oldAddress("mcp.parallel.ai/v1beta/search_mcp"),
                "mcp.parallel.ai/v1beta/search_mcp is an old address; today it is https://search.parallel.ai/mcp"
            ),
            (
                .headersInTheClear(name: "a", url: "http://a/"),
                "MCP server 'a': header values travel in the clear to http://a/; https hides them"
            ),
            (
                .fromFile(name: "crm", path: "./.mcp.json", url: "https://crm/", variables: ["T", "U"]),
                "MCP server 'crm' comes from ./.mcp.json (https://crm/); it gets the value of T, U"
            ),
            (
                .fromFile(name: "crm", path: "./.mcp.json", url: "https://crm/", variables: []),
                "MCP server 'crm' comes from ./.mcp.json (https://crm/)"
            ),
            (.disabled(name: "a"), "'a' is disabled, and tried all the same"),
            (
                .unreadableProject(.file(path: "./.mcp.json", .unreadable("it is not a regular file"))),
                "./.mcp.json: it is not a regular file; none of its MCP servers can be used"
            ),
            (
                .shadowed(name: "crm", path: "./f", url: "https://e/", first: .file(.user, path: "/u")),
                "MCP server 'crm' in ./f (https://e/) was not used: your own entry comes first; to use it, rename it "
                    + "there, or remove yours: parallel mcp remove crm --scope user"
            ),
            (
                .shadowed(name: "parallel-task", path: "./f", url: nil, first: .builtIn),
                "MCP server 'parallel-task' in ./f was not used: the name is that of Parallel's server; to use it, "
                    + "rename it there"
            ),
            (
                .leftOut(name: "fs", path: "./f", .sse),
                "MCP server 'fs' in ./f is left out: its type is sse, and tasks call Streamable HTTP servers only"
            ),
            (
                .literalSecret(.url),
                "the URL is stored as it is; to keep a secret out of the file, write ${VAR} in single quotes, or use "
                    + "--bearer-env VAR"
            ),
            (.comesBefore(name: "x", .file(.project, path: "./f")), "'x' comes before the one in ./f"),
            (
                .givenFirst(name: "x", path: "./f", .builtIn),
                "MCP server 'x' is the one in ./f, not Parallel's own server"
            ),
            (.comesBefore(name: "x", .builtIn), "'x' comes before Parallel's own server"),
            (
                .comesAfter(name: "x", .file(.user, path: "/u")),
                "'x' is not used as long as there is the one in /u of that name"
            ),
        ] as [(RegistryNote, String)])
    func `a note is one line`(note: RegistryNote, line: String) {
        #expect(note.hint(context).description == line)
    }

    private func told(_ error: RegistryError) -> [String] {
        let report = ErrorReport(error, context)
        #expect(report.code == .usage)
        return [report.message] + report.hints.map(\.description)
    }
}
