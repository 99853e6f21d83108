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
                SearchFlags.query(
                    "A search query (repeatable, at most 5)",
                    details: "Two or three queries of 3 to 6 words work best; each may have 200 characters. Without "
                        + "one, the objective is the query."
                ).embedded(at: \.request),
                SourceFlags.mode.embedded(at: \.request.mode).asSetting(),
                SearchFlags.limit("At most N results, up to 20 (over 10 cost extra)").embedded(at: \.request),
            ]
            + (SearchFlags.fetching + SearchFlags.excerpts + SearchFlags.calling).map { $0.embedded(at: \.request) }
            + PreviewFlags.all.map { $0.embedded(at: \.preview) }
            + SourceFlags.withSetting.map { $0.embedded(at: \.sources) }
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
        let client = try APICall.client(options.preview, options.connection, output, context)
        var request = options.request
        if request.objective == "-" {
            request.objective = try SourceText(context: context).text(of: .standardInput, for: "OBJECTIVE")
            try Self.check(request)
        }
        let mode = request.mode ?? SearchRequest.usualMode
        let call = APICall(
            endpoint: .search, body: request.json,
            terms: "the search would be in the mode \(mode)\(request.cost.map { ", about \($0.text)" } ?? "")",
            status: "searching")
        if try await call.isShown(options.preview, client, output, context) { return .success }
        output.warnOfFurtherResults(request)
        let progress = RunProgress(context: context, output: output, events: .none, status: call.status)
        let response = try await progress.shown { try await client.search(request) }
        for warning in response.warnings { output.warn(saying: warning) }
        let words = request.objective ?? request.queries.joined(separator: ", ")
        try SearchView(output: output).write(response, objective: words)
        try output.finish()
        return .success
    }
}

extension Output {
    /// Warns if a search asks for results that cost extra, or for more than it gets.
    fileprivate func warnOfFurtherResults(_ request: SearchRequest) {
        guard let count = request.maxResults, count > SearchRequest.includedResults, let cost = request.cost else {
            return
        }
        let most = SearchRequest.maximumResults
        warn(
            "results beyond \(SearchRequest.includedResults) cost extra, with them the search about \(cost.text)"
                + (count > most ? "; the API gives at most \(most)" : ""))
    }
}
