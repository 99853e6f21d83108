import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// The content of web pages (`POST /v1/extract`).
package struct ExtractRequest: Sendable {
    package var urls: [String]
    /// What the pages are read for and how: objective, queries and other parts that a search has, too. Without
    /// objective and queries, the excerpts are the whole page.
    package var reading = SearchRequest()
    package var wantsFullContent = false
    /// The maximum number of characters of the full content of each page.
    package var maxFullCharacters: Int?

    package init(urls: [String]) { self.urls = urls }

    /// The price of 1,000 pages in whole USD (API reference, pricing).
    package static let usdPer1000 = 1
    /// The maximum number of pages of a request (API reference, extract).
    package static let maximumURLs = 20

    /// The price of all pages.
    package var cost: Cost { Cost(thousandths: Self.usdPer1000 * urls.count) }

    /// The same request in lots of as many pages as one may have.
    package var lots: [ExtractRequest] {
        stride(from: 0, to: urls.count, by: Self.maximumURLs).map { first in
            var lot = self
            lot.urls = Array(urls[first..<min(first + Self.maximumURLs, urls.count)])
            return lot
        }
    }

    /// Throws for what the API documents as invalid. Lengths count Unicode scalars.
    package func check() throws(InvalidRequest) {
        if urls.isEmpty { throw InvalidRequest("there is no URL") }
        if urls.count > Self.maximumURLs {
            throw InvalidRequest("\(urls.count) URLs; a request takes at most \(Self.maximumURLs)")
        }
        if let url = urls.first(where: { (try? HTTPURL($0)) == nil }) {
            throw InvalidRequest("'\(url.shortened(to: 200))' is no URL of a web page")
        }
        try reading.check(reading.queries)
    }

    package var json: JSONValue {
        var body: JSONObject = ["urls": .array(urls.map(JSONValue.string))]
        if let objective = reading.objective { body["objective"] = .string(objective) }
        if !reading.queries.isEmpty { body["search_queries"] = .array(reading.queries.map(JSONValue.string)) }
        var settings = reading.settings
        if wantsFullContent {
            var advanced = settings["advanced_settings"]?.object ?? [:]
            advanced["full_content"] =
                maxFullCharacters.map { ["max_chars_per_result": .number(JSONNumber($0))] } ?? true
            settings["advanced_settings"] = .object(advanced)
        }
        return .object(JSONObject(body.members + settings.members))
    }
}

/// The pages that were read, and those that could not be.
package struct ExtractResponse: Sendable {
    package struct Failure: Sendable {
        package let url: String
        /// What went wrong, such as `fetch_error`.
        package let type: String
        /// The status that the page's server answered with; nil if there was none.
        package let status: Int?

        /// `not read: https://a.example/ (fetch_error 404)`
        package var text: String { "not read: \(url) (\(type)\(status.map { " \($0)" } ?? ""))" }
    }

    package let json: JSONValue
    package let pages: [SearchResponse.Result]
    package let failures: [Failure]

    /// Reads a response; nil if it has no list of results.
    init?(_ json: JSONValue) {
        guard let results = SearchResponse(json) else { return nil }
        self.json = json
        pages = results.results
        failures = (json["errors"]?.array ?? []).compactMap { error in
            guard let url = error["url"]?.string else { return nil }
            return Failure(
                url: url, type: error["error_type"]?.string ?? "error", status: error["http_status_code"]?.int)
        }
    }
}
