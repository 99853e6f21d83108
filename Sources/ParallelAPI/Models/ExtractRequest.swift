import ParallelHTTP
package import ParallelJSON
import ParallelSystem

/// The content of web pages (`POST /v1/extract`).
package struct ExtractRequest: Sendable {
    package var urls: [String]
    /// What the pages are read for. Without it, the excerpts are the whole page.
    package var objective: String?
    /// The maximum number of characters of all excerpts together.
    package var maxCharacters: Int?

    package init(urls: [String], objective: String? = nil, maxCharacters: Int? = nil) {
        self.urls = urls
        self.objective = objective
        self.maxCharacters = maxCharacters
    }

    /// The price of 1,000 pages in whole USD (API reference, pricing).
    package static let usdPer1000 = 1
    /// The maximum number of pages of a request (API reference, extract).
    package static let maximumURLs = 20

    /// Throws for what the API documents as invalid. Lengths count Unicode scalars.
    package func check() throws(InvalidRequest) {
        if urls.isEmpty { throw InvalidRequest("there is no URL") }
        if urls.count > Self.maximumURLs {
            throw InvalidRequest("\(urls.count) URLs; a request takes at most \(Self.maximumURLs)")
        }
        if let url = urls.first(where: { (try? HTTPURL($0)) == nil }) {
            throw InvalidRequest("'\(url.shortened(to: 200))' is no URL of a web page")
        }
        let length = objective?.unicodeScalars.count ?? 0
        if length > SearchRequest.maximumObjectiveLength {
            throw InvalidRequest(
                "the objective has \(length) characters; the limit is \(SearchRequest.maximumObjectiveLength)")
        }
    }

    package var json: JSONValue {
        var body: JSONObject = ["urls": .array(urls.map(JSONValue.string))]
        if let objective { body["objective"] = .string(objective) }
        if let maxCharacters { body["max_chars_total"] = .number(JSONNumber(maxCharacters)) }
        return .object(body)
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
