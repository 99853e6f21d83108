import ParallelAPI
import ParallelOutput
import ParallelSystem

/// `parallel search`: a web search, answered at once.
struct SearchCommand: RunnableCommand {
    let options: Options
    let output: Output
    let context: Context

    struct Options: CommandOptions {
        var request = SearchRequest()
        var sources = SourceOptions()
        var preview = PreviewOptions()
        var connection = ConnectionOptions()
        var output = OutputOptions()

        static let flags: [Flag<Options>] =
            [
                Flag(
                    "query", value: FlagSpec.Value("WORDS"), isRepeatable: true,
                    summary: "A search query (repeatable, at most 5)",
                    details: "Two or three queries of 3 to 6 words work best; each may have 200 characters. Without "
                        + "one, the objective is the query."
                ) { $0.request.queries.append($1) },
                SourceFlags.mode.embedded(at: \.request.mode),
                Flag(
                    "limit", value: FlagSpec.Value("N"),
                    summary: "At most N results, up to 20 (over 10 cost extra)"
                ) { options, text throws(InvalidValue) in
                    options.request.maxResults = try NumberText.positive(text)
                }.formerly("max-results"),
                Flag(
                    "max-age", value: FlagSpec.Value("DURATION"),
                    summary: "Fetch pages anew that are older than this (at least 10m)"
                ) { options, text throws(InvalidValue) in options.request.maxAge = try NumberText.seconds(text) },
                Flag(
                    "fetch-timeout", value: FlagSpec.Value("DURATION"), summary: "How long a live fetch may take"
                ) { options, text throws(InvalidValue) in options.request.fetchTimeout = try NumberText.seconds(text) },
                Flag(
                    "max-chars", value: FlagSpec.Value("N"), summary: "At most N characters over all excerpts"
                ) { options, text throws(InvalidValue) in options.request.maxCharacters = try NumberText.positive(text)
                },
                Flag(
                    "max-chars-per-result", value: FlagSpec.Value("N"),
                    summary: "At most N characters in each result's excerpts"
                ) { options, text throws(InvalidValue) in
                    options.request.maxCharactersPerResult = try NumberText.positive(text)
                },
                Flag(
                    "session-id", value: FlagSpec.Value("ID"), summary: "Group this search with others of the same ID"
                ) { options, text throws(InvalidValue) in options.request.sessionID = try FilledText.parse(text) },
                Flag(
                    "client-model", value: FlagSpec.Value("NAME"), summary: "The model that will read the results"
                ) { options, text throws(InvalidValue) in options.request.clientModel = try FilledText.parse(text) },
            ] + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + SourceFlags.all.map { $0.embedded(at: \.sources) }
            + ConnectionFlags.all.map { $0.embedded(at: \.connection) }
            + OutputFlags.data().map { $0.embedded(at: \.output) }
    }

    static let name = "search"

    static var command: Command {
        Command(
            summary: "Search the web",
            description: """
                Searches the web and prints results with excerpts: laid out on a terminal, tab-separated (url, title, \
                date, excerpts) in a pipe. The objective says in full sentences what is wanted; queries are keywords.
                """,
            usesNetwork: true,
            positionals: [
                Positional(
                    "OBJECTIVE", .optional, standardInput: .asDash,
                    summary: "what the search is for, in plain words; - for standard input")
            ],
            defaults: Options(), flags: Options.flags,
            examples: [
                .init("parallel search 'When was the United Nations established?'", "Search for an answer"),
                .init(
                    "parallel search --query 'open source LLMs' --query 'LLM benchmark 2026' --mode fast --json",
                    "Keywords, as JSON"),
                .init(
                    "parallel search 'GDP of France' --include-domain worldbank.org --limit 3", "From one site"),
                .init("parallel search 'GDP of France' -o results.html", "As a page to read or print"),
            ],
            mistake: { words in
                guard let place = words.firstIndex(of: "-q"), place + 1 < words.count else { return nil }
                return UsageError("-q is --quiet", hint: "keywords are given with --query")
            },
            check: { options, words throws(UsageError) in try check(&options, words) }, runs: Self.self)
    }

    private static func check(_ options: inout Options, _ words: [String]) throws(UsageError) {
        try options.preview.check(&options.output)
        options.request.objective = words.first
        options.request.mode = options.request.mode ?? SearchRequest.usualMode
        options.request.sourcePolicy = options.sources.policy
        options.request.location = options.sources.location
        if options.request.objective == nil, options.request.queries.isEmpty {
            throw UsageError(
                "missing OBJECTIVE", hint: "say what to look for, give keywords with --query, or - for standard input")
        }
        // What standard input says is checked once it is read.
        if options.request.objective != "-" { try check(options.request) }
    }

    private static func check(_ request: SearchRequest) throws(UsageError) {
        do throws(InvalidRequest) {
            try request.check()
        } catch {
            throw UsageError(error.message + (error.needsQueries ? ": add short queries with --query" : ""))
        }
    }

    func run() async throws -> ExitCode {
        let settings = try APIConnection.settings(options.connection, context, needsKey: !options.preview.sendsNothing)
        let client = APIConnection.client(settings, output, context)
        var request = options.request
        if request.objective == "-" {
            request.objective = try SourceText(context: context).text(of: .standardInput, for: "OBJECTIVE")
            try Self.check(request)
        }
        if options.preview.sendsNothing {
            let mode = request.mode ?? SearchRequest.usualMode
            let price = SearchRequest.priceList.first { $0.mode == mode }?.usdPer1000
            let results = min(request.maxResults ?? 0, SearchRequest.maximumResults)
            let further = max(0, results - SearchRequest.includedResults)
            let cost = price.map { ", about \(Cost(thousandths: $0 + further).text)" } ?? ""
            try RequestPreview.show(
                try await client.searchRequest(request), body: request.json, options.preview,
                terms: "the search would be in the mode \(mode)\(cost)", output)
            return .success
        }
        let progress = RunProgress(context: context, output: output, events: .none, status: "searching")
        let response = try await progress.shown { try await client.search(request) }
        for warning in response.warnings { output.warn(saying: warning) }
        let words = request.objective ?? request.queries.joined(separator: ", ")
        try SearchView(output: output).write(response, objective: words)
        try output.finish()
        return .success
    }
}
