/// `/v1/search` and `/v1/extract`.
enum SearchRoutes {
    static let routes = [
        Route("POST", "/v1/search") { request, _ in
            .json(200, SearchAnswer.answer(to: try SearchRequest(request)))
        },
        Route("POST", "/v1/extract") { request, _ in .json(200, ExtractAnswer.answer(to: try ExtractRequest(request)))
        },
    ]
}
