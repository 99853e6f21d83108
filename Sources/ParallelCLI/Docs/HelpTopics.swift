import ParallelAPI
import ParallelAuth
import ParallelMCP
import ParallelOutput
import ParallelSettings

/// A page of help on a topic beyond a single command.
struct HelpTopic: Sendable {
    /// The name of the topic, for `help NAME`.
    let name: String
    /// One line without a full stop.
    let summary: String
    /// Made on demand, as lists of topics only name them.
    var sections: [DocumentSection] { makeSections() }
    private let makeSections: @Sendable () -> [DocumentSection]

    init(
        name: String, summary: String, sections: @autoclosure @escaping @Sendable () -> [DocumentSection]
    ) {
        (self.name, self.summary, makeSections) = (name, summary, sections)
    }

    static var all: [HelpTopic] {
        [environment, exitCodes, formatting, config, mcp, processors, money, retention, cron]
    }

    static func named(_ name: String) -> HelpTopic? { all.first { $0.name == name } }

    /// One line that says how to set the API key.
    static let keyHint = """
        API key: sign in with 'login', export \(Settings.keyVariable)=..., or --api-key-file FILE.
        """

    // MARK: - Topics

    private static let environment = HelpTopic(
        name: "environment", summary: "Environment variables that the program reads",
        sections: [
            entries(
                "API",
                [
                    (
                        Settings.keyVariable,
                        "The API key, in place of that of a login; --api-key-file and --api-key-command override it"
                    ),
                    (ProfileText.variable, "The login and the settings to use where --profile is not given"),
                    (
                        APIAddress.variables[0],
                        "The URL that requests go to instead of \(APIAddress.preset): https, or http to this machine only"
                    ),
                    (APIAddress.variables[1], "The same, used if \(APIAddress.variables[0]) is not set"),
                    (ParallelPlatform.variable, "Where 'login' signs in, instead of \(ParallelPlatform.preset)"),
                    (
                        ParallelPlatform.accountVariable,
                        "The URL of the Account API of 'balance' and 'key', instead of \(ParallelPlatform.accountPreset)"
                    ),
                    (
                        ActivityLog.variable,
                        "Any value keeps what commands start out of the log of this machine, as --no-log does; with a budget, they are refused then"
                    ),
                    (
                        "PARALLEL_AUDIT_LOG",
                        "The absolute path of a file that gets a line for each request, besides those of --audit-log and the setting"
                    ),
                    ("PARALLEL_READ_ONLY", "Any value refuses calls that cost or change something; nothing undoes it"),
                    (
                        "PARALLEL_ZERO_RETENTION",
                        "Any value keeps nothing on this machine but the files that were asked for ('help retention')"
                    ),
                    (
                        "PARALLEL_PROCESSOR",
                        "The processor of tasks, batches and groups where --processor is not given; --report takes pro if it is smaller"
                    ),
                ]),
            entries(
                "Models ('ask')",
                [
                    ("OPENAI_API_KEY", "The key of OpenAI; --key-file FILE overrides it, and each of the others"),
                    ("ANTHROPIC_API_KEY", "The key of Anthropic"),
                    ("GEMINI_API_KEY", "The key of Gemini"),
                    ("GOOGLE_API_KEY", "The same, used if GEMINI_API_KEY is not set"),
                    ("XAI_API_KEY", "The key of xAI"),
                    (
                        "OPENAI_BASE_URL",
                        "The URL, /v1 included, that OpenAI's questions go to instead: https, or http to this machine only"
                    ),
                    ("ANTHROPIC_BASE_URL", "The same for Anthropic, without /v1"),
                    ("GOOGLE_GEMINI_BASE_URL", "The same for Gemini, without /v1beta"),
                    ("XAI_BASE_URL", "The same for xAI, without /v1"),
                ]),
            entries(
                "Terminal",
                [
                    ("NO_COLOR", "Any value switches colour off; --color overrides it"),
                    ("CLICOLOR_FORCE", "Any value but 0 switches colour on, even in a pipe; NO_COLOR overrides it"),
                    ("TERM", "The value dumb switches colour and redrawn progress off"),
                    ("COLUMNS", "The width of tables and help, in columns"),
                    (
                        "PARALLEL_PAGER",
                        "The program that shows answers longer than the terminal, with arguments separated by spaces, run without a shell; empty or cat for none"
                    ),
                    ("PAGER", "The same, used if PARALLEL_PAGER is not set"),
                ]),
            entries(
                "Browser",
                [
                    (
                        "BROWSER",
                        "The program that opens the address of a login, with arguments separated by spaces, run without a shell"
                    )
                ]),
            entries(
                "Files",
                [
                    (
                        Configuration.variable,
                        "The absolute path of the file with your settings; /dev/null for none, as a script may want"
                    ),
                    (
                        "XDG_CONFIG_HOME",
                        "The folder in which parallel/ holds your own files; ~/.config if not set"
                    ),
                    (
                        "XDG_CACHE_HOME",
                        "The folder in which parallel/ holds what can be found out again, such as the era of MCP that a server speaks; ~/.cache if not set"
                    ),
                    (
                        "XDG_STATE_HOME",
                        "The folder in which parallel/ holds the log of what this machine has started, and what 'ask' and 'respond --continue' go on from; ~/.local/state if not set"
                    ),
                ]),
            entries(
                "Network",
                [
                    (
                        "HTTPS_PROXY",
                        "The proxy for https, such as http://HOST:PORT (also https and socks5h); write an @ in its user name or password as %40; also https_proxy"
                    ),
                    (
                        "http_proxy",
                        "The proxy for http; in lower case only, because under CGI a web request can set HTTP_PROXY"
                    ),
                    ("ALL_PROXY", "The proxy if neither of these is set; also all_proxy"),
                    (
                        "NO_PROXY",
                        "Servers to connect to without a proxy, separated by commas: a domain with its subdomains (corp.example, .corp.example, *.corp.example), HOST:PORT, an IP address or network (10.0.0.0/8), or * for all; also no_proxy"
                    ),
                    ("SSL_CERT_FILE", "A file of certificate authorities to trust instead of the system's"),
                    ("SSL_CERT_DIR", "A directory of certificate authorities under hashed names"),
                    ("TMPDIR", "The folder where a batch without an output file keeps rows on disk; /tmp if not set"),
                ]),
        ])

    private static let exitCodes = HelpTopic(
        name: "exit-codes", summary: "What the exit codes mean",
        sections: [
            entries("Exit codes", ExitCode.allCases.map { (String($0.rawValue), $0.meaning.capitalizedFirst) }),
            DocumentSection(
                heading: "As JSON",
                blocks: [
                    .text(
                        """
                        With --json-errors each error is one line of JSON on standard error, \
                        {"error":{"code":2,"message":"…","hints":["…"]}}: the exit code, what went wrong, and what to do \
                        if something can be done.
                        """)
                ]),
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
                        Standard output carries only the result, so it can be piped. Run ids, progress, warnings \
                        and errors go to standard error; with --quiet only errors do. If the API answers with an \
                        error, --json prints its JSON, too; --json-errors reports every error as a line of JSON on \
                        standard error.

                        Text from the network cannot control the terminal: control characters are shown as symbols, \
                        also in a pipe, which often ends in a terminal. JSON, CSV and files of --output keep them.

                        On a terminal, and without a chosen format, answers are laid out for reading: Markdown is \
                        rendered, fields are shown with their confidence and numbered sources, and answers longer \
                        than the terminal are shown by the pager in PARALLEL_PAGER or PAGER, if one is set.

                        The extension of the --output file chooses the format: .json, .jsonl, .csv, .tsv, .md, .html \
                        or .txt. Other extensions are refused, and so is a --format that contradicts it; a name \
                        without an extension takes any format. Data of MCP servers is saved under any name.

                        With --output the file appears when it is complete, and replaces another only with --force. A \
                        result that can't be saved there in the end, for example on a full disk, goes to a file \
                        beside it or to standard output: a line says where, and the exit code is 1. Pipes, devices \
                        and /dev/fd/N are written to directly.

                        Of an answer in JSON, --select prints one place, --pick some members and --cut the beginnings \
                        of texts, in this order; --digest puts it into a file and prints ten lines about it. They hold \
                        for every line of a stream, too, but not for the rows of a batch, for requests of --dry-run, or \
                        for errors.

                        MCP servers return text, JSON or data, not tables, so 'mcp call', 'mcp tools --schema' and \
                        'mcp resources read' refuse csv and markdown. Images, audio and other data go into the file \
                        of --output, several of them into numbered files; with --output - the first goes to a pipe \
                        unchanged, and the text to standard error.
                        """)
                ]),
        ])

    private static let config = HelpTopic(
        name: "config", summary: "Settings: defaults for flags, and what comes before what",
        sections: [
            entries(
                "Settings ('config set NAME VALUE')",
                Setting.all.map { setting in
                    (setting.name, setting.preset.isEmpty ? setting.summary : "\(setting.summary) (\(setting.preset))")
                }),
            DocumentSection(
                heading: "What counts",
                blocks: [
                    .text(
                        """
                        A flag counts before a variable, a variable before the profile, the profile before the settings \
                        for all, and those before what is built in. 'config list' shows each value and where it comes \
                        from, --verbose which settings a call has used.

                        A setting holds in every command that has the flag with that meaning: processor in tasks, \
                        batches and groups, not in monitors, which have others; location in searches, images, tasks and \
                        batches; timeout in what waits for runs, but not for batches; format wherever answers are \
                        printed, but not rows of batches, which have formats of their own. 'config', 'help' and \
                        'completion' use no settings.

                        A setting is left out where the words of a command exclude it, with a warning: the generator \
                        preview with --match-limit 100, for example. The format is left out without a word where a \
                        command can't print it, and with --json, --output, --dry-run or --curl.

                        A value that its flag would refuse ends a command with 2, and so does a file that is no JSON or \
                        that others can change; it is never overwritten. A name that is no setting is warned of.
                        """)
                ]),
            DocumentSection(
                heading: "Profiles",
                blocks: [
                    .text(
                        """
                        'config set --profile NAME' sets what counts only with --profile NAME or PARALLEL_PROFILE. Such a \
                        profile needs no login: the key may come from a flag or PARALLEL_API_KEY, and it goes to the \
                        base-url of the profile. A stored key goes only to the address that it was stored for, so set \
                        base-url before 'login --profile NAME'. Settings of the profile 'default' count where none is \
                        chosen.
                        """)
                ]),
            DocumentSection(
                heading: "Rules",
                blocks: [
                    .text(
                        """
                        \(Setting.hosts), \(Setting.auditLog), \(Setting.readOnly) and \(Setting.zeroRetention) are rules: \
                        what a variable, the profile, the settings for all and \(Configuration.systemPath) say of them \
                        counts together, and none takes back what another says. That file holds for all users of the \
                        machine, whatever their variables say; its other settings don't count.

                        \(Setting.hosts) is a list such as api.parallel.ai,*.example.com, in which this machine is \
                        localhost and 127.0.0.1. A request to another host is not sent (exit code 2), nor one that names \
                        a webhook or an MCP server elsewhere. \(Setting.readOnly) true refuses what is not known to read \
                        alone: each call of the API but GET, and calls of tools. Tokens are renewed all the same.

                        The audit log gets a line of JSON for each request, before its answer is used. If it can't be \
                        written, nothing is sent.
                        """)
                ]),
            DocumentSection(
                heading: "In scripts",
                blocks: [
                    .text(
                        """
                        Settings are for a person. A script that others run, or cron, gives the flags that it depends on, \
                        such as --json and --processor, or sets PARALLEL_CONFIG=/dev/null, which goes without settings.
                        """)
                ]),
        ])

    private static let mcp = HelpTopic(
        name: "mcp", summary: "MCP servers: storing, testing and calling them, and their use in runs",
        sections: [
            DocumentSection(
                heading: "In a run",
                blocks: [
                    .text(
                        """
                        A run can call the tools of up to 10 MCP servers. Parallel calls them, not this machine, so \
                        each must be reachable from the Internet over https and Streamable HTTP. If the API is a \
                        stand-in on this machine, such as parallel-sandbox, runs can also call servers on this \
                        machine, over http too.

                        The processors lite and core make, as a rule, at most one tool call per run; the others may make \
                        several.

                        Each tool call is reported on standard error as it happens, unless --no-events is given. The \
                        result ends with the trace of tool calls: server, tool, arguments, and the answer or the \
                        error of each; 'task result --tool-calls' shows only the trace. A server that cannot be used \
                        does not fail the run: there is a warning, with the command that checks the server. \
                        'mcp disable NAME' keeps a server from being used.

                        Before money is spent, this program looks at the servers itself, for at most 5 seconds and not \
                        again within ten minutes. It names tools that may destroy something and warns of a server that \
                        can't be used from here. --no-check leaves this out; with --require-mcp nothing is sent then.
                        """)
                ]),
            DocumentSection(
                heading: "Without a run",
                blocks: [
                    .text(
                        """
                        'mcp test SERVER' tests a server step by step and says whether a task could use it. 'mcp \
                        tools', 'mcp call', 'mcp resources' and 'mcp prompts' use it from this machine, by its name or \
                        its URL; 'mcp call --wait' waits for the research that a call has started. With --command, a \
                        program on this machine is the server, started for that command alone.

                        'respond --mcp SERVER' lets Parallel's own model use servers, 'ask --with PROVIDER --mcp SERVER' \
                        one of another provider, which then calls them. 'mcp check' tells whether a server's tools have changed since 'mcp add' \
                        or 'mcp pin' kept their definitions.

                        Both eras of Streamable HTTP are supported: with a handshake (2024-11-05 to 2025-11-25) and \
                        without (2026-07-28). Which of them a server speaks is detected and remembered.
                        """)
                ]),
            DocumentSection(
                heading: "With other programs",
                blocks: [
                    .text(
                        """
                        'mcp install CLIENT SERVER' writes a server into the configuration of Claude Code, Cursor, \
                        Codex or another program, and 'mcp uninstall' takes it out again; 'mcp clients' shows which \
                        programs are on this machine. 'mcp import' takes their servers over, or with --registry one \
                        from the public registry of MCP.

                        'mcp proxy SERVER' connects a program that only starts MCP servers to one on the web: it is \
                        the command to enter there, and the registry keeps URL and secrets. With --listen it gives \
                        programs an address on this machine that holds the credentials.

                        'mcp serve' is the command to enter where a program is to do research with Parallel: its calls \
                        wait for the answer, and files are enriched outside of the conversation. For code of your own, \
                        'mcp export' writes the tool definitions of a server, and 'mcp snippet' a request with servers.
                        """)
                ]),
            DocumentSection(
                heading: "Logins",
                blocks: [
                    .text(
                        """
                        'mcp login SERVER' signs in where a server wants a login with OAuth. The token is stored in \
                        parallel/credentials of the configuration folder, which only you can read, renewed when it \
                        expires, and sent by 'mcp' commands and runs. A server whose entry has a key or a token uses \
                        that instead. --account keeps several logins of one server apart.

                        Without a terminal nobody is waited for: 'mcp login SERVER --print-handoff' prints the address \
                        and the commands that go on, --wait-for-auth waits, and --client-credentials needs nobody.
                        """)
                ]),
            entries(
                "Where a name is looked up, in order",
                [
                    ("parallel/mcp.json in XDG_CONFIG_HOME", "Your own; ~/.config/parallel/mcp.json by default"),
                    ("built in", "Parallel's own: \(BuiltInServer.allCases.map(\.rawValue).joined(separator: ", "))"),
                    (
                        ".mcp.json of the working tree",
                        "The project's; anybody may have written it, so it cannot replace a server above"
                    ),
                ]),
            DocumentSection(
                heading: "Secrets",
                blocks: [
                    .text(
                        """
                        Values may hold ${VARIABLE}, or ${VARIABLE:-FALLBACK}. Variables are expanded when a run is \
                        created or a server called, and their values are written to no file, so keep tokens in the \
                        environment. A variable that is not set is an error. Servers with headers are called over \
                        http only on this machine.

                        Servers of a project's .mcp.json are not trusted, nor are those of a file named with --mcp-config: \
                        they get Parallel's API key only if they are Parallel's own, or at the origin of \
                        PARALLEL_BASE_URL, and other variables only if you agree to a question on the terminal, which \
                        is remembered until the entry changes, approve it with 'mcp trust', or give --trust-project. No variable may decide which server it is. If nothing is sent, as with \
                        --dry-run and --curl, nothing is expanded and no question asked.

                        A token must live as long as the run. A JSON Web Token says when it expires, and 'task run' \
                        warns if that may be too soon.
                        """)
                ]),
        ])

    private static let processors = HelpTopic(
        name: "processors", summary: "Processors and search modes: prices, and how long they take",
        sections: [
            entries(
                "Processors (task run, batch run)",
                Processor.standard.map { name in
                    let price = (Cost(runs: 1, processor: name)?.text ?? "") + " a run"
                    let time = ProcessorText.usualTime(of: name) ?? ""
                    return (
                        name, "\(price), \(time); as \(name)-fast \(ProcessorText.usualTime(of: name + "-fast") ?? "")"
                    )
                }),
            DocumentSection(
                heading: "What a run costs",
                blocks: [
                    .text(
                        """
                        The price is per run, whatever the number of fields; NAME-fast costs the same, is quicker and \
                        a little less fresh. A failed run is not billed. The times are of the work alone: with many \
                        runs at once, each also waits for its turn.

                        Results are kept as the retention setting of your account says; with zero data retention a \
                        finished run is not kept at all. Save what you need: -o FILE does.
                        """)
                ]),
            entries(
                "Search modes (search --mode)",
                SearchRequest.priceList.map { ($0.mode, "$\($0.usdPer1000) per 1,000 searches; \($0.meaning)") }),
            entries(
                "Effort of an answer (respond --effort)",
                PriceList.entries.filter { $0.product == "respond" }.map {
                    ($0.name, "\(PriceList.cost(ofResponseWith: $0.name)?.text ?? "") an answer; \($0.note)")
                }),
            DocumentSection(
                heading: "What a search costs",
                blocks: [
                    .text(
                        """
                        The price includes \(SearchRequest.includedResults) results; each further one, up to \
                        \(SearchRequest.maximumResults), costs extra ($1 per 1,000 results).
                        """)
                ]),
        ])

    private static let money = HelpTopic(
        name: "money", summary: "What costs money, and how it is kept in bounds",
        sections: [
            DocumentSection(
                heading: "Before money is spent",
                blocks: [
                    .text(
                        """
                        Every price that is known is told by --dry-run without spending it, and 'processors' lists them \
                        all. Runs, FindAll, monitors and 'respond' also tell it before or as it is spent; searches, \
                        pages and 'chat' cost a few cents at most and don't. A batch tells its cost and asks above --confirm-above \
                        USD (10 by default); without a terminal to ask on, it then needs --yes. --max-cost USD refuses \
                        what is likely to cost more. Single runs and other single requests have the same flags.

                        A batch of unknown price always asks, and --max-cost refuses what has none: an unknown \
                        processor, --paid-source, whose provider asks for each call what is not published, and \
                        decisions. A single request of unknown price asks if --confirm-above is below its default.

                        A request that costs money is never sent again where it may have been accepted, but for \
                        searches and pages to read: they cost about a cent each, and are asked for again, four times at \
                        most, where no answer came. A failed run is not billed.
                        """)
                ]),
            DocumentSection(
                heading: "What was spent, and a budget",
                blocks: [
                    .text(
                        """
                        'spend' adds up what this machine has spent, at list prices and at most, from its own log. 'config \
                        set budget 20/day' (or /week, /month; with --profile for what a profile spends) refuses what would \
                        exceed that, before it is sent and with exit code 2: runs, batches as a whole, searches and the \
                        rest, those of 'mcp serve', too. What may exist counts; what was refused, and a run that failed, is \
                        given back. Where it can't be kept, nothing is sent: without a known price, with --no-log, or \
                        without a place for the log. Not counted are models of other providers with all that they start, \
                        and tools of MCP servers, but for the runs that 'mcp call' starts at Parallel.
                        """)
                ]),
            DocumentSection(
                heading: "When the credit ends",
                blocks: [
                    .text(
                        """
                        An answer 402 says that the credit does not reach; that request has created nothing. A single run \
                        reserves its price when it is created. A group only checks the credit for the rows that are \
                        added, and each of its runs reserves its price when it begins, so that runs of a lot that was \
                        accepted can fail for want of credit. 'balance' shows the credit, 'balance add' adds to it.
                        """)
                ]),
            DocumentSection(
                heading: "What the API's own defaults cost",
                blocks: [
                    .text(
                        """
                        Where nobody chooses, 'search', 'images' and 'places' take the mode fast. The API's own default, \
                        advanced, costs five times as much. Results of a search beyond \
                        \(SearchRequest.includedResults) cost extra; further images don't.

                        'respond' leaves the effort to the API, whose default medium costs five times as much as --effort low.
                        """)
                ]),
        ])

    private static let retention = HelpTopic(
        name: "retention", summary: "How long results are kept, and what this program keeps on this machine",
        sections: [
            DocumentSection(
                heading: "At the API",
                blocks: [
                    .text(
                        """
                        Runs, their results, groups and FindAll runs are kept as long as the retention setting of the \
                        account says; the API publishes no time. With zero data retention a finished run is not kept at \
                        all. So collect results soon: with -o FILE while the run is waited for, or right after \
                        --no-wait with 'task result'. Events of a run can be fetched while it is active.

                        What refers to earlier work needs that it was kept: --previous-interaction-id, 'ask' and \
                        'respond --continue', 'task result', 'batch results'. An id that is gone is answered with 404, by 'respond' \
                        with 400, exit code 4. 'memory evict' and 'memory clear' forget what was remembered, and delete no run.

                        A webhook is called while a run lives, and again for 48 hours if it isn't answered with 2xx.

                        With the rule \(Setting.zeroRetention) ('help config'), commands keep no log, no cache and nothing \
                        to continue from on this machine, remove what a batch leaves once it has ended, and refuse \
                        --no-wait. The API takes no such wish: the setting of the account counts there.
                        """)
                ]),
            entries(
                "In ~/.config/parallel",
                [
                    ("config.json", "Your settings; no secrets"),
                    ("credentials.json", "Logins with their keys and tokens, until 'logout'"),
                    ("credentials/", "Logins at MCP servers, until 'mcp logout'"),
                    (
                        "mcp.json",
                        "Your MCP servers, until 'mcp remove'; beside it what you approved and pinned, and what 'mcp install' has replaced"
                    ),
                ]),
            entries(
                "Elsewhere on this machine",
                [
                    ("~/.cache/parallel", "What can be found out again; remove it at any time"),
                    (
                        "~/.local/state/parallel",
                        "What 'ask' and 'respond --continue' go on from, with Anthropic whole messages; remove it at any time"
                    ),
                    (
                        "~/.local/state/parallel/log.jsonl",
                        "What was started, with ids, costs and the first words of each question; the oldest entries become sums; remove it at any time, or keep none with \(ActivityLog.variable)"
                    ),
                    (
                        "OUT.batch, OUT.batch.results",
                        "Beside the output of a batch: what was sent and the results, so that no row is paid for twice; remove them when you need no --retry-failed or --add-new"
                    ),
                    (
                        "parallel-….json in TMPDIR",
                        "The answer that --digest has told about, until you remove it"
                    ),
                    ("OUT.decisions", "The answers of 'batch decide', until every row has one"),
                    (
                        "FILE",
                        "That of --state, --history and --events-file has what the flag says, until you remove it"
                    ),
                ]),
            DocumentSection(
                heading: "What scripts may rely on",
                blocks: [
                    .text(
                        """
                        Every file of this list can be read by you alone; what --output writes, by whom your umask lets. \
                        No question and no answer is kept elsewhere, and nothing is sent that no command asks for. A \
                        result of --output is on the disk before the exit code is 0.
                        """)
                ]),
        ])

    private static func entries(_ heading: String, _ pairs: [(String, String)]) -> DocumentSection {
        DocumentSection(
            heading: heading, blocks: [.entries(pairs.map { DocumentSection.Entry(term: $0.0, summary: $0.1) })])
    }
}

extension OutputFormat {
    /// A description of the format, for the help topic.
    fileprivate var meaning: String {
        switch self {
        case .table: "Rows, in a pipe tab-separated, one per line; without a chosen format a terminal gets a document"
        case .json: "The API's JSON with nothing lost; indented on a terminal, one line in a pipe"
        case .jsonl: "The same, each document on one line"
        case .csv: "Comma-separated with a header line (RFC 4180); lines end with a line feed"
        case .tsv: "The same with tabs; a cell with a tab, a quote or a line break is quoted"
        case .markdown: "A document for other tools and chats; answers in Markdown are unchanged"
        case .html: "A self-contained page to read, print or send"
        case .text: "The bare values, without headings"
        }
    }
}
