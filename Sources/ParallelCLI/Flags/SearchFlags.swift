import ParallelAPI

/// The flags that searches of several kinds share, and those that pages are read with.
enum SearchFlags {
    static let fetching: [Flag<SearchRequest>] = [
        Flag(
            "max-age", value: FlagSpec.Value("DURATION"),
            summary: "Fetch pages anew that are older than this (at least 10m)"
        ) { request, text throws(InvalidValue) in request.maxAge = try NumberText.seconds(text) },
        Flag(
            "fetch-timeout", value: FlagSpec.Value("DURATION"), summary: "How long a live fetch may take"
        ) { request, text throws(InvalidValue) in request.fetchTimeout = try NumberText.seconds(text) },
        Flag(
            "disable-cache-fallback", summary: "Take no older copy of a page that can't be fetched anew"
        ) { $0.refusesOldCopies = $1 },
    ]

    static let excerpts: [Flag<SearchRequest>] = [
        Flag(
            "max-chars", value: FlagSpec.Value("N"), summary: "At most N characters over all excerpts"
        ) { request, text throws(InvalidValue) in request.maxCharacters = try NumberText.positive(text) },
        Flag(
            "max-chars-per-result", value: FlagSpec.Value("N"),
            summary: "At most N characters in each result's excerpts"
        ) { request, text throws(InvalidValue) in request.maxCharactersPerResult = try NumberText.positive(text) },
    ]

    static let calling: [Flag<SearchRequest>] = [
        Flag(
            "session-id", value: FlagSpec.Value("ID"), summary: "Group this call with others of the same ID"
        ) { request, text throws(InvalidValue) in request.sessionID = try FilledText.parse(text) },
        Flag(
            "client-model", value: FlagSpec.Value("NAME"), summary: "The model that will read the results"
        ) { request, text throws(InvalidValue) in request.clientModel = try FilledText.parse(text) },
    ]

    /// - Parameters:
    ///   - summary: what a query is for.
    ///   - details: more about it.
    static func query(_ summary: String, details: String) -> Flag<SearchRequest> {
        Flag(
            "query", value: FlagSpec.Value("WORDS"), isRepeatable: true, summary: summary, details: details
        ) { $0.queries.append($1) }
    }

    static func limit(_ summary: String) -> Flag<SearchRequest> {
        Flag(
            "limit", value: FlagSpec.Value("N"), summary: summary
        ) { request, text throws(InvalidValue) in request.maxResults = try NumberText.positive(text) }
        .formerly("max-results")
    }

    /// Returns the flag of a search that knows other modes than a web search.
    static func mode<Options>(
        _ modes: [String], details: String, _ apply: @escaping @Sendable (inout Options, String) -> Void
    ) -> Flag<Options> {
        Flag(
            "mode", value: FlagSpec.Value("MODE", completion: .words(modes)),
            summary: "How to search: \(modes.joined(separator: " or ")) (default: fast)", details: details
        ) { options, text throws(InvalidValue) in
            guard modes.contains(text) else { throw ChoiceText.unknown(text, among: modes) }
            apply(&options, text)
        }
    }
}
