import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// A web search (`POST /v1/search`), or one for images (`POST /v1/images/search`), which has fewer settings.
package struct SearchRequest: Sendable {
    package var objective: String?
    package var queries: [String] = []
    /// `turbo`, `fast`, `basic` or `advanced`; the server's default is `advanced`, a dear one.
    package var mode: String?
    package var maxResults: Int?
    package var sourcePolicy = SourcePolicy()
    package var location: String?
    /// The maximum age of a cached page, in seconds; older pages are fetched anew.
    package var maxAge: Int?
    /// The time limit of a live fetch, in seconds.
    package var fetchTimeout: Int?
    /// Whether a page that can't be fetched anew is an error, instead of being read from an older copy.
    package var refusesOldCopies = false
    /// The maximum number of characters of all excerpts together.
    package var maxCharacters: Int?
    package var maxCharactersPerResult: Int?
    package var sessionID: String?
    package var clientModel: String?

    package init() {}

    /// The modes with the price of 1,000 searches in whole USD, and what they are (API reference, search).
    package static let priceList: [(mode: String, usdPer1000: Int, meaning: String)] = [
        ("turbo", 1, "about 0.2 s; English and Japanese only; no paths in domains"),
        ("fast", 1, "about 0.7 s; enough for most questions, and the default here"),
        ("basic", 5, "about 1 s"), ("advanced", 5, "about 3 s; the most thorough, and the API's own default"),
    ]
    /// The mode of searches for which nobody chose one.
    package static let usualMode = "fast"
    package static let modes = priceList.map(\.mode)
    /// The results that the price includes, and the most that a search gives.
    package static let includedResults = 10
    package static let maximumResults = 20
    package static let maximumQueries = 5
    package static let maximumQueryLength = 200
    package static let maximumObjectiveLength = 5_000
    package static let maximumSessionIDLength = 1_000
    /// The smallest `maxAge`, in seconds (API reference, fetch policy).
    package static let minimumMaxAge = 600

    /// The queries to send; the objective if none was given.
    private var effectiveQueries: [String] { queries.isEmpty ? [objective].compactMap(\.self) : queries }

    /// The modes of a search for images, which cost the same as those of a web search.
    package static let imageModes = ["fast", "advanced"]
    /// The number of queries for images above which the API may drop some: its documentation has two limits.
    package static let usualImageQueries = 3

    /// Throws for what the API documents as invalid. Lengths count Unicode scalars.
    package func check() throws(InvalidRequest) {
        try check(effectiveQueries)
        if mode == "turbo", let domain = sourcePolicy.firstWithPath {
            throw InvalidRequest("the mode turbo takes no paths in domains, such as '\(domain)'")
        }
    }

    /// Throws for what the API documents as invalid in the parts that reading pages has, too.
    ///
    /// - Parameter sentQueries: the queries that are sent; the objective where it stands for them.
    func check(_ sentQueries: [String]) throws(InvalidRequest) {
        if let objective, objective.isBlank { throw InvalidRequest("the objective is empty") }
        if let objective, objective.unicodeScalars.count > Self.maximumObjectiveLength {
            throw InvalidRequest(
                "the objective has \(objective.unicodeScalars.count) characters; the limit is \(Self.maximumObjectiveLength)"
            )
        }
        if queries.count > Self.maximumQueries {
            throw InvalidRequest("\(queries.count) queries; a search takes at most \(Self.maximumQueries)")
        }
        for (index, query) in sentQueries.enumerated() {
            let length = query.unicodeScalars.count
            if query.isBlank { throw InvalidRequest("query \(index + 1) is empty") }
            guard length > Self.maximumQueryLength else { continue }
            guard queries.isEmpty else {
                throw InvalidRequest(
                    "query \(index + 1) has \(length) characters; the limit is \(Self.maximumQueryLength)")
            }
            throw InvalidRequest(
                "the objective has \(length) characters and would serve as the query, which may have "
                    + "\(Self.maximumQueryLength)", needsQueries: true)
        }
        if let sessionID, sessionID.unicodeScalars.count > Self.maximumSessionIDLength {
            throw InvalidRequest(
                "the session id has \(sessionID.unicodeScalars.count) characters; the limit is \(Self.maximumSessionIDLength)"
            )
        }
        if let maxAge, maxAge < Self.minimumMaxAge {
            throw InvalidRequest("a maximum age of \(maxAge) s; the least is \(Self.minimumMaxAge) s (10m)")
        }
        try sourcePolicy.check()
    }

    /// The price in thousandths of a USD, with the results that cost extra; nil for an unknown mode.
    package var cost: Cost? {
        let mode = mode ?? Self.usualMode
        let further = max(0, min(maxResults ?? 0, Self.maximumResults) - Self.includedResults)
        return Self.priceList.first { $0.mode == mode }.map { Cost(thousandths: $0.usdPer1000 + further) }
    }

    package var json: JSONValue {
        var body = JSONObject()
        if let objective { body["objective"] = .string(objective) }
        body["search_queries"] = .array(effectiveQueries.map(JSONValue.string))
        return .object(JSONObject(body.members + settings.members))
    }

    /// How to search, without what is searched for.
    package var settings: JSONObject {
        var body = JSONObject()
        if let mode { body["mode"] = .string(mode) }
        if let maxCharacters { body["max_chars_total"] = .number(JSONNumber(maxCharacters)) }
        if let sessionID { body["session_id"] = .string(sessionID) }
        if let clientModel { body["client_model"] = .string(clientModel) }
        let settings = advancedSettings
        if !settings.isEmpty { body["advanced_settings"] = .object(settings) }
        return body
    }

    private var advancedSettings: JSONObject {
        var settings = JSONObject()
        if !sourcePolicy.isEmpty { settings["source_policy"] = sourcePolicy.json }
        var fetch = JSONObject()
        if let maxAge { fetch["max_age_seconds"] = .number(JSONNumber(maxAge)) }
        if let fetchTimeout { fetch["timeout_seconds"] = .number(JSONNumber(fetchTimeout)) }
        if refusesOldCopies { fetch["disable_cache_fallback"] = true }
        if !fetch.isEmpty { settings["fetch_policy"] = .object(fetch) }
        if let maxCharactersPerResult {
            settings["excerpt_settings"] = ["max_chars_per_result": .number(JSONNumber(maxCharactersPerResult))]
        }
        if let location { settings["location"] = .string(location.lowercased()) }
        if let maxResults { settings["max_results"] = .number(JSONNumber(maxResults)) }
        return settings
    }
}

/// The response to a search.
package struct SearchResponse: Sendable {
    package struct Result: Sendable {
        package let url: String
        package let title: String?
        /// The date of publication, `YYYY-MM-DD`.
        package let publishDate: String?
        /// Excerpts of the page, in Markdown.
        package let excerpts: [String]
        /// The whole page in Markdown, where it was asked for.
        package let fullContent: String?
        package let json: JSONValue
    }

    package let json: JSONValue
    package let results: [Result]

    /// Reads a response; nil if it has no list of results.
    init?(_ json: JSONValue) {
        guard let results = json["results"]?.array else { return nil }
        self.json = json
        self.results = results.compactMap { result in
            guard let url = result["url"]?.string else { return nil }
            return Result(
                url: url, title: result["title"]?.string, publishDate: result["publish_date"]?.string,
                excerpts: (result["excerpts"]?.array ?? []).compactMap(\.string),
                fullContent: result["full_content"]?.string, json: result)
        }
    }

    package var warnings: [String] { Self.warnings(in: json) }

    /// Returns the warnings of an answer to a search of any kind.
    package static func warnings(in json: JSONValue) -> [String] {
        (json["warnings"]?.array ?? []).compactMap { $0["message"]?.string ?? $0.string }
    }
}
