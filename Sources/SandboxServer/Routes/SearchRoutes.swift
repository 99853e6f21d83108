/// `/v1/search`.
enum SearchRoutes {
    static let routes = [
        Route("POST", "/v1/search") { request, _ in
            .json(200, SearchAnswer.answer(to: try SearchRequest(request)))
        }
    ]
}
