import ParallelMCP
import ParallelOutput
import ParallelSettings

/// A page of help that belongs to no single command.
struct HelpTopic: Sendable {
    /// What `help` calls it.
    let name: String
    /// One line without a full stop.
    let summary: String
    let sections: [DocumentSection]

    static var all: [HelpTopic] { [environment, exitCodes, formatting, mcp] }

    static func named(_ name: String) -> HelpTopic? { all.first { $0.name == name } }

    /// Where the API key is set.
    static let keyHint = """
        API key: export \(Settings.keyVariable)=..., or --api-key-file FILE; get one at https://platform.parallel.ai.
        """

    // MARK: - Topics

    private static let environment = HelpTopic(
        name: "environment", summary: "Environment variables that are honoured",
        sections: [
            entries(
                "API",
                [
                    (Settings.keyVariable, "The API key; --api-key-file FILE overrules it"),
                    (
                        APIAddress.variables[0],
                        "Where requests go instead of \(APIAddress.preset): https, or http to this machine only"
                    ),
                    (APIAddress.variables[1], "Looked at where \(APIAddress.variables[0]) is not set"),
                ]),
            entries(
                "Terminal",
                [
                    ("NO_COLOR", "Any value switches colour off; --color overrules it"),
                    ("CLICOLOR_FORCE", "Any value but 0 switches colour on, even in a pipe; NO_COLOR wins"),
                    ("TERM", "With the value dumb, colour and redrawn progress are off"),
                    ("COLUMNS", "The width of tables and help, in columns"),
                ]),
            entries(
                "Files",
                [
                    (
                        "XDG_CONFIG_HOME",
                        "Where the folder parallel with your own files is; ~/.config where it is not set"
                    ),
                    (
                        "XDG_CACHE_HOME",
                        "Where the folder parallel with what can be found out again is, such as the era of MCP that a server speaks; ~/.cache where it is not set"
                    ),
                ]),
            entries(
                "Network",
                [
                    (
                        "HTTPS_PROXY",
                        "The proxy for https, as http://HOST:PORT, https or socks5h; an @ in its user name or password is written %40; also https_proxy"
                    ),
                    ("http_proxy", "The proxy for http; in lower case only, as the web can set HTTP_PROXY under CGI"),
                    ("ALL_PROXY", "The proxy where neither of these is set; also all_proxy"),
                    (
                        "NO_PROXY",
                        "What is called directly, with commas between: a domain and all below it (corp.example, .corp.example, *.corp.example), HOST:PORT, an address or network as URLs have it (10.0.0.0/8), or *; also no_proxy"
                    ),
                    ("SSL_CERT_FILE", "A file of certificate authorities to trust instead of the system's"),
                    ("SSL_CERT_DIR", "A directory of them, under hashed names"),
                    ("TMPDIR", "Where a batch without an output file keeps rows on disk; /tmp where it is not set"),
                ]),
        ])

    private static let exitCodes = HelpTopic(
        name: "exit-codes", summary: "What the exit codes mean",
        sections: [
            entries("Exit codes", ExitCode.allCases.map { (String($0.rawValue), $0.meaning.capitalizedFirst) })
        ])

    private static let formatting = HelpTopic(
        name: "formatting", summary: "How results are printed, and how to choose",
        sections: [
            entries(
                "Formats (--format)",
                OutputFormat.allCases.map { ($0.rawValue, $0.meaning) }),
            DocumentSection(
                heading: "Streams",
                blocks: [
                    .text(
                        """
                        Standard output carries nothing but the result, so it can be piped. Run ids, progress, warnings \
                        and errors go to standard error; --quiet leaves only the errors.

                        Text from the network cannot control the terminal: on one, control characters are shown as \
                        symbols. Into a pipe or file they go as they are.

                        With --output the file appears when it is whole, and replaces another only with --force. A \
                        result that can't be saved there in the end, as on a full disk, goes to a file beside it or \
                        to standard output: a line says where, and the exit code is 1. Pipes, devices and /dev/fd/N \
                        get what is written as it comes.

                        What an MCP server gives is text, JSON or data, and no table: 'mcp call', 'mcp tools --schema' and \
                        'mcp resources read' refuse csv and markdown. Images, audio and other data go into the file of --output, several into files with numbers; with --output - \
                        the first goes to a pipe as it is, and the text to standard error.
                        """)
                ]),
        ])

    private static let mcp = HelpTopic(
        name: "mcp", summary: "MCP servers: keeping, trying out and calling them, and what a run does",
        sections: [
            DocumentSection(
                heading: "In a run",
                blocks: [
                    .text(
                        """
                        A run can call the tools of up to 10 MCP servers. Parallel calls them, not this machine, so \
                        each must be reachable from the Internet over https and Streamable HTTP. Where the API is a \
                        stand-in on this machine, such as parallel-sandbox, its tasks call servers of this machine too, \
                        over http as well. Requests that name servers carry \
                        the header parallel-beta: mcp-server-2025-07-17; it is set for you.

                        The processors lite and core make at most one tool call per run; the others may make several.

                        Each tool call is told on standard error as it happens, unless --no-events is given. The result \
                        ends with the trace of tool calls: server, tool, arguments, and the answer or the error of \
                        each; 'task result --tool-calls' shows nothing but that. A server that cannot be used does not \
                        fail the run: it becomes a warning, with the command that checks the server. 'mcp disable NAME' keeps \
                        one from being used.
                        """)
                ]),
            DocumentSection(
                heading: "Without a run",
                blocks: [
                    .text(
                        """
                        'mcp test SERVER' tries a server out step by step and says whether a task could use it. 'mcp \
                        tools', 'mcp call', 'mcp resources' and 'mcp prompts' use it from this machine, by its name or \
                        its URL; 'mcp call --wait' follows the research that a call has started.

                        Both eras of Streamable HTTP are spoken, the one with a handshake (2025-03-26 to 2025-11-25) and \
                        the one without (2026-07-28); which of them a server speaks is found out and remembered.
                        """)
                ]),
            entries(
                "Where a name is looked up, in order",
                [
                    ("parallel/mcp.json in XDG_CONFIG_HOME", "Your own; ~/.config/parallel/mcp.json by default"),
                    (BuiltInServer.allCases.map(\.rawValue).joined(separator: ", "), "Parallel's own, built in"),
                    (
                        ".mcp.json of the working tree",
                        "The project's; it came with a clone, so it cannot put its own server in place of one above"
                    ),
                ]),
            DocumentSection(
                heading: "Secrets",
                blocks: [
                    .text(
                        """
                        Values may hold ${VARIABLE}, or ${VARIABLE:-FALLBACK}. They are replaced when a run is created \
                        or a server called, and written to no file, so keep tokens in the environment. One that is not \
                        set is an error. This program calls no server with headers over http, but on this machine.

                        Servers of a project's .mcp.json are not trusted, nor are those of a file named with --mcp-config: \
                        they get Parallel's API key only where they are Parallel's own, or at the origin of \
                        PARALLEL_BASE_URL, and other variables only after a question on the terminal, or with \
                        --trust-project. No variable may decide which server it is. Where nothing is sent, as with \
                        --dry-run and --curl, nothing is expanded and nobody is asked.

                        A token must live as long as the run. A JSON Web Token says when it expires, and 'task run' \
                        warns where that may be too soon.
                        """)
                ]),
        ])

    private static func entries(_ heading: String, _ pairs: [(String, String)]) -> DocumentSection {
        DocumentSection(
            heading: heading, blocks: [.entries(pairs.map { DocumentSection.Entry(term: $0.0, summary: $0.1) })])
    }
}

extension OutputFormat {
    /// What the format is good for, for the help topic.
    fileprivate var meaning: String {
        switch self {
        case .table: "Laid out for people on a terminal, tab-separated in a pipe; the default"
        case .json: "The API's JSON with nothing lost; indented on a terminal, one line in a pipe"
        case .jsonl: "The same, one document to a line"
        case .csv: "Comma-separated with a header line (RFC 4180)"
        case .markdown: "For documents and chats"
        case .text: "The bare values, without headings"
        }
    }
}
