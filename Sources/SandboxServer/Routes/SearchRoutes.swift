/// `/v1/search`, `/v1/extract`, and the searches for images and places.
enum SearchRoutes {
    static let routes = [
        Route("POST", "/v1/search") { request, _ in
            .json(200, SearchAnswer.answer(to: try SearchRequest(request)))
        },
        Route("POST", "/v1/images/search") { request, _ in .json(200, try ImageAnswer.answer(to: request)) },
        Route("POST", "/v1/places/search") { request, _ in .json(200, try PlaceAnswer.answer(to: request)) },
        Route("POST", "/v1/extract") { request, _ in .json(200, ExtractAnswer.answer(to: try ExtractRequest(request)))
        },
    ]
}
