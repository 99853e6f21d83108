import ParallelSystem

/// What the API's products cost beside task runs (API reference, pricing; documentation of October 2026).
package enum PriceList {
    /// A price: that of 1,000 of something in hundredths of a USD; nil where it is not published.
    package typealias Entry = (product: String, name: String, centsPer1000: Int?, unit: String, note: String)

    package static let entries: [Entry] =
        SearchRequest.priceList.map {
            ("search", $0.mode, $0.usdPer1000 * 100, "searches", $0.meaning)
        } + [
            (
                "search", "further results", 100, "results",
                "those beyond \(SearchRequest.includedResults), up to \(SearchRequest.maximumResults)"
            ),
            ("extract", "", ExtractRequest.usdPer1000 * 100, "pages", "the same with whole pages"),
            ("images", "fast", 100, "searches", "about 1 s; the default here"),
            ("images", "advanced", 500, "searches", "about 3 s; the API's own default"),
        ]
        + PlaceSearch.modes.map {
            (
                "places", $0.name, $0.usdPer1000.map { $0 * 100 }, "searches",
                "preview; \($0.name == PlaceSearch().mode ? "the default here" : "the API's own default")"
            )
        } + [
            ("decide", "", nil, "requests", "preview; one price, whatever the number of questions")
        ]
        + FindAllGenerator.all.map {
            (
                "findall", $0.name, $0.fixed * 100, "runs",
                $0.match == 0 ? "matches cost nothing" : "and \(Cost(thousandths: $0.match).text) a match"
            )
        } + [
            ("findall", "entities", 500, "searches", "100 results; $0.05 per 1,000 further ones")
        ] + MonitorProcessor.priceList.map { ("monitor", $0.name, $0.usdPer1000 * 100, "executions", "") } + [
            ("responses", "low", 1_000, "responses", "effort; 5 to 10 s"),
            ("responses", "medium", 5_000, "responses", "effort; 15 to 20 s; the API's own default"),
            ("responses", "high", 25_000, "responses", "effort; 30 to 60 s"),
        ]
        + ChatRequest.priceList.map {
            (
                "chat", $0.model, $0.usdPer1000 * 100, "requests",
                $0.model == ChatRequest.usualModel ? "about 3 s" : "as long as a run on it"
            )
        }

    /// Returns what one response costs; nil for an effort without a known price.
    package static func cost(ofResponseWith effort: String) -> Cost? {
        entries.first { $0.product == "responses" && $0.name.isExactly(effort) }?.centsPer1000
            .map { Cost(thousandths: $0 / 100) }
    }
}
